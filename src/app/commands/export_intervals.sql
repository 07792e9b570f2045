-- The slots of a day, with the columns of Cboe's interval files.
-- in: intraday     out: one row per contract and slot
-- Cboe's open, high, low and volume are those of the interval. Ours are the session's so far: the
-- volume of the interval is the difference, and the other three are not known.
SELECT underlying AS underlying_symbol, sample_time_et AS quote_datetime, "tradingClass" AS root,
       expiry AS expiration, strike, "right" AS option_type,
       NULL::DOUBLE AS open, NULL::DOUBLE AS high, NULL::DOUBLE AS low, last AS close,
       volume - coalesce(lag(volume) OVER slots, 0) AS trade_volume,
       bid_size, bid, ask_size, ask, underlying_bid, underlying_ask,
       model_underlying AS implied_underlying_price,
       coalesce((underlying_bid + underlying_ask) / 2, underlying_last) AS active_underlying_price,
       iv AS implied_volatility, delta, gamma, theta, vega, rho, open_interest
FROM intraday
WINDOW slots AS (PARTITION BY conid ORDER BY slot_30m)
ORDER BY underlying, sample_time, expiry, strike, "right", conid
