-- What is missing of a day: contracts without a usable row, by slot and by why. And how busy it was.
-- in: intraday     out: one row per (underlying, slot_30m, cause), the largest gaps first
WITH missing AS (
    SELECT underlying, slot_30m,
           strftime(expiry, '%Y-%m-%d') || ' ' || format('{:g}', strike) || "right" AS contract,
           CASE WHEN error_type IS NOT NULL AND error_type <> '' THEN error_type
                WHEN bid IS NULL AND ask IS NULL AND last IS NULL THEN 'missing_price'
                ELSE 'unusable' END AS cause
    FROM intraday
    WHERE NOT (coalesce(market_data_type, 0) BETWEEN 1 AND 4 AND NOT coalesce(snapshot_error, false)
               AND (bid IS NOT NULL OR ask IS NOT NULL OR last IS NOT NULL))
)
SELECT underlying, slot_30m::BIGINT AS slot, cause, count(*) AS missing,
       list_sort(list(contract))[1:20] AS contracts
FROM missing GROUP BY ALL ORDER BY missing DESC, slot, underlying, cause
