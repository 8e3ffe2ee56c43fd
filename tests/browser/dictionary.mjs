// The dictionary in a real browser: search, the graph, columns, addresses, accessibility, and silence. Its page is the
// sample's, `docs.html` in the folder that SOPMART_BROWSER_PAGES names.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const pages = process.env.SOPMART_BROWSER_PAGES;
assert(pages, 'SOPMART_BROWSER_PAGES names the folder that holds docs.html');
const file = pathToFileURL(path.resolve(pages, 'docs.html')).href;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const browser = await chromium.launch({
  executablePath: process.env.SOPMART_CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
const said = [];
let passed = 0;

/** One thing that is true of the page, in a window of its own. */
async function holds(what, act, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.on('console', (message) => said.push(`${what}: the console says ${message.text()}`));
  page.on('pageerror', (error) => said.push(`${what}: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith('file:')) said.push(`${what}: the page asks for ${request.url()}`);
  });
  try {
    await act(page);
    passed += 1;
    process.stdout.write(`ok: ${what}\n`);
  } catch (error) {
    said.push(`${what}: ${error.message}`);
  }
  await context.close();
}

const opened = async (page, name = '') => {
  // From another page, so that the same file with another address is opened anew.
  await page.goto('about:blank');
  await page.goto(`${file}#${name}`);
};
/** The heading, once the page has followed its address. */
const title = async (page) => {
  await page.waitForFunction(() =>
    document.title.startsWith(decodeURIComponent(location.hash.slice(1)) || data.pipeline),
  );
  return page.locator('main h1').innerText();
};
const addressOf = (page) => page.evaluate(() => decodeURIComponent(location.hash.slice(1)));

await holds('the first page shows every published mart and opens within a second', async (page) => {
  await opened(page);
  assert.equal(await title(page), 'standard');
  const shown = await page.locator('.marts li').count();
  const published = await page.evaluate(() => tables.filter((table) => table.published).length);
  assert.equal(shown, published);
  assert(published >= 49, `${published} marts`);
  const ready = await page.evaluate(() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd);
  assert(ready < 1000, `it was ready after ${ready} ms`);
});

await holds(
  'a search finds tables, columns and words of descriptions, and opens what is chosen by keyboard',
  async (page) => {
    await opened(page);
    await page.keyboard.press('/');
    await page.keyboard.type('capacity_gap');
    assert.equal(await page.locator('#found [aria-selected=true]').getAttribute('data-name'), 'marts.capacity_gap');
    await page.locator('#search').fill('hours are missing');
    assert.equal(await page.locator('#found li').first().getAttribute('data-name'), 'marts.capacity_gap');
    await page.locator('#search').fill('own_load_hours');
    await page.keyboard.press('ArrowDown');
    const second = page.locator('#found li').nth(1);
    assert.equal(await second.getAttribute('aria-selected'), 'true');
    assert.equal(
      await page.locator('#search').getAttribute('aria-activedescendant'),
      await second.getAttribute('id'),
    );
    const name = await second.getAttribute('data-name');
    await page.keyboard.press('Enter');
    assert.equal(await title(page), name.split('.')[2]);
    assert.equal(await addressOf(page), name);
    await page.keyboard.press('/');
    await page.keyboard.type('no such word anywhere');
    assert.equal(await page.locator('#found-count').innerText(), '0 results');
    await page.keyboard.press('Escape');
    assert(await page.locator('#list').isVisible());
  },
);

await holds('addresses lead to tables, columns, settings and checks, and back again', async (page) => {
  for (const [name, heading] of [
    ['marts.demand_history', 'marts.demand_history'],
    ['marts.demand_history.demand_quantity', 'demand_quantity'],
    ['landing.sales_orders', 'landing.sales_orders'],
    ['settings.as_of', 'settings.as_of'],
    ['settings.forecast_steps', 'settings.forecast_steps'],
    ['checks.exceptions__ranks_less_money_first', 'exceptions__ranks_less_money_first'],
    ['checks', 'Checks'],
    ['marts.gone', 'Not here'],
  ]) {
    await opened(page, name);
    assert.equal(await title(page), heading);
  }
  await opened(page, 'marts.demand_history');
  await page.locator('.columns a', { hasText: /^demand_quantity$/ }).click();
  assert.equal(await addressOf(page), 'marts.demand_history.demand_quantity');
  await page.goBack();
  assert.equal(await title(page), 'marts.demand_history');
});

await holds('a table says its columns with units, its checks with verdicts, and its SQL with links', async (page) => {
  await opened(page, 'marts.capacity_gap');
  const row = page.locator('.columns tr', { has: page.locator('th', { hasText: /^own_load_hours/ }) });
  assert.equal(await row.locator('.unit').innerText(), 'hours');
  assert.match(await row.locator('.says').innerText(), /Load of the work center itself/);
  const verdicts = await page.locator('#section-checks-of .verdict').allInnerTexts();
  assert(verdicts.length >= 5 && verdicts.every((verdict) => verdict.includes('passed')), verdicts.join());
  await page.locator('.sql a', { hasText: 'intermediate.event_dates' }).click();
  assert.equal(await title(page), 'intermediate.event_dates');
});

await holds('one walks the graph by pointer and by keyboard', async (page) => {
  await opened(page, 'marts.capacity_gap');
  const nodes = page.locator('.graph a.node');
  const before = await nodes.count();
  await page.getByRole('button', { name: 'levels up: one more' }).click();
  assert((await nodes.count()) > before, 'another level shows more tables');
  const shown = await page
    .locator('.graph a.node')
    .evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  const read = await page.evaluate(() =>
    byName.get('marts.capacity_gap').inputs.map((place) => `#${tables[place].name}`),
  );
  assert(
    read.every((name) => shown.includes(name)),
    'all that it reads is shown',
  );
  await page.locator('.graph a.node.focus').focus();
  await page.keyboard.press('ArrowLeft');
  const left = await page.evaluate(() => document.activeElement.getAttribute('href').slice(1));
  assert(read.includes(`#${left}`), `${left} stands to the left`);
  await page.keyboard.press('Enter');
  await page.waitForFunction((name) => location.hash === `#${name}`, left);
  assert.equal(await title(page), left);
  await opened(page, 'marts.dim_product');
  const some = await nodes.count();
  const rest = page.locator('.graph .open', { has: page.locator('.more') });
  assert.match(await rest.getAttribute('aria-label'), /^Show \d+ more tables$/);
  await rest.click();
  const readers = await page.evaluate(
    () => byName.get('marts.dim_product').readers.filter((place) => tables[place].schema !== 'checks').length,
  );
  assert(
    (await nodes.count()) > some && (await nodes.count()) > readers,
    'all of many are shown once they are asked for',
  );
  await opened(page, 'marts.capacity_gap');
  const opener = page.locator('.graph .open').first();
  const count = await nodes.count();
  await opener.focus();
  await page.keyboard.press('Enter');
  assert((await nodes.count()) > count, 'what was hidden is opened');
  assert.notEqual(await page.evaluate(() => document.activeElement.tagName), 'BODY', 'the focus is kept');
});

await holds(
  'a column lights up all that it comes from, down to the extracts, in the graph and in the list',
  async (page) => {
    await opened(page, 'marts.demand_history');
    await page.getByLabel('Column whose lineage is shown').selectOption('demand_quantity');
    assert.equal(await addressOf(page), 'marts.demand_history.demand_quantity');
    const lit = await page
      .locator('.node-column')
      .evaluateAll((links) => links.map((link) => decodeURIComponent(link.getAttribute('href').slice(1))));
    for (const column of [
      'landing.sales_orders.quantity',
      'staging.sales_orders.quantity',
      'marts.demand_history.demand_quantity',
    ]) {
      assert(lit.includes(column), `${column} is not lit: ${lit.join(', ')}`);
    }
    const listed = await page
      .locator('.trace li a')
      .evaluateAll((links) => links.map((link) => decodeURIComponent(link.getAttribute('href').slice(1))));
    assert.deepEqual(
      [...listed, 'marts.demand_history.demand_quantity'].sort(),
      [...lit].sort(),
      'the list and the graph say the same',
    );
    await page.getByLabel('also what decides').check();
    assert((await page.locator('.node-column').count()) > lit.length, 'what decides is added');
    await page.locator('.node-column[href="#landing.sales_orders.quantity"]').click();
    assert.equal(await title(page), 'quantity');
    assert.equal(await addressOf(page), 'landing.sales_orders.quantity');
  },
);

for (const colorScheme of ['light', 'dark']) {
  for (const name of [
    '',
    'marts.capacity_gap',
    'marts.demand_history.demand_quantity',
    'checks',
    'settings',
    'settings.forecast_steps',
  ]) {
    await holds(
      `axe finds nothing serious in ${name || 'the first page'}, ${colorScheme}`,
      async (page) => {
        await opened(page, name);
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => globalThis.axe.run());
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        assert.equal(
          serious.length,
          0,
          serious
            .map(
              ({ id, nodes }) =>
                `${id}: ${nodes
                  .slice(0, 3)
                  .map(({ html }) => html)
                  .join(' | ')}`,
            )
            .join('\n'),
        );
      },
      { colorScheme, bypassCSP: true },
    );
  }
}

await holds(
  'on a phone the page fits, and the list opens and closes',
  async (page) => {
    for (const name of ['', 'marts.capacity_gap', 'marts.capacity_gap.own_load_hours', 'checks']) {
      await opened(page, name);
      assert.equal(
        await page.evaluate(() => document.documentElement.scrollWidth),
        390,
        `${name} is wider than the phone`,
      );
    }
    await page.getByRole('button', { name: 'List' }).click();
    await page.locator('#list a', { hasText: /^exceptions$/ }).click();
    assert.equal(await title(page), 'marts.exceptions');
    assert(!(await page.locator('#side').isVisible()));
  },
  { viewport: { width: 390, height: 844 } },
);

await holds('on paper there is the table alone, with its SQL', async (page) => {
  await opened(page, 'marts.capacity_gap');
  await page.emulateMedia({ media: 'print' });
  assert(!(await page.locator('#side').isVisible()));
  assert(await page.locator('.sql').isVisible());
  assert((await page.pdf({ format: 'A4' })).length > 10_000);
});

await browser.close();
if (said.length) {
  process.stderr.write(`${said.length} findings:\n  ${said.join('\n  ')}\n`);
  process.exit(1);
}
process.stdout.write(`the dictionary: ${passed} things hold, and the console and the network are silent\n`);
