-- The day back-adjusted: rows dated before a split, on the basis after it.
-- in: daily_clean, corporate_actions (underlying, effective, ratio, id)     out: daily_adjusted
-- parameters: $1 the ingest id
-- Prices per share are divided by the ratio, counts of shares and contracts multiplied; delta is
-- the same on both bases, gamma is per dollar and so multiplied, theta and vega are dollars.
WITH factors AS (
    SELECT daily_clean.conid, product(action.ratio) AS ratio,
           string_agg(action.id, '+' ORDER BY action.effective) AS action_id
    FROM daily_clean
    JOIN corporate_actions AS action
      ON action.underlying = daily_clean.underlying AND action.effective > daily_clean.trade_date
    GROUP BY daily_clean.conid
),
joined AS (
    SELECT daily_clean.*, coalesce(factors.ratio, 1.0) AS ratio, factors.action_id
    FROM daily_clean LEFT JOIN factors USING (conid)
)
SELECT * REPLACE ($1 AS ingest_id),
       underlying_close / ratio AS underlying_close_adj,
       strike / ratio AS strike_adj,
       underlying_close / nullif(strike, 0) - 1 AS moneyness_pct_adj,
       bid / ratio AS bid_adj, ask / ratio AS ask_adj, mid / ratio AS mid_adj,
       last / ratio AS last_adj,
       bid_size * ratio AS bid_size_adj, ask_size * ratio AS ask_size_adj,
       volume * ratio AS volume_adj, open_interest * ratio AS open_interest_adj,
       gamma * ratio AS gamma_adj, theta / ratio AS theta_adj, vega / ratio AS vega_adj,
       1.0 / ratio AS adj_factor, action_id AS adj_action_id
FROM joined
ORDER BY underlying, expiry, strike, "right", conid
