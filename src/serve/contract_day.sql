-- One contract through the day.
-- in: intraday     parameters: $1 conid
SELECT underlying, expiry, strike, "right", tradingClass, slot_30m::BIGINT AS slot, bid, ask, mid,
       last, bid_size, ask_size, volume, iv, delta, gamma, theta, vega, open_interest, oi_state,
       coalesce(market_data_type, 0)::BIGINT AS market_data_type,
       coalesce(data_quality_flag, []::VARCHAR[]) AS flags, asof_ts AS as_of,
       is_usable(market_data_type, snapshot_error, bid, ask, last) AS usable, source,
       underlying_last
FROM intraday WHERE conid = $1 ORDER BY slot_30m
