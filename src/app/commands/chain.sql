-- One underlying in one slot, calls beside puts.
-- parameters: $1 symbol, $2 slot index, $3 expiry or NULL for the nearest
WITH rows AS (
    SELECT * FROM intraday WHERE underlying = $1 AND slot_30m = $2
      AND expiry = coalesce($3::DATE,
                            (SELECT min(expiry) FROM intraday WHERE underlying = $1 AND slot_30m = $2))
)
SELECT tradingClass AS class, call.oi AS c_oi, call.iv AS c_iv, call.delta AS c_delta,
       call.bid AS c_bid, call.ask AS c_ask, strike, put.bid AS p_bid, put.ask AS p_ask,
       put.delta AS p_delta, put.iv AS p_iv, put.oi AS p_oi,
       concat_ws(' ', call.flags, put.flags) AS flags
FROM (SELECT DISTINCT tradingClass, strike FROM rows)
LEFT JOIN (SELECT tradingClass, strike, bid, ask, round(iv, 4) AS iv, round(delta, 3) AS delta,
                  open_interest AS oi, nullif('C:' || array_to_string(data_quality_flag, ','), 'C:') AS flags
           FROM rows WHERE "right" = 'C') AS call USING (tradingClass, strike)
LEFT JOIN (SELECT tradingClass, strike, bid, ask, round(iv, 4) AS iv, round(delta, 3) AS delta,
                  open_interest AS oi, nullif('P:' || array_to_string(data_quality_flag, ','), 'P:') AS flags
           FROM rows WHERE "right" = 'P') AS put USING (tradingClass, strike)
ORDER BY class, strike
