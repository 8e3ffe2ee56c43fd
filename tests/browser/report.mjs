// The page of the S&OP meeting in a real browser: what stands above the fold, figures against the marts, filters, links,
// definitions, the keyboard, paper, accessibility, and silence. Its page is the sample's, `report.html` in the folder that
// SOPMART_BROWSER_PAGES names; the marts are asked through SOPMART_BINARY and SOPMART_WAREHOUSE.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const { SOPMART_BROWSER_PAGES: pages, SOPMART_BINARY: sopmart } = process.env;
assert(pages && sopmart, 'SOPMART_BROWSER_PAGES names the folder of report.html, SOPMART_BINARY the program');
const place = path.resolve(pages, 'report.html');
const file = pathToFileURL(place).href;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const desktop = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true };
const browser = await chromium.launch({
  executablePath: process.env.SOPMART_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const said = [];
let passed = 0;

/** One thing that is true of the page, in a window of its own. */
async function holds(what, act, options = desktop) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on('console', (message) => said.push(`${what}: the console says ${message.text()}`));
  page.on('pageerror', (error) => said.push(`${what}: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith('file:')) said.push(`${what}: the page asks for ${request.url()}`);
  });
  try {
    await page.goto(file);
    await act(page);
    passed += 1;
  } catch (error) {
    error.message = `${what}: ${error.message}`;
    throw error;
  } finally {
    await context.close();
  }
}

function asked(sql) {
  const answer = execFileSync(sopmart, ['query', '--output', 'json', '--', sql], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return JSON.parse(answer).rows;
}

/** The number that a text begins with, as the page writes it: `−1,234.5 EUR`. */
function number(text) {
  return Number(text.replace('−', '-').match(/-?[\d,]+(\.\d+)?/)[0].replaceAll(',', ''));
}

function isNear(shown, expected, tolerance, what) {
  assert(Math.abs(shown - expected) <= tolerance, `${what}: the page says ${shown}, the mart ${expected}`);
}

async function figure(page, define) {
  return number(await page.locator(`[data-figure="${define}"] .value`).first().textContent());
}

const worst = asked('select exception_rank, amount, exception_type, description from marts.exceptions where exception_rank <= 3 order by exception_rank');

for (const [name, options] of [['a desktop', desktop], ['a phone', phone]]) {
  await holds(`the three worst exceptions and their money stand above the fold of ${name}`, async (page) => {
    const height = options.viewport.height;
    for (const [index, exception] of worst.entries()) {
      const card = page.locator('.card').nth(index);
      assert.equal(Number(await card.locator('.money').getAttribute('data-amount')), Number(exception.amount));
      isNear(number(await card.locator('.money').textContent()), Number(exception.amount), 0.5, 'the card');
      const box = await card.boundingBox();
      assert(box.y >= 0 && box.y + box.height <= height, `card ${index + 1} ends at ${box.y + box.height} of ${height}`);
      assert((await card.locator('.what').textContent()).startsWith(exception.description.slice(0, 20)));
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert(wide <= 0, `the page is ${wide} pixels too wide`);
  }, options);
}

await holds('the page is small, and there within a second', async (page) => {
  assert(statSync(place).size < 5_000_000, 'the file has 5 MB or more');
  const ready = await page.evaluate(() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd);
  assert(ready < 1000, `ready after ${ready} ms`);
});

await holds('figures are those of the marts', async (page) => {
  const [forecast] = asked(`
    with months as (
      select *, dense_rank() over (order by period_start desc) as age from marts.forecast_accuracy_summary
      where level = 'total' and lag = 1 and period_kind = 'month' and is_period_complete and forecast_type = 'consensus')
    select sum(abs_error_amount) as missed, sum(abs_actual_amount) as sold, sum(error_amount) as error from months where age <= 13`);
  isNear(await figure(page, 'forecast_accuracy_summary.abs_error_amount'), Number(forecast.missed), 0.5, 'missed');
  isNear(await figure(page, 'forecast_accuracy_summary.amount_wape'), (100 * forecast.missed) / forecast.sold, 0.051, 'forecast error');
  isNear(await figure(page, 'forecast_accuracy_summary.amount_bias_rate'), (100 * forecast.error) / forecast.sold, 0.051, 'bias');
  const [stock] = asked(`select sum(excess_amount) as excess, sum(markdown_exposure_amount) as markdown from marts.excess_stock
    where as_of_date = (select max(as_of_date) from marts.excess_stock)`);
  isNear(await figure(page, 'excess_stock.excess_amount'), Number(stock.excess), 0.5, 'excess');
  isNear(await figure(page, 'excess_stock.markdown_exposure_amount'), Number(stock.markdown), 0.5, 'markdown exposure');
  const [service] = asked(`
    with months as (select *, dense_rank() over (order by period_start desc) as age from marts.order_service_summary
      where period_kind = 'month' and is_period_complete)
    select sum(otif_line_count) as came, sum(counted_line_count) as due from months where age <= 13`);
  isNear(await figure(page, 'order_service_summary.otif_line_rate'), (100 * service.came) / service.due, 0.051, 'on time and in full');
  const [data] = asked('select sum(quarantined_row_count) as broken from marts.data_freshness');
  const broken = page.locator('[data-figure="data_freshness.quarantined_row_count"] .value').nth(1);
  assert.equal(number(await broken.textContent()), Number(data.broken));
  const [totals] = asked('select count(*) as compared from marts.reconciliation');
  isNear(await figure(page, 'reconciliation.mart_total'), totals.compared, 0, 'totals compared');
});

await holds('the heat map shows the load rates of the mart, and the promises what can be made', async (page) => {
  const cells = asked(`select work_center_id, period_start, load_rate from marts.capacity_gap
    where load_basis = 'production_plan' and period_kind = 'month' and not is_group and load_rate is not null`);
  await page.locator('#supply').getByText('The same numbers as a table').first().click();
  const rows = await page.locator('#supply table', { hasText: 'Load by work center and period' }).locator('tbody tr').allTextContents();
  assert.equal(rows.length, cells.length);
  const overloaded = cells.reduce((one, other) => (other.load_rate > one.load_rate ? other : one));
  const shown = rows.find((row) => row.includes(overloaded.work_center_id) && row.includes('May 2026'));
  assert(shown.includes(`${(100 * overloaded.load_rate).toFixed(1)} %`), shown);
  const [promise] = asked(`select min(producible_rate) as rate from marts.capacity_gap where load_basis = 'consensus_forecast'
    and period_kind = 'month' and period_start = date '2026-05-01' and not is_group`);
  const table = page.locator('table', { hasText: 'What can be made' });
  const row = table.locator('tbody tr', { hasText: 'Consensus forecast' });
  assert((await row.textContent()).includes(`${(100 * promise.rate).toFixed(1)} %`), await row.textContent());
});

await holds('filters act on all sections, and what they do not reach says so', async (page) => {
  await page.locator('#filter-family').selectOption('Tables');
  const [family] = asked(`
    with months as (
      select *, dense_rank() over (order by period_start desc) as age from marts.forecast_accuracy_summary
      where level = 'family' and product_family = 'Tables' and lag = 1 and period_kind = 'month' and is_period_complete and forecast_type = 'consensus')
    select sum(abs_error_amount) as missed from months where age <= 13`);
  isNear(await figure(page, 'forecast_accuracy_summary.abs_error_amount'), Number(family.missed), 0.5, 'missed');
  const excess = await figure(page, 'excess_stock.goods_amount');
  const [stock] = asked(`select sum(goods_amount) as amount from marts.excess_stock inner join marts.dim_product on excess_stock.product_id = dim_product.product_id
    where family = 'Tables' and as_of_date = (select max(as_of_date) from marts.excess_stock)`);
  isNear(excess, Number(stock.amount), 0.5, 'stock');
  assert((await page.locator('#filters-set').textContent()) === 'Tables');
  assert((await page.locator('#supply .note', { hasText: 'family filter does not act here' }).count()) > 0);
  await page.locator('#filter-from').selectOption('2026-01-01');
  await page.locator('#filter-to').selectOption('2026-03-01');
  const [quarter] = asked(`select sum(otif_line_count) as came, sum(counted_line_count) as due from marts.order_service_summary
    where product_family = 'Tables' and period_kind = 'month' and period_start between date '2026-01-01' and date '2026-03-01'`);
  isNear(await figure(page, 'order_service_summary.otif_line_rate'), (100 * quarter.came) / quarter.due, 0.051, 'service of the quarter');
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await page.locator('#filter-plant').selectOption('PLANT-2');
  const centers = await page.locator('#supply table', { hasText: 'What can be made' }).textContent();
  assert(!centers.includes('COATING-101'), 'PLANT-1 has COATING-101, PLANT-2 has not');
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await page.locator('#filter-region').selectOption('Switzerland');
  assert((await page.locator('#demand .lead').allTextContents()).length > 0);
  const [region] = asked(`
    with months as (
      select *, dense_rank() over (order by period_start desc) as age from marts.forecast_accuracy_summary
      where level = 'market_region' and market_region = 'Switzerland' and lag = 1 and period_kind = 'month' and is_period_complete and forecast_type = 'statistical')
    select sum(abs_actual_amount) as sold from months where age <= 13`);
  isNear(await figure(page, 'forecast_accuracy_summary.abs_actual_amount'), Number(region.sold), 0.5, 'sold in the region');
});

await holds('one comes from a family to its products, by keyboard, and from an exception to its section', async (page) => {
  const chip = page.locator('.chip', { hasText: 'Fire bowls' });
  await chip.focus();
  await page.keyboard.press('Enter');
  const table = page.locator('table', { hasText: 'Products of Fire bowls' });
  const [first] = asked(`
    with months as (
      select *, dense_rank() over (order by period_start desc) as age from marts.forecast_accuracy_summary
      where level = 'product' and product_family = 'Fire bowls' and lag = 1 and period_kind = 'month' and is_period_complete and forecast_type = 'consensus')
    select product_id, sum(abs_error_amount) as missed from months where age <= 13 group by product_id order by missed desc limit 1`);
  const row = await table.locator('tbody tr').first().textContent();
  assert(row.includes(first.product_id), row);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Fire bowls');
  await page.locator('.card .where a').nth(2).click();
  assert.equal(new URL(page.url()).hash, '#supply');
  const top = await page.locator('#supply').evaluate((section) => section.getBoundingClientRect().top);
  assert(Math.abs(top) < 120, `the section is at ${top}`);
});

await holds('a definition is one click away, and goes with Escape', async (page) => {
  await page.locator('[data-figure="forecast_accuracy_summary.amount_wape"] .term').click();
  const dialog = page.locator('#definition');
  assert(await dialog.isVisible());
  const [column] = asked(`select description from marts.column_dictionary where mart = 'forecast_accuracy_summary' and column_name = 'amount_wape'`);
  assert((await dialog.textContent()).includes(column.description), await dialog.textContent());
  await page.keyboard.press('Escape');
  assert(!(await dialog.isVisible()));
});

await holds('the first key leads past the contents, and every chart has a description and its numbers', async (page) => {
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.notEqual(outline, 'none');
  await page.keyboard.press('Enter');
  assert.equal(new URL(page.url()).hash, '#decisions');
  const charts = await page.locator('.chart-box').count();
  assert(charts >= 9, `${charts} charts`);
  assert.equal(await page.locator('.chart-box .chart[role=img][aria-label]').count(), charts);
  assert.equal(await page.locator('.chart-box summary', { hasText: 'The same numbers as a table' }).count(), charts);
  for (const chart of await page.locator('.chart').all()) {
    await chart.scrollIntoViewIfNeeded();
    await chart.locator('svg').waitFor({ state: 'attached' });
  }
});

await holds('a tooltip tells the numbers under the pointer', async (page) => {
  const chart = page.locator('#supply .chart').first();
  await chart.scrollIntoViewIfNeeded();
  await chart.locator('svg').waitFor({ state: 'attached' });
  await chart.locator('svg .mark-rect path').first().hover();
  const tip = await page.locator('#tip').textContent();
  assert(tip.includes('Work center') && tip.includes('Asked'), tip);
});

await holds('on paper it is light, without filters, with every chart drawn and none cut in two', async (page) => {
  await page.emulateMedia({ media: 'print' });
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
  assert(!(await page.locator('.fields').isVisible()));
  const charts = await page.locator('.chart').count();
  assert.equal(await page.locator('.chart svg').count(), charts);
  assert.equal(await page.locator('.chart-box').first().evaluate((box) => getComputedStyle(box).breakInside), 'avoid');
  const pdf = await page.pdf({ path: path.resolve(pages, 'report.pdf'), preferCSSPageSize: true, printBackground: true });
  const sheets = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g).length;
  assert(sheets >= 5 && sheets <= 30, `${sheets} sheets`);
}, { ...desktop, colorScheme: 'dark' });

for (const [name, options] of [['light', desktop], ['dark', { ...desktop, colorScheme: 'dark' }], ['a phone', phone]]) {
  await holds(`nothing bars anybody: ${name}`, async (page) => {
    for (const summary of await page.locator('main details.unfold:not(.where details) > summary').all()) await summary.click();
    for (const chart of await page.locator('.chart').all()) await chart.scrollIntoViewIfNeeded();
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }));
    const grave = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
    const told = grave.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 4).map((node) => `${node.html.slice(0, 120)} ${node.any.map((any) => any.message).join('; ')}`).join('\n    ')}`);
    assert.deepEqual(told, []);
  }, options);
}

await browser.close();
assert.deepEqual(said, [], 'console and network are silent');
console.log(`${passed} things hold of the page, and console and network are silent`);
