-- What the recordings hold, claim by claim: every row of the answer is true, or a file is not what
-- ../README.md says.
-- in: the recordings, relative to data/recordings     out: recording, claim, found, holds
-- Times are written in UTC here and not converted, so that this referees the conversion too.
WITH contracts AS (
  SELECT *, parse_path(filename)[-2] AS recording
  FROM read_parquet('*/contracts.parquet', filename = true)
),
-- Ids differ between recordings, so one join names the recording of any row.
quotes AS (
  SELECT q.*, c.recording, c.underlying, c.expiry, c.strike, c."right", c.listed_from, c.listed_to
  FROM read_parquet('*/quotes.parquet') AS q LEFT JOIN contracts AS c USING (conid)
),
trades AS (
  SELECT t.*, c.recording FROM read_parquet('*/trades.parquet') AS t LEFT JOIN contracts AS c USING (conid)
),
open_interest AS (
  SELECT o.*, c.recording, c.expiry, c.listed_from
  FROM read_parquet('*/open_interest.parquet') AS o LEFT JOIN contracts AS c USING (conid)
),
polls AS (
  SELECT p.conid, p."at" AS polled_at, p.* EXCLUDE (conid, "at"), c.recording, c.underlying,
         lag(p.volume) OVER (PARTITION BY conid ORDER BY p."at") AS volume_before,
         p.volume > volume_before AS volume_rose
  FROM read_parquet('*/polls.parquet') AS p LEFT JOIN contracts AS c USING (conid)
),
underlying AS (
  SELECT *, parse_path(filename)[-2] AS recording
  FROM read_parquet('*/underlying.parquet', filename = true)
),
underlying_daily AS (
  SELECT *, parse_path(filename)[-2] AS recording
  FROM read_parquet('*/underlying_daily.parquet', filename = true)
),

-- Row counts: what was published, less the days that are not shipped.
row_counts AS (
  SELECT recording, file, count(*) AS found
  FROM (SELECT recording, 'contracts' AS file FROM contracts
        UNION ALL SELECT recording, 'quotes' FROM quotes
        UNION ALL SELECT recording, 'trades' FROM trades
        UNION ALL SELECT recording, 'open_interest' FROM open_interest
        UNION ALL SELECT recording, 'polls' FROM polls
        UNION ALL SELECT recording, 'underlying' FROM underlying
        UNION ALL SELECT recording, 'underlying_daily' FROM underlying_daily)
  GROUP BY ALL
),
published AS (
  SELECT * FROM (VALUES
    ('twx-2014-06-05', 'contracts', 184), ('twx-2014-06-05', 'quotes', 30468),
    ('twx-2014-06-05', 'trades', 79), ('twx-2014-06-05', 'open_interest', 368),
    ('twx-2014-06-05', 'underlying', 795),
    ('goog-2015-12-24', 'contracts', 2192), ('goog-2015-12-24', 'quotes', 275552),
    ('goog-2015-12-24', 'trades', 958), ('goog-2015-12-24', 'open_interest', 2616),
    ('goog-2015-12-24', 'underlying', 659),
    ('aapl-2014-06-06', 'contracts', 4532), ('aapl-2014-06-06', 'quotes', 31407),
    ('aapl-2014-06-06', 'trades', 8346), ('aapl-2014-06-06', 'open_interest', 4661),
    ('aapl-2014-06-06', 'underlying', 2303),
    ('spy-qqq-iwm-2026-02-02', 'contracts', 399), ('spy-qqq-iwm-2026-02-02', 'quotes', 20024),
    ('spy-qqq-iwm-2026-02-02', 'polls', 20024), ('spy-qqq-iwm-2026-02-02', 'underlying_daily', 87)
  ) AS listed(recording, file, expected)
),

-- A side once seen stays, so a contract is two-sided from the later of its two first prices on.
first_seen AS (
  SELECT recording, conid, expiry,
         min(starts_at) FILTER (bid_open IS NOT NULL) AS bid_at,
         min(starts_at) FILTER (ask_open IS NOT NULL) AS ask_at
  FROM quotes GROUP BY ALL
),
twx_slots AS (
  SELECT unnest(generate_series(TIMESTAMP '2014-06-05 14:00:00', TIMESTAMP '2014-06-05 20:00:00',
                                INTERVAL 30 MINUTE)) AS slot_at
),
twx_two_sided AS (
  SELECT slot_at, count(*) FILTER (bid_at <= slot_at AND ask_at <= slot_at) AS two_sided
  FROM twx_slots CROSS JOIN first_seen WHERE recording = 'twx-2014-06-05' GROUP BY slot_at
),
twx_overnight AS (
  SELECT conid,
         max(open_interest) FILTER (published_at < TIMESTAMP '2014-06-06 00:00:00') AS before,
         max(open_interest) FILTER (published_at >= TIMESTAMP '2014-06-06 00:00:00') AS after
  FROM open_interest WHERE recording = 'twx-2014-06-05' GROUP BY conid
),

-- Friday's contracts that outlive Friday, each with the adjusted one that should have replaced it.
aapl_split AS (
  SELECT old.conid, old.strike, new.conid AS new_conid
  FROM (FROM contracts WHERE recording = 'aapl-2014-06-06' AND expiry > DATE '2014-06-06'
                         AND listed_from = TIMESTAMP '2014-06-06 04:00:00') AS old
  LEFT JOIN (FROM contracts WHERE recording = 'aapl-2014-06-06'
                              AND listed_from = TIMESTAMP '2014-06-09 13:30:00') AS new
    ON new.expiry = old.expiry AND new."right" = old."right"
   AND new.strike = round(old.strike / 7, 2)
),

-- Per symbol and slot: how old the newest poll is, and how long ago any contract traded.
poll_slots AS (
  SELECT unnest(generate_series(TIMESTAMP '2026-02-02 14:30:00', TIMESTAMP '2026-02-02 21:00:00',
                                INTERVAL 30 MINUTE)) AS slot_at
),
poll_ages AS (
  SELECT slot_at, underlying, slot_at - max(polled_at) AS poll_age,
         slot_at - max(polled_at) FILTER (volume_rose) AS trade_age
  FROM poll_slots JOIN polls ON polled_at <= slot_at GROUP BY slot_at, underlying
),
-- From the first repeat until the last: no quote and no volume differs from the poll before it.
frozen AS (
  SELECT count(*) AS polled,
         count(*) FILTER (q.bid_close IS DISTINCT FROM q.bid_before
                          OR q.ask_close IS DISTINCT FROM q.ask_before
                          OR p.volume <> p.volume_before) AS moved
  FROM (SELECT *, lag(bid_close) OVER (PARTITION BY conid ORDER BY starts_at) AS bid_before,
                  lag(ask_close) OVER (PARTITION BY conid ORDER BY starts_at) AS ask_before,
                  row_number() OVER (PARTITION BY conid ORDER BY starts_at) AS nth
        FROM quotes WHERE recording = 'spy-qqq-iwm-2026-02-02') AS q
  JOIN polls AS p ON p.conid = q.conid AND p.polled_at = q.starts_at
  WHERE q.nth > 1 AND p.polled_at BETWEEN TIMESTAMP '2026-02-02 15:17:00'
                                      AND TIMESTAMP '2026-02-02 15:37:00'
),

claims AS (
  SELECT recording, file || ' has ' || expected || ' rows' AS claim, coalesce(found, 0)::VARCHAR AS found,
         coalesce(found, 0) = expected AS holds
  FROM published FULL JOIN row_counts USING (recording, file)

  UNION ALL
  SELECT recording, 'conids run without a gap in the order of underlying, expiry, strike, right',
         count(*)::VARCHAR, bool_and(conid = first_conid + nth - 1)
  FROM (SELECT *, row_number() OVER (PARTITION BY recording
                                     ORDER BY underlying, expiry, strike, "right") AS nth,
               CASE recording WHEN 'twx-2014-06-05' THEN 700000001
                              WHEN 'goog-2015-12-24' THEN 710000001
                              WHEN 'spy-qqq-iwm-2026-02-02' THEN 720000001
                              WHEN 'aapl-2014-06-06' THEN 730000001 END AS first_conid
        FROM contracts) GROUP BY recording
  UNION ALL
  SELECT recording, 'no contract is listed twice, and each for some time', count(*)::VARCHAR,
         count(*) = count(DISTINCT (underlying, expiry, strike, "right"))
           AND bool_and(listed_from < listed_to)
  FROM contracts GROUP BY recording
  UNION ALL
  SELECT 'all', 'every conid in ' || file || ' is a contract',
         count(*) FILTER (recording IS NULL) || ' strays', count(recording) = count(*)
  FROM (SELECT 'quotes' AS file, recording FROM quotes
        UNION ALL SELECT 'trades', recording FROM trades
        UNION ALL SELECT 'open_interest', recording FROM open_interest
        UNION ALL SELECT 'polls', recording FROM polls)
  GROUP BY file
  UNION ALL
  SELECT recording, 'one row per contract and bar, inside the time it was listed', count(*)::VARCHAR,
         count(*) = count(DISTINCT (conid, starts_at))
           AND bool_and(listed_from <= starts_at AND starts_at < listed_to)
  FROM quotes GROUP BY recording
  UNION ALL
  SELECT recording, 'a bar has the recorded length', min(ends_at - starts_at)::VARCHAR,
         bool_and(CASE recording
                  WHEN 'spy-qqq-iwm-2026-02-02' THEN ends_at = starts_at
                  WHEN 'aapl-2014-06-06' THEN
                    ends_at - starts_at = CASE WHEN starts_at::TIME = TIME '13:30:00'
                                               THEN INTERVAL 30 MINUTE ELSE INTERVAL 1 HOUR END
                  ELSE ends_at - starts_at = INTERVAL 1 MINUTE END)
  FROM quotes GROUP BY recording
  UNION ALL
  SELECT recording, 'a side is there with its open, close and size, or not at all', count(*)::VARCHAR,
         bool_and((bid_open IS NULL) = (bid_close IS NULL) AND (ask_open IS NULL) = (ask_close IS NULL)
                  AND (recording = 'spy-qqq-iwm-2026-02-02'
                       OR ((bid_open IS NULL) = (bid_size IS NULL)
                           AND (ask_open IS NULL) = (ask_size IS NULL))))
  FROM quotes GROUP BY recording
  UNION ALL
  SELECT recording, 'a recorded price is positive, or -1 in a poll',
         least(min(bid_open), min(bid_close), min(ask_open), min(ask_close))::VARCHAR,
         bool_and(price > 0 OR (price = -1 AND recording = 'spy-qqq-iwm-2026-02-02'))
  FROM (SELECT *, unnest([bid_open, bid_close, ask_open, ask_close]) AS price FROM quotes)
  GROUP BY recording
  UNION ALL
  SELECT recording, 'a trade bar holds its open and close between its low and high', count(*)::VARCHAR,
         bool_and(low > 0 AND low <= least(open, close) AND high >= greatest(open, close) AND volume > 0)
  FROM trades GROUP BY recording

  UNION ALL
  SELECT 'twx-2014-06-05', 'bars run from the open, 13:30 UTC, to the minute after the close',
         min(starts_at) || ' to ' || max(starts_at),
         min(starts_at) = TIMESTAMP '2014-06-05 13:30:00'
           AND max(starts_at) = TIMESTAMP '2014-06-05 20:00:00'
  FROM quotes WHERE recording = 'twx-2014-06-05'
  UNION ALL
  SELECT 'twx-2014-06-05', 'from 10:00 on 169 to 171 of 184 are two-sided, 171 at the close',
         min(two_sided) || ' to ' || max(two_sided),
         min(two_sided) = 169 AND max(two_sided) = 171 AND max_by(two_sided, slot_at) = 171
  FROM twx_two_sided
  UNION ALL
  SELECT 'twx-2014-06-05', '13 contracts never show a bid, none lacks an ask',
         count(*) FILTER (bid_at IS NULL)::VARCHAR,
         count(*) FILTER (bid_at IS NULL) = 13 AND count(*) FILTER (ask_at IS NULL) = 0
  FROM first_seen WHERE recording = 'twx-2014-06-05'
  UNION ALL
  SELECT 'twx-2014-06-05', 'all 184 have open interest on both mornings; 29 changed overnight',
         count(*) FILTER (before <> after)::VARCHAR,
         count(before) = 184 AND count(after) = 184 AND count(*) FILTER (before <> after) = 29
  FROM twx_overnight
  UNION ALL
  SELECT 'twx-2014-06-05', '37 of them are 0 on the second morning',
         count(*) FILTER (after = 0)::VARCHAR, count(*) FILTER (after = 0) = 37
  FROM twx_overnight
  UNION ALL
  SELECT 'twx-2014-06-05', 'open interest is published between 06:30 and 06:33 New York',
         min(published_at::TIME) || ' to ' || max(published_at::TIME),
         min(published_at::TIME) = TIME '10:30:00' AND max(published_at::TIME) = TIME '10:33:00'
  FROM open_interest WHERE recording = 'twx-2014-06-05'

  UNION ALL
  SELECT 'goog-2015-12-24', 'the half day runs from 14:30 to 18:00 UTC',
         min(starts_at) || ' to ' || max(starts_at),
         min(starts_at) = TIMESTAMP '2015-12-24 14:30:00'
           AND max(starts_at) = TIMESTAMP '2015-12-24 18:00:00'
  FROM quotes WHERE recording = 'goog-2015-12-24'
  UNION ALL
  SELECT 'goog-2015-12-24', '176 of 2,192 contracts expire that day, over 12 expiries',
         count(*) FILTER (expiry = DATE '2015-12-24')::VARCHAR,
         count(*) FILTER (expiry = DATE '2015-12-24') = 176 AND count(DISTINCT expiry) = 12
  FROM contracts WHERE recording = 'goog-2015-12-24'
  UNION ALL
  SELECT 'goog-2015-12-24', '134 contracts were first listed that day',
         count(*) FILTER (listed_from = TIMESTAMP '2015-12-24 05:00:00')::VARCHAR,
         count(*) FILTER (listed_from = TIMESTAMP '2015-12-24 05:00:00') = 134
  FROM contracts WHERE recording = 'goog-2015-12-24'
  UNION ALL
  SELECT 'goog-2015-12-24', '347 contracts never show a bid, none lacks an ask',
         count(*) FILTER (bid_at IS NULL)::VARCHAR,
         count(*) FILTER (bid_at IS NULL) = 347 AND count(*) FILTER (ask_at IS NULL) = 0
  FROM first_seen WHERE recording = 'goog-2015-12-24'
  UNION ALL
  SELECT 'goog-2015-12-24', 'the next morning has no open interest; the two before have 1,301 and 1,315',
         max(published_at)::VARCHAR,
         max(published_at) = TIMESTAMP '2015-12-24 11:30:00'
           AND count(*) FILTER (published_at = TIMESTAMP '2015-12-23 11:30:00') = 1301
           AND count(*) FILTER (published_at = TIMESTAMP '2015-12-24 11:30:00') = 1315
  FROM open_interest WHERE recording = 'goog-2015-12-24'

  UNION ALL
  SELECT 'aapl-2014-06-06', '2,352 contracts before the split, 172 of them expiring; 2,180 after it',
         count(*) FILTER (listed_from = TIMESTAMP '2014-06-06 04:00:00') || ' and '
           || count(*) FILTER (listed_from = TIMESTAMP '2014-06-09 13:30:00'),
         count(*) FILTER (listed_from = TIMESTAMP '2014-06-06 04:00:00') = 2352
           AND count(*) FILTER (expiry = DATE '2014-06-06') = 172
           AND count(*) FILTER (listed_from = TIMESTAMP '2014-06-09 13:30:00') = 2180
  FROM contracts WHERE recording = 'aapl-2014-06-06'
  UNION ALL
  SELECT 'aapl-2014-06-06', 'strike / 7 in cents of all 2,180 survivors is listed after it, one to one',
         count(new_conid)::VARCHAR,
         count(*) = 2180 AND count(new_conid) = 2180 AND count(DISTINCT new_conid) = 2180
  FROM aapl_split
  UNION ALL
  SELECT 'aapl-2014-06-06', 'Monday''s open interest is for the old contracts: 172 expired, 2,167 of 2,180',
         count(*) FILTER (expiry = DATE '2014-06-06') || ' and '
           || count(*) FILTER (expiry > DATE '2014-06-06'),
         count(*) FILTER (expiry = DATE '2014-06-06') = 172
           AND count(*) FILTER (expiry > DATE '2014-06-06') = 2167
           AND bool_and(listed_from = TIMESTAMP '2014-06-06 04:00:00')
  FROM open_interest
  WHERE recording = 'aapl-2014-06-06' AND published_at = TIMESTAMP '2014-06-09 10:30:00'
  UNION ALL
  SELECT 'aapl-2014-06-06', 'hourly bars: nothing begins at a half hour except the open',
         count(DISTINCT starts_at)::VARCHAR,
         count(DISTINCT starts_at) = 14
           AND bool_and(minute(starts_at) = 0 OR starts_at::TIME = TIME '13:30:00')
  FROM quotes WHERE recording = 'aapl-2014-06-06'

  UNION ALL
  SELECT 'spy-qqq-iwm-2026-02-02', 'the first poll comes after 09:46: the 09:30 slot has nothing',
         min(polled_at)::VARCHAR,
         min(polled_at) = TIMESTAMP '2026-02-02 14:46:08.006504'
  FROM polls
  UNION ALL
  SELECT 'spy-qqq-iwm-2026-02-02', 'no quote and no volume moves from 10:17 to 10:36',
         moved || ' of ' || polled,
         polled > 0 AND moved = 0
  FROM frozen
  UNION ALL
  SELECT 'spy-qqq-iwm-2026-02-02', 'at 10:30 the last trade of each symbol is over 13 minutes old',
         min(trade_age)::VARCHAR, count(*) = 3 AND min(trade_age) > INTERVAL 13 MINUTE
  FROM poll_ages WHERE slot_at = TIMESTAMP '2026-02-02 15:30:00'
  UNION ALL
  SELECT 'spy-qqq-iwm-2026-02-02', 'at every other slot from 10:00 on it is under 8 minutes old',
         max(trade_age)::VARCHAR, count(*) = 36 AND max(trade_age) < INTERVAL 8 MINUTE
  FROM poll_ages WHERE slot_at <> TIMESTAMP '2026-02-02 15:30:00'
  UNION ALL
  SELECT 'spy-qqq-iwm-2026-02-02', 'the newest poll is never older than 8 minutes from 10:00 on',
         max(poll_age)::VARCHAR, count(*) = 39 AND max(poll_age) < INTERVAL 8 MINUTE
  FROM poll_ages
  UNION ALL
  SELECT 'spy-qqq-iwm-2026-02-02', 'no quote, said as -1: QQQ 561 P until 16:15, everything after it',
         count(*) FILTER (bid_open = -1)::VARCHAR,
         bool_and((bid_open = -1) = (ask_open = -1)
                  AND (bid_open = -1) = ((underlying = 'QQQ' AND strike = 561 AND "right" = 'P')
                                         OR starts_at > TIMESTAMP '2026-02-02 21:15:00'))
  FROM quotes WHERE recording = 'spy-qqq-iwm-2026-02-02'
  UNION ALL
  SELECT 'spy-qqq-iwm-2026-02-02', 'daily bars end with the recorded day and hold the close before it',
         max(session)::VARCHAR,
         max(session) = DATE '2026-02-02' AND count(*) FILTER (session = DATE '2026-01-30') = 3
  FROM underlying_daily
)
SELECT recording, claim, found, holds IS TRUE AS holds FROM claims ORDER BY recording, claim;
