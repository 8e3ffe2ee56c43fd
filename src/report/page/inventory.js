// Inventory: how old stock is, what of it nobody asks for, and what will be missing.

function inventory() {
  return section('inventory', 'Inventory', 'What is in stock, what of it is too much, and what will be missing.', aging(), excess(), shortages());
}

/** What stock is worth: its book value, in one currency; else at plan price. */
function worthOf(rows) {
  const currency = currencyOf(rows);
  if (isKnown(sum(rows, 'reporting_value'))) return { column: 'reporting_value', worth: 'Book value', currency };
  const currencies = distinct(rows, 'value_currency');
  if (currencies.length < 2 && isKnown(sum(rows, 'value'))) return { column: 'value', worth: currencies.length ? 'Book value, not converted,' : 'Book value, in a currency that the extracts do not name,', currency: currencies[0] || '' };
  return { column: 'plan_price_amount', worth: 'Worth at plan price, since the book value is not known,', currency };
}

function aging() {
  const title = 'Age of stock';
  const gone = nothing('stock_age');
  if (gone) return block(title, null, gone);
  const rows = rowsOf('stock_age');
  const measure = worthOf(rows);
  const total = sum(rows, measure.column);
  if (!isKnown(total)) return block(title, null, el('p', { class: 'nothing' }, 'Neither the value of stock nor its plan price is known.'));
  const currency = measure.currency;
  const asOf = rows[0].as_of_date;
  const unknown = sum(rows, 'unknown_value_count');
  const buckets = groups([...rows].sort(by('bucket_order')), 'bucket').map((group) => {
    const value = sum(group, measure.column);
    return { bucket: group[0].bucket, name: /^\d/.test(group[0].bucket) ? `${group[0].bucket} days` : words(group[0].bucket), value, shown: money(value, currency), share: percent(divided(value, total)) };
  });
  return block(title, `${measure.worth} by days in stock, as of ${date(asOf)}: ${money(total, currency)} in all.`,
    unknown && measure.column === 'reporting_value' ? note(`Of ${plural(unknown, 'layer', 'layers')} of stock the value is not known; they add nothing.`) : null,
    unfiltered(notFiltered('stock_age')),
    chart({
      key: 'age', title: `Value of stock by age${currency ? `, ${currency}` : ''}`,
      description: buckets.map((bucket) => `${bucket.name}: ${bucket.shown}`).join(', '),
      spec: () => ({
        data: { values: buckets }, height: { step: 30 },
        encoding: {
          y: { field: 'name', type: 'nominal', sort: null, axis: { title: null, ticks: false, domain: false } },
          x: { field: 'value', type: 'quantitative', scale: roomFor(buckets, 'value'), axis: { title: null, format: '~s', tickCount: 5 } },
        },
        layer: [
          { mark: { type: 'bar', cornerRadiusEnd: 3, height: 16, fill: 'var(--accent)' }, encoding: { tooltip: tips({ Age: 'name', Value: 'shown', Share: 'share' }) } },
          { mark: { type: 'text', align: 'left', dx: 6, fontSize: 12 }, encoding: { text: { field: 'share' }, color: { value: 'var(--soft)' } } },
        ],
      }),
      numbers: () => table({
        caption: `Value of stock by age, as of ${date(asOf)}`, rows: buckets,
        columns: [
          { label: 'Age', text: true, key: 'name', define: 'aging_stock_buckets.bucket' },
          { label: 'Value', key: 'shown', define: `aging_stock_buckets.${measure.column}` },
          { label: 'Share', key: 'share' },
        ],
      }),
    }));
}

function excess() {
  const title = 'Excess and what clearing it costs';
  const gone = nothing('excess');
  if (gone) return block(title, null, gone);
  const rows = rowsOf('excess');
  const currency = currencyOf(rows);
  const of = `as of ${date(rows[0].as_of_date)}`;
  const one = (label, column) => figure({ label, value: money(sum(rows, column), currency), of, define: `excess_stock.${column}` });
  const unpriced = sum(rows, 'no_clearance_price_count');
  return block(title, null,
    figures(one('Stock', 'goods_amount'), one('Excess', 'excess_amount'), one('Markdown exposure', 'markdown_exposure_amount'),
      one('Obsolete', 'obsolete_amount'), one('Write-down', 'write_down_amount'), one('Reserve', 'reserve_amount')),
    unpriced ? note(`${plural(unpriced, 'stock has', 'stocks have')} no clearance price, and no markdown exposure that anybody could know.`) : null,
    unfiltered(notFiltered('excess')),
    excessTable());
}

function excessTable() {
  const gone = nothing('excess_products', 'Nothing is in excess.');
  if (gone) return gone;
  const rows = rowsOf('excess_products');
  const [listed, all] = [allRows('excess_products').length, allRows('excess_products')[0].excess_count];
  return table({
    caption: 'Products with excess, by what it costs', rows, limit: 10,
    more: all > listed ? `The other ${count(all - listed)}, which cost less, are in the figures above, and stand in the mart excess_stock.` : null,
    columns: [
      { label: 'Product', text: true, show: (row) => named(row.product_id, row.product_name) },
      { label: 'At', text: true, show: (row) => named(row.location_id) },
      { label: 'In stock', show: (row) => quantity(row.on_hand_quantity, row.stock_unit), define: 'excess_stock.on_hand_quantity' },
      { label: 'Excess', show: (row) => quantity(row.excess_quantity, row.stock_unit), define: 'excess_stock.excess_quantity' },
      { label: 'Cost of excess', show: (row) => money(row.excess_amount, row.currency), define: 'excess_stock.excess_amount' },
      { label: 'Markdown exposure', show: (row) => money(row.markdown_exposure_amount, row.currency), define: 'excess_stock.markdown_exposure_amount' },
    ],
  });
}

function shortages() {
  const title = 'Projected shortages';
  const gone = nothing('shortages');
  if (gone) return block(title, null, gone);
  const rows = rowsOf('shortages');
  const currency = currencyOf(rows);
  const isMoney = isKnown(sum(rows, 'unmet_demand_amount'));
  const periods = groups([...rows].sort(by('period_start')), 'period_start').map((group) => {
    const products = sum(group, 'short_product_count') || 0;
    return {
      start: group[0].period_start, kind: group[0].period_kind, when: period(group[0].period_kind, group[0].period_start),
      value: isMoney ? sum(group, 'unmet_demand_amount') || 0 : products,
      unmet: money(sum(group, 'unmet_demand_amount'), currency), products: plural(products, 'product', 'products'),
    };
  });
  const what = isMoney ? `Demand that nothing covers by the end of its period, at plan price, ${currency}` : 'Products below zero at the end of the period; prices are not known';
  return block(title, `If nothing is done, over all locations of a product together, ${span(rows)}.`,
    unfiltered(notFiltered('shortages')),
    chart({
      key: 'shortages', title: what, description: periods.map((one) => `${one.when}: ${isMoney ? one.unmet : one.products}`).join(', '),
      spec: () => ({
        data: { values: periods }, height: 200, mark: { type: 'bar', cornerRadiusEnd: 3, width: { band: 0.6 }, fill: 'var(--high)' },
        encoding: {
          x: periodAxis(periods),
          y: { field: 'value', type: 'quantitative', scale: { nice: true }, axis: { title: null, format: '~s', tickCount: 4 } },
          tooltip: tips({ Period: 'when', 'Unmet demand': 'unmet', Short: 'products' }),
        },
      }),
      numbers: () => table({
        caption: `Projected shortages, ${span(rows)}`, rows: periods,
        columns: [
          { label: 'Period', text: true, key: 'when' },
          { label: 'Unmet demand', key: 'unmet', define: 'supply_projection.unmet_demand_amount' },
          { label: 'Products below zero', key: 'products', define: 'supply_projection.shortage_quantity' },
        ],
      }),
    }),
    shortageTable());
}

function shortageTable() {
  const gone = nothing('shortage_products', 'All demand is met.');
  if (gone) return gone;
  const rows = rowsOf('shortage_products');
  const [listed, all] = [allRows('shortage_products').length, allRows('shortage_products')[0].unmet_count];
  return table({
    caption: 'Products whose demand is not met', rows, limit: 10,
    more: all > listed ? `The other ${count(all - listed)}, with less, are in the chart, and stand in the mart supply_projection.` : null,
    columns: [
      { label: 'Product', text: true, show: (row) => named(row.product_id, row.product_name) },
      { label: 'Period', text: true, show: (row) => period(row.period_kind, row.period_start) },
      { label: 'Demand', show: (row) => quantity(row.demand_quantity, row.stock_unit), define: 'supply_projection.demand_quantity' },
      { label: 'Not met', show: (row) => quantity(row.unmet_demand_quantity, row.stock_unit), define: 'supply_projection.unmet_demand_quantity' },
      { label: 'In money', show: (row) => money(row.unmet_demand_amount, row.currency), define: 'supply_projection.unmet_demand_amount' },
    ],
  });
}
