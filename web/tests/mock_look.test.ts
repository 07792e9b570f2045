// Every page, in both themes, both widths and both languages: it says nothing on the console, breaks
// no policy, fits the screen and can be read.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { desktop, fits, launch, mockServer, openPage, paleTexts, phone, quiet, realServer, shot, visit } from './browser';
import type { Mock } from './mock/server';

const pages: [string, string][] = [
  ['today', '#/today'],
  ['calendar', '#/calendar/2025'],
  ['day-pass', '#/day/2025-10-03'],
  ['day-fail', '#/day/2025-10-02'],
  ['day-running', '#/day/2025-10-06'],
  ['day-nothing', '#/day/2025-10-04'],
  ['chain', '#/chain/AAPL/2025-10-03/6?expiry=2025-12-19'],
  ['contract', '#/chain/AAPL/2025-10-03/6?expiry=2025-12-19&conid=700002024'],
  ['query', '#/query'],
  ['runs', '#/runs'],
  ['storage', '#/storage'],
];

let browser: Browser;
let mock: Mock;
const skip = realServer !== undefined;
before(async () => {
  if (skip) return;
  browser = await launch();
  mock = await mockServer();
});
after(async () => {
  await browser?.close();
  await mock?.stop();
});

for (const theme of ['light', 'dark'] as const)
  for (const language of ['en', 'zh'] as const)
    for (const [size, box] of [['desktop', desktop], ['phone', phone]] as const)
      test(`every page, ${theme}, ${language}, ${size}`, { skip }, async () => {
        const watched = await openPage(browser, { theme, language, ...box });
        for (const [name, hash] of pages) {
          await visit(watched, mock.url, hash);
          if (name === 'day-nothing') watched.expected.push(/404/);
          await shot(watched.page, `${name}-${theme}-${language}-${size}`);
          await fits(watched.page);
          assert.deepEqual(await paleTexts(watched.page), [], `${name} is too pale`);
          assert.equal(await watched.page.getAttribute('html', 'lang'), language === 'zh' ? 'zh-CN' : 'en');
        }
        quiet(watched);
        await watched.context.close();
      });
