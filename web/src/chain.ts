// What the chain page reads out of the rows of one underlying in one slot. Nothing is interpolated:
// every figure on the page is a row that was stored.
import type { Chain, Quote } from './api';

export interface StrikeRow {
  strike: number;
  trading_class: string;
  call: Quote | null;
  put: Quote | null;
}

export type Side = 'otm' | 'C' | 'P';

export function spotOf(chain: Chain): number | null {
  const { bid, ask, last } = chain.underlying;
  if (last !== null) return last;
  return bid !== null && ask !== null ? (bid + ask) / 2 : null;
}

export function expiriesOf(chain: Chain): string[] {
  return [...new Set(chain.rows.map((row) => row.expiry))].sort();
}

export function strikeRows(chain: Chain, expiry: string): StrikeRow[] {
  const rows = new Map<string, StrikeRow>();
  for (const quote of chain.rows) {
    if (quote.expiry !== expiry) continue;
    const key = `${quote.trading_class} ${quote.strike}`;
    let row = rows.get(key);
    if (row === undefined) {
      row = { strike: quote.strike, trading_class: quote.trading_class, call: null, put: null };
      rows.set(key, row);
    }
    if (quote.right === 'C') row.call = quote;
    else row.put = quote;
  }
  return [...rows.values()].sort((a, b) => a.strike - b.strike || a.trading_class.localeCompare(b.trading_class));
}

export interface SmilePoint {
  strike: number;
  iv: number;
  quote: Quote;
}

// Without an underlying price nobody knows which side is out of the money; calls are taken then.
export function smileOf(chain: Chain, expiry: string, side: Side): SmilePoint[] {
  const spot = spotOf(chain);
  const points: SmilePoint[] = [];
  for (const row of strikeRows(chain, expiry)) {
    const wanted = side === 'C' ? row.call : side === 'P' ? row.put : spot !== null && row.strike < spot ? row.put : row.call;
    if (wanted !== null && wanted.iv !== null) points.push({ strike: row.strike, iv: wanted.iv, quote: wanted });
  }
  return points;
}

export interface SurfaceColumn {
  label: string;
  at: number; // strike in USD, or moneyness
}

export interface Surface {
  columns: SurfaceColumn[];
  rows: { expiry: string; cells: (SmilePoint | null)[] }[];
  low: number;
  high: number;
}

const moneynessStep = 0.025;

// The listed strike nearest to each moneyness; none where the nearest is more than half a step away.
function nearest(points: SmilePoint[], spot: number, moneyness: number): SmilePoint | null {
  let best: SmilePoint | null = null;
  let away = moneynessStep / 2;
  for (const point of points) {
    const distance = Math.abs(point.strike / spot - moneyness);
    if (distance <= away) {
      away = distance;
      best = point;
    }
  }
  return best;
}

export function surfaceOf(chain: Chain, by: 'moneyness' | 'strike'): Surface {
  const spot = spotOf(chain);
  const smiles = expiriesOf(chain).map((expiry) => ({ expiry, points: smileOf(chain, expiry, 'otm') }));
  const strikes = [...new Set(smiles.flatMap((smile) => smile.points.map((point) => point.strike)))].sort((a, b) => a - b);
  const ivs = smiles.flatMap((smile) => smile.points.map((point) => point.iv)).sort((a, b) => a - b);
  const low = ivs[Math.floor(ivs.length * 0.03)] ?? 0;
  const high = ivs[Math.floor(ivs.length * 0.97)] ?? 1;
  if (by === 'strike' || spot === null) {
    const columns = strikes.map((strike) => ({ label: String(strike), at: strike }));
    const rows = smiles.map(({ expiry, points }) => ({
      expiry, cells: strikes.map((strike) => points.find((point) => point.strike === strike) ?? null),
    }));
    return { columns, rows, low, high };
  }
  const first = Math.floor(((strikes[0] ?? spot) / spot) / moneynessStep);
  const last = Math.ceil(((strikes[strikes.length - 1] ?? spot) / spot) / moneynessStep);
  const steps = Array.from({ length: last - first + 1 }, (_, index) => (first + index) * moneynessStep);
  const all = steps.map((moneyness) => smiles.map(({ points }) => nearest(points, spot, moneyness)));
  const kept = steps.map((moneyness, index) => ({ moneyness, column: all[index] ?? [] })).filter(({ column }) => column.some((cell) => cell !== null));
  return {
    columns: kept.map(({ moneyness }) => ({ label: `${(moneyness * 100).toFixed(1)} %`, at: moneyness })),
    rows: smiles.map(({ expiry }, r) => ({ expiry, cells: kept.map(({ column }) => column[r] ?? null) })),
    low, high,
  };
}
