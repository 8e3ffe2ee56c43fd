// What needs a decision: exceptions, worst first, with the money at stake, what it is and where to look.

const SEVERITIES = { critical: '■', high: '▲', medium: '◆', low: '●' };

const SECTION_OF = {
  capacity_gap: 'supply', purchase_service: 'supply',
  supply_projection: 'inventory', excess_stock: 'inventory', aging_stock_buckets: 'inventory',
  forecast_accuracy_rolling: 'demand', plan_alignment: 'demand',
  order_service_summary: 'service', lost_sales: 'service',
  quota_attainment: 'sales', sales_pipeline_flow: 'sales', territory_balance: 'sales',
  data_freshness: 'quality',
};

/** By form and by word, not by colour alone. */
function severityMark(severity) {
  return el('span', { class: `severity ${severity}` },
    el('span', { class: 'shape', 'aria-hidden': 'true' }, SEVERITIES[severity] || '●'), ` ${words(severity)}`);
}

/** The sentence without the money, which stands beside it. */
function sentence(row) {
  return row.description.split(' At stake: ')[0];
}

function whereToLook(row) {
  const section = SECTION_OF[row.mart];
  return el('span', { class: 'where' },
    section ? el('a', { href: `#${section}` }, `See ${section}`) : null,
    unfold(`query-${row.exception_rank}`, 'Query', () =>
      el('code', null, `select * from marts.${row.mart}${row.mart_filter ? ` where ${row.mart_filter}` : ''}`)));
}

function card(row) {
  return el('li', { class: `card ${row.severity}`, 'data-rank': row.exception_rank },
    el('p', { class: 'kind' }, severityMark(row.severity), el('span', null, words(row.exception_type))),
    el('p', { class: 'money', 'data-amount': row.amount }, isKnown(row.amount) ? money(row.amount, row.currency) : 'Amount not known'),
    el('p', { class: 'meaning' }, term(isKnown(row.amount) ? row.amount_meaning : 'nobody says what it is worth', 'exceptions.amount')),
    el('p', { class: 'what' }, sentence(row)),
    whereToLook(row));
}

function exceptionTable(rows) {
  return table({
    caption: 'Exceptions, worst first',
    rows,
    limit: 150,
    columns: [
      { label: 'Rank', key: 'exception_rank', define: 'exceptions.exception_rank' },
      { label: 'Severity', text: true, define: 'exceptions.severity', show: (row) => severityMark(row.severity) },
      { label: 'What', text: true, define: 'exceptions.exception_type', show: (row) => words(row.exception_type) },
      { label: 'Amount', define: 'exceptions.amount', show: (row) => money(row.amount, row.currency) },
      { label: 'Period', text: true, show: (row) => period(row.period_kind, row.period_start) },
      { label: 'What it is', text: true, define: 'exceptions.description', show: sentence },
      { label: 'Where to look', text: true, define: 'exceptions.mart_filter', show: whereToLook },
    ],
  });
}

/** What the filters leave of exceptions that are about no family, region or plant in particular, in words. */
function generalNote(rows) {
  const columns = Object.entries({ family: 'product_family', region: 'market_region', plant: 'location_id' });
  const set = columns.filter(([key]) => chosen[key]);
  const general = rows.filter((row) => set.some(([, column]) => row[column] === '(all)'));
  return general.length ? note(`${plural(general.length, 'exception is', 'exceptions are')} about no one ${set.map(([key]) => key).join(' or ')} in particular, and stay.`) : null;
}

function decisions() {
  const gone = nothing('exceptions');
  const title = 'What needs a decision';
  if (gone) return section('decisions', title, `Exceptions as of ${date(SET.as_of)}.`, gone);
  const rows = rowsOf('exceptions');
  const all = rows[0].exception_count;
  const listed = allRows('exceptions').length;
  const counts = Object.keys(SEVERITIES)
    .map((severity) => [severity, rows.filter((row) => row.severity === severity).length])
    .filter(([, number]) => number);
  const told = counts.map(([severity, number]) => `${number} ${severity}`).join(', ');
  const rest = rows.slice(3);
  return section('decisions', title,
    `${plural(rows.length, 'exception', 'exceptions')} as of ${date(SET.as_of)}: ${told}. Worst first; amounts of different kinds do not add up.`,
    el('ol', { class: 'cards' }, rows.slice(0, 3).map(card)),
    generalNote(rows),
    rest.length ? el('ol', { class: 'cards small', start: 4 }, rest.slice(0, 6).map(card)) : null,
    unfold('exceptions', `All ${rows.length} exceptions as a table`, () => exceptionTable(rows)),
    all > listed ? note(`The other ${count(all - listed)} exceptions, with less at stake, stand in the mart exceptions.`) : null);
}
