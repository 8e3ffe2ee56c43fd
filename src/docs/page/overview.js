// The pages that are about no single table: the first, all checks, one check.

function overviewPage() {
  const { set, runs } = data.last;
  const published = tables.filter((table) => table.published);
  const marts = GROUPS.slice(0, 2).map((group) => ({ ...group, tables: published.filter(group.holds) }));
  return [
    element(
      'header',
      { class: 'head' },
      element('p', { class: 'kind' }, 'data dictionary'),
      element('h1', { tabindex: '-1' }, data.pipeline),
      element(
        'p',
        { class: 'purpose' },
        set
          ? `Entry ${number(set.entry)}, as of ${set.as_of}, published ${moment(set.published_at)}.`
          : runs.length
            ? 'Nothing is published yet.'
            : 'Nothing was run yet: there are no verdicts and no row counts.',
      ),
      element(
        'dl',
        { class: 'facts' },
        [
          ['pipeline', data.file],
          ['time zone', data.time_zone],
          ['made by', `sopmart ${data.sopmart_version}`],
          set && ['run', set.run_id],
        ]
          .filter(Boolean)
          .map(([name, text]) => element('div', null, element('dt', null, name), element('dd', null, text))),
      ),
    ),
    flowOfLayers(),
    runs.length > 0 &&
      element(
        'p',
        { class: 'summary-line' },
        outcomeCounts(data.checks).map(([outcome, count]) =>
          verdictMark(outcome, `${number(count)} ${OUTCOMES[outcome].text}`),
        ),
        element('a', { href: '#checks' }, 'all checks'),
      ),
    ...marts
      .filter((group) => group.tables.length)
      .map((group) =>
        section(
          group.title.toLowerCase(),
          group.title,
          element(
            'ul',
            { class: 'marts' },
            group.tables.map((table) =>
              element(
                'li',
                null,
                tableLink(table.name, { class: 'mart-name' }),
                table.rows !== undefined && element('span', { class: 'soft' }, plural(table.rows, 'row')),
                element('p', null, sentence(table.purpose || table.row || '')),
              ),
            ),
          ),
          group.tables.length,
        ),
      ),
    element(
      'p',
      { class: 'soft help' },
      element('kbd', null, '/'),
      ' searches. On a table’s page a column’s name shows where it comes from, down to the extracts; in a graph, arrow keys go from table to table.',
    ),
  ];
}

/** How many tables there are on the way from extracts to marts. */
function flowOfLayers() {
  const layers = [
    ['Extracts', 'landing'],
    ['Entities', 'staging'],
    ['Intermediate', 'intermediate'],
    ['Marts', 'marts'],
  ];
  return element(
    'ol',
    { class: 'flow-of-layers', 'aria-label': 'The way of the data' },
    layers.map(([title, schema]) => {
      const count = tables.filter((table) => table.schema === schema).length;
      return element('li', null, element('b', null, number(count)), element('span', null, title));
    }),
  );
}

function outcomeCounts(checks) {
  const counts = new Map();
  for (const check of checks) counts.set(outcomeOf(check), (counts.get(outcomeOf(check)) ?? 0) + 1);
  return ['failed', 'warned', 'passed', 'never']
    .filter((outcome) => counts.has(outcome))
    .map((outcome) => [outcome, counts.get(outcome)]);
}

function checksPage() {
  const order = ['failed', 'warned', 'never', 'passed'];
  const groups = order
    .map((outcome) => [outcome, data.checks.filter((check) => outcomeOf(check) === outcome)])
    .filter(([, checks]) => checks.length);
  return [
    element(
      'header',
      { class: 'head' },
      element('p', { class: 'kind' }, 'checks'),
      element('h1', { tabindex: '-1' }, 'Checks'),
      element(
        'p',
        { class: 'purpose' },
        'What a run asks of its tables before anybody sees them. A check of severity error keeps the run from publishing.',
      ),
    ),
    ...groups.map(([outcome, checks]) =>
      section(
        `checks-${outcome}`,
        OUTCOMES[outcome].text,
        element(
          'table',
          { class: 'all-checks verdicts' },
          element('caption', { class: 'unseen' }, `Checks that are ${OUTCOMES[outcome].text}`),
          element(
            'thead',
            null,
            element(
              'tr',
              null,
              ['check', 'about', 'severity', 'last verdict'].map((title) => element('th', { scope: 'col' }, title)),
            ),
          ),
          element(
            'tbody',
            null,
            checks.map((check) =>
              element(
                'tr',
                null,
                element(
                  'th',
                  { scope: 'row' },
                  check.text
                    ? element('a', { href: address(`checks.${check.name}`) }, wrapping(check.name))
                    : check.name,
                ),
                element('td', null, byName.has(check.about) ? tableLink(check.about) : check.about),
                element('td', null, check.severity),
                element('td', null, verdict(check)),
              ),
            ),
          ),
        ),
        checks.length,
      ),
    ),
  ];
}

function checkPage(check) {
  return [
    element(
      'header',
      { class: 'head' },
      element(
        'p',
        { class: 'kind' },
        'check',
        element(
          'span',
          { class: 'state' },
          check.severity === 'warning' ? 'warns only' : 'keeps a run from publishing',
        ),
      ),
      element('h1', { tabindex: '-1' }, wrapping(check.name)),
      check.says && element('p', { class: 'purpose' }, check.says),
      element('p', { class: 'check-verdict' }, verdict(check)),
      element(
        'dl',
        { class: 'facts' },
        element(
          'div',
          null,
          element('dt', null, 'about'),
          element('dd', null, byName.has(check.about) ? tableLink(check.about) : check.about),
        ),
        element(
          'div',
          null,
          element('dt', null, 'reads'),
          element(
            'dd',
            null,
            check.tables.flatMap((name, at) => [at ? ', ' : '', byName.has(name) ? tableLink(name) : name]),
          ),
        ),
      ),
    ),
    section('sql-of', 'SQL', sqlFile({ path: check.path, text: outdented(check.text), own: check.own })),
  ];
}

function nothingPage(name) {
  return element(
    'header',
    { class: 'head' },
    element('h1', { tabindex: '-1' }, 'Not here'),
    element(
      'p',
      { class: 'purpose' },
      `There is no ${name} in this dictionary. It may have another name now: search for it with /.`,
    ),
  );
}
