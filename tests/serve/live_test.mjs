// The real collector, the real server and a real browser on one recorded slot: it fills in while
// somebody looks, the collector is stopped and started again in the middle, and the slot ends whole.
// Then the same page beyond loopback, with its token.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { ask, date, demo, program, run, serve, sql } from './served.mjs';

const { chromium } = createRequire(join(process.cwd(), 'web/package.json'))('playwright-core');
const pictures = 'web/build/screenshots';

// A program that says something when it is ready, and is gone when the test is.
function start(words, ready) {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let heard = '';
  const said = new Promise((resolve, reject) => {
    const hear = (bytes) => {
      heard += bytes;
      const found = ready.exec(heard);
      if (found) resolve(found);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', (code) => reject(new Error(`${words.join(' ')} ended with ${code}: ${heard}`)));
  });
  said.catch(() => {});
  const stop = (signal = 'SIGTERM') => new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', resolve);
    child.kill(signal);
  });
  return { said, stop, heard: () => heard };
}

let folder, browser, gateway, server, collector, began, port;
const config = () => join(folder, 'config/opt-data.toml');

// The gateway's market began at 09:59 New York; the collector's clock starts where that is now.
function collect() {
  const at = new Date(Date.UTC(2014, 5, 5, 9, 59) + Date.now() - began).toISOString().slice(0, 19).replace('T', ' ');
  const keys = { port, clock: `"${at}"`, in_flight: 12 };
  let text = readFileSync(config(), 'utf8').replace(/(\[gateway\][^[]*?\nport = )\d+/, `$1${keys.port}`);
  text = text.replace(/\nclock = .*/, `\nclock = ${keys.clock}`).replace(/\nin_flight = .*/, `\nin_flight = ${keys.in_flight}`);
  writeFileSync(config(), text);
  collector = start(['--config', config(), 'schedule', '--live'], /./);
}

async function look(url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => { if (message.type() === 'error' && !/401|ERR_/.test(message.text())) complaints.push(message.text()); });
  await page.goto(url);
  return { context, page, complaints };
}

const shows = (page, selector, text, timeout = 30_000) => page.locator(selector).filter({ hasText: text }).first().waitFor({ timeout });

before(async () => {
  const day = demo();
  folder = mkdtempSync(join(tmpdir(), 'opt-data-live-test-'));
  cpSync(dirname(day.config), join(folder, 'config'), { recursive: true });
  day.remove();
  mkdirSync(pictures, { recursive: true });
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [...(process.getuid() === 0 ? ['--no-sandbox'] : []), '--disable-gpu', '--disable-dev-shm-usage'],
  });
  began = Date.now();
  gateway = start(['sim', 'serve', '--recording', 'twx-2014-06-05', '--at', '09:59', '--port', '0', '--seconds', '240'], /on 127\.0\.0\.1:(\d+)/);
  port = (await gateway.said)[1];
});
after(async () => {
  for (const each of [collector, server, gateway]) await each?.stop();
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a slot fills in under an open page, through a restart of the collector', { timeout: 200_000 }, async () => {
  server = await serve(config());
  const { context, page, complaints } = await look(`${server.url}#/today`);
  await shows(page, '.bar .live', 'collector stopped');
  collect();
  await shows(page, '.bar .live', 'live');
  await page.evaluate(() => { window.neverLoadedAgain = true; });

  const count = page.locator('.slot.running .slot-count');
  await count.waitFor({ timeout: 90_000 });
  // Two numbers, "12/30"; none when the slot is not running any more.
  const numbers = async () => ((await count.allTextContents())[0] ?? '').split('/').map((text) => Number.parseInt(text, 10));
  const [, contracts] = await numbers();
  assert.equal(contracts, 184, "what is listed is known, though the day was begun at 09:59");
  const figures = [];
  const watch = async (enough) => {
    for (let i = 0; i < 1_200; ++i) {
      const [figure] = await numbers();
      if (await page.locator('.slot.done').count() > 0) return;
      if (figure >= 0 && figure !== figures.at(-1)) figures.push(figure);
      if (figure >= enough) return;
      await page.waitForTimeout(50);
    }
  };
  await watch(contracts / 3);
  await page.screenshot({ path: join(pictures, 'real-live-slot.png') });
  assert.ok(figures.length >= 4, `the slot was seen at ${figures.join(', ')} only`);

  await collector.stop();
  await shows(page, '.bar .live', 'collector stopped');
  await page.screenshot({ path: join(pictures, 'real-collector-stopped.png') });
  const before = figures.at(-1);
  collect();
  await shows(page, '.bar .live', 'live');
  await count.waitFor({ timeout: 60_000 });
  const restarted = figures.length;
  await watch(contracts);
  await page.waitForFunction(() => document.querySelector('.slot.running') === null, undefined, { timeout: 90_000 });
  assert.ok(figures.slice(restarted).every((figure) => figure >= before), `${figures.join(', ')}: what was answered before the restart is asked again`);
  assert.deepEqual([...figures].sort((a, b) => a - b), figures, 'a count went back');

  const status = JSON.parse((await ask(server.port, '/api/v1/status')).text);
  const slot = status.session.slots.find((each) => each.label === '10:00');
  assert.deepEqual([slot.state, slot.expected, slot.rows], ['done', contracts, contracts], JSON.stringify(slot));
  const counted = JSON.parse((await sql(server.port, 'SELECT count(*), count(DISTINCT conid) FROM intraday WHERE slot_30m = 1')).text);
  assert.deepEqual(counted.rows, [[contracts, contracts]]);
  assert.match((await page.locator('.slot.done').first().textContent()) ?? '', new RegExp(`${contracts}`));
  assert.ok(await page.evaluate(() => window.neverLoadedAgain === true), 'the page was loaded again');
  await page.screenshot({ path: join(pictures, 'real-slot-done.png'), fullPage: true });
  console.log(`# answered: ${figures.join(' ')}; stopped at ${before}`);
  assert.deepEqual(complaints, []);
  await context.close();
  await server.stop();
  server = null;
});

test('beyond loopback the page asks for the token, and shows the day with it', { timeout: 60_000 }, async () => {
  server = await serve(config(), '--host', '0.0.0.0');
  const token = readFileSync(server.token_file, 'utf8').trim();
  const { context, page, complaints } = await look(`http://127.0.0.1:${server.port}/#/today`, { colorScheme: 'dark' });
  await page.waitForSelector('dialog[open]');
  await page.screenshot({ path: join(pictures, 'real-token.png') });
  await page.fill('dialog input', 'wrong token');
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog [role="alert"]');
  await page.fill('dialog input', token);
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog', { state: 'detached' });
  await page.waitForSelector('.slot.done');
  const kept = await page.evaluate(() => JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie + location.href);
  assert.ok(!kept.includes(token), 'the token is kept where scripts can read it');
  await page.reload();
  await page.waitForSelector('.slot.done');
  assert.equal(await page.locator('dialog').count(), 0);
  assert.deepEqual(complaints, []);
  await context.close();
  await server.stop();
  server = null;
  assert.throws(() => run(config(), 'serve', '--host', '0.0.0.0', '--port', 'x'), /Command failed/);
});
