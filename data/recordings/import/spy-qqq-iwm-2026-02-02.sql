-- SPY, QQQ and IWM 2026-02-02: what a client of a real gateway saw, poll by poll, with its defects.
-- in: the variable `published`     out: spy-qqq-iwm-2026-02-02/*.parquet, by key order
-- `open_interest` and `iv` are 0 in every published row, which means that they were not recorded:
-- they have no column here, so that nobody can take a zero for an answer.

CREATE OR REPLACE TEMP TABLE polled AS
  SELECT symbol AS underlying, strptime(expiry, '%Y%m%d')::DATE AS expiry, strike::DOUBLE AS strike,
         "right",
         ("timestamp"::TIMESTAMP AT TIME ZONE 'America/New_York') AT TIME ZONE 'UTC' AS polled_at,
         bid::DOUBLE AS bid, ask::DOUBLE AS ask, last::DOUBLE AS last, volume::BIGINT AS volume,
         delta::DOUBLE AS delta, gamma::DOUBLE AS gamma, theta::DOUBLE AS theta, vega::DOUBLE AS vega
  FROM read_csv(getvariable('published') || '/intraday/ib_spy_qqq_iwm_options_2026-02-02.csv.gz',
                header = true, all_varchar = true);

-- Contracts come and go between polls, which asked only near the money; the listing does not.
CREATE OR REPLACE TEMP TABLE contracts AS
  SELECT (720000000 + row_number() OVER (ORDER BY underlying, expiry, strike, "right"))::BIGINT AS conid,
         underlying, expiry, strike, "right", 100 AS multiplier, underlying AS trading_class,
         (TIMESTAMP '2026-02-02 00:00:00' AT TIME ZONE 'America/New_York') AT TIME ZONE 'UTC'
           AS listed_from,
         ((least(DATE '2026-02-03', expiry) + TIME '23:59:59') AT TIME ZONE 'America/New_York')
           AT TIME ZONE 'UTC' AS listed_to
  FROM (SELECT DISTINCT underlying, expiry, strike, "right" FROM polled);

COPY (FROM contracts ORDER BY conid)
TO 'spy-qqq-iwm-2026-02-02/contracts.parquet'
(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 15, ROW_GROUP_SIZE 1000000);

-- A poll is a bar without length. -1 stays -1: the gateway was asked and said that nobody quotes,
-- which is more than silence and is what a replay has to say again.
COPY (SELECT conid, polled_at AS starts_at, polled_at AS ends_at,
             nullif(bid, 'NaN'::DOUBLE) AS bid_open, nullif(bid, 'NaN'::DOUBLE) AS bid_close,
             NULL::INTEGER AS bid_size,
             nullif(ask, 'NaN'::DOUBLE) AS ask_open, nullif(ask, 'NaN'::DOUBLE) AS ask_close,
             NULL::INTEGER AS ask_size
      FROM polled JOIN contracts USING (underlying, expiry, strike, "right")
      ORDER BY conid, starts_at)
TO 'spy-qqq-iwm-2026-02-02/quotes.parquet'
(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 15, ROW_GROUP_SIZE 1000000);

COPY (SELECT conid, polled_at AS "at", nullif(nullif(last, 'NaN'::DOUBLE), 0) AS last, volume,
             nullif(delta, 'NaN'::DOUBLE) AS delta, nullif(gamma, 'NaN'::DOUBLE) AS gamma,
             nullif(theta, 'NaN'::DOUBLE) AS theta, nullif(vega, 'NaN'::DOUBLE) AS vega
      FROM polled JOIN contracts USING (underlying, expiry, strike, "right")
      ORDER BY conid, polled_at)
TO 'spy-qqq-iwm-2026-02-02/polls.parquet'
(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 15, ROW_GROUP_SIZE 1000000);

-- IBKR counts a stock's volume in lots of 100; a share is the unit everywhere else. Days after the
-- recorded one are left out, so that a replay cannot know them.
COPY (SELECT symbol, "date"::DATE AS session, open::DOUBLE AS open, high::DOUBLE AS high,
             low::DOUBLE AS low, close::DOUBLE AS close,
             round(volume::DOUBLE * 100)::BIGINT AS volume
      FROM read_csv(getvariable('published')
                      || '/underlying/ib_spy_qqq_iwm_daily_bars_2025-12-19_2026-02-05.csv',
                    header = true, all_varchar = true)
      WHERE "date"::DATE <= DATE '2026-02-02'
      ORDER BY symbol, session)
TO 'spy-qqq-iwm-2026-02-02/underlying_daily.parquet'
(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 15, ROW_GROUP_SIZE 1000000);
