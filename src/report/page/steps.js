// Demand, second half: what each step of planning added, and surges and slowdowns.

function valueAdded() {
  const gone = nothing('forecast_steps');
  const title = 'What each step of planning added';
  if (gone) return block(title, null, gone);
  const rows = levelRows('forecast_steps');
  const compared = rows.filter((row) => row.n_compared > 0);
  if (!compared.length) return block(title, null, el('p', { class: 'nothing' }, 'Nothing to compare: no period has all steps.'));
  const isMoney = inMoney(compared);
  const steps = groups([...compared].sort(by('step_number')), 'step')
    .map((group) => ({ ...measured(group, isMoney), step: group[0].step, name: words(group[0].step) }))
    // A step without prices is none where money is compared.
    .filter((step) => isKnown(step.error_rate));
  steps.forEach((step, place) => {
    step.added = place && isKnown(step.error_rate) && isKnown(steps[place - 1].error_rate) ? steps[place - 1].error_rate - step.error_rate : null;
    step.error = percent(step.error_rate);
    step.points = place ? points(step.added) : NOT_KNOWN;
    step.verdict = !place ? 'Where it starts' : step.added < 0 ? 'Made it worse' : 'Made it better';
  });
  const define = (name) => `forecast_value_added.${isMoney ? 'amount_' : ''}${name}`;
  const worse = steps.filter((step) => step.added < 0);
  const lead = `Every step over the same items, ${span(compared)}; the lower the error, the better. ${worse.length ? `Made it worse: ${worse.map((step) => step.name).join(', ')}.` : 'No step made it worse.'}`;
  return block(title, lead,
    unfiltered(notFiltered('forecast_steps')),
    chart({
      key: 'steps', title: 'Forecast error after each step, share of what was sold',
      description: steps.map((step) => `${step.name} ${step.error}`).join(', '),
      spec: () => ({
        data: { values: steps }, height: { step: 30 },
        encoding: { y: { field: 'name', type: 'nominal', sort: null, axis: { title: null, ticks: false, domain: false } },
          x: { field: 'error_rate', type: 'quantitative', scale: roomFor(steps, 'error_rate'), axis: { format: '%', title: null, tickCount: 5 } } },
        layer: [
          { mark: { type: 'bar', cornerRadiusEnd: 3, height: 16 }, encoding: {
            color: { field: 'verdict', type: 'nominal', scale: { domain: ['Where it starts', 'Made it better', 'Made it worse'], range: ['var(--faint)', 'var(--accent)', 'var(--high)'] } },
            tooltip: tips({ Step: 'name', Error: 'error', Added: 'points', '': 'verdict' }) } },
          { mark: { type: 'text', align: 'left', dx: 6, fontSize: 12 }, encoding: { text: { field: 'points' }, color: { value: 'var(--soft)' } } },
        ],
      }),
      numbers: () => table({
        caption: `Forecast error by step, ${span(compared)}`, rows: steps,
        columns: [
          { label: 'Step', text: true, key: 'name' },
          { label: 'Error', key: 'error', define: define('wape') },
          { label: 'Added against the step before', key: 'points', define: define('fva_points') },
          { label: 'Bias', show: (row) => signed(row.bias_rate, percent) },
        ],
      }),
    }));
}

function signals() {
  const title = 'Surges and slowdowns';
  const gone = nothing('demand_signals', 'Demand stayed as it usually is.');
  if (gone) return block(title, null, gone);
  const rows = rowsOf('demand_signals');
  const surges = rows.filter((row) => row.signal === 'surge').length;
  const all = allRows('demand_signals')[0].signal_count;
  const listed = allRows('demand_signals').length;
  return block(title, `Where demand left what was usual, ${span(rows)}: ${plural(surges, 'surge', 'surges')}, ${plural(rows.length - surges, 'slowdown', 'slowdowns')}.`,
    table({
      caption: 'Surges and slowdowns, most money first', rows, limit: 12,
      columns: [
        { label: 'Product', text: true, show: (row) => named(row.product_id, row.product_name) },
        { label: 'Signal', text: true, show: (row) => row.signal === 'surge' ? '▲ Surge' : '▼ Slowdown', define: 'demand_signals.signal' },
        { label: 'At', text: true, show: (row) => named(row.location_id) },
        { label: 'Period', text: true, show: (row) => period(row.period_kind, row.period_start) + (row.is_period_complete ? '' : ', so far') },
        { label: 'Demand', show: (row) => quantity(row.demand_quantity, row.stock_unit), define: 'demand_signals.demand_quantity' },
        { label: 'Usual', show: (row) => quantity(row.baseline_quantity, row.stock_unit), define: 'demand_signals.baseline_quantity' },
        { label: 'Demand in money', show: (row) => money(row.demand_amount, row.currency), define: 'demand_signals.demand_amount' },
        { label: 'Why', text: true, show: (row) => row.cause && row.cause !== 'unknown' ? words(row.cause) : 'Not known', define: 'demand_signals.cause' },
      ],
    }),
    all > listed ? note(`The other ${count(all - listed)}, with less demand in money, stand in the mart demand_signals.`) : null);
}
