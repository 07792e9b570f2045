// The collector in the middle of its third slot; the tests move it on.
import type { SlotStatus, Status, Storage, Table, Tables } from '../../src/api';
import { dayOf, judgedDay, neighbour, slotAt, slotLabels, today } from './calendar';
import { contractsOf, symbols } from './market';
import { instant, round, seeded } from './random';

export const perSlot = symbols.reduce((sum, symbol) => sum + contractsOf(symbol), 0);

export function firstStatus(source: Status['source']): Status {
  const labels = slotLabels(today);
  const slots = labels.map((label, slot): SlotStatus => {
    const base = { slot, label, at: instant(slotAt(today, slot)), expected: perSlot };
    if (slot === 0) return { ...base, state: 'done', answered: perSlot, usable: perSlot - 37, rows: perSlot };
    if (slot === 1) return { ...base, state: 'part', answered: perSlot, usable: Math.floor(perSlot * 0.962), rows: perSlot };
    if (slot === 2) return { ...base, state: 'running', answered: Math.floor(perSlot * 0.34), usable: null, rows: 0 };
    return { ...base, state: 'waiting', answered: 0, usable: null, rows: 0 };
  });
  const use = (in_use: number, limit: number, window_s: number | null) => ({ in_use, limit, window_s });
  return {
    version: '0.5.0', now: instant(slotAt(today, 2) + 372_000), now_new_york: '2025-10-06 10:36:12', source,
    session: { date: today, is_today: true, phase: 'open', open: instant(slotAt(today, 0)), close: instant(slotAt(today, 13)), half_day: false, verdict: null, slots, next_session: neighbour(today, 1) },
    latest_verdict: { date: judgedDay, phase: 'final', status: 'PASS', reasons: dayOf(judgedDay).reasons },
    collector: {
      state: 'running', pid: 4127, host: 'collector-1', since: instant(slotAt(today, 0) - 4_900_000), heard_at: instant(slotAt(today, 2) + 371_600),
      gateways: [
        { name: '127.0.0.1:4002 (DU•••••21)', state: 'up', lines: use(88, 95, null), subscriptions: use(2214, 2700, 60), messages: use(38, 45, 1) },
        { name: '127.0.0.1:4003 (DU•••••07)', state: 'waiting', lines: use(0, 95, null), subscriptions: use(0, 2700, 60), messages: use(0, 45, 1) },
      ],
      job: { job: `snapshot/${today}/02`, name: 'snapshot 10:30', started_at: instant(slotAt(today, 2) + 400) },
      next: { job: `snapshot/${today}/03`, name: 'snapshot 11:00', due: instant(slotAt(today, 3)) },
      alerts: [
        { at: instant(slotAt(today, 2) + 190_000), code: 'gateway_lost', message: 'gateway 127.0.0.1:4003 does not answer; its share of the questions goes to the other one', count: 3 },
      ],
    },
  };
}

export function storage(): Storage {
  const days: Storage['days'] = [];
  for (let date = '2025-01-02'; date <= today; date = neighbour(date, 1)) {
    const random = seeded('bytes ' + date);
    days.push({ date, bytes: Math.floor(17_500_000 + random() * 2_600_000), rows: 330_000 + Math.floor(random() * 12_000), compacted: date < '2025-09-22' });
  }
  const all = days.reduce((sum, day) => sum + day.bytes, 0);
  const view = (layer: 'raw' | 'clean', name: string, part: number, rows: number, perDay: number) => ({
    layer, view: name, days: days.length, compacted_days: days.filter((day) => day.compacted).length,
    files: days.reduce((sum, day) => sum + (day.compacted ? 1 : perDay), 0), bytes: Math.floor(all * part), rows: rows * days.length, first: '2025-01-02', last: today,
  });
  return {
    folders: [
      { name: 'raw', path: '/srv/opt-data/data/raw', bytes: Math.floor(all * 0.47), files: 614 },
      { name: 'clean', path: '/srv/opt-data/data/clean', bytes: Math.floor(all * 0.5), files: 1240 },
      { name: 'state', path: '/srv/opt-data/state', bytes: Math.floor(all * 0.02), files: 9 },
      { name: 'run_logs', path: '/srv/opt-data/run_logs', bytes: Math.floor(all * 0.01), files: 812 },
    ],
    free_bytes: 412_000_000_000, total_bytes: 502_000_000_000,
    views: [view('raw', 'intraday', 0.47, 157_000, 14), view('clean', 'intraday', 0.45, 157_000, 14), view('clean', 'daily_clean', 0.025, 11_240, 1), view('clean', 'daily_adjusted', 0.02, 11_240, 1), view('clean', 'enrichment', 0.005, 11_290, 1)],
    days, forecast: { bytes_per_day: 18_800_000, from_days: 20, days_until_full: 21_914.9, bytes_in_a_year: Math.floor(all + 18_800_000 * 252) },
    aside: [{ name: 'compacting', files: 0, bytes: 0 }, { name: 'removed', files: 14, bytes: 9_200_000 }, { name: 'quarantine', files: 1, bytes: 104_201 }],
  };
}

export function tables(): Tables {
  const columns = [
    { name: 'trade_date', type: 'DATE', required: true, meaning: "New York day of the session; the partition's date" },
    { name: 'underlying', type: 'VARCHAR', required: true, meaning: 'Ticker of the underlying, upper case' },
    { name: 'strike', type: 'DOUBLE', required: true, meaning: 'USD' },
    { name: 'bid', type: 'DOUBLE', required: false, meaning: 'USD per share; 0 says that nobody bids' },
    { name: 'iv', type: 'DOUBLE', required: false, meaning: "Model's implied volatility, yearly fraction: 0.25 is 25 %" },
  ];
  return { tables: ['raw_intraday', 'intraday', 'daily_clean', 'daily_adjusted', 'enrichment'].map((name) => ({ name, columns })) };
}

export function answer(sql: string): Table | null {
  if (!/^\s*select/i.test(sql)) return null;
  const random = seeded(sql);
  return {
    columns: ['slot_30m', 'slot_new_york', 'rows', 'share'], types: ['INTEGER', 'VARCHAR', 'BIGINT', 'DOUBLE'], truncated: /truncate/.test(sql), seconds: 0.042,
    rows: slotLabels(judgedDay).map((label, slot) => [slot, `${judgedDay} ${label}:00`, perSlot, slot === 3 ? null : round(random(), 4)]),
  };
}
