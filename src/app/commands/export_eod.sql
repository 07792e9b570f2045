-- A day, with the columns of Cboe's end-of-day quote files.
-- in: daily_clean     out: one row per contract
-- No slot is at 15:45, so those columns are empty; what an earlier slot quoted is no closing quote.
SELECT underlying AS underlying_symbol, trade_date AS quote_date, "tradingClass" AS root,
       expiry AS expiration, strike, "right" AS option_type, open, high, low, last AS close,
       volume AS trade_volume,
       NULL::BIGINT AS bid_size_1545, NULL::DOUBLE AS bid_1545,
       NULL::BIGINT AS ask_size_1545, NULL::DOUBLE AS ask_1545,
       NULL::DOUBLE AS underlying_bid_1545, NULL::DOUBLE AS underlying_ask_1545,
       CASE WHEN rollup_strategy = 'close' THEN bid_size END AS bid_size_eod,
       CASE WHEN rollup_strategy = 'close' THEN bid END AS bid_eod,
       CASE WHEN rollup_strategy = 'close' THEN ask_size END AS ask_size_eod,
       CASE WHEN rollup_strategy = 'close' THEN ask END AS ask_eod,
       CASE WHEN rollup_strategy = 'close' THEN underlying_bid END AS underlying_bid_eod,
       CASE WHEN rollup_strategy = 'close' THEN underlying_ask END AS underlying_ask_eod,
       NULL::DOUBLE AS vwap, open_interest, NULL::VARCHAR AS delivery_code
FROM daily_clean
ORDER BY underlying, expiry, strike, "right", conid
