-- AAPL 2014-06-06: the Friday before the 7:1 split and the Monday after it, in hourly bars.
-- in: lean.sql, the variable `published`     out: aapl-2014-06-06/*.parquet, by key order

CREATE OR REPLACE TEMP TABLE quote_bars AS
  SELECT * FROM lean_quotes('intraday/lean_aapl_quotes_1h_2014-06-06_09_split.csv.gz', INTERVAL 1 HOUR);

-- The split took effect at Monday's open. Until then the old contracts are the listed ones, for
-- Monday's open interest is still published for them; from then on there are only the adjusted ones.
-- No contract has rows on both days.
CREATE OR REPLACE TEMP TABLE contracts AS
  SELECT numbered(730000001, underlying, expiry, strike, "right") AS conid,
         underlying, expiry, strike, "right", 100 AS multiplier, underlying AS trading_class,
         new_york(CASE WHEN session = DATE '2014-06-06' THEN TIMESTAMP '2014-06-06 00:00:00'
                       ELSE TIMESTAMP '2014-06-09 09:30:00' END) AS listed_from,
         new_york(least(CASE WHEN session = DATE '2014-06-06' THEN TIMESTAMP '2014-06-09 09:30:00'
                             ELSE TIMESTAMP '2014-06-09 23:59:59' END,
                        expiry + TIME '23:59:59')) AS listed_to
  FROM (SELECT DISTINCT underlying, expiry, strike, "right", session FROM quote_bars);

COPY (FROM contracts ORDER BY conid)
TO 'aapl-2014-06-06/contracts.parquet'
(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 15, ROW_GROUP_SIZE 1000000);

COPY (SELECT conid, starts_at, ends_at, bid_open, bid_close, bid_size, ask_open, ask_close, ask_size
      FROM quote_bars JOIN contracts USING (underlying, expiry, strike, "right")
      ORDER BY conid, starts_at)
TO 'aapl-2014-06-06/quotes.parquet'
(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 15, ROW_GROUP_SIZE 1000000);

COPY (SELECT conid, starts_at, ends_at, open, high, low, close, volume
      FROM lean_trades('intraday/lean_aapl_trades_1h_2014-06-06_09_split.csv.gz', INTERVAL 1 HOUR)
      JOIN contracts USING (underlying, expiry, strike, "right")
      ORDER BY conid, starts_at)
TO 'aapl-2014-06-06/trades.parquet'
(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 15, ROW_GROUP_SIZE 1000000);

-- Monday's first bar begins with trades near 645, from before the split was applied. It stays.
COPY (SELECT symbol, starts_at, ends_at, open, high, low, close, volume
      FROM lean_underlying('underlying/lean_aapl_goog_twx_bars_1min.csv.gz')
      WHERE symbol = 'AAPL' AND session BETWEEN DATE '2014-06-05' AND DATE '2014-06-09'
      ORDER BY symbol, starts_at)
TO 'aapl-2014-06-06/underlying.parquet'
(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 15, ROW_GROUP_SIZE 1000000);

-- Later mornings are left out: they hold 80 to 96 contracts of 2,180.
COPY (SELECT conid, published_at, open_interest
      FROM lean_open_interest('eod/lean_aapl_open_interest_2014-06-06_30.csv.gz')
      JOIN contracts USING (underlying, expiry, strike, "right")
      WHERE session <= DATE '2014-06-09'
      ORDER BY conid, published_at)
TO 'aapl-2014-06-06/open_interest.parquet'
(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 15, ROW_GROUP_SIZE 1000000);
