// The API of `opt-data serve`, /api/v1. All instants are ISO 8601 UTC with microseconds and Z
// ("2025-10-06T13:30:00.000000Z"); labels like "10:30" are New York wall time; money is USD per share;
// shares (ratios) are 0..1; iv is yearly (0.25 = 25 %); null is "absent", never zero.

export type Verdict = 'PASS' | 'FAIL';
export interface Problem { error: { kind: string; message: string } }  // every answer >= 400

// GET /api/v1/status and, over GET /api/v1/live (server-sent events), event `status` with the same body
// whenever it changed; event `day` with {"date": "2025-10-06"} when something of that day was published,
// judged or noted; event "ping" every 15 s.
export interface Status {
  version: string;
  now: string;                 // the server's clock; a simulated one in a test tree
  now_new_york: string;        // "2025-10-06 10:31:02"
  source: 'IBKR' | 'RECORDING' | 'SIMULATED';   // of the rows this configuration writes
  session: SessionStatus;      // today's, or the last one when today has none or it has not begun
  latest_verdict: DayVerdict | null;            // of the latest judged day
  collector: CollectorStatus;
}
export interface SessionStatus {
  date: string; is_today: boolean;
  phase: 'before' | 'open' | 'after' | 'past';  // of now against that session
  open: string; close: string; half_day: boolean;
  verdict: DayVerdict | null;
  slots: SlotStatus[];
  next_session: string;        // date
}
export interface SlotStatus {
  slot: number; label: string; at: string;      // planned moment
  state: 'waiting' | 'running' | 'done' | 'part' | 'failed' | 'missed' | 'none';  // none: past, nothing on record
  expected: number;            // contracts; 0 where nothing was planned yet
  answered: number;            // so far, of the running one; equals rows afterwards
  usable: number | null;       // null while running
  rows: number;                // published
}
export interface DayVerdict { date: string; phase: 'intraday' | 'eod' | 'final'; status: Verdict; reasons: string[] }
export interface CollectorStatus {
  state: 'running' | 'stopped' | 'silent';      // silent: its lock is held, but it has said nothing for 10 s
  pid: number | null; host: string | null; since: string | null; heard_at: string | null;
  gateways: { name: string; state: 'idle' | 'connecting' | 'up' | 'waiting';
              lines: Use; subscriptions: Use; messages: Use }[];
  job: { job: string; name: string; started_at: string } | null;   // running: "snapshot/2025-10-06/03", "snapshot 11:00"
  next: { job: string; name: string; due: string } | null;
  alerts: { at: string; code: string; message: string; count: number }[];  // open, newest first
}
export interface Use { in_use: number; limit: number; window_s: number | null }  // lines: now; subscriptions: in the last 60 s; messages: in the last 1 s

// GET /api/v1/days?from=YYYY-MM-DD&to=YYYY-MM-DD   (default: the last 366 days); every calendar day, ascending
export interface Days { from: string; to: string; today: string; days: CalendarDay[] }
export interface CalendarDay {
  date: string;
  kind: 'session' | 'half_day' | 'closed';      // closed: weekend, holiday
  why_closed: string | null;                    // "Saturday", "Thanksgiving Day"
  verdict: Verdict | 'not_judged' | null;       // not_judged: there is data, no verdict; null: nothing on record
  phase: string | null;
  reasons: string[];
  coverage: number | null;                      // the gate slot_coverage_min
  rows: number;                                 // intraday
  notes: number; waived: boolean;
}

// GET /api/v1/days/{date}      404 where nothing is on record
export interface Day {
  schema_version: 1;
  trade_date: string;
  status: Verdict | null; phase: string | null; reasons: string[];
  notes: { kind: 'note' | 'waive'; reason: string; at: string }[];
  metrics: Gate[];
  intraday_rows: number; daily_rows: number; filled_rows: number;
  quote_lag_p50_s: number | null; quote_lag_p95_s: number | null;
  slot_labels: string[];                        // every slot of the session, in order
  slots: Cell[];                                // by symbol, then slot
  missing: Gap[];
  errors: number; warnings: number; by_code: Record<string, number>; first_errors: string[];
  pacing: { events: number; busiest_minute_answers: number; subscriptions_per_minute: number };
  jobs: Run[];
  published: { partition: string; rows: number; at: string }[];
  rollup: { strategy: 'close' | 'slot_1530' | 'last_good' | 'none'; rows: number }[];
  open_interest: { state: 'value' | 'not_published' | 'missing' | 'expired' | 'not_asked'; rows: number }[];
  previous: string | null; next: string | null; // neighbouring trade dates with something on record
}
export interface Gate {
  name: string; value: number | null; threshold: number; comparator: '>=' | '<=' | '<';
  verdict: 'pass' | 'fail' | 'not_measured'; symbol: string; causes: string[];
  met: number; of: number;                      // value = met / of; of is what was planned, 0 where nothing was
}   // slot_coverage_min slot_presence_min delayed_ratio stale_slot_ratio rollup_fallback_ratio oi_enrichment_ratio
export interface Cell { symbol: string; slot: number; label: string; expected: number; usable: number; cause: string }
export interface Gap { symbol: string; slot: number; label: string; cause: string; missing: number; contracts: string[] }

// GET /api/v1/days/{date}/events?level=info|warning|error&limit=500      newest last
export interface Events { date: string; events: LogEvent[]; total: number }
export interface LogEvent { at: string; level: 'info' | 'warning' | 'error' | 'critical'; code: string;
  component: string; message: string; job: string; symbol: string; slot: string }

// GET /api/v1/days/{date}/underlyings
export interface Underlyings { date: string; slots: { slot: number; label: string }[];
  underlyings: { symbol: string; contracts: number; expiries: string[] }[] }

// GET /api/v1/days/{date}/chain?symbol=AAPL&slot=3      every expiry of one underlying in one slot
export interface Chain {
  date: string; symbol: string; slot: number; label: string;
  underlying: { bid: number | null; ask: number | null; last: number | null; as_of: string | null };
  rows: Quote[];               // by expiry, strike, right (C before P)
}
export interface Quote {
  conid: number; expiry: string; strike: number; right: 'C' | 'P'; trading_class: string;
  bid: number | null; ask: number | null; mid: number | null; last: number | null;
  bid_size: number | null; ask_size: number | null; volume: number | null;
  iv: number | null; delta: number | null; gamma: number | null; theta: number | null; vega: number | null;
  open_interest: number | null; oi_state: string | null;
  market_data_type: number; flags: string[]; as_of: string | null; usable: boolean; source: string;
}

// GET /api/v1/days/{date}/contracts/{conid}             one contract through the day
export interface ContractDay {
  date: string; conid: number; symbol: string; expiry: string; strike: number; right: 'C' | 'P'; trading_class: string;
  points: (Omit<Quote, 'conid' | 'expiry' | 'strike' | 'right' | 'trading_class'> &
    { slot: number; label: string; underlying_last: number | null })[];
}

// GET /api/v1/runs?limit=200&before=INSTANT             newest first
export interface Runs { runs: Run[] }
export interface Run { job: string; kind: string; date: string; name: string; outcome: 'running' | 'done' | 'part' | 'failed' | 'missed';
  started_at: string; ended_at: string | null; starts: number; rows: number | null; counts: Record<string, unknown> }
  // duration_s = ended_at - started_at; counts: what the job printed, as JSON

// GET /api/v1/storage
export interface Storage {
  folders: { name: 'raw' | 'clean' | 'state' | 'run_logs'; path: string; bytes: number; files: number }[];
  free_bytes: number; total_bytes: number;
  views: { layer: 'raw' | 'clean'; view: string; days: number; compacted_days: number; files: number; bytes: number; rows: number;
           first: string | null; last: string | null }[];
  days: { date: string; bytes: number; rows: number; compacted: boolean }[];   // all layers together, ascending
  forecast: { bytes_per_day: number | null; from_days: number; days_until_full: number | null; bytes_in_a_year: number | null };
  aside: { name: 'compacting' | 'removed' | 'quarantine'; files: number; bytes: number }[];
}

// GET /api/v1/tables
export interface Tables { tables: { name: string; columns: { name: string; type: string; required: boolean; meaning: string }[] }[] }
// GET /api/v1/tables/{name}?from=&to=&symbols=A,B&slot=3&format=json|csv|parquet   streamed; `from` is required, `to` defaults to it
//   json: one object per line is NOT used; it is {"columns":[..],"types":[..],"rows":[[..],..]}
// POST /api/v1/query  {"sql": "SELECT ...", "from": "2025-10-06", "to": "2025-10-06", "format": "json"}   Content-Type: application/json
//   views raw_intraday, intraday, daily_clean, daily_adjusted, enrichment over those days
export interface Table { columns: string[]; types: string[]; rows: unknown[][]; truncated: boolean; seconds: number }

// Where the server listens beyond loopback it wants a token: answers 401 to everything under /api without one.
// POST /api/v1/session with header `Authorization: Bearer TOKEN` sets an HttpOnly, SameSite=Strict cookie (204), after
// which plain fetch, EventSource and downloads work. GET /api/v1/session: 204 when no token is needed or the cookie is
// good, 401 otherwise. DELETE /api/v1/session forgets it (204).
