-- What is missing of a day: contracts without a usable row, by slot and by why.
-- in: intraday     out: one row per (underlying, slot_30m, cause), the largest gaps first
WITH missing AS (
    SELECT underlying, slot_30m,
           strftime(expiry, '%Y-%m-%d') || ' ' || format('{:g}', strike) || "right" AS contract,
           CASE WHEN error_type IS NOT NULL AND error_type <> '' THEN error_type
                WHEN bid IS NULL AND ask IS NULL AND last IS NULL THEN 'missing_price'
                ELSE 'unusable' END AS cause
    FROM intraday
    WHERE NOT is_usable(market_data_type, snapshot_error, bid, ask, last)
)
SELECT underlying, slot_30m::BIGINT AS slot, cause, count(*) AS missing,
       list_sort(list(contract))[1:20] AS contracts
FROM missing GROUP BY ALL ORDER BY missing DESC, slot, underlying, cause
