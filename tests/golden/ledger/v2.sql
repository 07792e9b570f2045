PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES('schema_version','2');
CREATE TABLE jobs (
    kind TEXT NOT NULL, date TEXT NOT NULL, slot INTEGER NOT NULL, ingest_id TEXT NOT NULL,
    started_us INTEGER NOT NULL, ended_us INTEGER, outcome TEXT NOT NULL,
    starts INTEGER NOT NULL, counts TEXT NOT NULL,
    PRIMARY KEY (date, kind, slot)) STRICT, WITHOUT ROWID;
INSERT INTO jobs VALUES('discovery','2014-06-05',-1,'7a2cc9de7e678fe8ad8c47148e8af535',1401966000000000,1401974702236999,'done',1,'[{"symbol":"TWX","contracts":184,"expiries":5,"error":""}]');
INSERT INTO jobs VALUES('enrichment','2014-06-05',-1,'630d844e08f4bd6c7f5e1bc421275c9a',1402054200000000,1402054312200000,'done',1,'{"considered":184,"updated":184,"with_value":184,"missing":0,"expired":0,"not_published":0,"unstable":0,"oi_asof_date":"2014-06-05","closes":1,"ingest_id":"630d844e08f4bd6c7f5e1bc421275c9a"}');
INSERT INTO jobs VALUES('enrichment','2014-06-05',0,'630d844e08f4bd6c7f5e1bc421275c9a',1402054200000000,1402054208100000,'done',1,'{}');
INSERT INTO jobs VALUES('enrichment','2014-06-05',1,'630d844e08f4bd6c7f5e1bc421275c9a',1402054304100000,1402054312200000,'done',1,'{}');
INSERT INTO jobs VALUES('rollup','2014-06-05',-1,'c5953c394872694eabf2c822e90b5c8a',1402002000000000,1402002000000000,'done',1,'{"rows":184,"strategies":{"close":184},"without_row":0,"adjusted":0}');
INSERT INTO jobs VALUES('rollup','2014-06-05',1,'92f63e7a5250e9139b3a9c5fd7409e4e',1402054312200000,1402054312200000,'done',1,'{"rows":184,"strategies":{"close":184},"without_row":0,"adjusted":0}');
INSERT INTO jobs VALUES('selfcheck','2014-06-05',-1,'316be4754afe6cf58a7ba42230fcb9c2',1402054312200000,1402054312200000,'done',1,'{"status":"PASS","reasons":[]}');
INSERT INTO jobs VALUES('snapshot','2014-06-05',0,'07f2a330ec3049cfc3089fd5ef0a1174',1401975000000000,1401975018326016,'done',1,'{"slot":"09:30","ingest_id":"07f2a330ec3049cfc3089fd5ef0a1174","rows":184,"usable":184,"errors":0,"symbols":[{"symbol":"TWX","expected":184,"usable":184,"two_sided":169,"delayed":0,"errors":0,"stale":false}],"missing":[]}');
INSERT INTO jobs VALUES('snapshot','2014-06-05',1,'31a7957b2ba2aecb05801e0c3a9b9a4a',1401976800000000,1401976818491143,'done',1,'{"slot":"10:00","ingest_id":"31a7957b2ba2aecb05801e0c3a9b9a4a","rows":184,"usable":184,"errors":0,"symbols":[{"symbol":"TWX","expected":184,"usable":184,"two_sided":169,"delayed":0,"errors":0,"stale":false}],"missing":[]}');
CREATE TABLE expected_slots (
    date TEXT NOT NULL, slot INTEGER NOT NULL, at_us INTEGER NOT NULL,
    PRIMARY KEY (date, slot)) STRICT, WITHOUT ROWID;
INSERT INTO expected_slots VALUES('2014-06-05',0,1401975000000000);
INSERT INTO expected_slots VALUES('2014-06-05',1,1401976800000000);
CREATE TABLE expected (
    date TEXT NOT NULL, slot INTEGER NOT NULL, place INTEGER NOT NULL,
    conid INTEGER NOT NULL, underlying TEXT NOT NULL,
    PRIMARY KEY (date, slot, place)) STRICT, WITHOUT ROWID;
INSERT INTO expected VALUES('2014-06-05',0,0,700000021,'TWX');
INSERT INTO expected VALUES('2014-06-05',0,1,700000022,'TWX');
INSERT INTO expected VALUES('2014-06-05',1,0,700000021,'TWX');
INSERT INTO expected VALUES('2014-06-05',1,1,700000022,'TWX');
CREATE TABLE journal (
    arrival INTEGER PRIMARY KEY, job TEXT NOT NULL, conid INTEGER NOT NULL,
    attempt INTEGER NOT NULL, asked_us INTEGER NOT NULL, answered_us INTEGER NOT NULL,
    answer BLOB NOT NULL) STRICT;
CREATE TABLE published (
    partition TEXT PRIMARY KEY, date TEXT NOT NULL, row_count INTEGER NOT NULL,
    checksum TEXT NOT NULL, at_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO published VALUES('clean view=daily_adjusted/date=2014-06-05/part-0','2014-06-05',184,'c18e1b9c2f0298d022d2c6fa36b60c2a',1402054312200000);
INSERT INTO published VALUES('clean view=daily_clean/date=2014-06-05/part-0','2014-06-05',184,'b954fcfc90aa73814b665247bc7563cc',1402054312200000);
INSERT INTO published VALUES('clean view=enrichment/date=2014-06-05/part-0','2014-06-05',185,'35ca14d4aae852390472a13f43411eeb',1402054312200000);
INSERT INTO published VALUES('clean view=intraday/date=2014-06-05/slot-00','2014-06-05',184,'d11558b969d3922b699954f6b456d7e3',1401975018326016);
INSERT INTO published VALUES('raw view=intraday/date=2014-06-05/slot-00','2014-06-05',184,'17f0ffea74f188f7419937e357504d5d',1401975018326016);
CREATE INDEX jobs_by_start ON jobs (started_us);
CREATE INDEX journal_by_job ON journal (job);
CREATE INDEX published_by_date ON published (date);
CREATE TABLE removed (
    partition TEXT NOT NULL, date TEXT NOT NULL, row_count INTEGER NOT NULL,
    checksum TEXT NOT NULL, published_us INTEGER NOT NULL, why TEXT NOT NULL,
    at_us INTEGER NOT NULL) STRICT;
CREATE INDEX removed_by_date ON removed (date);
INSERT INTO removed VALUES('raw view=intraday/date=2014-06-05/slot-00','2014-06-05',184,'0f6f0b0a3c2d4e5f60718293a4b5c6d7',1401975020000000,'retention',1402060000000000);
COMMIT;
