// What must hold on whatever data there is: against the invented server, or against a real one at
// OPT_DATA_URL (with OPT_DATA_TOKEN where it wants one).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { Days, Status, Underlyings } from '../src/api';
import { addDays } from '../src/format';
import { desktop, fits, launch, mockServer, openPage, paleTexts, phone, quiet, realServer, settled, shot, visit, type Look, type Watched } from './browser';
import type { Mock } from './mock/server';

let browser: Browser;
let mock: Mock | null = null;
let base: string;
before(async () => {
  browser = await launch();
  if (realServer === undefined) mock = await mockServer();
  base = realServer?.replace(/\/+$/, '') ?? mock?.url ?? '';
});
after(async () => {
  await browser?.close();
  await mock?.stop();
});

async function open(look: Partial<Look> = {}): Promise<Watched> {
  const watched = await openPage(browser, look);
  const token = process.env['OPT_DATA_TOKEN'];
  if (token !== undefined) {
    const answer = await watched.context.request.post(base + '/api/v1/session', { headers: { Authorization: 'Bearer ' + token } });
    assert.equal(answer.status(), 204);
  }
  return watched;
}

async function api<T>(watched: Watched, path: string): Promise<T> {
  const answer = await watched.context.request.get(base + '/api/v1' + path);
  assert.ok(answer.ok(), `${path}: ${answer.status()}`);
  return (await answer.json()) as T;
}

// A day of each kind there is, newest first.
async function places(watched: Watched): Promise<[string, string][]> {
  const { session } = await api<Status>(watched, '/status');
  const to = session.date;
  const { days } = await api<Days>(watched, `/days?from=${addDays(to, -365)}&to=${to}`);
  const found: [string, string][] = [['today', '#/today'], ['calendar', `#/calendar/${to.slice(0, 4)}`], ['runs', '#/runs'], ['storage', '#/storage'], ['query', '#/query']];
  for (const verdict of ['PASS', 'FAIL', 'not_judged'] as const) {
    const day = [...days].reverse().find((each) => each.verdict === verdict);
    if (day !== undefined) found.push([`day-${verdict}`, `#/day/${day.date}`]);
  }
  const latest = [...days].reverse().find((day) => day.rows > 0);
  if (latest !== undefined) {
    const { slots, underlyings } = await api<Underlyings>(watched, `/days/${latest.date}/underlyings`);
    const symbol = underlyings[0]?.symbol;
    const slot = slots[slots.length - 1]?.slot;
    if (symbol !== undefined && slot !== undefined) found.push(['chain', `#/chain/${encodeURIComponent(symbol)}/${latest.date}/${slot}`]);
  }
  return found;
}

for (const theme of ['light', 'dark'] as const)
  for (const [size, box, language] of [['desktop', desktop, 'en'], ['phone', phone, 'zh']] as const)
    test(`each page on the data there is, ${theme}, ${size}, ${language}`, async () => {
      const watched = await open({ theme, language, ...box });
      for (const [name, hash] of await places(watched)) {
        await visit(watched, base, hash);
        assert.equal(await watched.page.locator('.problem').count(), 0, `${name}: ${await watched.page.locator('.problem').allTextContents()}`);
        await fits(watched.page);
        assert.deepEqual(await paleTexts(watched.page), [], `${name} is too pale`);
        await shot(watched.page, `data-${name}-${theme}-${language}-${size}`);
      }
      quiet(watched);
      await watched.context.close();
    });

test('the shell paints at once, and the page within a second', async () => {
  const watched = await open();
  const { page } = watched;
  const known = await places(watched);
  for (const [name, hash] of known.filter(([name]) => ['today', 'calendar', 'day-PASS'].includes(name))) {
    await page.goto('about:blank');
    await page.goto(`${base}/${hash}`);
    await settled(page);
    const times = await page.evaluate(() => ({
      paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity,
      all: Math.max(...performance.getEntriesByType('resource').filter((entry) => !entry.name.includes('/live')).map((entry) => (entry as PerformanceResourceTiming).responseEnd)),
    }));
    console.log(`# ${name}: first paint ${times.paint.toFixed(0)} ms, last answer ${times.all.toFixed(0)} ms`);
    assert.ok(times.paint < 1000, `${name}: first paint after ${times.paint} ms`);
  }
  await watched.context.close();
});

test('the policy forbids everything but the page itself', async () => {
  const watched = await open();
  const answer = await watched.context.request.get(base + '/');
  const policy = answer.headers()['content-security-policy'] ?? '';
  for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"]) assert.ok(policy.includes(part), policy);
  const text = await answer.text();
  assert.ok(!/<style|style=|<script(?![^>]*src=)|https?:\/\//.test(text), 'inline script, inline style or a foreign address');
  await watched.context.close();
});

test('the page shows the figures of the API', async () => {
  const watched = await open();
  const { page } = watched;
  const told = await api<Status>(watched, '/status');
  await visit(watched, base, '#/today');
  if (told.latest_verdict !== null) {
    assert.match((await page.textContent('.verdict-card .verdict')) ?? '', new RegExp(told.latest_verdict.status));
    assert.match((await page.textContent('.verdict-card .verdict-day')) ?? '', new RegExp(told.latest_verdict.date));
    await visit(watched, base, `#/day/${told.latest_verdict.date}`);
    const day = await api<{ metrics: { name: string }[]; slots: unknown[]; status: string }>(watched, `/days/${told.latest_verdict.date}`);
    assert.equal(await page.locator('.gate').count(), day.metrics.length);
    assert.equal(await page.locator('.heat td[data-r]:not(.k0)').count() <= day.slots.length, true);
    assert.match((await page.textContent('.page-head')) ?? '', new RegExp(day.status));
  }
  assert.match((await page.textContent('footer')) ?? '', new RegExp(told.version.replace(/\./g, '\\.')));
  await watched.context.close();
});

test('a figure says its unit, a time its zone, and colours are never alone', async () => {
  const watched = await open();
  const { page } = watched;
  const verdicts = async (where: Page) => where.locator('.verdict').allTextContents();
  for (const [name, hash] of (await places(watched)).filter(([name]) => name.startsWith('day-'))) {
    await visit(watched, base, hash);
    for (const text of await verdicts(page)) assert.match(text, /[✓✕?·] \S/, name);
    const cells = await page.locator('.heat td[data-r]').evaluateAll((all) => all.slice(0, 40).map((cell) => cell.getAttribute('aria-label') ?? ''));
    for (const label of cells) assert.match(label, /New York: [\d,]+ of [\d,]+ contracts usable \(.*%\)|not planned/);
  }
  await watched.context.close();
});

test('every page is reached and a day is opened with keys alone', async () => {
  const watched = await open();
  const { page } = watched;
  await visit(watched, base, '#/today');
  for (const [key, place] of [['d', 'day'], ['h', 'chain'], ['q', 'query'], ['r', 'runs'], ['s', 'storage'], ['c', 'calendar']] as const) {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await page.waitForFunction((wanted) => location.hash.startsWith('#/' + wanted), place);
    await settled(page);
  }
  const judged = (await places(watched)).map(([, hash]) => /^#\/day\/(.*)$/.exec(hash)?.[1]).find((date) => date !== undefined) ?? '';
  assert.notEqual(judged, '', 'no day is judged');
  await visit(watched, base, `#/calendar/${judged.slice(0, 4)}`);
  const focused = () => page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset['date'] ?? '');
  for (let step = 0; step < 80 && (await focused()) === ''; ++step) await page.keyboard.press('Tab');
  assert.notEqual(await focused(), '', 'Tab never came to a day');
  for (let at = await focused(); at !== judged; at = await focused()) {
    const days = (Date.parse(judged) - Date.parse(at)) / 86_400_000;
    const far = Math.abs(days);
    await page.keyboard.press(far > 40 ? (days > 0 ? 'PageDown' : 'PageUp') : far >= 7 ? (days > 0 ? 'ArrowDown' : 'ArrowUp') : days > 0 ? 'ArrowRight' : 'ArrowLeft');
    assert.notEqual(await focused(), at, `no key leads on from ${at}`);
  }
  await page.keyboard.press('Enter');
  await page.waitForFunction((wanted) => location.hash === '#/day/' + wanted, judged);
  await settled(page);
  quiet(watched);
  await watched.context.close();
});
