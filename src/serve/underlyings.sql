-- What a day has of each underlying.
-- in: intraday
SELECT underlying, count(DISTINCT conid)::BIGINT AS contracts,
       list_sort(list(DISTINCT strftime(expiry, '%Y-%m-%d'))) AS expiries
FROM intraday GROUP BY underlying ORDER BY underlying
