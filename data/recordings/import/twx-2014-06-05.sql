-- TWX 2014-06-05: the whole chain for one day, and the open interest of that morning and the next.
-- in: lean.sql, the variable `published`     out: twx-2014-06-05/*.parquet, by key order

CREATE OR REPLACE TEMP TABLE quote_bars AS
  SELECT * FROM lean_quotes('intraday/lean_twx_quotes_1min_2014-06-05_06.csv.gz', INTERVAL 1 MINUTE)
  WHERE session = DATE '2014-06-05';

-- Listed until the end of the next trading day, so that the next morning's open interest can be asked.
CREATE OR REPLACE TEMP TABLE contracts AS
  SELECT numbered(700000001, underlying, expiry, strike, "right") AS conid,
         underlying, expiry, strike, "right", 100 AS multiplier, underlying AS trading_class,
         new_york(TIMESTAMP '2014-06-05 00:00:00') AS listed_from,
         new_york(least(DATE '2014-06-06', expiry) + TIME '23:59:59') AS listed_to
  FROM (SELECT DISTINCT underlying, expiry, strike, "right" FROM quote_bars);

COPY (FROM contracts ORDER BY conid)
TO 'twx-2014-06-05/contracts.parquet'
(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 15, ROW_GROUP_SIZE 1000000);

COPY (SELECT conid, starts_at, ends_at, bid_open, bid_close, bid_size, ask_open, ask_close, ask_size
      FROM quote_bars JOIN contracts USING (underlying, expiry, strike, "right")
      ORDER BY conid, starts_at)
TO 'twx-2014-06-05/quotes.parquet'
(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 15, ROW_GROUP_SIZE 1000000);

COPY (SELECT conid, starts_at, ends_at, open, high, low, close, volume
      FROM lean_trades('intraday/lean_twx_trades_1min_2014-06-05_06.csv.gz', INTERVAL 1 MINUTE)
      JOIN contracts USING (underlying, expiry, strike, "right")
      WHERE session = DATE '2014-06-05'
      ORDER BY conid, starts_at)
TO 'twx-2014-06-05/trades.parquet'
(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 15, ROW_GROUP_SIZE 1000000);

COPY (SELECT symbol, starts_at, ends_at, open, high, low, close, volume
      FROM lean_underlying('underlying/lean_aapl_goog_twx_bars_1min.csv.gz')
      WHERE symbol = 'TWX' AND session IN (DATE '2014-06-05', DATE '2014-06-06')
      ORDER BY symbol, starts_at)
TO 'twx-2014-06-05/underlying.parquet'
(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 15, ROW_GROUP_SIZE 1000000);

COPY (SELECT conid, published_at, open_interest
      FROM lean_open_interest('eod/lean_twx_open_interest_2014-06-05_06.csv.gz')
      JOIN contracts USING (underlying, expiry, strike, "right")
      ORDER BY conid, published_at)
TO 'twx-2014-06-05/open_interest.parquet'
(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 15, ROW_GROUP_SIZE 1000000);
