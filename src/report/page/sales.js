// Sales: what people were to sell and did, what is still open, and whether territories are balanced.

function sales() {
  return section('sales', 'Sales', 'What was to be sold, what was sold, and what is still open.', attainment(), pipeline(), territories());
}

function attainment() {
  const title = 'Attainment of targets';
  const gone = nothing('attainment');
  if (gone) return block(title, null, gone);
  const rows = rowsOf('attainment').filter((row) => row.is_period_complete);
  if (!rows.length) return block(title, null, el('p', { class: 'nothing' }, 'No period is complete among those that the filters leave.'));
  const currency = currencyOf(rows);
  const people = groups(rows, 'salesperson_id').map((group) => {
    const [target, achieved, free] = ['target_amount', 'achieved_amount', 'no_target_achieved_amount'].map((column) => sum(group, column));
    const rate = divided(isKnown(target) ? achieved - (free || 0) : null, target);
    const name = group[0].salesperson_id === '(others)' ? `${plural(Math.max(...group.map((row) => row.salesperson_count)), 'other', 'others')}` : named(group[0].salesperson_id, group[0].salesperson_name);
    return { name, target, achieved, rate, rate_shown: percent(rate), target_shown: money(target, currency), achieved_shown: money(achieved, currency) };
  }).sort(by('target', true));
  const [target, achieved] = [sum(rows, 'target_amount'), sum(rows, 'achieved_amount')];
  const free = sum(rows, 'no_target_achieved_amount') || 0;
  return block(title, `Complete periods, ${span(rows)}.`,
    figures(
      figure({ label: 'Attainment', value: percent(divided(isKnown(achieved) ? achieved - free : null, target)), of: span(rows), define: 'quota_attainment.attainment_rate' }),
      figure({ label: 'Target', value: money(target, currency), of: span(rows), define: 'quota_attainment.target_amount' }),
      figure({ label: 'Achieved', value: money(achieved, currency), of: span(rows), define: 'quota_attainment.achieved_amount' })),
    free ? note(`${money(free, currency)} were achieved where nobody had a target, and are no part of the attainment.`) : null,
    unfiltered(notFiltered('attainment')),
    chart({
      key: 'attainment', title: `Achieved (bar) against target (line), ${currency}`,
      description: people.map((person) => `${person.name}: ${person.rate_shown}`).join(', '),
      spec: () => ({
        data: { values: people.filter((person) => person.target > 0).slice(0, 20) }, height: { step: 30 },
        encoding: { y: { field: 'name', type: 'nominal', sort: null, axis: { title: null, ticks: false, domain: false } } },
        layer: [
          { mark: { type: 'bar', cornerRadiusEnd: 3, height: 14, fill: 'var(--accent)' }, encoding: { x: { field: 'achieved', type: 'quantitative', axis: { title: null, format: '~s', tickCount: 5 } }, tooltip: tips({ Salesperson: 'name', Achieved: 'achieved_shown', Target: 'target_shown', Attainment: 'rate_shown' }) } },
          { mark: { type: 'tick', thickness: 3, height: 22, color: 'var(--ink)' }, encoding: { x: { field: 'target', type: 'quantitative' } } },
        ],
      }),
      numbers: () => table({
        caption: `Attainment by salesperson, ${span(rows)}`, rows: people,
        columns: [
          { label: 'Salesperson', text: true, key: 'name' },
          { label: 'Target', key: 'target_shown', define: 'quota_attainment.target_amount' },
          { label: 'Achieved', key: 'achieved_shown', define: 'quota_attainment.achieved_amount' },
          { label: 'Attainment', key: 'rate_shown', define: 'quota_attainment.attainment_rate' },
        ],
      }),
    }));
}

function pipeline() {
  const title = 'Open opportunities';
  const gone = nothing('pipeline_stages');
  if (gone) return block(title, null, gone);
  const rows = rowsOf('pipeline_stages');
  const currency = currencyOf(rows);
  const asOf = `as of ${date(rows[0].as_of_date)}`;
  const stages = groups(rows, 'stage').map((group) => {
    const [amount, weighted, overdue] = ['known_amount', 'weighted_amount', 'overdue_amount'].map((column) => sum(group, column));
    return { stage: group[0].stage, name: named(group[0].stage), order: group[0].sort_order, amount, weighted, overdue, number: sum(group, 'opportunity_count'),
      amount_shown: money(amount, currency), weighted_shown: money(weighted, currency), overdue_shown: money(overdue, currency) };
  }).sort(by('order'));
  const missing = sum(rows, 'missing_amount_count');
  return block(title, `By stage, ${asOf}.`,
    figures(
      figure({ label: 'Open', value: money(sum(rows, 'known_amount'), currency), of: `${plural(sum(rows, 'opportunity_count'), 'opportunity', 'opportunities')}, ${asOf}`, define: 'sales_pipeline.known_amount' }),
      figure({ label: 'Weighted by probability', value: money(sum(rows, 'weighted_amount'), currency), of: asOf, define: 'sales_pipeline.weighted_amount' }),
      figure({ label: 'Overdue', value: money(sum(rows, 'overdue_amount'), currency), of: asOf, define: 'sales_pipeline.overdue_amount' })),
    missing ? note(`Of ${plural(missing, 'opportunity', 'opportunities')} the amount is not known; they count, and add nothing.`) : null,
    unfiltered(notFiltered('pipeline_stages')),
    chart({
      key: 'pipeline', title: `Open opportunities by stage, ${currency}; the darker part weighted by probability`,
      description: stages.map((stage) => `${stage.name}: ${stage.amount_shown}`).join(', '),
      spec: () => ({
        data: { values: stages }, height: { step: 32 },
        encoding: { y: { field: 'name', type: 'nominal', sort: null, axis: { title: null, ticks: false, domain: false } }, tooltip: tips({ Stage: 'name', Amount: 'amount_shown', Weighted: 'weighted_shown', Overdue: 'overdue_shown', Number: 'number' }) },
        layer: [
          { mark: { type: 'bar', cornerRadiusEnd: 3, height: 18, fill: 'var(--accent-soft)' }, encoding: { x: { field: 'amount', type: 'quantitative', axis: { title: null, format: '~s', tickCount: 5 } } } },
          { mark: { type: 'bar', cornerRadiusEnd: 3, height: 18, fill: 'var(--accent)' }, encoding: { x: { field: 'weighted', type: 'quantitative' } } },
        ],
      }),
      numbers: () => table({
        caption: `Open opportunities by stage, ${asOf}`, rows: stages,
        columns: [
          { label: 'Stage', text: true, key: 'name' },
          { label: 'Number', show: (row) => count(row.number), define: 'sales_pipeline.opportunity_count' },
          { label: 'Amount', key: 'amount_shown', define: 'sales_pipeline.known_amount' },
          { label: 'Weighted', key: 'weighted_shown', define: 'sales_pipeline.weighted_amount' },
          { label: 'Overdue', key: 'overdue_shown', define: 'sales_pipeline.overdue_amount' },
        ],
      }),
    }));
}

function territories() {
  const title = 'Balance of territories';
  const gone = nothing('territories');
  if (gone) return block(title, null, gone);
  const all = rowsOf('territories');
  const newest = distinct(all, 'period_start').pop();
  const rows = all.filter((row) => row.period_start === newest && isKnown(row.workload_index)).sort(by('workload_index', true));
  if (!rows.length) return block(title, null, el('p', { class: 'nothing' }, 'No territory has customers, so nothing can be compared.'));
  const of = span(rows);
  const shown = rows.flatMap((row) => [['Workload', row.workload_index], ['Sales', row.sales_index], ['Potential', row.potential_index]].filter(([, index]) => isKnown(index)).map(([measure, index]) => ({
    name: named(row.territory_id, row.territory_name), measure, index, shown: ratio(index) })));
  return block(title, `As territories are cut today, in ${of}: 1 is the mean of ${plural(rows[0].territory_count, 'territory', 'territories')}.`,
    figures(
      figure({ label: 'Inequality of sales (Gini)', value: ratio(rows[0].sales_gini_coefficient), of: `0 is equal, ${of}`, define: 'territory_balance.sales_gini_coefficient' }),
      figure({ label: 'Inequality of workload (Gini)', value: ratio(rows[0].workload_gini_coefficient), of: `0 is equal, ${of}`, define: 'territory_balance.workload_gini_coefficient' })),
    unfiltered(notFiltered('territories')),
    chart({
      key: 'territories', title: 'Workload, sales and potential of each territory, times the mean',
      description: rows.map((row) => `${named(row.territory_id, row.territory_name)}: workload ${ratio(row.workload_index)}, sales ${ratio(row.sales_index)}`).join('; '),
      spec: () => ({
        data: { values: shown }, height: { step: 30 },
        encoding: { y: { field: 'name', type: 'nominal', sort: null, axis: { title: null, grid: true, ticks: false, domain: false } } },
        layer: [
          { mark: { type: 'rule', stroke: 'var(--soft)', strokeDash: [3, 3] }, encoding: { y: null, x: { datum: 1, type: 'quantitative' } } },
          { mark: { type: 'point', filled: true, size: 110, opacity: 1 }, encoding: {
            x: { field: 'index', type: 'quantitative', axis: { title: null, tickCount: 6 } },
            shape: { field: 'measure', type: 'nominal', scale: { domain: ['Workload', 'Sales', 'Potential'], range: ['square', 'circle', 'diamond'] } },
            color: { field: 'measure', type: 'nominal', scale: { domain: ['Workload', 'Sales', 'Potential'], range: ['var(--accent)', 'var(--second)', 'var(--faint)'] } },
            tooltip: tips({ Territory: 'name', '': 'measure', 'Times the mean': 'shown' }) } },
        ],
      }),
      numbers: () => table({
        caption: `Balance of territories, ${of}`, rows,
        columns: [
          { label: 'Territory', text: true, show: (row) => named(row.territory_id, row.territory_name) },
          { label: 'Workload', show: (row) => hours(row.workload_hours), define: 'territory_balance.workload_hours' },
          { label: 'Times the mean', show: (row) => ratio(row.workload_index), define: 'territory_balance.workload_index' },
          { label: 'Sales', show: (row) => money(row.sales_amount, row.currency), define: 'territory_balance.sales_amount' },
          { label: 'Times the mean', show: (row) => ratio(row.sales_index), define: 'territory_balance.sales_index' },
          { label: 'Potential, times the mean', show: (row) => ratio(row.potential_index), define: 'territory_balance.potential_index' },
          { label: 'Accounts', show: (row) => count(row.account_count), define: 'territory_balance.account_count' },
        ],
      }),
    }));
}
