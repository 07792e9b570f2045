-- One row per contract of a finished day: its latest usable row, and a word for how late that was.
-- in: intraday (all slots of the day), enrichment     out: daily_clean, a row for each contract
-- parameters: $1 the ingest id; CLOSING_SLOT is written out, see daily_select()
-- A key join, because a window over every column of the day costs six times as much. Nothing is
-- made of every row of the day but the key of its contract's latest row.
WITH latest AS (
    -- A row that was filled from historical bars has no market-data type, and so is never usable.
    -- Where nothing is, a row that was asked in its time says more about the contract than that.
    -- A slot's index is a byte: it is what is left of `best` below 256.
    SELECT conid, underlying, best % 256 AS slot_30m, best >= 512 AS usable
    FROM (SELECT conid, any_value(underlying) AS underlying,
                 max(slot_30m + CASE
                     WHEN is_usable(market_data_type, snapshot_error, bid, ask, last) THEN 512
                     WHEN coalesce(list_contains(data_quality_flag, 'historical_fill'), false)
                     THEN 0
                     ELSE 256 END) AS best
          FROM intraday GROUP BY conid)
),
-- What the closing slot had instead, where it was not usable.
closing AS (
    SELECT conid,
           CASE WHEN error_type IS NOT NULL AND error_type <> '' THEN error_type
                WHEN list_contains(data_quality_flag, 'missing_price') THEN 'missing_price'
                ELSE 'unusable' END AS cause
    FROM intraday
    WHERE slot_30m = CLOSING_SLOT AND NOT is_usable(market_data_type, snapshot_error, bid, ask, last)
),
-- The underlying's close: the official one where it was collected, else the last trade that was
-- seen beside the latest slot.
last_seen AS (
    SELECT underlying, max(slot_30m) AS slot_30m
    FROM intraday WHERE underlying_last IS NOT NULL GROUP BY underlying
),
seen_last AS (
    -- By conid, for the last trade at the end of a slot is another one than at its begin.
    SELECT underlying, arg_min(underlying_last, conid) AS usd,
           arg_min(underlying_asof_ts, conid) AS at
    FROM intraday JOIN last_seen USING (underlying, slot_30m)
    WHERE underlying_last IS NOT NULL GROUP BY underlying
),
official AS (
    SELECT underlying, max(underlying_close) AS usd, max(underlying_close_asof) AS at
    FROM enrichment WHERE underlying_close IS NOT NULL GROUP BY underlying
),
-- In three parts, so that each knows how few contracts it is about: of the slots before the last
-- two only those row groups are read that may hold one of them, by conid or underlying.
chosen AS (
    SELECT rows.*, CASE WHEN usable THEN latest.slot_30m END AS usable_slot
    FROM intraday AS rows JOIN latest ON rows.conid = latest.conid
    WHERE rows.slot_30m = CLOSING_SLOT AND latest.slot_30m = CLOSING_SLOT
    UNION ALL
    SELECT rows.*, CASE WHEN usable THEN latest.slot_30m END AS usable_slot
    FROM intraday AS rows JOIN latest ON rows.conid = latest.conid
    WHERE rows.slot_30m = CLOSING_SLOT - 1 AND latest.slot_30m = CLOSING_SLOT - 1
    UNION ALL
    SELECT rows.*, CASE WHEN usable THEN latest.slot_30m END AS usable_slot
    FROM intraday AS rows
    JOIN latest ON rows.conid = latest.conid AND rows.slot_30m = latest.slot_30m
               AND rows.underlying = latest.underlying
    WHERE latest.slot_30m NOT IN (CLOSING_SLOT, CLOSING_SLOT - 1)
),
priced AS (
    SELECT chosen.* EXCLUDE (open_interest, oi_state, underlying_close, moneyness_pct),
           CASE WHEN usable_slot IS NULL THEN 'none'
                WHEN usable_slot = CLOSING_SLOT THEN 'close'
                WHEN usable_slot = CLOSING_SLOT - 1 THEN 'slot_1530'
                ELSE 'last_good' END AS strategy,
           coalesce(official.usd, seen_last.usd, chosen.underlying_close) AS close_usd,
           CASE WHEN official.usd IS NOT NULL THEN 'official_close'
                WHEN seen_last.usd IS NOT NULL THEN 'slot_last'
                WHEN chosen.underlying_close IS NOT NULL THEN 'reference_price' END AS close_source,
           CASE WHEN official.usd IS NOT NULL THEN official.at
                WHEN seen_last.usd IS NOT NULL THEN seen_last.at END AS close_at,
           closing.cause AS closing_cause,
           oi.open_interest AS oi, oi.oi_asof_date AS oi_date,
           coalesce(oi.oi_state, 'not_published') AS oi_word
    FROM chosen
    LEFT JOIN closing USING (conid)
    LEFT JOIN official USING (underlying)
    LEFT JOIN seen_last USING (underlying)
    LEFT JOIN enrichment AS oi ON oi.conid = chosen.conid
),
flagged AS (
    SELECT *,
           oi_word = 'value' AND oi_date = trade_date AS oi_own,
           list_filter(
               data_quality_flag,
               lambda flag: flag NOT IN ('missing_oi', 'oi_enriched', 'historical_fill')) AS flags
    FROM priced
)
SELECT * REPLACE (
           CASE WHEN oi_own THEN list_append(flags, 'oi_enriched')
                WHEN oi_word = 'expired' THEN flags
                ELSE list_append(flags, 'missing_oi') END AS data_quality_flag,
           -- What never was usable is not an observation of the day.
           CASE WHEN strategy <> 'none' THEN bid END AS bid,
           CASE WHEN strategy <> 'none' THEN ask END AS ask,
           CASE WHEN strategy <> 'none' THEN mid END AS mid,
           CASE WHEN strategy <> 'none' THEN last END AS last,
           CASE WHEN strategy <> 'none' THEN open END AS open,
           CASE WHEN strategy <> 'none' THEN high END AS high,
           CASE WHEN strategy <> 'none' THEN low END AS low,
           CASE WHEN strategy <> 'none' THEN close END AS close,
           CASE WHEN strategy <> 'none' THEN bid_size END AS bid_size,
           CASE WHEN strategy <> 'none' THEN ask_size END AS ask_size,
           CASE WHEN strategy <> 'none' THEN last_size END AS last_size,
           CASE WHEN strategy <> 'none' THEN volume END AS volume,
           CASE WHEN strategy <> 'none' THEN iv END AS iv,
           CASE WHEN strategy <> 'none' THEN delta END AS delta,
           CASE WHEN strategy <> 'none' THEN gamma END AS gamma,
           CASE WHEN strategy <> 'none' THEN theta END AS theta,
           CASE WHEN strategy <> 'none' THEN vega END AS vega,
           CASE WHEN strategy <> 'none' THEN rho END AS rho,
           CASE WHEN strategy <> 'none' THEN hist_volatility END AS hist_volatility,
           CASE WHEN strategy <> 'none' THEN bid_iv END AS bid_iv,
           CASE WHEN strategy <> 'none' THEN ask_iv END AS ask_iv,
           CASE WHEN strategy <> 'none' THEN last_iv END AS last_iv,
           CASE WHEN strategy <> 'none' THEN model_underlying END AS model_underlying,
           CASE WHEN strategy <> 'none' THEN asof_ts END AS asof_ts,
           CASE WHEN strategy <> 'none' THEN received_ts END AS received_ts,
           CASE WHEN strategy <> 'none' THEN last_trade_ts END AS last_trade_ts,
           $1 AS ingest_id, 'eod_rollup' AS ingest_run_type),
       CASE WHEN strategy <> 'none' THEN sample_time END AS rollup_source_time,
       usable_slot AS rollup_source_slot,
       strategy AS rollup_strategy,
       CASE WHEN strategy <> 'close' THEN CLOSING_SLOT END AS rollup_rejected_slot,
       CASE WHEN strategy <> 'close' THEN coalesce(closing_cause, 'no_row') END AS rollup_reason,
       oi AS open_interest, oi_date AS oi_asof_date, oi_word AS oi_state,
       close_usd AS underlying_close, close_source AS underlying_close_source,
       close_at AS underlying_close_asof,
       close_usd / nullif(strike, 0) - 1 AS moneyness_pct
FROM flagged
ORDER BY underlying, expiry, strike, "right", conid
