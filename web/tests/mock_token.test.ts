// A server that listens beyond loopback: the token is asked for once, and is nowhere to be seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fits, invented, mockServer, openPage, paleTexts, phone, quiet, settled, shot } from './browser';

const stage = invented();
const { skip } = stage;

test('without a cookie the page asks for the token, and goes on with it', { skip }, async () => {
  const mock = await mockServer({ token: 'correct horse battery staple' });
  const watched = await openPage(stage.browser, { theme: 'dark', ...phone });
  watched.expected.push(/401/);
  const { page } = watched;
  await page.goto(mock.url + '/#/day/2025-10-03');
  await page.waitForSelector('dialog[open]');
  await fits(page);
  assert.deepEqual(await paleTexts(page), []);
  await shot(page, 'token-phone', false);
  await page.keyboard.type('wrong');
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog [role="alert"]');
  await page.fill('dialog input', 'correct horse battery staple');
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog', { state: 'detached' });
  await page.waitForSelector('.heat');
  await page.locator('.bar .live').filter({ hasText: 'live' }).waitFor({ timeout: 10_000 });
  assert.ok(mock.asked.every((each) => !each.includes('horse')), 'a token in an address ends up in logs');
  const kept = await page.evaluate(() => JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie);
  assert.ok(!kept.includes('horse') && !kept.includes('good'));
  await page.reload();
  await settled(page);
  assert.equal(await page.locator('dialog').count(), 0);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForSelector('dialog[open]');
  await page.reload();
  await page.waitForSelector('dialog[open]');
  quiet(watched);
  await watched.context.close();
  await mock.stop();
});
