// How long a report takes until one can use it: from the request to the first contentful paint, to the last chart above
// the fold, and to a filter that has acted on the page. Chromium in a window of 1280x800, the cache cold, so many times:
//
//   NODE_PATH=~/.cache/sopmart/browser/node_modules node benches/report_opens.mjs REPORT.html [TIMES]
//
// playwright-core is what `tests/browser/run` installs there. Prints medians in milliseconds.

import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const { chromium } = createRequire(path.join(process.env.NODE_PATH ?? '.', 'x.js'))('playwright-core');
const [file, times = '7'] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.SOPMART_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
const taken = {};
for (let time = 0; time < Number(times); time += 1) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const began = performance.now();
  const note = (what) => (taken[what] ??= []).push(performance.now() - began);
  await page.goto(pathToFileURL(path.resolve(file)).href, { waitUntil: 'commit' });
  await page.waitForSelector('h1');
  note('title');
  await page.waitForFunction(() => document.readyState === 'complete');
  note('loaded');
  const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN);
  (taken['first paint'] ??= []).push(paint);
  const family = page.locator('select').first();
  await family.selectOption({ index: 1 });
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  note('filtered');
  await context.close();
}
await browser.close();
for (const [what, all] of Object.entries(taken)) {
  const sorted = all.sort((a, b) => a - b);
  const [least, median, most] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].map(Math.round);
  console.log(`${what}: ${median} ms (${least} to ${most})`);
}
