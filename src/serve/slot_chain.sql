-- One underlying in one slot, every expiry.
-- in: intraday     parameters: $1 symbol, $2 slot index
SELECT conid, expiry, strike, "right", tradingClass, bid, ask, mid, last, bid_size, ask_size, volume,
       iv, delta, gamma, theta, vega, open_interest, oi_state,
       coalesce(market_data_type, 0)::BIGINT AS market_data_type,
       coalesce(data_quality_flag, []::VARCHAR[]) AS flags, asof_ts AS as_of,
       is_usable(market_data_type, snapshot_error, bid, ask, last) AS usable, source
FROM intraday WHERE underlying = $1 AND slot_30m = $2
ORDER BY expiry, strike, "right", conid
