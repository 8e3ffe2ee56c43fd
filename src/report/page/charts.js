// Charts: Vega-Lite drawn by Vega's interpreter, without `eval`, in the page's own colours, when they come into view.

const waiting = new Map();
const drawn = new Set();

const QUIET = vega.logger(vega.Error);

const CONFIG = {
  background: 'transparent',
  font: 'system-ui, sans-serif',
  view: { stroke: null },
  axis: {
    labelColor: 'var(--soft)', titleColor: 'var(--soft)', gridColor: 'var(--line)', domainColor: 'var(--line)',
    tickColor: 'var(--line)', labelFontSize: 12, titleFontSize: 12, titleFontWeight: 400, labelLimit: 170,
  },
  legend: { labelColor: 'var(--ink)', titleColor: 'var(--soft)', labelFontSize: 12, orient: 'top', title: null, symbolStrokeWidth: 3 },
  text: { fill: 'var(--ink)' },
};

/** Where there is little room, legends stand in two columns. */
function configFor(width) {
  return width < 500 ? { ...CONFIG, legend: { ...CONFIG.legend, columns: 2 } } : CONFIG;
}

const whenSeen = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) draw(entry.target);
}, { rootMargin: '300px' });

const whenResized = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const chart = target.chart;
    if (chart && drawn.has(target) && Math.abs(chart.width - target.clientWidth) > 8) show(target);
  }
});

/**
 * A chart with its title, a description for those who do not see it, and the same numbers as a table.
 * `spec(width)` is the Vega-Lite specification for a width in pixels.
 */
function chart({ key, title, description, spec, numbers, onclick }) {
  const place = el('div', { class: 'chart', role: 'img', 'aria-label': `${title}. ${description}` });
  place.chart = { spec, onclick, width: 0 };
  waiting.set(place, true);
  whenSeen.observe(place);
  whenResized.observe(place);
  return el('figure', { class: 'chart-box' },
    el('figcaption', null, title),
    place,
    unfold(`table-${key}`, 'The same numbers as a table', numbers));
}

function draw(place) {
  if (!waiting.delete(place)) return;
  whenSeen.unobserve(place);
  drawn.add(place);
  show(place);
}

function show(place) {
  const chart = place.chart;
  const width = place.clientWidth;
  if (!width) return;
  chart.width = width;
  if (chart.view) chart.view.finalize();
  const compiled = vegaLite.compile({ ...chart.spec(width), config: configFor(width), autosize: { type: 'fit-x', contains: 'padding' }, width }, { logger: QUIET });
  const view = new vega.View(vega.parse(compiled.spec, null, { ast: true }), {
    expr: vegaInterpreter.expressionInterpreter, renderer: 'svg', container: place, hover: true, tooltip: showTip,
    logger: QUIET,
  });
  if (chart.onclick) view.addEventListener('click', (event, item) => { if (item && item.datum) chart.onclick(item.datum); });
  view.run();
  chart.view = view;
  // The description stands on the place itself; the drawing's own parts would be read one by one.
  for (const part of place.querySelectorAll('svg')) part.setAttribute('aria-hidden', 'true');
}

/** The tooltip beside the pointer: one line for each field. */
function showTip(handler, event, item, value) {
  const tip = document.getElementById('tip');
  if (!value || typeof value !== 'object') { tip.hidden = true; return; }
  tip.replaceChildren(...Object.entries(value).map(([name, shown]) =>
    el('div', null, el('span', null, name), el('b', null, String(shown)))));
  tip.hidden = false;
  const { clientX, clientY } = event;
  const left = Math.min(clientX + 14, innerWidth - tip.offsetWidth - 8);
  const top = clientY + 18 + tip.offsetHeight > innerHeight ? clientY - tip.offsetHeight - 10 : clientY + 18;
  tip.style.left = `${Math.max(8, left)}px`;
  tip.style.top = `${top}px`;
}

/** Charts that are gone from the page draw no more. */
function forget(root) {
  for (const place of root.querySelectorAll('.chart')) {
    whenSeen.unobserve(place);
    whenResized.unobserve(place);
    waiting.delete(place);
    drawn.delete(place);
    if (place.chart.view) place.chart.view.finalize();
  }
}

function drawAll() {
  for (const place of [...waiting.keys()]) draw(place);
  for (const place of drawn) if (Math.abs(place.chart.width - place.clientWidth) > 8) show(place);
}

/** An axis of periods, in their order; rows have `start` and `kind`. */
function periodAxis(rows, more) {
  const starts = [...new Map(rows.map((row) => [row.start, tick(row.kind, row.start)])).entries()].sort();
  for (const row of rows) row.tick = tick(row.kind, row.start);
  return { field: 'tick', type: 'ordinal', sort: starts.map(([, shown]) => shown), axis: { title: null, labelAngle: starts.length > 8 ? -45 : 0, ...more } };
}

/** Room for what stands behind the longest bar. */
function roomFor(rows, field) {
  const longest = Math.max(0, ...rows.map((row) => row[field] || 0));
  return { domainMax: longest * 1.15 || 1, nice: false };
}

/** A tooltip's fields: `{ title: field }`, each already in words. */
function tips(fields) {
  return Object.entries(fields).map(([title, field]) => ({ field, title, type: 'nominal' }));
}
