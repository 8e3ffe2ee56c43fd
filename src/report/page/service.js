// Service: what was due, and what of it came on time and in full.

const SERVICE_LINES = [
  { name: 'On time and in full', column: 'otif_line_count', color: 'var(--accent)' },
  { name: 'On time', column: 'on_time_line_count', color: 'var(--second)' },
  { name: 'In full', column: 'in_full_line_count', color: 'var(--faint)' },
];

function service() {
  const lead = 'What was due to customers, and what of it came on time and in full.';
  const gone = nothing('service');
  if (gone) return section('service', 'Service', lead, gone, lostSales());
  const rows = rowsOf('service');
  const lines = sum(rows, 'counted_line_count');
  const due = sum(rows, 'due_amount');
  const currency = currencyOf(rows);
  const unpriced = sum(rows, 'unknown_price_line_count');
  const rate = (label, column, all, define) => figure({ label, value: percent(divided(sum(rows, column), all)), of: span(rows), define: `order_service_summary.${define}` });
  return section('service', 'Service', lead, block('On time and in full', `Complete periods, ${span(rows)}.`,
    figures(
      rate('On time and in full, lines', 'otif_line_count', lines, 'otif_line_rate'),
      rate('On time and in full, value', 'otif_amount', due, 'otif_value_rate'),
      rate('On time, lines', 'on_time_line_count', lines, 'on_time_line_rate'),
      rate('In full, lines', 'in_full_line_count', lines, 'in_full_line_rate'),
      figure({ label: 'Due', value: money(due, currency), of: `${plural(lines, 'line', 'lines')}, ${span(rows)}`, define: 'order_service_summary.due_amount' })),
    unpriced ? note(`Of ${plural(unpriced, 'line', 'lines')} the price is not known; they are no part of the rates and amounts by value.`) : null,
    unfiltered(notFiltered('service')),
    serviceByPeriod(rows),
    missedCustomers()), lostSales());
}

function serviceByPeriod(rows) {
  const points = groups([...rows].sort(by('period_start')), 'period_start').flatMap((group) => [...SERVICE_LINES].reverse().map((line) => {
    const rate = divided(sum(group, line.column), sum(group, 'counted_line_count'));
    return { name: line.name, start: group[0].period_start, kind: group[0].period_kind, when: period(group[0].period_kind, group[0].period_start), rate, shown: percent(rate), lines: count(sum(group, 'counted_line_count')) };
  }));
  const lowest = Math.min(0.9, Math.floor(Math.min(1, ...points.map((point) => point.rate).filter(isKnown)) * 10) / 10);
  const last = points.filter((point) => point.name === SERVICE_LINES[0].name).pop();
  return chart({
    key: 'service', title: 'Share of due order lines, by period',
    description: last ? `Lines by period. On time and in full, ${last.when}: ${last.shown}.` : '',
    spec: () => ({
      data: { values: points }, height: 220, mark: { type: 'line', point: { size: 50, filled: true }, strokeWidth: 2.5 },
      encoding: {
        x: periodAxis(points),
        y: { field: 'rate', type: 'quantitative', scale: { domain: [lowest, 1], nice: false }, axis: { title: null, format: '%', tickCount: 5 } },
        color: { field: 'name', type: 'nominal', scale: { domain: SERVICE_LINES.map((line) => line.name), range: SERVICE_LINES.map((line) => line.color) } },
        tooltip: tips({ Share: 'name', Period: 'when', Rate: 'shown', 'Due lines': 'lines' }),
      },
    }),
    numbers: () => table({
      caption: `Service by period, ${span(rows)}`, rows: points,
      columns: [{ label: 'Share', text: true, key: 'name' }, { label: 'Period', text: true, key: 'when' }, { label: 'Rate', key: 'shown', define: 'order_service_summary.otif_line_rate' }, { label: 'Due lines', key: 'lines', define: 'order_service_summary.counted_line_count' }],
    }),
  });
}

function missedCustomers() {
  const gone = nothing('service_customers', 'All that was due in the last periods came on time and in full.');
  if (gone) return gone;
  const rows = rowsOf('service_customers');
  const [listed, all] = [allRows('service_customers').length, allRows('service_customers')[0].missed_count];
  return el('div', null,
    table({
      caption: `Customers who were missed most, ${span(rows)}`, rows, limit: 10,
      more: all > listed ? `The other ${count(all - listed)} stand in the mart order_service_summary.` : null,
      columns: [
        { label: 'Customer', text: true, show: (row) => named(row.customer_id, row.customer_name) },
        { label: 'Period', text: true, show: (row) => period(row.period_kind, row.period_start) },
        { label: 'Lines due', show: (row) => count(row.counted_line_count), define: 'order_service_summary.counted_line_count' },
        { label: 'On time and in full', show: (row) => percent(divided(row.otif_line_count, row.counted_line_count)), define: 'order_service_summary.otif_line_rate' },
        { label: 'Due', show: (row) => money(row.due_amount, row.currency), define: 'order_service_summary.due_amount' },
        { label: 'Of it on time and in full', show: (row) => money(row.otif_amount, row.currency), define: 'order_service_summary.otif_amount' },
      ],
    }),
    unfiltered(notFiltered('service_customers')));
}

/** What customers did not ask for, since it was not there. */
function lostSales() {
  const title = 'Sales lost to missing stock';
  const gone = nothing('lost_sales', 'No sale was lost to missing stock.');
  if (gone) return block(title, null, gone);
  const rows = rowsOf('lost_sales');
  const [listed, all] = [allRows('lost_sales').length, allRows('lost_sales')[0].lost_count];
  return block(title, 'In the last three months with a stockout: what is usually asked for, less what was ordered.',
    unfiltered(notFiltered('lost_sales')),
    table({
      caption: 'Products by lost sales', rows, limit: 10,
      more: all > listed ? `The other ${count(all - listed)} stand in the mart lost_sales.` : null,
      columns: [
        { label: 'Product', text: true, show: (row) => named(row.product_id, row.product_name) },
        { label: 'At', text: true, show: (row) => named(row.location_id) },
        { label: 'From', text: true, show: (row) => date(row.first_date) },
        { label: 'To', text: true, show: (row) => date(row.last_date) },
        { label: 'Days without stock', show: (row) => count(row.stockout_day_count), define: 'lost_sales.stockout_date' },
        { label: 'Lost', show: (row) => quantity(row.lost_quantity, row.stock_unit), define: 'lost_sales.lost_quantity' },
        { label: 'In money', show: (row) => money(row.lost_amount, row.currency), define: 'lost_sales.lost_amount' },
      ],
    }));
}
