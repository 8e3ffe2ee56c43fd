// Tables: a caption, headings that open definitions, numbers to the right, and how many rows are not shown.

const openDetails = new Set();

/**
 * columns: { key, label, show(row), define, text } – numeric unless `text`; the first names the row.
 */
function table({ caption, columns, rows, more, limit = 400 }) {
  const shown = rows.slice(0, limit);
  const cell = (column, row, place) => {
    const value = column.show ? column.show(row) : row[column.key];
    const content = value instanceof Node ? value : String(isKnown(value) ? value : NOT_KNOWN);
    const kind = column.text ? 'text' : 'number';
    return place === 0 ? el('th', { scope: 'row', class: kind }, content) : el('td', { class: kind, 'data-label': column.label }, content);
  };
  const left = rows.length - shown.length;
  return el('div', { class: 'table', tabindex: 0, role: 'region', 'aria-label': caption },
    el('table', null,
      el('caption', null, caption),
      el('thead', null, el('tr', null, columns.map((column) =>
        el('th', { scope: 'col', class: column.text ? 'text' : 'number' }, term(column.label, column.define))))),
      el('tbody', null, shown.map((row) => el('tr', null, columns.map((column, place) => cell(column, row, place)))))),
    left > 0 ? note(`${plural(left, 'row', 'rows')} more stand in the mart.`) : null,
    more ? note(more) : null);
}

/** Something to unfold, which stays unfolded when the page draws itself anew. */
function unfold(key, summary, content) {
  const details = el('details', { class: 'unfold', open: openDetails.has(key) }, el('summary', null, summary));
  const fill = () => { if (details.children.length === 1) details.append(content()); };
  if (details.open) fill();
  details.addEventListener('toggle', () => {
    if (details.open) { openDetails.add(key); fill(); } else openDetails.delete(key);
  });
  details.fill = fill;
  return details;
}
