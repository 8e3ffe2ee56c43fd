// The page of one table: what it is, its columns, its lineage, its checks and its SQL.

function tablePage(table, chosen) {
  const checks = checksOf(table);
  const columns = section('columns', `Columns`, columnsTable(table, chosen), table.columns.length);
  const lineage = lineageSection(table, chosen);
  return [
    chosen ? columnHead(chosen) : tableHead(table, checks),
    settingRows(table),
    ...(chosen ? [lineage, columns] : [columns, lineage]),
    table.promises ? section('promises', 'Promises of the whole table', element('ul', { class: 'plain' }, table.promises.map((promise) => element('li', null, promise)))) : null,
    checks.length ? section('checks-of', 'Checks', checkList(checks), checks.length) : null,
    table.sql ? section('sql-of', 'SQL', table.sql.map(sqlFile)) : null,
  ];
}

function section(id, title, inside, count) {
  return element('section', { id: `section-${id}`, 'aria-labelledby': `title-${id}` },
    element('h2', { id: `title-${id}` }, title, count === undefined ? null : element('span', { class: 'count' }, number(count))), inside);
}

function tableHead(table, checks) {
  const worst = ['failed', 'warned', 'never', 'passed'].find((outcome) => checks.some((check) => outcomeOf(check) === outcome));
  const said = { failed: 'a check failed', warned: 'a check warned', never: 'not all checks were carried out', passed: 'all checks passed' };
  const states = [
    table.schema === 'marts' && (table.published ? 'published' : 'not published by this pipeline'),
    table.rows !== undefined && plural(table.rows, 'row'),
    table.quarantined ? `${plural(table.quarantined, 'row')} in quarantine` : null,
    data.last.runs.length > 0 && worst && verdictMark(worst, said[worst]),
  ].filter(Boolean);
  const facts = [
    table.row && ['grain', sentence(table.row)],
    table.key && ['key', table.key.flatMap((name, at) => [at ? ', ' : '', element('a', { href: address(`${table.name}.${name}`) }, element('code', null, name))])],
    table.needs && ['needs', table.needs.flatMap((entity, at) => [at ? ', ' : '', byName.has(`staging.${entity}`) ? tableLink(`staging.${entity}`) : entity])],
    table.settings && ['settings', table.settings.flatMap((name, at) => [at ? ', ' : '', element('a', { href: address(`settings.${name}`) }, `$${name}`)])],
    ...(table.facts ?? []).map(([name, text]) => [name, text]),
  ].filter(Boolean);
  return element('header', { class: 'head' },
    element('p', { class: 'kind' }, kindOf(table), states.map((state) => element('span', { class: 'state' }, state))),
    element('h1', { tabindex: '-1' }, wrapping(table.name)),
    table.purpose && element('p', { class: 'purpose' }, sentence(table.purpose)),
    table.usage && element('p', { class: 'usage' }, sentence(table.usage)),
    table.missing && element('p', { class: 'note' }, `Empty here: no extract brings ${table.missing.join(', ')}.`),
    element('dl', { class: 'facts' }, facts.map(([name, text]) => element('div', null, element('dt', null, name), element('dd', null, text)))));
}

/** Where a column's value comes from, in one line. */
function sourcesShort(column) {
  const values = column.sources.filter(({ flow }) => flow !== DECIDES);
  const shown = (values.length ? values : column.sources).slice(0, 3);
  if (!shown.length) return column.table.lineage ? element('span', { class: 'soft' }, 'a constant, or counted rows') : '';
  const rest = (values.length ? values : column.sources).length - shown.length;
  return [
    shown.map(({ column: source, flow }) => element('span', { class: 'source' },
      element('abbr', { class: `flow ${FLOWS[flow].name}`, title: FLOWS[flow].title }, FLOWS[flow].mark), ' ', columnLink(source))),
    rest > 0 ? element('span', { class: 'soft' }, `and ${number(rest)} more`) : null,
  ];
}

function columnNotes(column) {
  const { column: told } = column;
  const says = described(column);
  return [
    says && element('span', { class: says.from ? 'soft' : '' }, sentence(says.text), says.from && [' (as in ', columnLink(says.from), ')']),
    told.formula && element('span', { class: 'note-line' }, 'formula ', element('code', null, told.formula)),
    told.rules && element('span', { class: 'note-line' }, told.rules.join('; ')),
    told.reference && element('span', { class: 'note-line' }, 'stands in ', referenceLink(told.reference)),
    told.personal && element('span', { class: 'note-line' }, 'personal: its values are never shown'),
  ];
}

function referenceLink([table, column]) {
  const to = byName.get(table);
  const at = to ? to.columns.findIndex(({ name }) => name === column) : -1;
  return at < 0 ? `${table}.${column}` : columnLink(columnOf(to, at));
}

function columnsTable(table, chosen) {
  const hasSources = table.lineage !== undefined;
  const rows = table.columns.map((told, at) => {
    const column = columnOf(table, at);
    const inKey = table.key?.includes(told.name);
    return element('tr', { class: column === chosen ? 'chosen' : null, 'aria-current': column === chosen && 'true' },
      element('th', { scope: 'row' }, element('a', { href: address(fullName(column)) }, wrapping(told.name)), inKey && element('span', { class: 'tag' }, 'key')),
      element('td', { class: 'type' }, told.type, !told.required && table.schema !== 'settings' && hasContract(table) && element('span', { class: 'soft' }, ' or nothing')),
      element('td', { class: 'unit' }, told.unit ?? described(column)?.unit ?? ''),
      element('td', { class: 'says' }, columnNotes(column)),
      hasSources && element('td', { class: 'from' }, sourcesShort(column)));
  });
  return element('table', { class: 'columns' },
    element('caption', { class: 'unseen' }, `Columns of ${table.name}`),
    element('thead', null, element('tr', null, ['column', 'type', 'unit', 'what it says', ...(hasSources ? ['comes from'] : [])].map((title) => element('th', { scope: 'col' }, title)))),
    element('tbody', null, rows));
}

const hasContract = (table) => (table.facts ?? []).some(([name]) => name === 'contract');

/** What the page of one column begins with: all that is known of it, before the table that it is of. */
function columnHead(column) {
  const by = (flow) => column.sources.filter((source) => source.flow === flow).map((source) => source.column);
  const links = (columns) => {
    const list = element('ul', { class: 'links' }, columns.map((source) => element('li', null, columnLink(source))));
    return columns.length > 8 ? element('details', null, element('summary', null, plural(columns.length, 'column')), list) : list;
  };
  const lines = TOLD_FLOWS.map((flow) => [FLOWS[flow].title, by(flow)]).filter(([, columns]) => columns.length);
  const rank = ({ table }) => ['marts', 'intermediate', 'staging', 'record', 'checks'].indexOf(table.schema);
  const feeds = [...new Set(column.feeds.map((feed) => feed.column))].sort((one, other) => rank(one) - rank(other) || one.number - other.number);
  const { type, unit } = { ...column.column, unit: described(column)?.unit };
  return element('header', { class: 'head' },
    element('p', { class: 'kind' }, `column of the ${kindOf(column.table)} `, tableLink(column.table.name), [type, unit].filter(Boolean).map((state) => element('span', { class: 'state' }, state))),
    element('h1', { tabindex: '-1' }, wrapping(column.column.name)),
    element('p', { class: 'purpose' }, columnNotes(column)),
    element('dl', { class: 'facts' },
      lines.map(([name, columns]) => element('div', null, element('dt', null, name), element('dd', null, links(columns)))),
      column.table.lineage && !lines.length && element('div', null, element('dt', null, 'comes from'), element('dd', null, 'no column: it is a constant, or counts rows')),
      feeds.length > 0 && element('div', null, element('dt', null, 'goes into'), element('dd', null, links(feeds)))));
}

function lineageSection(table, chosen) {
  if (!table.inputs.length && !table.readers.length) return null;
  const isKnown = table.lineage !== undefined || !table.sql;
  return section('lineage', chosen ? `Lineage of ${chosen.column.name}` : 'Lineage', [
    !isKnown && element('p', { class: 'note' }, 'Where the columns of this table come from is not known: its query has a part that is not understood. Its tables are.'),
    lineageGraph(table, chosen),
    chosen ? element('p', { class: 'legend' }, TOLD_FLOWS.map((flow) => element('span', { class: `legend-${FLOWS[flow].name}` }, FLOWS[flow].title)), element('span', { class: 'soft' }, 'A struct that an aggregate takes apart is taken for all of its fields.')) : null,
    chosen ? traceList(chosen) : neighbourLists(table),
  ]);
}

function neighbourLists(table) {
  const list = (title, places) => element('div', null, element('h3', null, title, element('span', { class: 'count' }, places.length)),
    places.length ? element('ul', { class: 'links' }, sortedNeighbours(places).map((other) => element('li', null, tableLink(other.name)))) : element('p', { class: 'soft' }, 'nothing'));
  const uses = (table.rows_by ?? []).map((packed) => [ownerOf[Math.floor(packed / 16)], ROW_USES.filter(([bit]) => packed % 16 & bit).map(([, name]) => name).join(', ')]);
  return element('div', { class: 'two' }, list('Reads', table.inputs), list('Is read by', table.readers),
    uses.length > 0 && element('details', { class: 'wide' }, element('summary', null, `What decides which rows there are: ${plural(uses.length, 'column')}`),
      element('ul', { class: 'links' }, uses.map(([column, what]) => element('li', null, columnLink(column), element('span', { class: 'soft' }, ` ${what}`))))));
}

/** The graph of a column as a list: what it comes from, step by step. */
function traceList(column) {
  const values = reach(column, ALL, ({ sources }) => sources.filter(({ flow }) => flow !== DECIDES));
  values.delete(column);
  const steps = [];
  for (const [source, step] of values) (steps[step] ??= []).push(source);
  const ends = [...values.keys()].filter((source) => source.table.schema === 'landing');
  return element('details', { class: 'trace', open: values.size <= 12 },
    element('summary', null, values.size ? `The same as a list: ${plural(values.size, 'column')}, ${number(ends.length)} of them of extracts` : 'It comes from no other column'),
    element('ol', null, steps.filter(Boolean).map((sources) => element('li', null, element('ul', { class: 'links' }, sources.sort((one, other) => one.number - other.number).map((source) => element('li', null, columnLink(source))))))));
}

/** The rows of a setting that is a table. */
function settingRows(table) {
  const setting = settingByName.get(table.name);
  return setting ? section('rows', 'Rows', valueShown(setting.value)) : null;
}

function checkList(checks) {
  return element('ul', { class: 'checks' }, checks.map((check) => element('li', null,
    element('div', { class: 'check-name' }, check.text && check.about !== 'checks' ? element('a', { href: address(`checks.${check.name}`) }, wrapping(check.name)) : check.name,
      check.severity === 'warning' && element('span', { class: 'tag' }, 'warns only')),
    check.says && element('p', null, check.says),
    element('p', { class: 'check-verdict' }, verdict(check)))));
}

function sqlFile(sql) {
  return element('details', { class: 'sql-file', open: true },
    element('summary', null, element('code', null, sql.path), sql.system && element('span', { class: 'tag' }, sql.system), element('span', { class: 'soft' }, sql.own ? ' the project’s own' : ' the product’s')),
    sqlText(sql.text));
}
