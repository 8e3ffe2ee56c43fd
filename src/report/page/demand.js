// Demand: how far forecasts missed, to which side, which steps of planning made them better, and what suddenly sells.

let forecastChosen = '';
let familyOpened = '';

/** Money where prices are known; quantities where the whole set has none. */
const inMoney = (rows) => sum(rows, 'abs_actual_amount') > 0;

function measured(rows, isMoney) {
  const unit = isMoney ? 'amount' : 'quantity';
  const [missed, error, sold] = [`abs_error_${unit}`, `error_${unit}`, `abs_actual_${unit}`].map((column) => sum(rows, column));
  return { missed, error, sold, error_rate: divided(missed, sold), bias_rate: divided(error, sold) };
}

function stepOrder() {
  const steps = new Map();
  for (const row of allRows('forecast_steps')) steps.set(row.step, row.step_number);
  return steps;
}

/** Forecasts that a level has, in the order of planning's steps. */
function forecastTypes(rows) {
  const order = stepOrder();
  return distinct(rows, 'forecast_type').sort((one, other) => (order.get(one) ?? 99) - (order.get(other) ?? 99));
}

function levelRows(name) {
  const level = levelChosen();
  return rowsOf(name).filter((row) => row.level === level);
}

function demand() {
  const lead = 'How far forecasts missed, to which side, and what planning added.';
  return section('demand', 'Demand', lead, accuracy(), valueAdded(), plans(), signals());
}

function accuracy() {
  const gone = nothing('forecast_accuracy');
  if (gone) return block('Forecast error and bias', null, gone);
  return redrawn((again) => {
    const rows = levelRows('forecast_accuracy');
    if (!rows.length) return block('Forecast error and bias', null, el('p', { class: 'nothing' }, 'No forecast is broken down so.'));
    const types = forecastTypes(rows);
    const type = types.includes(forecastChosen) ? forecastChosen : types[types.length - 1];
    const isMoney = inMoney(rows);
    const ofType = rows.filter((row) => row.forecast_type === type);
    const total = measured(ofType, isMoney);
    const currency = currencyOf(ofType);
    const shown = (value) => isMoney ? money(value, currency) : quantity(value);
    const rate = (name) => `forecast_accuracy_summary.${isMoney ? 'amount_' : ''}${name}`;
    const ahead = plural(rows[0].lag, 'period', 'periods');
    return [block('Forecast error and bias', `Forecasts made ${ahead} ahead, weighed ${isMoney ? 'in money at plan price' : 'by quantity, since prices are not known'}; complete periods, present forecasts.`,
      choice('Forecast', types.map((one) => [one, words(one)]), type, (value) => { forecastChosen = value; again(); }),
      figures(
        figure({ label: 'Forecast error', value: percent(total.error_rate), of: `of what was sold, ${span(ofType)}`, define: rate('wape') }),
        figure({ label: 'Bias', value: signed(total.bias_rate, percent), of: `${total.bias_rate > 0 ? 'forecast too high' : 'forecast too low'}, ${span(ofType)}`, define: rate('bias_rate') }),
        figure({ label: 'Missed', value: shown(total.missed), of: span(ofType), define: `forecast_accuracy_summary.abs_error_${isMoney ? 'amount' : 'quantity'}` }),
        figure({ label: 'Sold', value: shown(total.sold), of: span(ofType), define: `forecast_accuracy_summary.abs_actual_${isMoney ? 'amount' : 'quantity'}` })),
      unfiltered(notFiltered('forecast_accuracy')),
      el('div', { class: 'pair' }, errorByPeriod(rows, type, isMoney), missedByFamily(type, isMoney, again)),
      drill(type, again))];
  });
}

function errorByPeriod(rows, type, isMoney) {
  const points = groups(rows, 'forecast_type', 'period_start').map((group) => ({
    ...measured(group, isMoney), forecast_type: group[0].forecast_type, start: group[0].period_start, kind: group[0].period_kind,
    when: period(group[0].period_kind, group[0].period_start), name: words(group[0].forecast_type), is_chosen: group[0].forecast_type === type,
  })).map((point) => ({ ...point, error: percent(point.error_rate), bias: signed(point.bias_rate, percent) }));
  const ofType = points.filter((point) => point.is_chosen);
  const x = periodAxis(points);
  const line = (filter, mark) => ({
    transform: [{ filter }], mark: { type: 'line', ...mark },
    encoding: { x, y: { field: 'error_rate', type: 'quantitative', axis: { format: '%', title: null, tickCount: 5 } }, detail: { field: 'forecast_type' } },
  });
  return chart({
    key: 'error', title: `Forecast error by period, share of what was sold: ${words(type)}, others in grey`,
    description: `Lines, one for each forecast. ${words(type)} last missed by ${ofType.length ? ofType[ofType.length - 1].error : NOT_KNOWN}.`,
    spec: () => ({
      data: { values: points }, height: 240,
      layer: [
        line('!datum.is_chosen', { stroke: 'var(--faint)', strokeWidth: 1.5 }),
        line('datum.is_chosen', { stroke: 'var(--accent)', strokeWidth: 3 }),
        { mark: { type: 'point', filled: true, size: 60, opacity: 1 }, transform: [{ filter: 'datum.is_chosen' }],
          encoding: { x, y: { field: 'error_rate', type: 'quantitative' }, color: { value: 'var(--accent)' },
            tooltip: tips({ Forecast: 'name', Period: 'when', Error: 'error', Bias: 'bias' }) } },
        { mark: { type: 'point', size: 120, opacity: 0 }, transform: [{ filter: '!datum.is_chosen' }],
          encoding: { x, y: { field: 'error_rate', type: 'quantitative' }, tooltip: tips({ Forecast: 'name', Period: 'when', Error: 'error', Bias: 'bias' }) } },
      ],
    }),
    numbers: () => table({
      caption: 'Forecast error and bias by period', rows: points,
      columns: [
        { label: 'Forecast', text: true, key: 'name' }, { label: 'Period', text: true, key: 'when' },
        { label: 'Error', key: 'error', define: 'forecast_accuracy_summary.wape' }, { label: 'Bias', key: 'bias', define: 'forecast_accuracy_summary.bias_rate' },
      ],
    }),
  });
}

function missedByFamily(type, isMoney, again) {
  const level = chosen.region ? 'family_region' : 'family';
  const candidates = rowsOf('forecast_accuracy').filter((row) => row.level === level);
  const types = forecastTypes(candidates);
  const used = types.includes(type) ? type : types[types.length - 1];
  const rows = candidates.filter((row) => row.forecast_type === used);
  const currency = currencyOf(rows);
  const families = groups(rows, 'product_family').map((group) => ({ ...measured(group, isMoney), family: group[0].product_family, name: named(group[0].product_family) }))
    .sort(by('missed', true))
    .map((family) => ({
      ...family, missed_shown: isMoney ? money(family.missed, currency) : quantity(family.missed),
      error: percent(family.error_rate), bias: signed(family.bias_rate, percent), side: family.error > 0 ? 'Forecast too high' : 'Forecast too low',
    }));
  const open = (family) => { familyOpened = familyOpened === family ? '' : family; again(); };
  return chart({
    key: 'families', title: `Where forecasts missed most, by family${used === type ? '' : ` (${words(used)}: ${words(type)} is not made so)`}`,
    description: families.length ? `Bars. ${families[0].name} missed most: ${families[0].missed_shown}.` : 'No families.',
    onclick: (datum) => datum.family && open(datum.family),
    spec: () => ({
      data: { values: families.slice(0, 12) }, height: { step: 24 }, mark: { type: 'bar', cursor: 'pointer', cornerRadiusEnd: 3, height: 14 },
      encoding: {
        y: { field: 'name', type: 'nominal', sort: null, axis: { title: null, ticks: false, domain: false } },
        x: { field: 'missed', type: 'quantitative', axis: { title: isMoney ? currency : 'planning units', format: '~s', tickCount: 4 } },
        color: { field: 'side', type: 'nominal', scale: { domain: ['Forecast too high', 'Forecast too low'], range: ['var(--accent)', 'var(--second)'] } },
        tooltip: tips({ Family: 'name', Missed: 'missed_shown', Error: 'error', Bias: 'bias' }),
      },
    }),
    numbers: () => table({
      caption: `Forecast error and bias by family, ${words(used)}, ${span(rows)}`, rows: families,
      columns: [
        { label: 'Family', text: true, show: (row) => row.name },
        { label: 'Missed', key: 'missed_shown', define: 'forecast_accuracy_summary.abs_error_amount' },
        { label: 'Error', key: 'error', define: 'forecast_accuracy_summary.amount_wape' },
        { label: 'Bias', key: 'bias', define: 'forecast_accuracy_summary.amount_bias_rate' },
      ],
    }),
  });
}

/** Down from a family to its products. */
function drill(type, again) {
  const rows = rowsOf('forecast_products');
  if (!rows.length) return nothing('forecast_products');
  const families = distinct(rows, 'product_family');
  const family = families.includes(familyOpened) ? familyOpened : families.includes(chosen.family) ? chosen.family : '';
  const buttons = families.map((name) => el('button', {
    type: 'button', class: 'chip', 'data-keep': `family-${name}`, 'aria-pressed': String(name === family),
    onclick: () => { familyOpened = familyOpened === name ? '' : name; again(); },
  }, named(name)));
  return el('div', { class: 'drill' },
    el('p', { class: 'lead' }, 'Down to products: choose a family, here or in the chart.'),
    el('div', { class: 'chips', role: 'group', 'aria-label': 'Families' }, buttons),
    family ? productTable(rows.filter((row) => row.product_family === family), family, type) : null);
}

function productTable(rows, family, type) {
  const types = forecastTypes(rows);
  const used = types.includes(type) ? type : types[types.length - 1];
  const ofType = rows.filter((row) => row.forecast_type === used);
  const isMoney = inMoney(rows);
  const currency = currencyOf(rows);
  const others = rows[0].other_product_count;
  const products = groups(ofType, 'product_id').map((group) => ({
    ...measured(group, isMoney), id: group[0].product_id,
    name: group[0].product_id === '(others)' ? `The other ${plural(others, 'product', 'products')}` : named(group[0].product_id, group[0].product_name),
  })).sort(by('missed', true));
  const made = used === type ? '' : ` (${words(type)} is not made by product)`;
  return el('div', null,
    unfiltered(notFiltered('forecast_products')),
    table({
      caption: `Products of ${family}: ${words(used)}${made}, ${span(ofType)}`, rows: products,
      columns: [
        { label: 'Product', text: true, key: 'name' },
        { label: 'Missed', show: (row) => isMoney ? money(row.missed, currency) : quantity(row.missed), define: `forecast_accuracy_summary.abs_error_${isMoney ? 'amount' : 'quantity'}` },
        { label: 'Sold', show: (row) => isMoney ? money(row.sold, currency) : quantity(row.sold), define: `forecast_accuracy_summary.abs_actual_${isMoney ? 'amount' : 'quantity'}` },
        { label: 'Error', show: (row) => percent(row.error_rate), define: `forecast_accuracy_summary.${isMoney ? 'amount_' : ''}wape` },
        { label: 'Bias', show: (row) => signed(row.bias_rate, percent), define: `forecast_accuracy_summary.${isMoney ? 'amount_' : ''}bias_rate` },
      ],
    }));
}
