// Demand, last part: whether all functions plan the same, and how old their plans are.

const PLANS = [
  ['sales_forecast', 'Sales forecast'], ['marketing_forecast', 'Marketing forecast'], ['consensus_forecast', 'Consensus forecast'],
  ['production_plan', 'Production plan'], ['budget', 'Budget'], ['target', 'Sales targets'], ['actual', 'Actual'],
];

function plans() {
  const title = 'Does everybody plan the same?';
  const gone = nothing('plans');
  if (gone) return block(title, null, gone);
  const { family, region } = chosen;
  // Rows of all families and of all regions hold those of single ones; a family within a region is not asked for.
  const rows = rowsOf('plans').filter((row) => row.product_family === (family || '(all)') && row.market_region === (family ? '(all)' : region || '(all)'));
  if (!rows.length) return block(title, null, el('p', { class: 'nothing' }, 'The filters leave no plan here.'));
  const currency = currencyOf(rows);
  const limit = rows[0].stale_plan_days;
  // How old a plan for the past is, is no matter any more.
  const open = rows.filter((row) => !row.is_period_complete);
  const age = (plan) => open.map((other) => other[`${plan}_age_days`]).filter(isKnown).sort((one, other) => other - one)[0];
  const known = PLANS.filter(([plan]) => isKnown(age(plan)) || rows.some((row) => isKnown(row[`${plan}_amount`])));
  const told = open.flatMap((row) => (row.stale_plans || '').split(/[, ]+/));
  const stale = known.filter(([plan]) => told.includes(plan) || told.includes(plan.replace('_forecast', ''))).map(([, name]) => name);
  const lead = `What each function says of the same periods, at plan price, ${currency}. ${stale.length ? `Stale, older than ${count(limit)} days: ${stale.join(', ')}.` : 'No plan is stale.'}`;
  return block(title, lead,
    family && region ? note('The region filter does not act here while a family is chosen.') : null,
    unfiltered(notFiltered('plans')),
    table({
      caption: `Plans by function, ${span(rows)}, ${currency}`, rows: known,
      columns: [
        { label: 'Plan', text: true, show: ([, name]) => name },
        { label: 'Age in days', define: 'plan_alignment.consensus_forecast_age_days', show: ([plan, name]) => isKnown(age(plan)) ? `${stale.includes(name) ? '▲ ' : ''}${count(age(plan))}` : NOT_KNOWN },
        ...rows.map((row) => ({ label: period(row.period_kind, row.period_start), define: 'plan_alignment.consensus_forecast_amount', show: ([plan]) => money(row[`${plan}_amount`]) })),
      ],
    }));
}
