// What the lineage graph is about: the tables around a table, or the columns that a column comes from, as nodes and edges.

const MOST_NEIGHBOURS = 14;
const MOST_LINES = 7;
const HEAD_HEIGHT = 42;
const LINE_HEIGHT = 19;

/** What is shown of the neighbourhood; it stays as it is while one walks from table to table. */
const view = { up: 1, down: 1, columnsDown: 0, deciding: false, checks: false, scale: null };
const ALL = 99;

/** What checks compare is left out unless it is asked for, or the page is about it. */
const isWanted = (table, focus) => view.checks || table.schema !== 'checks' || focus.schema === 'checks';

/** Marts first, checks last. */
const LAYERS = ['marts', 'intermediate', 'staging', 'landing', 'settings', 'record', 'checks'];
const rankOf = (table) => LAYERS.indexOf(table.schema);
const sortedNeighbours = (places) =>
  places
    .map((place) => tables[place])
    .sort((one, other) => rankOf(one) - rankOf(other) || (one.name < other.name ? -1 : 1));

/** The tables within so many levels of a table, and those that somebody opened. */
function tablePicture(focus, opened) {
  const shown = new Set([focus]);
  const rests = [];
  const grow = (from, side, steps) => {
    let edge = [from];
    for (let step = 0; step < steps && edge.length; step++) {
      edge = edge
        .flatMap((table) => neighbours(table, side, focus, opened, rests))
        .filter((table) => !shown.has(table) && shown.add(table));
    }
  };
  grow(focus, 'inputs', view.up);
  grow(focus, 'readers', view.down);
  for (const key of opened) {
    const [name, side] = key.split(' ');
    if (side === 'inputs' || side === 'readers') grow(byName.get(name), side, 1);
  }
  const isHidden = (place) => !shown.has(tables[place]) && isWanted(tables[place], focus);
  const nodes = [...shown].map((table) => ({
    id: table.place,
    table,
    height: HEAD_HEIGHT,
    isFocus: table === focus,
    lines: [],
    hidden: { inputs: table.inputs.filter(isHidden).length, readers: table.readers.filter(isHidden).length },
  }));
  const edges = nodes.flatMap(({ table }) =>
    table.inputs
      .filter((place) => shown.has(tables[place]))
      .map((place) => ({
        from: place,
        to: table.place,
        kind: table === focus || tables[place] === focus ? 'near' : '',
      })),
  );
  for (const rest of rests) {
    const id = `${rest.table.name} all-${rest.side}`;
    if (nodes.some((node) => node.id === id) || !shown.has(rest.table)) continue;
    // One way to the others is enough.
    nodes.find((node) => node.table === rest.table).hidden[rest.side] = 0;
    nodes.push({ id, height: 30, more: rest.count, key: id });
    edges.push(
      rest.side === 'inputs'
        ? { from: id, to: rest.table.place, kind: '' }
        : { from: rest.table.place, to: id, kind: '' },
    );
  }
  return { nodes, edges, isOfColumns: false };
}

/** A table's neighbours on one side; of many the first, and how many more there are. */
function neighbours(table, side, focus, opened, rests) {
  const all = sortedNeighbours(table[side]).filter((other) => isWanted(other, focus));
  if (all.length <= MOST_NEIGHBOURS + 1 || opened.has(`${table.name} all-${side}`)) return all;
  rests.push({ table, side, count: all.length - MOST_NEIGHBOURS });
  return all.slice(0, MOST_NEIGHBOURS);
}

/** All columns that a column comes from, through all layers, and those that come from it. */
function columnPicture(focus, opened) {
  const follows = ({ column, flow }) => (view.deciding || flow !== DECIDES) && isWanted(column.table, focus.table);
  const above = reach(focus, ALL, (column) => column.sources.filter(follows));
  const below = reach(focus, view.columnsDown, (column) => column.feeds.filter(follows));
  const lit = new Set([...above.keys(), ...below.keys()]);
  const columnsOf = new Map();
  for (const column of [...lit].sort((one, other) => one.number - other.number)) {
    const of = columnsOf.get(column.table.place);
    if (of) of.push(column);
    else columnsOf.set(column.table.place, [column]);
  }
  const nodes = [...columnsOf].map(([place, columns]) => {
    const table = tables[place];
    const isWhole = columns.length <= MOST_LINES + 1 || opened.has(`${table.name} lines`);
    const lines = isWhole
      ? columns
      : [...columns].sort((one, other) => (other === focus) - (one === focus)).slice(0, MOST_LINES);
    const more = columns.length - lines.length;
    return {
      id: place,
      table,
      lines,
      more,
      isFocus: table === focus.table,
      focus,
      height: HEAD_HEIGHT + (lines.length + (more ? 1 : 0)) * LINE_HEIGHT + 6,
    };
  });
  const pairs = new Map();
  for (const column of lit) {
    for (const source of column.sources) {
      if (!follows(source) || !lit.has(source.column) || source.column.table === column.table) continue;
      const key = `${source.column.table.place} ${column.table.place}`;
      const edge = pairs.get(key) ?? { from: source.column.table.place, to: column.table.place, threads: [] };
      edge.threads.push({ from: source.column, to: column, flow: source.flow });
      pairs.set(key, edge);
    }
  }
  return { nodes, edges: [...pairs.values()], isOfColumns: true };
}
