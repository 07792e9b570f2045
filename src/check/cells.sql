-- Every underlying in every slot of the day: what was stored, and why the rest is not usable.
-- in: intraday     out: one row per (underlying, slot_30m)
WITH judged AS (
    SELECT *,
           coalesce(market_data_type, 0) BETWEEN 1 AND 4 AND NOT coalesce(snapshot_error, false)
               AND (bid IS NOT NULL OR ask IS NOT NULL OR last IS NOT NULL) AS usable,
           CASE WHEN error_type IS NOT NULL AND error_type <> '' THEN error_type
                WHEN bid IS NULL AND ask IS NULL AND last IS NULL THEN 'missing_price'
                ELSE 'unusable' END AS cause,
           -- From history, and no observation of the slot; a slot that was never asked has no other.
           coalesce(list_contains(data_quality_flag, 'historical_fill'), false) AS filled,
           coalesce(error_type, '') <> 'slot_missed' AS asked
    FROM intraday
),
causes AS (
    SELECT underlying, slot_30m, string_agg(cause || ' ' || n, ', ' ORDER BY n DESC, cause) AS cause
    FROM (SELECT underlying, slot_30m, cause, count(*) AS n FROM judged WHERE NOT usable GROUP BY ALL)
    GROUP BY ALL
)
SELECT judged.underlying, judged.slot_30m::BIGINT AS slot, count(*) AS stored,
       count(*) FILTER (usable) AS usable,
       count(*) FILTER (bid IS NOT NULL AND ask IS NOT NULL AND NOT filled) AS two_sided,
       count(*) FILTER (market_data_type IN (3, 4)) AS delayed_rows,
       count(*) FILTER (list_contains(data_quality_flag, 'stale_feed')) AS stale_rows,
       count(*) FILTER (filled) AS filled_rows, count(*) FILTER (asked) AS asked_rows,
       any_value(causes.cause) AS cause
FROM judged LEFT JOIN causes USING (underlying, slot_30m)
GROUP BY judged.underlying, judged.slot_30m
ORDER BY 1, 2
