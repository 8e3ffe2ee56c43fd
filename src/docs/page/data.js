// What the page is about: tables, their columns, and who comes from whom. Columns have one number each, counted through
// all tables.

const data = JSON.parse(document.getElementById('data').textContent);
const tables = data.tables;
const byName = new Map();
const settingByName = new Map(data.settings.map((setting) => [`settings.${setting.name}`, setting]));
const checkByName = new Map(data.checks.map((check) => [check.name, check]));

/** How a value goes on, in the order of the numbers that lineage has for it. */
const DECIDES = 0;
const FLOWS = [
  { name: 'decides', title: 'decided by', mark: '?' },
  { name: 'copied', title: 'copied from', mark: '=' },
  { name: 'computed', title: 'computed from', mark: 'ƒ' },
  { name: 'over-rows', title: 'over rows of', mark: 'Σ' },
];
/** The order in which people are told of them. */
const TOLD_FLOWS = [1, 2, 3, DECIDES];
const ROW_USES = [
  [1, 'filters'],
  [2, 'joins'],
  [4, 'groups'],
  [8, 'sorts'],
];

const GROUPS = [
  { title: 'Marts', holds: (table) => table.schema === 'marts' && !table.short.startsWith('dim_') },
  { title: 'Dimensions', holds: (table) => table.schema === 'marts' && table.short.startsWith('dim_') },
  { title: 'Entities', holds: (table) => table.schema === 'staging' },
  { title: 'Intermediate', holds: (table) => table.schema === 'intermediate' },
  { title: 'Extracts', holds: (table) => table.schema === 'landing' },
  { title: 'Record', holds: (table) => table.schema === 'record' },
  { title: 'Compared totals', holds: (table) => table.schema === 'checks' },
];

/** The table and the column's place in it, by the column's number. */
const ownerOf = [];
tables.forEach((table, place) => {
  const dot = table.name.indexOf('.');
  Object.assign(table, {
    place,
    schema: table.name.slice(0, dot),
    short: table.name.slice(dot + 1),
    readers: [],
    base: ownerOf.length,
  });
  table.inputs ??= [];
  byName.set(table.name, table);
  table.columns.forEach((column, at) => {
    ownerOf.push({ table, column, at, number: ownerOf.length, sources: [], feeds: [] });
  });
});
tables.forEach((table) => {
  table.inputs.forEach((input) => tables[input].readers.push(table.place));
  table.lineage?.forEach((sources, at) => {
    const to = ownerOf[table.base + at];
    for (const packed of sources) {
      const from = ownerOf[Math.floor(packed / 4)];
      const flow = packed % 4;
      to.sources.push({ column: from, flow });
      from.feeds.push({ column: to, flow });
    }
    to.sources.sort((one, other) => (one.flow === DECIDES) - (other.flow === DECIDES));
  });
});

const columnOf = (table, at) => ownerOf[table.base + at];
const fullName = (column) => `${column.table.name}.${column.column.name}`;

/** The checks of a table: those of its contract, and those that are named for it. */
function checksOf(table) {
  if (table.schema === 'checks') return data.checks.filter((check) => check.name === table.short);
  return data.checks.filter((check) => check.about === table.name);
}

/** What a column says of itself or, where it is no more than a copy, what it is a copy of says. */
function described(column) {
  const seen = new Set();
  let at = column;
  while (at && !at.column.description && !seen.has(at)) {
    seen.add(at);
    const values = at.sources.filter((source) => source.flow !== DECIDES);
    at = values.length === 1 && values[0].flow === 1 ? values[0].column : null;
  }
  if (!at || !at.column.description) return null;
  return { text: at.column.description, unit: at.column.unit, from: at === column ? null : at };
}

/** All columns within so many steps, each with its distance. */
function reach(column, steps, next) {
  const found = new Map([[column, 0]]);
  let edge = [column];
  for (let step = 1; step <= steps && edge.length; step++) {
    const further = [];
    for (const at of edge) {
      for (const { column: neighbour } of next(at)) {
        if (!found.has(neighbour)) {
          found.set(neighbour, step);
          further.push(neighbour);
        }
      }
    }
    edge = further;
  }
  return found;
}

/** What an address names: a table, a column, a setting, a check or a list. */
function addressed(address) {
  if (address === '') return { kind: 'overview' };
  if (address === 'checks' || address === 'settings') return { kind: address };
  if (byName.has(address)) return { kind: 'table', table: byName.get(address) };
  if (settingByName.has(address)) return { kind: 'setting', setting: settingByName.get(address) };
  if (address.startsWith('checks.') && checkByName.has(address.slice(7)))
    return { kind: 'check', check: checkByName.get(address.slice(7)) };
  const dot = address.indexOf('.', address.indexOf('.') + 1);
  const table = dot > 0 && byName.get(address.slice(0, dot));
  const at = table ? table.columns.findIndex((column) => column.name === address.slice(dot + 1)) : -1;
  return at < 0 ? { kind: 'nothing', address } : { kind: 'table', table, column: columnOf(table, at) };
}
