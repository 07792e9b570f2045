-- GOOG 2015-12-24: the whole chain on a half day, which closes at 13:00.
-- in: lean.sql, the variable `published`     out: goog-2015-12-24/*.parquet, by key order

CREATE OR REPLACE TEMP TABLE quote_bars AS
  SELECT * FROM lean_quotes('intraday/lean_goog_quotes_1min_2015-12-24.csv.gz', INTERVAL 1 MINUTE);

-- The hourly bars also have the day before. What has no bar there was listed on the 24th: a new
-- weekly expiry, and strikes that were added to two others.
CREATE OR REPLACE TEMP TABLE listed_the_day_before AS
  SELECT DISTINCT underlying, expiry, strike, "right"
  FROM lean_quotes('intraday/lean_goog_quotes_1h_2015-12-23_24.csv.gz', INTERVAL 1 HOUR)
  WHERE session = DATE '2015-12-23';

-- Listed until the end of the next trading day, Monday the 28th, so that the next morning's open
-- interest can be asked, though this recording does not have it.
CREATE OR REPLACE TEMP TABLE contracts AS
  SELECT numbered(710000001, chain.underlying, chain.expiry, chain.strike, chain."right") AS conid,
         chain.underlying, chain.expiry, chain.strike, chain."right", 100 AS multiplier,
         chain.underlying AS trading_class,
         new_york(CASE WHEN earlier.strike IS NULL THEN TIMESTAMP '2015-12-24 00:00:00'
                       ELSE TIMESTAMP '2015-12-23 00:00:00' END) AS listed_from,
         new_york(least(DATE '2015-12-28', chain.expiry) + TIME '23:59:59') AS listed_to
  FROM (SELECT DISTINCT underlying, expiry, strike, "right" FROM quote_bars) AS chain
  LEFT JOIN listed_the_day_before AS earlier USING (underlying, expiry, strike, "right");

COPY (FROM contracts ORDER BY conid)
TO 'goog-2015-12-24/contracts.parquet'
(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 15, ROW_GROUP_SIZE 1000000);

COPY (SELECT conid, starts_at, ends_at, bid_open, bid_close, bid_size, ask_open, ask_close, ask_size
      FROM quote_bars JOIN contracts USING (underlying, expiry, strike, "right")
      ORDER BY conid, starts_at)
TO 'goog-2015-12-24/quotes.parquet'
(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 15, ROW_GROUP_SIZE 1000000);

COPY (SELECT conid, starts_at, ends_at, open, high, low, close, volume
      FROM lean_trades('intraday/lean_goog_trades_1min_2015-12-23_24.csv.gz', INTERVAL 1 MINUTE)
      JOIN contracts USING (underlying, expiry, strike, "right")
      WHERE session = DATE '2015-12-24'
      ORDER BY conid, starts_at)
TO 'goog-2015-12-24/trades.parquet'
(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 15, ROW_GROUP_SIZE 1000000);

COPY (SELECT symbol, starts_at, ends_at, open, high, low, close, volume
      FROM lean_underlying('underlying/lean_aapl_goog_twx_bars_1min.csv.gz')
      WHERE symbol = 'GOOG' AND session IN (DATE '2015-12-23', DATE '2015-12-24')
      ORDER BY symbol, starts_at)
TO 'goog-2015-12-24/underlying.parquet'
(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 15, ROW_GROUP_SIZE 1000000);

COPY (SELECT conid, published_at, open_interest
      FROM lean_open_interest('eod/lean_goog_open_interest_2015-12-23_24.csv.gz')
      JOIN contracts USING (underlying, expiry, strike, "right")
      ORDER BY conid, published_at)
TO 'goog-2015-12-24/open_interest.parquet'
(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 15, ROW_GROUP_SIZE 1000000);
