// Every page, in both themes, both widths and both languages: it says nothing on the console, breaks
// no policy, fits the screen and can be read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { desktop, fits, invented, openPage, paleTexts, phone, quiet, shot, visit } from './browser';

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

const stage = invented();
const { skip } = stage;

for (const theme of ['light', 'dark'] as const)
  for (const language of ['en', 'zh'] as const)
    for (const [size, box] of [['desktop', desktop], ['phone', phone]] as const)
      test(`every page, ${theme}, ${language}, ${size}`, { skip }, async () => {
        const watched = await openPage(stage.browser, { theme, language, ...box });
        for (const [name, hash] of pages) {
          await visit(watched, stage.mock.url, hash);
          if (name === 'day-nothing') watched.expected.push(/404/);
          await shot(watched.page, `${name}-${theme}-${language}-${size}`);
          await fits(watched.page);
          assert.deepEqual(await paleTexts(watched.page), [], `${name} is too pale`);
          assert.equal(await watched.page.getAttribute('html', 'lang'), language === 'zh' ? 'zh-CN' : 'en');
        }
        quiet(watched);
        await watched.context.close();
      });
