// A browser that complains: what a page prints as an error, what the security policy forbids, what
// is wider than the screen and what is too pale to read.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { startMock, type Mock, type MockOptions } from './mock/server';

export const screenshots = process.env['OPT_DATA_SCREENSHOTS'] ?? 'build/screenshots';
export const realServer = process.env['OPT_DATA_URL'];

export interface Look {
  theme: 'light' | 'dark';
  language: 'en' | 'zh';
  width: number;
  height: number;
}

export const desktop = { width: 1360, height: 900 };
export const phone = { width: 360, height: 740 };

export async function launch(): Promise<Browser> {
  const root = process.getuid?.() === 0;
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: [...(root ? ['--no-sandbox'] : []), '--disable-gpu', '--disable-dev-shm-usage'],
  });
}

// A browser and an invented server for the tests of one file, which are skipped beside a real server.
export interface Stage { browser: Browser; mock: Mock; skip: boolean }
export function invented(): Stage {
  const stage = { skip: realServer !== undefined } as Stage;
  before(async () => {
    if (stage.skip) return;
    stage.browser = await launch();
    stage.mock = await mockServer();
  });
  after(async () => {
    await stage.browser?.close();
    await stage.mock?.stop();
  });
  return stage;
}

export function mockServer(options: Partial<MockOptions> = {}): Promise<Mock> {
  return startMock({ dist: 'dist', ...options });
}

export interface Watched {
  page: Page;
  context: BrowserContext;
  complaints: string[];
  expected: RegExp[]; // complaints a test causes on purpose
}

export async function openPage(browser: Browser, look: Partial<Look> = {}): Promise<Watched> {
  const theme = look.theme ?? 'light';
  const context = await browser.newContext({
    viewport: { width: look.width ?? desktop.width, height: look.height ?? desktop.height }, colorScheme: theme, locale: look.language === 'zh' ? 'zh-CN' : 'en-US',
    reducedMotion: 'reduce', acceptDownloads: true,
  });
  const page = await context.newPage();
  const watched: Watched = { page, context, complaints: [], expected: [] };
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') watched.complaints.push(message.text());
  });
  page.on('pageerror', (error) => watched.complaints.push(String(error)));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  return watched;
}

export function quiet(watched: Watched): void {
  const left = watched.complaints.filter((text) => !watched.expected.some((pattern) => pattern.test(text)));
  assert.deepEqual(left, [], 'the page complained');
}

// The page is there when no bone of it is left and the fonts are in.
export async function settled(page: Page): Promise<void> {
  await page.waitForSelector('main');
  await page.waitForFunction(() => document.querySelector('.skeleton') === null, undefined, { timeout: 15_000 });
  await page.evaluate(() => document.fonts.ready);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

export async function visit(watched: Watched, base: string, hash: string): Promise<void> {
  await watched.page.goto(`${base}/${hash}`);
  await settled(watched.page);
}

export async function shot(page: Page, name: string, full = true): Promise<void> {
  mkdirSync(screenshots, { recursive: true });
  if (full) await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: join(screenshots, name + '.png'), fullPage: full });
}

export async function fits(page: Page): Promise<void> {
  const wide = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const inScroller = (element: Element): boolean => {
      for (let up = element.parentElement; up !== null; up = up.parentElement)
        if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(up).overflowX)) return true;
      return false;
    };
    return [...document.body.querySelectorAll('*')]
      .filter((element) => element.getBoundingClientRect().right > width + 1 && !inScroller(element))
      .map((element) => `${element.tagName}.${element.className} ${Math.round(element.getBoundingClientRect().right)} > ${width}`)
      .slice(0, 8);
  });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(overflow <= 0, `wider than the screen by ${overflow} px: ${wide.join('; ')}`);
}

// Contrast of each text with what lies under it, by the formula of WCAG 2.
export async function paleTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    type Colour = [number, number, number, number];
    const parse = (text: string): Colour => {
      const numbers = (text.match(/[\d.]+/g) ?? []).map(Number);
      const unit = text.startsWith('color(') ? 255 : 1;
      return [(numbers[0] ?? 0) * unit, (numbers[1] ?? 0) * unit, (numbers[2] ?? 0) * unit, numbers[3] ?? 1];
    };
    const over = (top: Colour, below: Colour): Colour => {
      const mix = (a: number, b: number) => a * top[3] + b * (1 - top[3]);
      return [mix(top[0], below[0]), mix(top[1], below[1]), mix(top[2], below[2]), 1];
    };
    const luminance = ([r, g, b]: Colour) => {
      const part = (value: number) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
      return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    };
    const grounds = new Map<Element, Colour>();
    const ground = (element: Element): Colour => {
      const known = grounds.get(element);
      if (known !== undefined) return known;
      const below: Colour = element.parentElement === null ? [255, 255, 255, 1] : ground(element.parentElement);
      const here = over(parse(getComputedStyle(element).backgroundColor), below);
      grounds.set(element, here);
      return here;
    };
    const seen = new Set<string>();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement;
      if (element === null || (node.textContent ?? '').trim() === '' || element.closest('.unseen, .skip, :disabled, option') !== null) continue;
      const style = getComputedStyle(element);
      if (style.visibility === 'hidden' || element.getClientRects().length === 0) continue;
      const below = ground(element);
      const front = over(parse(style.color), below);
      const [light, dark] = [luminance(front), luminance(below)].sort((a, b) => b - a) as [number, number];
      const ratio = (light + 0.05) / (dark + 0.05);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (large ? 3 : 4.5)) seen.add(`${ratio.toFixed(2)} ${element.tagName}.${element.className} "${(node.textContent ?? '').trim().slice(0, 30)}"`);
    }
    return [...seen];
  });
}
