// What sections are made of: elements, figures, definitions, notes. Text is only ever set as text.

function el(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A word whose definition is one click away: `mart.column`, or a mart. */
function term(text, define) {
  if (!define) return text;
  const [mart, column] = define.split('.');
  const known = SET.marts[mart];
  if (!known || (column && !known.columns[column])) return text;
  return el('button', { type: 'button', class: 'term', 'data-define': define, 'aria-haspopup': 'dialog' }, text);
}

function openDefinition(define) {
  const [mart, column] = define.split('.');
  const found = SET.marts[mart];
  const of = column ? found.columns[column] : null;
  const line = (name, value) => value ? [el('dt', null, name), el('dd', null, value)] : [];
  const dialog = document.getElementById('definition');
  dialog.replaceChildren(
    el('h2', { id: 'definition-title' }, column ? words(column) : words(mart)),
    el('p', null, (of ? of.description : found.description) || 'The contract says nothing of it.'),
    el('dl', null,
      line('Unit', of && of.unit),
      line('Computed as', of && of.formula),
      line('Type', of && of.type),
      line('Mart', of ? found.description : null),
      line('Ask for it', `select ${column || '*'} from marts.${mart}`)),
    el('form', { method: 'dialog' }, el('button', { class: 'primary' }, 'Close')));
  dialog.showModal();
}

document.addEventListener('click', (event) => {
  const asked = event.target.closest('[data-define]');
  if (asked) openDefinition(asked.dataset.define);
  if (event.target === document.getElementById('definition')) event.target.close();
});

/** One figure: what, how much, of when; the name opens its definition. */
function figure({ label, value, of, define, severity }) {
  return el('div', { class: `figure ${severity || ''}`, 'data-figure': define },
    el('dt', null, term(label, define)),
    el('dd', null, el('span', { class: 'value' }, value), of ? el('span', { class: 'of' }, of) : null));
}

function figures(...shown) {
  return el('dl', { class: 'figures' }, ...shown.filter(Boolean));
}

function section(id, title, lead, ...children) {
  return el('section', { id, 'aria-labelledby': `${id}-title` },
    el('div', { class: 'section-head' }, el('h2', { id: `${id}-title` }, title), el('p', { class: 'lead' }, lead)),
    ...children);
}

function block(title, lead, ...children) {
  return el('div', { class: 'block' }, el('h3', null, title), lead ? el('p', { class: 'lead' }, lead) : null, ...children);
}

function note(text) {
  return el('p', { class: 'note' }, text);
}

/** Which of the filters do not act here, in words; null where all do. */
function unfiltered(names) {
  if (!names.length) return null;
  const all = names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}` : names[0];
  const verb = names.length > 1 ? 'filters do' : 'filter does';
  return note(`The ${all} ${verb} not act here: these figures are not broken down by it.`);
}

/**
 * Why an answer has no rows: the mart is not published, it is empty, all is well (in the words given), or the filters
 * leave none. Null where it has rows.
 */
function nothing(name, well) {
  const answer = SET.answers[name];
  if (!answer) return el('p', { class: 'nothing' }, `The query sql/report/${name}.sql is not part of this page.`);
  if (answer.missing.length) {
    const many = answer.missing.length > 1;
    return absent(`The mart${many ? 's' : ''} ${answer.missing.join(', ')} ${many ? 'are' : 'is'} not published in this set.`, answer.missing);
  }
  const [mart] = answer.marts;
  if (SET.marts[mart] && SET.marts[mart].rows === 0) return absent(`The mart ${mart} is empty.`, [mart]);
  if (!answer.rows) return el('p', { class: 'nothing good' }, well || `The mart ${mart} has nothing of this kind.`);
  return rowsOf(name).length ? null : el('p', { class: 'nothing' }, 'The filters leave nothing here.');
}

/** Marts that one of several extracts fills: their contracts name none that they could not do without. */
const ONE_OF = {
  forecast_accuracy_summary: 'sales_orders or sales', forecast_value_added: 'sales_orders or sales', demand_signals: 'sales_orders or sales',
  aging_stock_buckets: 'stock_movements or stock_balances', excess_stock: 'stock_movements or stock_balances',
  supply_projection: 'stock_movements, stock_balances, sales_orders, forecasts or production_plans', quota_attainment: 'sales_targets or sales',
};

function absent(text, marts) {
  const named = [...new Set(marts.flatMap((mart) => (SET.marts[mart] || { needs: [] }).needs))];
  const needs = named.length ? named.join(', ') : marts.map((mart) => ONE_OF[mart]).find(Boolean);
  return el('p', { class: 'nothing' }, needs ? `${text} What would fill it: extracts for ${needs}.` : text);
}

/** A choice among a few, which a section redraws itself by. */
function choice(label, options, value, onchange) {
  const select = el('select', { onchange: (event) => onchange(event.target.value) },
    options.map(([key, name]) => el('option', { value: key, selected: key === value }, name)));
  return el('label', { class: 'choice' }, el('span', null, label), select);
}

/** A part of the page that draws itself anew where something is chosen in it. */
function redrawn(draw) {
  const place = el('div', { class: 'redrawn' });
  const again = () => {
    const focused = place.contains(document.activeElement) ? document.activeElement.closest('[data-keep]') : null;
    place.replaceChildren(...[draw(again)].flat().filter(Boolean));
    if (focused) {
      const same = place.querySelector(`[data-keep="${CSS.escape(focused.dataset.keep)}"]`);
      if (same) same.focus();
    }
  };
  again();
  return place;
}
