// Supply: where hours are missing, what fills them, and whether what sales promised can be made.

let basisChosen = '';

const LOAD_STEPS = [
  { upto: 0.5, name: 'up to 50 %', fill: 'var(--load-1)', ink: 'var(--load-ink-1)' },
  { upto: 0.85, name: 'up to 85 %', fill: 'var(--load-2)', ink: 'var(--load-ink-1)' },
  { upto: 1, name: 'up to 100 %', fill: 'var(--load-3)', ink: 'var(--load-ink-1)' },
  { upto: 1.15, name: 'over 100 %', fill: 'var(--load-4)', ink: 'var(--load-ink-2)' },
  { upto: Infinity, name: 'over 115 %', fill: 'var(--load-5)', ink: 'var(--load-ink-2)' },
];
const PROMISES = ['production_plan', 'consensus_forecast', 'sales_target', 'booked_orders', 'production_orders', 'pipeline'];

function supply() {
  const lead = 'Hours that work centers have, against the hours that are asked of them.';
  const gone = nothing('load_rates');
  if (gone) return section('supply', 'Supply', lead, gone, vendors());
  return section('supply', 'Supply', lead, promises(), redrawn((again) => [heat(again), drivers()]), vendors());
}


function basesOf(rows) {
  const found = distinct(rows, 'load_basis');
  return [...PROMISES, 'actual'].filter((basis) => found.includes(basis));
}

function centerName(row) {
  return row.work_center_id === '(others)' ? `${plural(row.work_center_count, 'other', 'others')} at ${row.location_id}` : named(row.work_center_id, row.name);
}

/** Can we make what sales promised? By basis and period: the part that can be made at the tightest work center. */
function promises() {
  const open = rowsOf('load_rates').filter((row) => !row.is_period_complete && row.load_basis !== 'actual');
  const title = 'Can we make what sales promised?';
  if (!open.length) return block(title, null, el('p', { class: 'nothing' }, 'Nothing is asked of open periods.'));
  const starts = distinct(open, 'period_start').slice(0, 8);
  const bases = basesOf(open);
  const rows = bases.map((basis) => ({ basis, cells: starts.map((start) => verdict(open.filter((row) => row.load_basis === basis && row.period_start === start))) }));
  const kind = open[0].period_kind;
  return block(title, 'Each basis asks the plants for what is wanted, as if there were no stock. A cell tells of the tightest work center: whether its hours are enough, and else the part that can be made.',
    unfiltered(notFiltered('load_rates')),
    table({
      caption: `What can be made, by what is asked for, ${span(open)}`, rows,
      columns: [
        { label: 'Asked for by', text: true, show: (row) => basisName(row.basis), define: 'capacity_gap.load_basis' },
        ...starts.map((start, place) => ({ label: period(kind, start), text: true, define: 'capacity_gap.producible_rate', show: (row) => row.cells[place] })),
      ],
    }));
}

function verdict(rows) {
  if (!rows.some((row) => row.group_load_hours > 0)) return el('span', { class: 'quiet' }, 'nothing asked');
  const short = rows.filter((row) => !row.is_feasible_in_period && row.group_load_hours > 0).sort(by('producible_rate'));
  if (!short.length) return el('span', { class: 'fits' }, '✓ fits');
  if (short.every((row) => row.is_feasible_with_pull_ahead)) return el('span', { class: 'fits' }, '◐ fits, if begun earlier');
  const tightest = short.find((row) => !row.is_feasible_with_pull_ahead);
  const share = tightest.group_available_hours > 0 ? `✕ ${percent(tightest.producible_rate)}` : '✕ no hours';
  const center = tightest.work_center_id === '(unknown)' ? 'work center not known' : centerName(tightest);
  return el('span', { class: 'short' }, el('b', null, share), el('span', { class: 'of' }, center));
}

function heat(again) {
  const all = rowsOf('load_rates');
  const bases = basesOf(all);
  const asked = bases.filter((one) => sum(all.filter((row) => row.load_basis === one), 'group_load_hours') > 0);
  const basis = bases.includes(basisChosen) ? basisChosen : asked[0] || bases[0];
  const rows = all.filter((row) => row.load_basis === basis);
  const cells = rows.map((row) => loadCell(row));
  const centers = [...new Set(cells.map((cell) => cell.center))];
  const full = cells.filter((cell) => cell.rate > 1).length;
  const lead = `${basisName(basis)}, ${span(rows)}: ${full ? `${plural(full, 'cell is', 'cells are')} over what there is` : 'nothing is over what there is'}.`;
  return block('Load by work center and period', lead,
    choice('Asked for by', bases.map((one) => [one, basisName(one)]), basis, (value) => { basisChosen = value; again(); }),
    unfiltered(notFiltered('load_rates')),
    chart({
      key: 'load', title: 'Load rate: hours asked for, of the hours there are',
      description: cells.filter((cell) => cell.rate > 1).map((cell) => `${cell.center}, ${cell.when}: ${cell.shown}`).join('; ') || 'No work center is overloaded.',
      spec: (width) => heatSpec(cells, centers, width),
      numbers: () => loadTable(rows, basis),
    }));
}

function loadCell(row) {
  const rate = divided(row.group_load_hours, row.group_available_hours);
  const none = row.group_load_hours > 0 ? 'no hours' : '';
  const step = LOAD_STEPS.find((candidate) => (rate ?? (none ? 2 : 0)) <= candidate.upto);
  return {
    center: centerName(row), start: row.period_start, kind: row.period_kind, when: period(row.period_kind, row.period_start), rate,
    shown: isKnown(rate) ? percent(Math.round(rate * 100) / 100) : none, step: step.name, ink: step.ink,
    asked: hours(row.group_load_hours), there: hours(row.group_available_hours), missing: hours(row.overload_hours),
  };
}

function heatSpec(cells, centers, width) {
  const steps = LOAD_STEPS.filter((step) => cells.some((cell) => cell.step === step.name));
  return {
    data: { values: cells }, height: { step: 30 },
    encoding: {
      x: periodAxis(cells, { orient: 'top', labelAngle: width < 500 ? -45 : 0, ticks: false, domain: false }),
      y: { field: 'center', type: 'nominal', sort: centers, axis: { title: null, ticks: false, domain: false, labelLimit: width < 500 ? 110 : 260 } },
    },
    layer: [
      { mark: { type: 'rect', cornerRadius: 3, stroke: 'var(--paper)', strokeWidth: 2 }, encoding: {
        color: { field: 'step', type: 'nominal', scale: { domain: steps.map((step) => step.name), range: steps.map((step) => step.fill) }, legend: { symbolType: 'square', columns: width < 500 ? 2 : 5 } },
        tooltip: tips({ 'Work center': 'center', Period: 'when', Load: 'shown', Asked: 'asked', There: 'there', Missing: 'missing' }) } },
      { mark: { type: 'text', fontSize: width < 500 ? 10 : 12 }, encoding: { text: { field: 'shown' }, color: { field: 'ink', type: 'nominal', scale: null } } },
    ],
  };
}

function loadTable(rows, basis) {
  return table({
    caption: `Load by work center and period, ${basisName(basis)}`, rows,
    columns: [
      { label: 'Work center', text: true, show: centerName },
      { label: 'Plant', text: true, key: 'location_id' },
      { label: 'Period', text: true, show: (row) => period(row.period_kind, row.period_start) },
      { label: 'Asked', show: (row) => hours(row.group_load_hours), define: 'capacity_gap.group_load_hours' },
      { label: 'There', show: (row) => hours(row.group_available_hours), define: 'capacity_gap.group_available_hours' },
      { label: 'Load', show: (row) => percent(divided(row.group_load_hours, row.group_available_hours)), define: 'capacity_gap.load_rate' },
      { label: 'Missing', show: (row) => hours(row.overload_hours), define: 'capacity_gap.overload_hours' },
      { label: 'Cost of the missing hours', show: (row) => money(row.overload_cost_amount, row.currency), define: 'capacity_gap.overload_cost_amount' },
    ],
  });
}

/** The products whose hours do not fit. */
function drivers() {
  const title = 'What drives the overload';
  const gone = nothing('overload_drivers', 'No work center is overloaded.');
  if (gone) return block(title, null, gone);
  const rows = rowsOf('overload_drivers');
  const names = new Map(allRows('load_rates').map((row) => [row.work_center_id, row.name]));
  return block(title, 'Products by the hours that would have to move to another work center or period, if each gave in proportion; the five largest of each overload.',
    unfiltered(notFiltered('overload_drivers')),
    table({
      caption: `Products by hours to move, ${span(rows)}`, rows, limit: 20,
      columns: [
        { label: 'Product', text: true, show: (row) => named(row.product_id, row.product_name) },
        { label: 'Work center', text: true, show: (row) => named(row.work_center_id, names.get(row.work_center_id)) },
        { label: 'Period', text: true, show: (row) => period(row.period_kind, row.period_start) },
        { label: 'Asked for by', text: true, show: (row) => basisName(row.load_basis) },
        { label: 'Load', show: (row) => hours(row.group_load_hours), define: 'capacity_gap_drivers.group_load_hours' },
        { label: 'To move', show: (row) => hours(row.hours_to_move), define: 'capacity_gap_drivers.hours_to_move' },
      ],
    }));
}

/** What vendors owed and did not bring in time. */
function vendors() {
  const title = 'Vendors who were late';
  const gone = nothing('vendors', 'All that vendors owed in the last periods came in time.');
  if (gone) return block(title, null, gone);
  const rows = rowsOf('vendors');
  const [listed, all] = [allRows('vendors').length, allRows('vendors')[0].missed_count];
  return block(title, `Purchase order lines due in ${span(rows)}.`,
    unfiltered(notFiltered('vendors')),
    table({
      caption: `Vendors by what did not come in full and in time, ${span(rows)}`, rows, limit: 10,
      more: all > listed ? `The other ${count(all - listed)} stand in the mart purchase_service.` : null,
      columns: [
        { label: 'Vendor', text: true, show: (row) => named(row.vendor_id, row.vendor_name) },
        { label: 'Period', text: true, show: (row) => period(row.period_kind, row.period_start) },
        { label: 'Lines due', show: (row) => count(row.counted_line_count), define: 'purchase_service.counted_line_count' },
        { label: 'On time', show: (row) => percent(divided(row.on_time_line_count, row.counted_line_count)), define: 'purchase_service.on_time_line_rate' },
        { label: 'Due', show: (row) => money(row.due_amount, row.currency), define: 'purchase_service.due_amount' },
        { label: 'Of it filled', show: (row) => money(row.filled_amount, row.currency), define: 'purchase_service.filled_amount' },
      ],
    }));
}
