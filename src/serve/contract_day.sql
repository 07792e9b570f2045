-- One contract through the day.
-- in: intraday     parameters: $1 conid
SELECT underlying, expiry, strike, "right", tradingClass, slot_30m::BIGINT AS slot, bid, ask, mid,
       last, bid_size, ask_size, volume, iv, delta, gamma, theta, vega, open_interest, oi_state,
       coalesce(market_data_type, 0)::BIGINT AS market_data_type,
       coalesce(data_quality_flag, []::VARCHAR[]) AS flags, asof_ts AS as_of,
       coalesce(market_data_type, 0) BETWEEN 1 AND 4 AND NOT coalesce(snapshot_error, false)
           AND (bid IS NOT NULL OR ask IS NOT NULL OR last IS NOT NULL) AS usable, source,
       underlying_last
FROM intraday WHERE conid = $1 ORDER BY slot_30m
