// What the page does while the collector works, stops, falls silent, and while the server goes away.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { fits, invented, mockServer, openPage, quiet, settled, shot, visit } from './browser';
import { perSlot } from './mock/status';

const stage = invented();
const { skip } = stage;

const runningSlot = (page: Page) => page.locator('.slot.running .slot-count');
const live = (page: Page) => page.locator('.bar .live');

async function becomes(page: Page, selector: string, text: string | RegExp): Promise<void> {
  await page.locator(selector).filter({ hasText: text }).first().waitFor({ timeout: 20_000 });
}

test('a slot fills in, and ends, without a reload', { skip }, async () => {
  const mock = await mockServer();
  const watched = await openPage(stage.browser, { theme: 'dark' });
  const { page } = watched;
  await visit(watched, mock.url, '#/today');
  await becomes(page, '.bar .live', 'live');
  const place = await page.locator('.slot').nth(5).boundingBox();
  const figures: string[] = [];
  for (const part of [0.4, 0.6, 0.85, 1]) {
    const answered = Math.floor(perSlot * part);
    mock.fill(answered);
    await becomes(page, '.slot.running .slot-count', answered.toLocaleString('en-US') + '/');
    figures.push((await runningSlot(page).textContent()) ?? '');
    if (part === 0.85) await shot(page, 'live-slot-filling');
  }
  assert.equal(new Set(figures).size, 4, figures.join(' '));
  assert.deepEqual(await page.locator('.slot').nth(5).boundingBox(), place, 'a number that grew moved its neighbours');
  mock.finishSlot();
  await page.waitForFunction(() => document.querySelector('.slot.running') === null);
  assert.equal(await page.locator('.slot.done').count(), 2);
  quiet(watched);
  await watched.context.close();
  await mock.stop();
});

test('a day that is published is asked for again', { skip }, async () => {
  const mock = await mockServer();
  const watched = await openPage(stage.browser);
  await visit(watched, mock.url, '#/day/2025-10-06');
  await becomes(watched.page, '.bar .live', 'live');
  const asked = () => mock.asked.filter((each) => each === 'GET /api/v1/days/2025-10-06').length;
  const first = asked();
  mock.publish('2025-10-03');
  const again = watched.page.waitForRequest(/\/days\/2025-10-06$/);
  mock.publish('2025-10-06');
  await again;
  await settled(watched.page);
  assert.equal(asked(), first + 1, 'another day is not its business');
  quiet(watched);
  await watched.context.close();
  await mock.stop();
});

test('the server goes away under an open page and comes back', { skip }, async () => {
  const mock = await mockServer();
  const watched = await openPage(stage.browser);
  const { page } = watched;
  watched.expected.push(/ERR_|Failed to load resource/);
  await visit(watched, mock.url, '#/today');
  await becomes(page, '.bar .live', 'live');
  await mock.stop();
  await becomes(page, '.bar .live', 'reconnecting');
  assert.equal(await page.locator('.slot').count(), 14, 'what was known stays on show');
  await shot(page, 'server-away');
  mock.fill(Math.floor(perSlot * 0.5));
  mock.finishSlot();
  const before = mock.asked.length;
  await mock.start();
  await becomes(page, '.bar .live', 'live');
  await page.waitForFunction(() => document.querySelector('.slot.running') === null, undefined, { timeout: 20_000 });
  assert.ok(mock.asked.slice(before).some((each) => each.startsWith('GET /api/v1/days?')), 'what happened in between was told to nobody');
  quiet(watched);
  await watched.context.close();
  await mock.stop();
});

test('a collector that stops or falls silent says so, and what to do', { skip }, async () => {
  const mock = await mockServer();
  const watched = await openPage(stage.browser, { width: 360, height: 740 });
  const { page } = watched;
  await visit(watched, mock.url, '#/today');
  mock.status.collector.state = 'silent';
  mock.tell();
  await becomes(page, '.bar .live', 'collector silent');
  await becomes(page, 'main', 'opt-data inspect connection');
  Object.assign(mock.status.collector, { state: 'stopped', pid: null, host: null, since: null, heard_at: null, gateways: [], job: null, next: null });
  mock.tell();
  await becomes(page, '.bar .live', 'collector stopped');
  await becomes(page, 'main', 'opt-data schedule --live');
  await fits(page);
  await shot(page, 'collector-stopped-phone');
  assert.match((await live(page).getAttribute('title')) ?? '', /No collector holds the lock/);
  quiet(watched);
  await watched.context.close();
  await mock.stop();
});

test('rows that are no real prices are marked on every page', { skip }, async () => {
  for (const source of ['SIMULATED', 'RECORDING'] as const) {
    const mock = await mockServer({ source });
    const watched = await openPage(stage.browser);
    for (const hash of ['#/today', '#/day/2025-10-03', '#/chain/AAPL/2025-10-03/3']) {
      await visit(watched, mock.url, hash);
      await becomes(watched.page, '.source-band', source);
      await becomes(watched.page, 'footer', source);
    }
    await shot(watched.page, `source-${source.toLowerCase()}`, false);
    quiet(watched);
    await watched.context.close();
    await mock.stop();
  }
});

test('an empty dataset says what to do next', { skip }, async () => {
  const mock = await mockServer({ empty: true });
  const watched = await openPage(stage.browser);
  watched.expected.push(/404/);
  const pages: [string, string | RegExp][] = [
    ['#/today', 'opt-data schedule --live'], ['#/calendar/2025', 'opt-data schedule --live'], ['#/day/2025-10-06', /Nothing is on record for 2025-10-06/],
    ['#/chain', /There is no chain for this day/], ['#/runs', 'opt-data schedule --live'], ['#/storage', /Nothing is stored yet/], ['#/nonsense', /no such page/],
  ];
  for (const [hash, text] of pages) {
    await visit(watched, mock.url, hash);
    await becomes(watched.page, 'main', text);
    await shot(watched.page, `empty-${hash.split('/')[1] ?? ''}`);
  }
  quiet(watched);
  await watched.context.close();
  await mock.stop();
});
