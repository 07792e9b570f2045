// Numbers and moments as text, and what the chain page reads out of rows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smileOf, strikeRows, surfaceOf } from '../src/chain';
import { addDays, bytes, daysBetween, duration, newYork, percent, signed, strikeText, utc, weekday } from '../src/format';
import { en } from '../src/words/en';
import { zh } from '../src/words/zh';
import { chain } from './mock/market';

test('a share is rounded downwards, so that 100 % says nothing is missing', () => {
  assert.equal(percent(0.99999), '99.9 %');
  assert.equal(percent(1), '100.0 %');
  assert.equal(percent(0.29), '29.0 %');
});

test('a length of time has two units at most', () => {
  assert.equal(duration(en, 0.042), '0.042 s');
  assert.equal(duration(en, 4.25), '4.3 s');
  assert.equal(duration(en, 200), '3 min 20 s');
  assert.equal(duration(zh, 7500), '2 小时 05 分');
  assert.equal(duration(en, 100_000), '1 d 3 h');
});

test('New York is four hours behind in summer and five in winter', () => {
  assert.equal(newYork('2025-10-06T13:30:00.000000Z').minute, '09:30');
  assert.equal(newYork('2025-12-01T14:30:00.000000Z').minute, '09:30');
  assert.deepEqual(newYork('2025-03-01T03:00:00.000000Z'), { date: '2025-02-28', minute: '22:00', second: '22:00:00' });
  assert.equal(utc('2025-10-06T00:00:00.000000Z').minute, '00:00');
});

test('days are counted across the change of the clock', () => {
  assert.equal(addDays('2025-11-01', 2), '2025-11-03');
  assert.equal(daysBetween('2025-03-08', '2025-03-10'), 2);
  assert.equal(weekday('2025-10-06'), 0);
});

test('signs, strikes and sizes', () => {
  assert.equal(signed(-0.25, 2), '\u22120.25');
  assert.equal(signed(0.5, 2), '+0.50');
  assert.equal(signed(-0.001, 2), '0.00', 'zero has no sign');
  assert.equal(strikeText(232.5), '232.50');
  assert.equal(strikeText(1000), '1,000');
  assert.equal(strikeText(12.125), '12.125');
  assert.equal(bytes(999), '999 B');
  assert.equal(bytes(1_234_567), '1.23 MB');
});

test('calls and puts of one strike share a row', () => {
  const rows = strikeRows(chain('2025-10-03', 'AAPL', 6), '2025-12-19');
  assert.equal(rows.length, 25);
  assert.ok(rows.every((row) => row.call?.strike === row.strike && row.put?.strike === row.strike));
  assert.ok(rows.every((row, index) => index === 0 || row.strike > (rows[index - 1]?.strike ?? 0)));
});

test('a smile takes puts below the underlying and calls above it', () => {
  const data = chain('2025-10-03', 'AAPL', 6);
  const spot = data.underlying.last ?? 0;
  for (const point of smileOf(data, '2025-12-19', 'otm')) assert.equal(point.quote.right, point.strike < spot ? 'P' : 'C');
});

test('each figure of the surface is the volatility of a stored row', () => {
  const data = chain('2025-10-03', 'AAPL', 6);
  for (const by of ['moneyness', 'strike'] as const) {
    const surface = surfaceOf(data, by);
    assert.ok(surface.columns.length > 10);
    for (const row of surface.rows)
      for (const cell of row.cells)
        if (cell !== null) assert.ok(data.rows.some((quote) => quote.conid === cell.quote.conid && quote.iv === cell.iv && quote.expiry === row.expiry));
  }
});

test('both languages know the same terms', () => {
  for (const part of ['gates', 'causes', 'flags', 'oiStates', 'strategies', 'kinds'] as const)
    assert.deepEqual(Object.keys(zh[part]).sort(), Object.keys(en[part]).sort(), part);
});
