-- Every underlying in every slot of the day: what was stored, and why the rest is not usable.
-- in: intraday     out: one row per (underlying, slot_30m)
-- Counted before it is joined: a join of every row of the day would cost more than all the rest.
WITH judged AS (
    SELECT underlying, slot_30m, bid IS NOT NULL AND ask IS NOT NULL AS two_sided, market_data_type,
           error_type, data_quality_flag,
           bid IS NOT NULL OR ask IS NOT NULL OR last IS NOT NULL AS priced,
           coalesce(market_data_type, 0) BETWEEN 1 AND 4 AND NOT coalesce(snapshot_error, false)
               AND priced AS usable,
           -- From history, and no observation of the slot; a slot that was never asked has no other.
           coalesce(list_contains(data_quality_flag, 'historical_fill'), false) AS filled
    FROM intraday
),
causes AS (
    SELECT underlying, slot_30m, string_agg(cause || ' ' || n, ', ' ORDER BY n DESC, cause) AS cause
    FROM (SELECT underlying, slot_30m,
                 CASE WHEN error_type IS NOT NULL AND error_type <> '' THEN error_type
                      WHEN NOT priced THEN 'missing_price'
                      ELSE 'unusable' END AS cause, count(*) AS n
          FROM judged WHERE NOT usable GROUP BY ALL)
    GROUP BY ALL
),
counts AS (
    SELECT underlying, slot_30m, count(*) AS stored, count(*) FILTER (usable) AS usable,
           count(*) FILTER (two_sided AND NOT filled) AS two_sided,
           count(*) FILTER (market_data_type IN (3, 4)) AS delayed_rows,
           count(*) FILTER (list_contains(data_quality_flag, 'stale_feed')) AS stale_rows,
           count(*) FILTER (filled) AS filled_rows,
           count(*) FILTER (coalesce(error_type, '') <> 'slot_missed') AS asked_rows
    FROM judged GROUP BY underlying, slot_30m
)
SELECT underlying, slot_30m::BIGINT AS slot, stored, usable, two_sided, delayed_rows, stale_rows,
       filled_rows, asked_rows, cause
FROM counts LEFT JOIN causes USING (underlying, slot_30m)
ORDER BY 1, 2
