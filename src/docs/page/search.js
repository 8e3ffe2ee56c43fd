// Search as you type, over names, columns and descriptions.

const SHOWN = 40;
let searched = null;

/** Everything that can be found: tables, columns, settings, checks. Made when somebody begins to search. */
function searchable() {
  const things = [];
  const add = (name, short, kind, says, weight) =>
    things.push({
      name,
      kind,
      says,
      weight,
      short: short.toLowerCase(),
      full: name.toLowerCase(),
      text: says.toLowerCase(),
    });
  for (const table of tables) {
    const weight = { marts: 24, staging: 10, landing: 6 }[table.schema] ?? 1;
    add(table.name, table.short, kindOf(table), table.purpose || table.row || '', weight + 8);
    table.columns.forEach((column, at) => {
      const says = described(columnOf(table, at));
      add(`${table.name}.${column.name}`, column.name, 'column', says ? says.text : '', weight / 2);
    });
  }
  for (const setting of data.settings) {
    if (!byName.has(`settings.${setting.name}`))
      add(`settings.${setting.name}`, setting.name, 'setting', setting.meaning, 3);
  }
  for (const check of data.checks) {
    if (check.text && !byName.has(`checks.${check.name}`))
      add(`checks.${check.name}`, check.name, 'check', check.says ?? '', 1);
  }
  return things;
}

function kindOf(table) {
  if (table.schema === 'marts') return table.short.startsWith('dim_') ? 'dimension' : 'mart';
  return {
    staging: 'entity',
    landing: 'extract',
    intermediate: 'intermediate',
    settings: 'setting',
    record: 'record',
    checks: 'check',
  }[table.schema];
}

/** How well a thing fits one word; 0 where it does not. */
function fit(thing, word) {
  if (thing.short === word || thing.full === word) return 100;
  if (thing.short.startsWith(word)) return 60;
  if (thing.short.includes(`_${word}`)) return 45;
  if (thing.full.includes(word)) return 30;
  const at = thing.text.indexOf(word);
  if (at < 0) return 0;
  return at === 0 || /\W/.test(thing.text[at - 1]) ? 12 : 4;
}

function search(text) {
  const words = text.toLowerCase().replaceAll('$', '').split(/\s+/).filter(Boolean);
  if (!words.length) return { all: 0, best: [] };
  const asked = words.join(' ');
  searched ??= searchable();
  const found = [];
  for (const thing of searched) {
    let score = thing.weight - thing.short.length / 50;
    for (const word of words) {
      const fits = fit(thing, word);
      score = fits ? score + fits : -Infinity;
    }
    // What has the words one behind the other is likelier meant.
    if (words.length > 1 && (thing.text.includes(asked) || thing.full.includes(words.join('_')))) score += 120;
    if (score > 0) found.push({ thing, score });
  }
  found.sort((one, other) => other.score - one.score || (one.thing.name < other.thing.name ? -1 : 1));
  return { all: found.length, best: found.slice(0, SHOWN).map(({ thing }) => thing) };
}

function startSearch() {
  const input = document.getElementById('search');
  const list = document.getElementById('found');
  const status = document.getElementById('found-count');
  let chosen = -1;
  const choose = (at) => {
    const options = [...list.children];
    options[chosen]?.setAttribute('aria-selected', 'false');
    chosen = options.length ? (at + options.length) % options.length : -1;
    options[chosen]?.setAttribute('aria-selected', 'true');
    options[chosen]?.scrollIntoView({ block: 'nearest' });
    if (chosen < 0) input.removeAttribute('aria-activedescendant');
    else input.setAttribute('aria-activedescendant', `found-${chosen}`);
  };
  const show = () => {
    const { all, best } = search(input.value);
    const isAsked = input.value.trim() !== '';
    list.hidden = !best.length;
    document.getElementById('list').hidden = isAsked;
    input.setAttribute('aria-expanded', String(best.length > 0));
    status.textContent = isAsked
      ? all > best.length
        ? `${number(all)} results, the best ${best.length} shown`
        : plural(all, 'result')
      : '';
    status.className = isAsked ? 'found-count' : 'unseen';
    list.replaceChildren(
      ...best.map((thing, at) =>
        element(
          'li',
          {
            role: 'option',
            id: `found-${at}`,
            'aria-selected': 'false',
            onclick: () => open(thing),
            'data-name': thing.name,
          },
          element('span', { class: 'found-name' }, wrapping(thing.name)),
          element('span', { class: 'found-kind' }, thing.kind),
          thing.says && element('span', { class: 'found-says' }, thing.says),
        ),
      ),
    );
    list.scrollTop = 0;
    chosen = -1;
    choose(0);
  };
  const open = (thing) => {
    input.value = '';
    show();
    input.blur();
    closeMenu();
    location.hash = address(thing.name);
  };
  input.addEventListener('input', show);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown') choose(chosen + 1);
    else if (event.key === 'ArrowUp') choose(chosen - 1);
    else if (event.key === 'Enter' && chosen >= 0) list.children[chosen].click();
    else if (event.key === 'Escape') {
      if (input.value === '') return input.blur();
      input.value = '';
      show();
    } else return undefined;
    event.preventDefault();
    return undefined;
  });
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target.matches?.('input, select, textarea');
    if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    openMenu();
    input.focus();
  });
}
