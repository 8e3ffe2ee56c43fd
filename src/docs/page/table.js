// The page of one table: what it is, its columns, its lineage, its checks and its SQL.

function tablePage(table, chosen) {
  const checks = checksOf(table);
  const columns = section('columns', `Columns`, columnsTable(table, chosen), table.columns.length);
  const lineage = lineageSection(table, chosen);
  return [
    chosen ? columnHead(chosen) : tableHead(table, checks),
    settingRows(table),
    ...(chosen ? [lineage, columns] : [columns, lineage]),
    table.promises
      ? section(
          'promises',
          'Promises of the whole table',
          element(
            'ul',
            { class: 'plain' },
            table.promises.map((promise) => element('li', null, promise)),
          ),
        )
      : null,
    checks.length ? section('checks-of', 'Checks', checkList(checks), checks.length) : null,
    table.sql ? section('sql-of', 'SQL', table.sql.map(sqlFile)) : null,
  ];
}

function section(id, title, inside, count) {
  return element(
    'section',
    { id: `section-${id}`, 'aria-labelledby': `title-${id}` },
    element(
      'h2',
      { id: `title-${id}` },
      title,
      count === undefined ? null : element('span', { class: 'count' }, number(count)),
    ),
    inside,
  );
}

function tableHead(table, checks) {
  const worst = ['failed', 'warned', 'never', 'passed'].find((outcome) =>
    checks.some((check) => outcomeOf(check) === outcome),
  );
  const said = {
    failed: 'a check failed',
    warned: 'a check warned',
    never: 'not all checks were carried out',
    passed: 'all checks passed',
  };
  const states = [
    table.schema === 'marts' && (table.published ? 'published' : 'not published by this pipeline'),
    table.rows !== undefined && plural(table.rows, 'row'),
    table.quarantined ? `${plural(table.quarantined, 'row')} in quarantine` : null,
    data.last.runs.length > 0 && worst && verdictMark(worst, said[worst]),
  ].filter(Boolean);
  const facts = [
    table.row && ['grain', sentence(table.row)],
    table.key && [
      'key',
      table.key.flatMap((name, at) => [
        at ? ', ' : '',
        element('a', { href: address(`${table.name}.${name}`) }, element('code', null, name)),
      ]),
    ],
    table.needs && [
      'needs',
      table.needs.flatMap((entity, at) => [
        at ? ', ' : '',
        byName.has(`staging.${entity}`) ? tableLink(`staging.${entity}`) : entity,
      ]),
    ],
    table.settings && [
      'settings',
      table.settings.flatMap((name, at) => [
        at ? ', ' : '',
        element('a', { href: address(`settings.${name}`) }, `$${name}`),
      ]),
    ],
    ...(table.facts ?? []).map(([name, text]) => [name, text]),
  ].filter(Boolean);
  return element(
    'header',
    { class: 'head' },
    element(
      'p',
      { class: 'kind' },
      kindOf(table),
      states.map((state) => element('span', { class: 'state' }, state)),
    ),
    element('h1', { tabindex: '-1' }, wrapping(table.name)),
    table.purpose && element('p', { class: 'purpose' }, sentence(table.purpose)),
    table.usage && element('p', { class: 'usage' }, sentence(table.usage)),
    table.missing && element('p', { class: 'note' }, `Empty here: no extract brings ${table.missing.join(', ')}.`),
    element(
      'dl',
      { class: 'facts' },
      facts.map(([name, text]) => element('div', null, element('dt', null, name), element('dd', null, text))),
    ),
  );
}

function lineageSection(table, chosen) {
  if (!table.inputs.length && !table.readers.length) return null;
  const isKnown = table.lineage !== undefined || !table.sql;
  return section('lineage', chosen ? `Lineage of ${chosen.column.name}` : 'Lineage', [
    !isKnown &&
      element(
        'p',
        { class: 'note' },
        'Where the columns of this table come from is not known: its query has a part that is not understood. Its tables are.',
      ),
    lineageGraph(table, chosen),
    chosen
      ? element(
          'p',
          { class: 'legend' },
          TOLD_FLOWS.map((flow) => element('span', { class: `legend-${FLOWS[flow].name}` }, FLOWS[flow].title)),
          element(
            'span',
            { class: 'soft' },
            'A struct that an aggregate takes apart is taken for all of its fields.',
          ),
        )
      : null,
    chosen ? traceList(chosen) : neighbourLists(table),
  ]);
}

function neighbourLists(table) {
  const list = (title, places) =>
    element(
      'div',
      null,
      element('h3', null, title, element('span', { class: 'count' }, places.length)),
      places.length
        ? element(
            'ul',
            { class: 'links' },
            sortedNeighbours(places).map((other) => element('li', null, tableLink(other.name))),
          )
        : element('p', { class: 'soft' }, 'nothing'),
    );
  const uses = (table.rows_by ?? []).map((packed) => [
    ownerOf[Math.floor(packed / 16)],
    ROW_USES.filter(([bit]) => (packed % 16) & bit)
      .map(([, name]) => name)
      .join(', '),
  ]);
  return element(
    'div',
    { class: 'two' },
    list('Reads', table.inputs),
    list('Is read by', table.readers),
    uses.length > 0 &&
      element(
        'details',
        { class: 'wide' },
        element('summary', null, `What decides which rows there are: ${plural(uses.length, 'column')}`),
        element(
          'ul',
          { class: 'links' },
          uses.map(([column, what]) =>
            element('li', null, columnLink(column), element('span', { class: 'soft' }, ` ${what}`)),
          ),
        ),
      ),
  );
}

/** The graph of a column as a list: what it comes from, step by step. */
function traceList(column) {
  const values = reach(column, ALL, ({ sources }) => sources.filter(({ flow }) => flow !== DECIDES));
  values.delete(column);
  const steps = [];
  for (const [source, step] of values) (steps[step] ??= []).push(source);
  const ends = [...values.keys()].filter((source) => source.table.schema === 'landing');
  return element(
    'details',
    { class: 'trace', open: values.size <= 12 },
    element(
      'summary',
      null,
      values.size
        ? `The same as a list: ${plural(values.size, 'column')}, ${number(ends.length)} of them of extracts`
        : 'It comes from no other column',
    ),
    element(
      'ol',
      null,
      steps.filter(Boolean).map((sources) =>
        element(
          'li',
          null,
          element(
            'ul',
            { class: 'links' },
            sources
              .sort((one, other) => one.number - other.number)
              .map((source) => element('li', null, columnLink(source))),
          ),
        ),
      ),
    ),
  );
}

/** The rows of a setting that is a table. */
function settingRows(table) {
  const setting = settingByName.get(table.name);
  return setting ? section('rows', 'Rows', valueShown(setting.value)) : null;
}

function checkList(checks) {
  return element(
    'ul',
    { class: 'checks' },
    checks.map((check) =>
      element(
        'li',
        null,
        element(
          'div',
          { class: 'check-name' },
          check.text && check.about !== 'checks'
            ? element('a', { href: address(`checks.${check.name}`) }, wrapping(check.name))
            : check.name,
          check.severity === 'warning' && element('span', { class: 'tag' }, 'warns only'),
        ),
        check.says && element('p', null, check.says),
        element('p', { class: 'check-verdict' }, verdict(check)),
      ),
    ),
  );
}

function sqlFile(sql) {
  return element(
    'details',
    { class: 'sql-file', open: true },
    element(
      'summary',
      null,
      element('code', null, sql.path),
      sql.system && element('span', { class: 'tag' }, sql.system),
      element('span', { class: 'soft' }, sql.own ? ' the project’s own' : ' the product’s'),
    ),
    sqlText(sql.text),
  );
}
