-- What version 2 made of the ledger in v1.sql.
CREATE TABLE removed (
    partition TEXT NOT NULL, date TEXT NOT NULL, row_count INTEGER NOT NULL,
    checksum TEXT NOT NULL, published_us INTEGER NOT NULL, why TEXT NOT NULL,
    at_us INTEGER NOT NULL) STRICT;
CREATE INDEX removed_by_date ON removed (date);
INSERT INTO removed VALUES('raw view=intraday/date=2014-06-05/slot-00','2014-06-05',184,'0f6f0b0a3c2d4e5f60718293a4b5c6d7',1401975020000000,'retention',1402060000000000);
UPDATE meta SET value = '2' WHERE name = 'schema_version';
