// Settings: all of them, and one with its value and what uses it.

function settingsPage() {
  return [
    element(
      'header',
      { class: 'head' },
      element('p', { class: 'kind' }, 'settings'),
      element('h1', { tabindex: '-1' }, 'Settings'),
      element(
        'p',
        { class: 'purpose' },
        `What ${data.file} may set. In SQL a setting is $name; one that is a table is settings.name.`,
      ),
    ),
    element(
      'table',
      { class: 'all-checks' },
      element('caption', { class: 'unseen' }, 'Settings of the pipeline'),
      element(
        'thead',
        null,
        element(
          'tr',
          null,
          ['setting', 'value', 'unit', 'meaning'].map((title) => element('th', { scope: 'col' }, title)),
        ),
      ),
      element(
        'tbody',
        null,
        data.settings.map((setting) =>
          element(
            'tr',
            null,
            element(
              'th',
              { scope: 'row' },
              element('a', { href: address(`settings.${setting.name}`) }, wrapping(setting.name)),
            ),
            element(
              'td',
              null,
              setting.type === 'table' ? plural(setting.value.length, 'row') : String(setting.value),
              setting.own && element('span', { class: 'tag' }, 'set here'),
            ),
            element('td', null, setting.unit ?? ''),
            element('td', null, sentence(setting.meaning)),
          ),
        ),
      ),
    ),
  ];
}

function settingPage(setting) {
  const readers = tables.filter((table) => table.settings?.includes(setting.name));
  return [
    settingHead(setting),
    section('rows', 'Value', valueShown(setting.value)),
    section(
      'used',
      'Used by',
      element(
        'ul',
        { class: 'links' },
        readers.map((table) => element('li', null, tableLink(table.name))),
      ),
      readers.length,
    ),
  ];
}

function settingHead(setting) {
  const facts = [
    ['type', setting.type],
    setting.unit && ['unit', setting.unit],
    ['set by', setting.own ? data.file : 'its default'],
    setting.own && ['default', element('code', null, JSON.stringify(setting.default))],
  ].filter(Boolean);
  return element(
    'header',
    { class: 'head' },
    element('p', { class: 'kind' }, 'setting'),
    element('h1', { tabindex: '-1' }, wrapping(`settings.${setting.name}`)),
    element('p', { class: 'purpose' }, sentence(setting.meaning)),
    element(
      'dl',
      { class: 'facts' },
      facts.map(([name, text]) => element('div', null, element('dt', null, name), element('dd', null, text))),
    ),
  );
}

function valueShown(value) {
  if (!Array.isArray(value)) return element('p', null, element('code', null, String(value)));
  const names = [...new Set(value.flatMap((row) => Object.keys(row)))];
  return element(
    'table',
    { class: 'rows' },
    element(
      'thead',
      null,
      element(
        'tr',
        null,
        names.map((name) => element('th', { scope: 'col' }, name)),
      ),
    ),
    element(
      'tbody',
      null,
      value.map((row) =>
        element(
          'tr',
          null,
          names.map((name) =>
            element('td', null, row[name] === null || row[name] === undefined ? '' : String(row[name])),
          ),
        ),
      ),
    ),
  );
}
