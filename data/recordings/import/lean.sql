-- What every import of Lean sample data shares. Load it before the file of a recording.
-- in: the variable `published`, the folder of the flattened tables that ../README.md describes
--
-- A side without an update in a bar is empty or 0 there and NULL here. A side that was never seen is
-- absent, and nobody may carry the other side's row forward as if it spoke for both.

-- New York's wall clock to UTC, by the zone database, because a recording may lie on either side of
-- a clock change.
CREATE OR REPLACE MACRO new_york(wall) AS
  (wall::TIMESTAMP AT TIME ZONE 'America/New_York') AT TIME ZONE 'UTC';

CREATE OR REPLACE MACRO lean_wall(day, clock) AS
  strptime(day || ' ' || clock, '%Y%m%d %H:%M:%S');

CREATE OR REPLACE MACRO lean_day(day) AS strptime(day, '%Y%m%d')::DATE;

-- Hourly bars are stamped at the full hour, and the session begins at half past nine: the bar of
-- 09:00 cannot know anything from before 09:30.
CREATE OR REPLACE MACRO bar_start(wall, length) AS
  CASE WHEN length = INTERVAL 1 HOUR AND wall::TIME = TIME '09:00:00'
       THEN wall + INTERVAL 30 MINUTE ELSE wall END;

-- Open interest of a daily file carries no time of day. It is published before the open; files that
-- do carry a time say 06:30 to 06:33, so 06:30 stands in.
CREATE OR REPLACE MACRO published_wall(wall) AS
  CASE WHEN wall::TIME = TIME '00:00:00'
       THEN wall + INTERVAL '6 hours 30 minutes' ELSE wall END;

CREATE OR REPLACE MACRO lean_file(path) AS TABLE
  SELECT * FROM read_csv(getvariable('published') || '/' || path, header = true, all_varchar = true);

CREATE OR REPLACE MACRO lean_quotes(path, length) AS TABLE
  SELECT symbol AS underlying, lean_day(expiration) AS expiry, strike::DOUBLE AS strike, "right",
         lean_day("date") AS session,
         new_york(bar_start(lean_wall("date", "time"), length)) AS starts_at,
         new_york(lean_wall("date", "time") + length) AS ends_at,
         nullif(bid_open::DOUBLE, 0) AS bid_open, nullif(bid_close::DOUBLE, 0) AS bid_close,
         nullif(bid_size::INTEGER, 0) AS bid_size,
         nullif(ask_open::DOUBLE, 0) AS ask_open, nullif(ask_close::DOUBLE, 0) AS ask_close,
         nullif(ask_size::INTEGER, 0) AS ask_size
  FROM lean_file(path);

CREATE OR REPLACE MACRO lean_trades(path, length) AS TABLE
  SELECT symbol AS underlying, lean_day(expiration) AS expiry, strike::DOUBLE AS strike, "right",
         lean_day("date") AS session,
         new_york(bar_start(lean_wall("date", "time"), length)) AS starts_at,
         new_york(lean_wall("date", "time") + length) AS ends_at,
         open::DOUBLE AS open, high::DOUBLE AS high, low::DOUBLE AS low, close::DOUBLE AS close,
         volume::BIGINT AS volume
  FROM lean_file(path);

CREATE OR REPLACE MACRO lean_open_interest(path) AS TABLE
  SELECT symbol AS underlying, lean_day(expiration) AS expiry, strike::DOUBLE AS strike, "right",
         lean_day("date") AS session,
         new_york(published_wall(lean_wall("date", "time"))) AS published_at,
         open_interest::BIGINT AS open_interest
  FROM lean_file(path);

CREATE OR REPLACE MACRO lean_underlying(path) AS TABLE
  SELECT symbol, lean_day("date") AS session, new_york(lean_wall("date", "time")) AS starts_at,
         new_york(lean_wall("date", "time") + INTERVAL 1 MINUTE) AS ends_at,
         open::DOUBLE AS open, high::DOUBLE AS high, low::DOUBLE AS low, close::DOUBLE AS close,
         volume::BIGINT AS volume
  FROM lean_file(path);

-- Ids of our own: the exchange's data carries none. The order makes them the same in every run.
CREATE OR REPLACE MACRO numbered(first_conid, underlying, expiry, strike, side) AS
  (first_conid - 1 + row_number() OVER (ORDER BY underlying, expiry, strike, side))::BIGINT;
