// The list beside the page, the way from addresses to pages, and the beginning.

const main = document.getElementById('main');
const side = document.getElementById('side');
const menu = document.getElementById('menu');

function openMenu() {
  side.classList.add('open');
  menu.setAttribute('aria-expanded', 'true');
}

function closeMenu() {
  side.classList.remove('open');
  menu.setAttribute('aria-expanded', 'false');
}

function listed() {
  const entry = (name, shown) =>
    element('li', null, element('a', { href: address(name), 'data-name': name }, wrapping(shown)));
  const group = (title, names, isOpen) =>
    element(
      'details',
      { open: isOpen },
      element('summary', null, title, element('span', { class: 'count' }, number(names.length))),
      element(
        'ul',
        null,
        names.map(([name, shown]) => entry(name, shown)),
      ),
    );
  const parts = GROUPS.map(({ title, holds }) => ({
    title,
    names: tables.filter(holds).map((table) => [table.name, table.short]),
  }))
    .filter(({ names }) => names.length)
    .map(({ title, names }) => group(title, names, title === 'Marts'));
  const queries = data.checks.filter(
    (check) => check.text && !byName.has(`checks.${check.name}`) && !check.name.includes(': '),
  );
  parts.push(
    group('Settings', [['settings', 'all settings'], ...data.settings.map(({ name }) => [`settings.${name}`, name])]),
  );
  parts.push(group('Checks', [['checks', 'all checks'], ...queries.map(({ name }) => [`checks.${name}`, name])]));
  document.getElementById('list').replaceChildren(...parts);
}

const PAGES = {
  overview: () => overviewPage(),
  table: ({ table, column }) =>
    settingByName.has(table.name)
      ? [settingHead(settingByName.get(table.name)), ...tablePage(table, column).slice(1)]
      : tablePage(table, column),
  setting: ({ setting }) => settingPage(setting),
  settings: () => settingsPage(),
  check: ({ check }) => checkPage(check),
  checks: () => checksPage(),
  nothing: ({ address: name }) => [nothingPage(name)],
};

function show(isFirst) {
  let name = location.hash.slice(1);
  try {
    name = decodeURIComponent(name);
  } catch {
    // An address that is none is looked for as it stands.
  }
  const found = addressed(name);
  main.replaceChildren(...PAGES[found.kind](found).filter(Boolean));
  document.title = name === '' ? `${data.pipeline}: data dictionary` : `${name} · ${data.pipeline}`;
  const current = found.table?.name ?? name;
  for (const link of document.querySelectorAll('#list a')) {
    const isCurrent = link.dataset.name === current;
    if (isCurrent) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
    if (isCurrent) {
      link.closest('details').open = true;
      link.scrollIntoView({ block: 'nearest' });
    }
  }
  closeMenu();
  window.scrollTo(0, 0);
  if (!isFirst) main.querySelector('h1')?.focus({ preventScroll: true });
}

listed();
startSearch();
menu.addEventListener('click', () => (side.classList.contains('open') ? closeMenu() : openMenu()));
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && side.classList.contains('open')) {
    closeMenu();
    menu.focus();
  }
});
document.getElementById('skip').addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});
window.addEventListener('hashchange', () => show(false));
window.addEventListener('beforeprint', () =>
  document.querySelectorAll('main details').forEach((part) => {
    part.open = true;
  }),
);
show(true);
