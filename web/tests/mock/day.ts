// One day as the server reports it: mostly good, and one day that failed in a way worth looking at.
import type { Cell, Day, Events, Gap, Gate, LogEvent, Run } from '../../src/api';
import { dayOf, failedDay, firstDay, neighbour, slotAt, slotLabels, today } from './calendar';
import { contractsOf, symbols } from './market';
import { instant, round, seeded } from './random';

function cellsOf(date: string): Cell[] {
  const labels = slotLabels(date);
  const done = date === today ? 2 : labels.length;
  return symbols.flatMap((symbol) =>
    labels.slice(0, done).map((label, slot): Cell => {
      const random = seeded(`cell ${date} ${symbol} ${slot}`);
      const expected = contractsOf(symbol);
      if (date === failedDay && symbol === 'NVDA' && slot >= 3 && slot <= 5) return { symbol, slot, label, expected, usable: 0, cause: 'no file' };
      if (date === failedDay && symbol === 'TSLA' && slot === 6)
        return { symbol, slot, label, expected, usable: Math.floor(expected * 0.71), cause: `timeout ${expected - Math.floor(expected * 0.71)}` };
      if (date === failedDay && symbol === 'XOM' && slot >= 12)
        return { symbol, slot, label, expected, usable: Math.floor(expected * 0.93), cause: `missing_price ${expected - Math.floor(expected * 0.93)}` };
      const missing = random() < 0.06 ? 1 + Math.floor(random() * expected * 0.03) : 0;
      return { symbol, slot, label, expected, usable: expected - missing, cause: missing > 0 ? `missing_price ${missing}` : '' };
    }));
}

function gapsOf(cells: Cell[]): Gap[] {
  return cells.filter((cell) => cell.usable < cell.expected && cell.cause !== 'no file').map((cell) => {
    const missing = cell.expected - cell.usable;
    return {
      symbol: cell.symbol, slot: cell.slot, label: cell.label, cause: cell.cause.split(' ')[0] ?? '', missing,
      contracts: Array.from({ length: Math.min(5, missing) }, (_, index) => `2025-12-19 ${180 + index * 5} ${index % 2 === 0 ? 'C' : 'P'}`),
    };
  });
}

function gatesOf(date: string, cells: Cell[]): Gate[] {
  if (date === today || dayOf(date).verdict === 'not_judged') return [];
  const shares = new Map<string, [number, number]>();
  for (const cell of cells) {
    const sum = shares.get(cell.symbol) ?? [0, 0];
    shares.set(cell.symbol, [sum[0] + cell.usable, sum[1] + cell.expected]);
  }
  const [lowest = ['', [1, 1]]] = [...shares].sort((a, b) => a[1][0] / a[1][1] - b[1][0] / b[1][1]) as [string, [number, number]][];
  const failed = date === failedDay;
  const rows = cells.reduce((sum, cell) => sum + cell.expected, 0);
  const daily = symbols.reduce((sum, symbol) => sum + contractsOf(symbol), 0);
  const gate = (name: string, met: number, of: number, threshold: number, comparator: Gate['comparator'], symbol: string, causes: string[]): Gate => {
    const value = of > 0 ? met / of : null;
    const good = value !== null && (comparator === '>=' ? value >= threshold : comparator === '<=' ? value <= threshold : value < threshold);
    return { name, value: value === null ? null : round(value, 6), threshold, comparator, verdict: value === null ? 'not_measured' : good ? 'pass' : 'fail', symbol, causes, met, of };
  };
  const absent = cells.filter((cell) => cell.usable === 0).map((cell) => `${cell.symbol} ${cell.label}: 0 of ${cell.expected} contracts usable (no file)`);
  const low = cells.filter((cell) => cell.usable < cell.expected * 0.95).map((cell) => `${cell.symbol} ${cell.label}: ${cell.usable} of ${cell.expected} contracts usable (${cell.cause})`);
  return [
    gate('slot_coverage_min', lowest[1][0], lowest[1][1], 0.9, '>=', lowest[0], low),
    gate('slot_presence_min', failed ? 11 : 14, 14, 1, '>=', failed ? 'NVDA' : '', absent),
    gate('delayed_ratio', failed ? 212 : 0, rows, 0.1, '<', '', failed ? ['BA: 212 of 1904 rows are delayed'] : []),
    gate('stale_slot_ratio', 0, 14, 0, '<=', '', []),
    gate('rollup_fallback_ratio', failed ? 391 : 84, daily, 0.05, '<=', '', []),
    failed ? { ...gate('oi_enrichment_ratio', 0, 0, 0.95, '>=', '', ['no contract was asked again']), met: 0, of: 0 } : gate('oi_enrichment_ratio', daily - 61, daily, 0.95, '>=', '', []),
  ];
}

export function runsOf(date: string): Run[] {
  const labels = slotLabels(date);
  const done = date === today ? 2 : labels.length;
  const at = (slot: number, minutes: number) => slotAt(date, slot) + minutes * 60_000;
  const run = (kind: string, name: string, suffix: string, start: number, seconds: number, rows: number | null, outcome: Run['outcome'] = 'done', counts: Run['counts'] = {}): Run => ({
    job: `${kind}/${date}${suffix}`, kind, date, name, outcome, started_at: instant(start), ended_at: outcome === 'running' ? null : instant(start + seconds * 1000), starts: outcome === 'part' ? 2 : 1, rows, counts,
  });
  const random = seeded('runs ' + date);
  const per = symbols.reduce((sum, symbol) => sum + contractsOf(symbol), 0);
  const runs = [
    run('preflight', 'preflight', '', at(0, -30), 4.2, null, 'done', { gateway: 'up', disk_free_gb: 412 }),
    run('discovery', 'discovery', '', at(0, -25), 92 + random() * 30, per, 'done', { contracts: per, wide_requests: 7, refused: 0 }),
    ...labels.slice(0, done).map((label, slot) =>
      run('snapshot', `snapshot ${label}`, `/${String(slot).padStart(2, '0')}`, at(slot, 0) + 400, 640 + random() * 500, per, date === failedDay && slot >= 3 && slot <= 5 ? 'part' : 'done',
        { expected: per, usable: per - Math.floor(random() * 90), retried: Math.floor(random() * 40) })),
  ];
  if (date === today) return [...runs, run('snapshot', 'snapshot 10:30', '/02', at(2, 0) + 400, 0, null, 'running')];
  return [
    ...runs,
    run('rollup', 'rollup', '', at(15, 0), 6.4, per, 'done', { close: per - 84, slot_1530: 61, last_good: 23 }),
    run('enrichment', 'enrichment', '', at(44, 0), 512, date === failedDay ? null : per - 61, date === failedDay ? 'failed' : 'done', date === failedDay ? { error: 'the gateway was away' } : { with_value: per - 61, missing: 40, not_published: 21 }),
    run('selfcheck', 'selfcheck', '', at(44, 12), 1.8, null, date === failedDay ? 'failed' : 'done', { status: date === failedDay ? 'FAIL' : 'PASS' }),
  ];
}

export function day(date: string): Day | null {
  const listed = dayOf(date);
  if (listed.verdict === null) return null;
  const cells = cellsOf(date);
  const failed = date === failedDay;
  const judged = listed.verdict === 'PASS' || listed.verdict === 'FAIL';
  const daily = symbols.reduce((sum, symbol) => sum + contractsOf(symbol), 0);
  const events = eventsOf(date);
  return {
    schema_version: 1, trade_date: date, status: judged ? (listed.verdict as 'PASS' | 'FAIL') : null, phase: judged ? 'final' : null, reasons: listed.reasons,
    notes: failed ? [{ kind: 'note', reason: 'IB Gateway restarted itself at 11:02; auto-restart is now set to 23:45.', at: instant(slotAt(date, 47)) }]
      : listed.waived ? [{ kind: 'waive', reason: 'Exchange outage, confirmed by the broker.', at: instant(slotAt(date, 47)) }] : [],
    metrics: gatesOf(date, cells), intraday_rows: listed.rows, daily_rows: judged ? daily : 0, filled_rows: failed ? 340 : 0,
    quote_lag_p50_s: judged ? 214.3 : null, quote_lag_p95_s: judged ? 611.8 : null, slot_labels: slotLabels(date), slots: cells, missing: gapsOf(cells),
    errors: events.filter((each) => each.level === 'error').length, warnings: events.filter((each) => each.level === 'warning').length,
    by_code: Object.fromEntries(events.filter((each) => each.level !== 'info').map((each) => [`${each.level}:${each.code}`, events.filter((other) => other.code === each.code).length])),
    first_errors: [], pacing: { events: failed ? 2 : 0, busiest_minute_answers: 2214, subscriptions_per_minute: 2700 }, jobs: runsOf(date),
    published: slotLabels(date).slice(0, date === today ? 2 : 14).map((_, slot) => ({ partition: `raw/intraday/date=${date}/slot-${String(slot).padStart(2, '0')}`, rows: daily, at: instant(slotAt(date, slot) + 1_110_000) })),
    rollup: judged ? [{ strategy: 'close', rows: daily - (failed ? 391 : 84) }, { strategy: 'slot_1530', rows: failed ? 311 : 61 }, { strategy: 'last_good', rows: failed ? 72 : 23 }, { strategy: 'none', rows: failed ? 8 : 0 }] : [],
    open_interest: judged ? (failed ? [{ state: 'not_asked', rows: daily }] : [{ state: 'value', rows: daily - 61 }, { state: 'not_published', rows: 21 }, { state: 'missing', rows: 40 }]) : [],
    previous: date > firstDay ? neighbour(date, -1) : null, next: date < today ? neighbour(date, 1) : null,
  };
}

function eventsOf(date: string): LogEvent[] {
  const event = (slot: number, seconds: number, level: LogEvent['level'], code: string, message: string, symbol = ''): LogEvent => ({
    at: instant(slotAt(date, slot) + seconds * 1000), level, code, component: level === 'info' ? 'schedule' : 'gateway', message,
    job: `snapshot/${date}/${String(slot).padStart(2, '0')}`, symbol, slot: slotLabels(date)[slot] ?? '',
  });
  const done = date === today ? 3 : slotLabels(date).length;
  const all = Array.from({ length: done }, (_, slot) => event(slot, 0.4, 'info', 'job_started', `snapshot ${slotLabels(date)[slot] ?? ''} has begun`));
  if (date === failedDay)
    all.push(
      event(3, 121.2, 'error', 'gateway_lost', 'the connection to 127.0.0.1:4002 was lost; 214 questions were open'),
      event(3, 126.9, 'warning', 'gateway_retry', 'gateway 127.0.0.1:4002 refused the connection; trying again in 5 s'),
      event(3, 301.0, 'error', 'slot_cut_off', 'NVDA was not asked before the window of the slot ended', 'NVDA'),
      event(4, 88.5, 'warning', 'pacing_complaint', 'the broker complained about the rate of requests (code 100)'),
      event(6, 640.2, 'warning', 'symbol_slow', '41 contracts did not answer in time', 'TSLA'),
    );
  else all.push(event(1, 61.5, 'warning', 'contract_refused', 'no security definition has been found (code 200)', 'GE'));
  return all.sort((a, b) => a.at.localeCompare(b.at));
}

export function events(date: string, level: string, limit: number): Events {
  const wanted = level === 'error' ? ['error', 'critical'] : level === 'warning' ? ['warning', 'error', 'critical'] : ['info', 'warning', 'error', 'critical'];
  const all = eventsOf(date).filter((each) => wanted.includes(each.level));
  return { date, events: all.slice(-limit), total: all.length };
}
