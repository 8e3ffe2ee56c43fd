// How values read: numbers with their units, periods by their kind, names without underscores.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const twoPlaces = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const NOT_KNOWN = '–';

function isKnown(value) {
  return value !== null && value !== undefined;
}

/** `251,305 EUR`; small amounts with one place, since they are figures, too. */
function money(value, currency) {
  if (!isKnown(value)) return NOT_KNOWN;
  const digits = Math.abs(value) < 100 ? fine : whole;
  return currency ? `${digits.format(value)} ${currency}` : digits.format(value);
}

function shortMoney(value, currency) {
  return isKnown(value) ? `${compact.format(value)} ${currency || ''}`.trim() : NOT_KNOWN;
}

function percent(value) {
  return isKnown(value) ? `${fine.format(value * 100)} %` : NOT_KNOWN;
}

/** With a sign, where the direction is the news. */
function signed(value, shown) {
  if (!isKnown(value)) return NOT_KNOWN;
  return value > 0 ? `+${shown(value)}` : shown(value).replace('-', '−');
}

function points(value) {
  return isKnown(value) ? `${signed(value * 100, (number) => fine.format(number))} points` : NOT_KNOWN;
}

function count(value) {
  return isKnown(value) ? whole.format(value) : NOT_KNOWN;
}

function quantity(value, unit) {
  if (!isKnown(value)) return NOT_KNOWN;
  return unit ? `${fine.format(value)} ${unit}` : fine.format(value);
}

function hours(value) {
  return isKnown(value) ? `${fine.format(value)} h` : NOT_KNOWN;
}

function ratio(value) {
  return isKnown(value) ? twoPlaces.format(value) : NOT_KNOWN;
}

function plural(number, one, many) {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** `Mar 2026`, `Q1 2026`, `week of 30 Mar 2026`. */
function period(kind, start) {
  if (!start) return NOT_KNOWN;
  const [year, month, day] = start.split('-').map(Number);
  if (kind === 'month') return `${MONTHS[month - 1]} ${year}`;
  if (kind === 'quarter') return `Q${Math.ceil(month / 3)} ${year}`;
  return kind === 'week' ? `week of ${date(start)}` : `${day} ${MONTHS[month - 1]} ${year}`;
}

/** The same, short, for an axis: `May 26`, `Q1 26`, `30 Mar`. */
function tick(kind, start) {
  const [year, month, day] = start.split('-').map(Number);
  const shortYear = String(year).slice(2);
  if (kind === 'month') return `${MONTHS[month - 1]} ${shortYear}`;
  return kind === 'quarter' ? `Q${Math.ceil(month / 3)} ${shortYear}` : `${day} ${MONTHS[month - 1]}`;
}

function date(text) {
  if (!text) return NOT_KNOWN;
  const [year, month, day] = text.slice(0, 10).split('-').map(Number);
  return `${day} ${MONTHS[month - 1]} ${year}`;
}

/** `stale_plan` as `Stale plan`. */
function words(name) {
  const spaced = String(name).replaceAll('_', ' ');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

const BASES = {
  actual: 'What was done',
  production_orders: 'Released orders',
  production_plan: 'Production plan',
  consensus_forecast: 'Consensus forecast',
  booked_orders: 'Booked orders',
  sales_target: 'Sales targets',
  pipeline: 'Open opportunities',
};

function basisName(basis) {
  return BASES[basis] || words(basis);
}

/** What stands in place of a name: nothing known, or many together. */
function named(id, name) {
  if (id === '(others)') return 'All others together';
  if (id === '(all)') return 'All';
  if (id === '(unknown)') return 'Not known';
  return name && name !== id ? `${name} (${id})` : id;
}
