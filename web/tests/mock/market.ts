// Fifty underlyings, and chains whose prices come out of one formula, so that bid, ask, volatility
// and delta agree with each other.
import type { Chain, ContractDay, Quote, Underlyings } from '../../src/api';
import { isHalfDay, slotAt, slotLabels } from './calendar';
import { instant, round, seeded } from './random';

export const symbols = ('AAPL ABBV ABT ADBE AMD AMGN AMZN AVGO BA BAC BRK B C CAT COST CRM CSCO CVX DIA DIS EEM GE GLD GOOG GS HD IBM INTC IWM JNJ JPM KO ' +
  'LLY MA MCD META MRK MSFT NFLX NVDA ORCL PEP PFE PG QQQ SPY TLT TSLA UNH V WMT XOM').split(' ').filter((each) => each.length > 1 && each !== 'BRK').slice(0, 50);

export function spotOf(symbol: string, date: string, slot: number): number {
  const base = symbol === 'AAPL' ? 256.7 : 40 + seeded(symbol)() * 520;
  const drift = seeded(`${symbol} ${date}`)() * 0.06 - 0.03;
  return round(base * (1 + drift + Math.sin(slot / 3 + base) * 0.004), 2);
}

export function contractsOf(symbol: string): number {
  if (symbol === 'AAPL') return 600;
  return 40 + Math.floor(seeded('size ' + symbol)() * 15) * 12;
}

function expiriesFor(symbol: string): string[] {
  const all = ['2025-10-17', '2025-11-21', '2025-12-19', '2026-01-16', '2026-02-20', '2026-03-20', '2026-04-17', '2026-05-15', '2026-06-18', '2026-08-21', '2026-09-18', '2026-12-18'];
  return symbol === 'AAPL' ? all : all.slice(0, 4 + Math.floor(seeded('expiries ' + symbol)() * 4));
}

function normal(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail = 0.3989423 * Math.exp((-x * x) / 2) * t * (0.3193815 + t * (-0.3565638 + t * (1.781478 + t * (-1.821256 + t * 1.330274))));
  return x > 0 ? 1 - tail : tail;
}

function quoteOf(symbol: string, date: string, slot: number, expiry: string, strike: number, right: 'C' | 'P', conid: number): Quote {
  const random = seeded(`${symbol} ${date} ${slot} ${conid}`);
  const spot = spotOf(symbol, date, slot);
  const years = (Date.parse(expiry) - Date.parse(date)) / 86_400_000 / 365;
  const away = Math.log(strike / spot) / Math.sqrt(Math.max(years, 0.03));
  const iv = 0.24 + 0.05 * Math.exp(-years * 4) - 0.07 * away + 0.06 * away * away + (random() - 0.5) * 0.004;
  const root = iv * Math.sqrt(years);
  const d1 = (Math.log(spot / strike) + (0.04 + (iv * iv) / 2) * years) / root;
  const discounted = strike * Math.exp(-0.04 * years);
  const call = spot * normal(d1) - discounted * normal(d1 - root);
  const fair = Math.max(0.01, right === 'C' ? call : call - spot + discounted);
  const half = Math.max(0.01, fair * (0.006 + random() * 0.01));
  const tick = (value: number) => round(Math.round(value / (fair < 3 ? 0.01 : 0.05)) * (fair < 3 ? 0.01 : 0.05), 2);
  const luck = random();
  const quote: Quote = {
    conid, expiry, strike, right, trading_class: symbol,
    bid: Math.max(0, tick(fair - half)), ask: Math.max(0.01, tick(fair + half)), mid: null, last: random() < 0.8 ? tick(fair * (0.97 + random() * 0.06)) : null,
    bid_size: 1 + Math.floor(random() * 180), ask_size: 1 + Math.floor(random() * 180), volume: Math.floor(random() ** 3 * 9000),
    iv: round(iv, 6), delta: round(right === 'C' ? normal(d1) : normal(d1) - 1, 4), gamma: round(0.4 * Math.exp((-d1 * d1) / 2) / (spot * root), 5),
    theta: round(-spot * 0.2 * iv / Math.sqrt(years) / 365, 4), vega: round(spot * Math.sqrt(years) * 0.4 * Math.exp((-d1 * d1) / 2) / 100, 4),
    open_interest: Math.floor(random() ** 2 * 14_000), oi_state: 'value', market_data_type: 1, flags: ['oi_enriched'],
    as_of: instant(slotAt(date, slot) + 2000 + Math.floor(random() * 240_000)), usable: true, source: 'SIMULATED',
  };
  if (luck < 0.012)
    return { ...quote, bid: null, ask: null, last: null, iv: null, delta: null, gamma: null, theta: null, vega: null, bid_size: null, ask_size: null, volume: null,
      open_interest: null, oi_state: 'missing', flags: ['missing_oi', 'missing_price', 'slot_retry_exceeded'], as_of: null, usable: false };
  if (luck < 0.04) Object.assign(quote, { iv: null, delta: null, gamma: null, theta: null, vega: null, flags: ['missing_greeks', 'oi_enriched'] });
  else if (luck < 0.05) Object.assign(quote, { bid: quote.ask, ask: quote.bid, flags: ['crossed_market', 'oi_enriched'] });
  else if (luck < 0.06) Object.assign(quote, { bid: null, bid_size: null });
  else if (luck < 0.08) Object.assign(quote, { open_interest: null, oi_state: 'not_published', flags: ['missing_oi'] });
  quote.mid = quote.bid !== null && quote.ask !== null ? round((quote.bid + quote.ask) / 2, 4) : null;
  return quote;
}

interface Listed {
  conid: number;
  expiry: string;
  strike: number;
  right: 'C' | 'P';
}

function listed(symbol: string, date: string): Listed[] {
  const expiries = expiriesFor(symbol).filter((expiry) => expiry >= date);
  const perExpiry = Math.max(3, Math.floor(contractsOf(symbol) / 2 / expiries.length));
  const middle = spotOf(symbol, '2025-10-06', 0);
  const step = middle < 60 ? 1 : middle < 150 ? 2.5 : 5;
  const base = 700_000_000 + symbols.indexOf(symbol) * 100_000;
  return expiries.flatMap((expiry, e) =>
    Array.from({ length: perExpiry }, (_, k) => Math.round(middle / step) * step + (k - Math.floor(perExpiry / 2)) * step)
      .filter((strike) => strike > 0)
      .flatMap((strike, k) => (['C', 'P'] as const).map((right, side) => ({ conid: base + e * 1000 + k * 2 + side, expiry, strike, right }))));
}

export function underlyings(date: string, slots: number): Underlyings {
  const labels = slotLabels(date).slice(0, slots);
  return {
    date, slots: labels.map((label, slot) => ({ slot, label })),
    underlyings: symbols.map((symbol) => ({ symbol, contracts: listed(symbol, date).length, expiries: expiriesFor(symbol) })),
  };
}

export function chain(date: string, symbol: string, slot: number): Chain {
  const spot = spotOf(symbol, date, slot);
  return {
    date, symbol, slot, label: slotLabels(date)[slot] ?? '',
    underlying: { bid: round(spot - 0.01, 2), ask: round(spot + 0.02, 2), last: spot, as_of: instant(slotAt(date, slot) + 1500) },
    rows: symbols.includes(symbol) ? listed(symbol, date).map((each) => quoteOf(symbol, date, slot, each.expiry, each.strike, each.right, each.conid)) : [],
  };
}

export function contractDay(date: string, conid: number): ContractDay | null {
  const symbol = symbols[Math.floor((conid - 700_000_000) / 100_000)];
  const found = symbol === undefined ? undefined : listed(symbol, date).find((each) => each.conid === conid);
  if (symbol === undefined || found === undefined) return null;
  const slots = date === '2025-10-06' ? 2 : isHalfDay(date) ? 8 : 14;
  return {
    date, conid, symbol, expiry: found.expiry, strike: found.strike, right: found.right, trading_class: symbol,
    points: Array.from({ length: slots }, (_, slot) => {
      const { conid: _c, expiry: _e, strike: _s, right: _r, trading_class: _t, ...rest } = quoteOf(symbol, date, slot, found.expiry, found.strike, found.right, conid);
      return { ...rest, slot, label: slotLabels(date)[slot] ?? '', underlying_last: spotOf(symbol, date, slot) };
    }),
  };
}
