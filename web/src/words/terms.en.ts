// The project's own terms, spelled out: what a stored word means to a reader.
export interface GateTerm {
  name: string;
  breach: string;
  meaning: string;
}

export const gates: Record<string, GateTerm> = {
  slot_coverage_min: { name: 'Slot coverage', breach: 'an underlying has too few usable rows', meaning: 'usable rows over expected rows, lowest underlying' },
  slot_presence_min: { name: 'Slot presence', breach: 'a slot is absent', meaning: 'slots with a usable row over slots of the session, lowest underlying' },
  delayed_ratio: { name: 'Delayed data', breach: 'too many rows are delayed', meaning: 'delayed rows over rows' },
  stale_slot_ratio: { name: 'Stale slots', breach: 'a feed stood still', meaning: 'slots of a feed that stood still over slots of the session, highest underlying' },
  rollup_fallback_ratio: { name: 'Rollup fallback', breach: 'too many daily rows are not from the close', meaning: 'contracts whose daily row is not from the close over contracts expected' },
  oi_enrichment_ratio: { name: 'Open interest', breach: 'too little open interest', meaning: 'contracts with open interest of the session over contracts expected' },
};

export const causes: Record<string, string> = {
  'no file': 'the slot has no file',
  'rows are missing': 'rows are missing',
  missing_price: 'no price was sent',
  timeout: 'no answer in time',
  refused: 'refused by the broker',
  disconnected: 'the connection was lost',
  not_asked: 'never asked',
  slot_missed: 'the slot was missed',
  unusable: 'not usable',
  snapshot_timeout: 'not everything arrived in time',
  slot_retry_exceeded: 'no usable answer before the window ended',
  filled: 'filled from historical bars',
};

// [code for a narrow column, meaning]
export const flags: Record<string, [string, string]> = {
  delayed_fallback: ['DL', 'delayed data'],
  frozen_quote: ['FZ', 'frozen quote'],
  missing_oi: ['OI', 'no open interest was sent'],
  missing_price: ['PX', 'no price was sent'],
  missing_greeks: ['GR', 'a model value was not sent in time'],
  snapshot_timeout: ['TO', 'not everything arrived in time'],
  exchange_fallback: ['EX', 'answered by a fallback exchange'],
  oi_enriched: ['OE', 'open interest filled the next trading day'],
  crossed_market: ['XM', 'bid above ask'],
  slot_retry_exceeded: ['RX', 'no usable answer before the window ended'],
  discovery_stale: ['DS', 'asked from an earlier day’s contract list'],
  stale_feed: ['SF', 'the chain stood still while the market moved'],
  after_close: ['AC', 'answered after the session’s close'],
  extreme_iv: ['IV', 'implied volatility above 500 %'],
  invalid_delta: ['DE', 'absolute delta above 1.05'],
  historical_fill: ['HF', 'prices of historical bars, fetched after the slot'],
};

export const oiStates: Record<string, string> = {
  value: 'has a value', not_published: 'not published', missing: 'missing', expired: 'expired', not_asked: 'not asked yet',
};

export const strategies: Record<string, string> = {
  close: 'the close', slot_1530: 'the slot before the close', last_good: 'the last good slot', none: 'no row',
};

export const kinds: Record<string, string> = {
  discovery: 'discovery', snapshot: 'snapshot', rollup: 'rollup', enrichment: 'enrichment', qa: 'QA', selfcheck: 'selfcheck',
  logscan: 'logscan', fill: 'fill', preflight: 'preflight', compaction: 'compaction', retention: 'retention', backup: 'backup',
};
