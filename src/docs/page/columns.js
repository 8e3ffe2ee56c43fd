// The columns of a table, and what a page says of one of them.

/** Where a column's value comes from, in one line. */
function sourcesShort(column) {
  const values = column.sources.filter(({ flow }) => flow !== DECIDES);
  const shown = (values.length ? values : column.sources).slice(0, 3);
  if (!shown.length)
    return column.table.lineage ? element('span', { class: 'soft' }, 'a constant, or counted rows') : '';
  const rest = (values.length ? values : column.sources).length - shown.length;
  return [
    shown.map(({ column: source, flow }) =>
      element(
        'span',
        { class: 'source' },
        element('abbr', { class: `flow ${FLOWS[flow].name}`, title: FLOWS[flow].title }, FLOWS[flow].mark),
        ' ',
        columnLink(source),
      ),
    ),
    rest > 0 ? element('span', { class: 'soft' }, `and ${number(rest)} more`) : null,
  ];
}

function columnNotes(column) {
  const { column: told } = column;
  const says = described(column);
  return [
    says &&
      element(
        'span',
        { class: says.from ? 'soft' : '' },
        sentence(says.text),
        says.from && [' (as in ', columnLink(says.from), ')'],
      ),
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
    const unit = described(column)?.unit ?? told.unit;
    const inKey = table.key?.includes(told.name);
    return element(
      'tr',
      { class: column === chosen ? 'chosen' : null, 'aria-current': column === chosen && 'true' },
      element(
        'th',
        { scope: 'row' },
        element('a', { href: address(fullName(column)) }, wrapping(told.name)),
        inKey && element('span', { class: 'tag' }, 'key'),
      ),
      element(
        'td',
        { class: 'type' },
        told.type,
        unit && element('span', { class: 'unit' }, unit),
        !told.required &&
          table.schema !== 'settings' &&
          hasContract(table) &&
          element('span', { class: 'soft' }, 'or nothing'),
      ),
      element('td', { class: 'says' }, columnNotes(column)),
      hasSources && element('td', { class: 'from' }, sourcesShort(column)),
    );
  });
  return element(
    'table',
    { class: 'columns' },
    element('caption', { class: 'unseen' }, `Columns of ${table.name}`),
    element(
      'thead',
      null,
      element(
        'tr',
        null,
        ['column', 'type and unit', 'what it says', ...(hasSources ? ['comes from'] : [])].map((title) =>
          element('th', { scope: 'col' }, title),
        ),
      ),
    ),
    element('tbody', null, rows),
  );
}

const hasContract = (table) => (table.facts ?? []).some(([name]) => name === 'contract');

/** What the page of one column begins with: all that is known of it, before the table that it is of. */
function columnHead(column) {
  const by = (flow) => column.sources.filter((source) => source.flow === flow).map((source) => source.column);
  const links = (columns) => {
    const list = element(
      'ul',
      { class: 'links' },
      columns.map((source) => element('li', null, columnLink(source))),
    );
    return columns.length > 8
      ? element('details', null, element('summary', null, plural(columns.length, 'column')), list)
      : list;
  };
  const lines = TOLD_FLOWS.map((flow) => [FLOWS[flow].title, by(flow)]).filter(([, columns]) => columns.length);
  const feeds = [...new Set(column.feeds.map((feed) => feed.column))].sort(
    (one, other) => rankOf(one.table) - rankOf(other.table) || one.number - other.number,
  );
  const { type, unit } = { ...column.column, unit: described(column)?.unit };
  return element(
    'header',
    { class: 'head' },
    element(
      'p',
      { class: 'kind' },
      `column of the ${kindOf(column.table)} `,
      tableLink(column.table.name),
      [type, unit].filter(Boolean).map((state) => element('span', { class: 'state' }, state)),
    ),
    element('h1', { tabindex: '-1' }, wrapping(column.column.name)),
    element('p', { class: 'purpose' }, columnNotes(column)),
    element(
      'dl',
      { class: 'facts' },
      lines.map(([name, columns]) =>
        element('div', null, element('dt', null, name), element('dd', null, links(columns))),
      ),
      column.table.lineage &&
        !lines.length &&
        element(
          'div',
          null,
          element('dt', null, 'comes from'),
          element('dd', null, 'no column: it is a constant, or counts rows'),
        ),
      feeds.length > 0 && element('div', null, element('dt', null, 'goes into'), element('dd', null, links(feeds))),
    ),
  );
}
