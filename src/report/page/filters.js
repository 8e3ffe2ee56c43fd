// The filters: what there is to choose, and drawing anew what they leave.

function choices(column) {
  const found = new Set();
  for (const name of Object.keys(SET.answers)) {
    if (!hasColumn(name, column)) continue;
    for (const row of allRows(name)) if (isKnown(row[column]) && !String(row[column]).startsWith('(')) found.add(row[column]);
  }
  return [...found].sort();
}

/** Months that something is about: those of the coarsest kind of period are enough to choose by. */
function months() {
  const found = new Set();
  for (const name of Object.keys(SET.answers)) {
    if (!hasColumn(name, 'period_start')) continue;
    for (const row of allRows(name)) if (row.period_kind === 'month') found.add(row.period_start);
  }
  return [...found].sort();
}

function filters() {
  const form = document.getElementById('filters');
  const starts = months();
  const select = (key, label, all, options, shown) => {
    const box = el('select', { id: `filter-${key}`, name: key, disabled: !options.length, onchange: (event) => { chosen[key] = event.target.value; changed(); } },
      el('option', { value: '' }, options.length ? all : 'none known'), options.map((value) => el('option', { value }, shown ? shown(value) : value)));
    return el('label', null, el('span', null, label), box);
  };
  const month = (start) => period('month', start);
  const details = el('details', { open: matchMedia('(min-width: 48rem)').matches },
    el('summary', null, 'Filters: ', el('span', { id: 'filters-set' }, 'none')),
    el('div', { class: 'fields' },
      select('family', 'Family', 'All families', choices('product_family')),
      select('region', 'Region', 'All regions', choices('market_region')),
      select('plant', 'Plant or warehouse', 'All locations', choices('location_id')),
      select('from', 'From', 'First period', starts, month),
      select('to', 'To', 'Last period', starts, month),
      el('button', { type: 'button', onclick: () => { form.reset(); for (const key of Object.keys(chosen)) chosen[key] = ''; changed(); } }, 'Clear')));
  form.addEventListener('submit', (event) => event.preventDefault());
  form.replaceChildren(details);
}

function filterWords() {
  const { family, region, plant, from, to } = chosen;
  const span = from && to && from === to ? period('month', from) : [from && `from ${period('month', from)}`, to && `to ${period('month', to)}`].filter(Boolean).join(' ');
  return [family, region, plant, span].filter(Boolean).join(', ') || 'none';
}

function changed() {
  document.getElementById('filters-set').textContent = filterWords();
  familyOpened = chosen.family;
  drawPage();
}
