// Words and marks: elements, links, numbers, verdicts, SQL with its parts in colour.

const SVG = 'http://www.w3.org/2000/svg';

/** An element with attributes and what stands in it; what is null or false is left out. */
function element(tag, attributes, ...inside) {
  return filled(document.createElement(tag), attributes, inside);
}

function drawn(tag, attributes, ...inside) {
  return filled(document.createElementNS(SVG, tag), attributes, inside);
}

function filled(made, attributes, inside) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...inside.flat(Infinity).filter((part) => part !== null && part !== undefined && part !== false));
  return made;
}

const address = (name) => `#${encodeURIComponent(name)}`;

function tableLink(name, attributes) {
  return element('a', { href: address(name), ...attributes }, wrapping(name));
}

function columnLink(column, shown) {
  return element('a', { href: address(fullName(column)) }, wrapping(shown ?? fullName(column)));
}

/** A long name may break behind its points and underscores, and before its capitals. */
function wrapping(name) {
  return name.split(/(?<=[._])|(?<=[a-z])(?=[A-Z])/).flatMap((part, at) => (at ? [element('wbr'), part] : [part]));
}

const counted = new Intl.NumberFormat('en');
const number = (value) => counted.format(value);
const plural = (count, one, many) => `${number(count)} ${count === 1 ? one : (many ?? `${one}s`)}`;

/** A sentence with its `code` as such. */
function sentence(text) {
  return text
    .split(/(`[^`]+`)/)
    .map((part) => (/^`[^`]+`$/.test(part) ? element('code', null, part.slice(1, -1)) : part));
}

const moment = (text) => text.replace('T', ' ').replace('Z', ' UTC');

const OUTCOMES = {
  passed: { mark: '✓', text: 'passed' },
  warned: { mark: '!', text: 'warned' },
  failed: { mark: '✕', text: 'failed' },
  never: { mark: '–', text: 'not carried out' },
};

const outcomeOf = (check) => check.verdict?.outcome ?? 'never';

function verdictMark(outcome, text) {
  return element(
    'span',
    { class: `verdict ${outcome}` },
    element('span', { 'aria-hidden': 'true' }, OUTCOMES[outcome].mark),
    text ?? OUTCOMES[outcome].text,
  );
}

/** A verdict, when it was given, and what was found. */
function verdict(check) {
  const run = check.verdict && data.last.runs[check.verdict.run];
  return [
    verdictMark(outcomeOf(check)),
    run && element('span', { class: 'soft', title: `run ${run.run_id}` }, ` ${moment(run.at)}`),
    check.verdict?.complaint && element('span', { class: 'complaint' }, check.verdict.complaint),
  ];
}

const SQL_WORDS = new Set(
  `with recursive as select distinct from where group by order having qualify union all except intersect inner left right
  full cross join on and or not in is null case when then else end between like exists over partition rows range unbounded
  preceding following current row asc desc nulls first last cast interval date true false limit lateral window values
  filter semi anti using`.split(/\s+/),
);

/** SQL in which tables and settings are links. */
function sqlText(text) {
  const code = element('code');
  const pattern =
    /(--[^\n]*)|('(?:[^']|'')*')|(\$[a-z_]\w*)|\b((?:landing|staging|intermediate|marts|settings|record|checks)\.[a-z_]\w*)|\b(\d+(?:\.\d+)?)\b|([a-z_]\w*)/gi;
  let done = 0;
  for (const found of text.matchAll(pattern)) {
    const [all, comment, literal, setting, table, digits, word] = found;
    let part = null;
    if (comment) part = element('span', { class: 'sql-comment' }, comment);
    else if (literal) part = element('span', { class: 'sql-text' }, literal);
    else if (setting && settingByName.has(`settings.${setting.slice(1)}`))
      part = element('a', { href: address(`settings.${setting.slice(1)}`) }, setting);
    else if (table && byName.has(table)) part = element('a', { href: address(table) }, table);
    else if (digits) part = element('span', { class: 'sql-text' }, digits);
    else if (word && SQL_WORDS.has(word.toLowerCase())) part = element('span', { class: 'sql-word' }, word);
    if (!part) continue;
    code.append(text.slice(done, found.index), part);
    done = found.index + all.length;
  }
  code.append(text.slice(done));
  return element('pre', { class: 'sql', tabindex: '0' }, code);
}

/** SQL that stands in a contract, without the space before it there. */
function outdented(text) {
  const lines = text.split('\n');
  const space = Math.min(...lines.filter((line) => line.trim()).map((line) => line.match(/^ */)[0].length));
  return lines.map((line) => line.slice(space)).join('\n');
}
