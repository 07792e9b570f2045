-- Every underlying in every slot of the day: what was stored, and why the rest is not usable.
-- in: intraday     out: one row per (underlying, slot_30m)
-- One look at every row; whatever comes after is about a few thousand counts.
WITH judged AS (
    SELECT underlying, slot_30m, market_data_type, data_quality_flag,
           bid IS NOT NULL AND ask IS NOT NULL AS two_sided,
           -- From history, and no observation of the slot; one never asked has no other.
           coalesce(list_contains(data_quality_flag, 'historical_fill'), false) AS filled,
           coalesce(error_type, '') <> 'slot_missed' AS asked,
           CASE WHEN is_usable(market_data_type, snapshot_error, bid, ask, last) THEN NULL
                WHEN error_type IS NOT NULL AND error_type <> '' THEN error_type
                WHEN bid IS NULL AND ask IS NULL AND last IS NULL THEN 'missing_price'
                ELSE 'unusable' END AS cause
    FROM intraday
),
counts AS (
    SELECT underlying, slot_30m, cause, count(*) AS stored,
           count(*) FILTER (two_sided AND NOT filled) AS two_sided,
           count(*) FILTER (market_data_type IN (3, 4)) AS delayed,
           count(*) FILTER (list_contains(data_quality_flag, 'stale_feed')) AS stale,
           count(*) FILTER (filled) AS filled, count(*) FILTER (asked) AS asked
    FROM judged GROUP BY ALL
)
SELECT underlying, slot_30m::BIGINT AS slot, sum(stored)::BIGINT AS stored,
       coalesce(sum(stored) FILTER (cause IS NULL), 0)::BIGINT AS usable,
       sum(two_sided)::BIGINT AS two_sided, sum(delayed)::BIGINT AS delayed_rows,
       sum(stale)::BIGINT AS stale_rows, sum(filled)::BIGINT AS filled_rows,
       sum(asked)::BIGINT AS asked_rows,
       string_agg(cause || ' ' || stored, ', ' ORDER BY stored DESC, cause)
           FILTER (cause IS NOT NULL) AS cause
FROM counts GROUP BY underlying, slot_30m ORDER BY 1, 2
