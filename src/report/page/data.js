// The published set as the page has it: rows by answer, what is filtered, and sums. Rates are ratios of such sums.

const SET = JSON.parse(document.getElementById('data').textContent);

const DIMENSIONS = {
  family: { column: 'product_family', name: 'family' },
  region: { column: 'market_region', name: 'region' },
  plant: { column: 'location_id', name: 'plant' },
  from: { column: 'period_start', name: 'period' },
  to: { column: 'period_start', name: 'period' },
};
const chosen = { family: '', region: '', plant: '', from: '', to: '' };
const decoded = new Map();

/** All rows of an answer, as objects. */
function allRows(name) {
  if (decoded.has(name)) return decoded.get(name);
  const answer = SET.answers[name];
  const columns = answer ? Object.entries(answer.columns) : [];
  const rows = Array.from({ length: answer ? answer.rows : 0 }, () => ({}));
  for (const [column, values] of columns) {
    const at = Array.isArray(values) ? (row) => values[row] : (row) => {
      const place = values.at[row];
      return place === null ? null : values.values[place];
    };
    rows.forEach((row, place) => { row[column] = at(place); });
  }
  decoded.set(name, rows);
  return rows;
}

function hasColumn(name, column) {
  return Boolean(SET.answers[name] && column in SET.answers[name].columns);
}

/** Rows that the filters leave. What is not broken down by a dimension concerns all of it, and stays. */
function rowsOf(name) {
  const { family, region, plant } = chosen;
  const is = (value, wanted) => !wanted || value === undefined || value === wanted || value === '(all)';
  return allRows(name).filter((row) =>
    is(row.product_family, family) && is(row.market_region, region) && is(row.location_id, plant) && isInPeriods(row));
}

function isInPeriods(row) {
  const start = row.period_start;
  if (!start) return true;
  // An exception of a day belongs to the month that the day is in.
  const month = row.period_kind === 'day' ? `${start.slice(0, 7)}-01` : start;
  return (!chosen.from || month >= chosen.from) && (!chosen.to || month <= chosen.to);
}

/** The names of the filters that are set and that an answer knows nothing of. */
function notFiltered(name, ...handled) {
  const unknown = Object.entries(DIMENSIONS).filter(([key, dimension]) =>
    chosen[key] && !hasColumn(name, dimension.column) && !handled.includes(dimension.name));
  return [...new Set(unknown.map(([, dimension]) => dimension.name))];
}

/** The sum of what is known; not known where nothing is. */
function sum(rows, column) {
  let total = null;
  for (const row of rows) {
    if (isKnown(row[column])) total = (total || 0) + row[column];
  }
  return total;
}

function divided(numerator, denominator) {
  return isKnown(numerator) && denominator > 0 ? numerator / denominator : null;
}

function distinct(rows, column) {
  return [...new Set(rows.map((row) => row[column]).filter(isKnown))].sort();
}

/** Rows by the values of columns, in the order in which they come. */
function groups(rows, ...columns) {
  const found = new Map();
  for (const row of rows) {
    const key = columns.map((column) => row[column]).join('\u0001');
    if (!found.has(key)) found.set(key, []);
    found.get(key).push(row);
  }
  return [...found.values()];
}

function by(column, descending) {
  const sign = descending ? -1 : 1;
  return (one, other) => {
    const [left, right] = [one[column], other[column]];
    if (left === right) return 0;
    if (!isKnown(left)) return 1;
    if (!isKnown(right)) return -1;
    return left < right ? -sign : sign;
  };
}

/** `Apr 2025 to Mar 2026`, of what is shown. */
function span(rows) {
  const starts = distinct(rows, 'period_start');
  if (!starts.length) return '';
  const kind = rows[0].period_kind;
  const [first, last] = [period(kind, starts[0]), period(kind, starts[starts.length - 1])];
  return first === last ? first : `${first} to ${last}`;
}

function currencyOf(rows) {
  const row = rows.find((candidate) => candidate.currency);
  return row ? row.currency : '';
}

/** A mart's row that the filters choose the level of: a family, a region, both, or the total. */
function levelChosen() {
  if (chosen.family && chosen.region) return 'family_region';
  if (chosen.family) return 'family';
  return chosen.region ? 'market_region' : 'total';
}
