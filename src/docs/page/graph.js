// The lineage graph as it is drawn and used. Its nodes are links; what it shows stands beside it as lists, too.

/** The scale of what is shown; of `view`, null leaves it to the room, and 'fit' shows all. */
let scaleShown = 1;

/** The graph of a table or of one of its columns, with what changes it. */
function lineageGraph(table, column) {
  const opened = new Set();
  const pane = element('div', {
    class: 'graph-pane',
    role: 'group',
    'aria-label': `Lineage of ${column ? fullName(column) : table.name}: links to the tables`,
  });
  const tools = element('div', { class: 'graph-tools' });
  const section = element('div', { class: column ? 'graph of-column' : 'graph' }, tools, pane);
  const draw = (focused) => {
    const picture = column ? columnPicture(column, opened) : tablePicture(table, opened);
    tools.replaceChildren(...controls(table, column, draw));
    paint(pane, picture, (key) => {
      opened.add(key);
      draw(key);
    });
    walkable(pane, focused);
  };
  draw();
  return section;
}

function controls(table, column, draw) {
  const stepper = (label, name, least) => {
    const step = (by) => {
      const from = view[name] === ALL ? 6 : view[name];
      view[name] = Math.min(Math.max(from + by, least), 6);
      draw();
    };
    const value = view[name] === ALL ? 'all' : view[name];
    return element(
      'span',
      { class: 'stepper' },
      label,
      element('button', { type: 'button', 'aria-label': `${label}: one less`, onclick: () => step(-1) }, '−'),
      element('output', { 'aria-label': label }, value),
      element('button', { type: 'button', 'aria-label': `${label}: one more`, onclick: () => step(1) }, '+'),
    );
  };
  const choose = element(
    'select',
    {
      'aria-label': 'Column whose lineage is shown',
      onchange: (event) => {
        location.hash = address(event.target.value ? `${table.name}.${event.target.value}` : table.name);
      },
    },
    element('option', { value: '' }, 'whole table'),
    table.columns.map(({ name }) => element('option', { value: name, selected: column?.column.name === name }, name)),
  );
  const zoom = (by) => {
    view.scale = Math.min(Math.max(scaleShown * by, 0.2), 2);
    draw();
  };
  const box = (name, label) =>
    element(
      'label',
      { class: 'check' },
      element('input', {
        type: 'checkbox',
        checked: view[name],
        onchange: (event) => {
          view[name] = event.target.checked;
          draw();
        },
      }),
      label,
    );
  const parts = [element('label', null, 'Column ', choose)];
  if (column) {
    parts.push(stepper('steps down', 'columnsDown', 0));
    parts.push(box('deciding', 'also what decides'));
  } else {
    parts.push(stepper('levels up', 'up', 0), stepper('levels down', 'down', 0));
  }
  parts.push(box('checks', 'with checks'));
  parts.push(
    element(
      'span',
      { class: 'stepper zoom' },
      element('button', { type: 'button', 'aria-label': 'Smaller', onclick: () => zoom(1 / 1.25) }, '−'),
      element(
        'button',
        {
          type: 'button',
          onclick: () => {
            view.scale = 'fit';
            draw();
          },
        },
        'fit',
      ),
      element('button', { type: 'button', 'aria-label': 'Larger', onclick: () => zoom(1.25) }, '+'),
    ),
  );
  return parts;
}

function paint(pane, { nodes, edges, isOfColumns }, open) {
  const size = placed(nodes, edges);
  const margin = 22;
  const [width, height] = [size.width + 2 * margin, size.height + 2 * margin];
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const svg = drawn('svg', { viewBox: `${-margin} ${-margin} ${width} ${height}` });
  const lines = edges.flatMap((edge) => threads(edge, byId));
  svg.append(
    drawn('g', { class: 'edges', 'aria-hidden': 'true' }, lines),
    ...nodes.map((node) => nodeDrawn(node, isOfColumns, open)),
  );
  pane.replaceChildren(svg);
  const fit = () => {
    const room = pane.clientWidth || 900;
    const whole = Math.min(1, room / width);
    const scale = view.scale === 'fit' ? whole : (view.scale ?? Math.max(whole, 0.66));
    scaleShown = scale;
    svg.setAttribute('width', Math.round(width * scale));
    svg.setAttribute('height', Math.round(height * scale));
    const focus = nodes.find((node) => node.isFocus);
    pane.scrollLeft = (focus.x + margin + NODE_WIDTH / 2) * scale - room / 2;
    pane.scrollTop = (focus.y + margin + focus.height / 2) * scale - pane.clientHeight / 2;
  };
  if (pane.isConnected) fit();
  else requestAnimationFrame(fit);
}

/** An edge as one line or, where columns are shown, a line from column to column. */
function threads(edge, byId) {
  const [from, to] = [byId.get(edge.from), byId.get(edge.to)];
  if (!edge.threads)
    return [
      drawn('path', {
        class: `edge ${edge.kind}`,
        d: line([from.x + NODE_WIDTH, from.y + from.height / 2], edge.bends, [to.x, to.y + to.height / 2]),
      }),
    ];
  const heightOf = (node, column) => {
    const at = node.lines.indexOf(column);
    return node.y + HEAD_HEIGHT + (at < 0 ? node.lines.length : at) * LINE_HEIGHT + LINE_HEIGHT / 2;
  };
  const seen = new Set();
  return edge.threads.flatMap((thread) => {
    const d = line([from.x + NODE_WIDTH, heightOf(from, thread.from)], edge.bends, [to.x, heightOf(to, thread.to)]);
    if (seen.has(d)) return [];
    seen.add(d);
    return [drawn('path', { class: `edge lit ${FLOWS[thread.flow].name}`, d })];
  });
}

/** A curve from one node through the layers between to another. */
function line(start, bends, end) {
  const points = [
    start,
    ...bends.flatMap((bend) => [
      [bend.x, bend.y],
      [bend.x + NODE_WIDTH, bend.y],
    ]),
    end,
  ];
  let d = `M${points[0].map(Math.round)}`;
  for (let at = 1; at < points.length; at++) {
    const [[x, y], [nextX, nextY]] = [points[at - 1], points[at]];
    const half = (nextX - x) / 2;
    d +=
      at % 2
        ? `C${[x + half, y, nextX - half, nextY, nextX, nextY].map(Math.round)}`
        : `L${[nextX, nextY].map(Math.round)}`;
  }
  return d;
}

const ruler = document.createElement('canvas').getContext('2d');

/** As much of a text as has room in a node. */
function cut(text, font) {
  ruler.font = `${font} ${getComputedStyle(document.body).fontFamily}`;
  const room = NODE_WIDTH - 30;
  let shown = text;
  while (shown && ruler.measureText(shown === text ? text : `${shown}…`).width > room) shown = shown.slice(0, -1);
  return shown === text ? text : `${shown}…`;
}

function nodeDrawn(node, isOfColumns, open) {
  const group = drawn('g', {
    class: 'node-group',
    transform: `translate(${Math.round(node.x)} ${Math.round(node.y)})`,
  });
  if (node.key) {
    group.append(
      button(
        `Show ${plural(node.more, 'more table')}`,
        () => open(node.key),
        node.key,
        drawn('rect', { class: 'more', width: NODE_WIDTH, height: node.height, rx: 6 }),
        drawn('text', { x: 12, y: 19, class: 'more-text' }, `${plural(node.more, 'more table')} …`),
      ),
    );
    return group;
  }
  const { table } = node;
  const link = drawn(
    'a',
    {
      href: address(table.name),
      class: `node ${node.isFocus ? 'focus' : ''} ${kindOf(table)}`,
      'data-place': table.place,
      'aria-current': node.isFocus && 'true',
    },
    drawn('title', null, node.isFocus ? `${table.name}, the table of this page` : table.name),
    drawn('rect', { class: 'box', width: NODE_WIDTH, height: node.height, rx: 6 }),
    drawn('path', { class: 'side-mark', d: `M0 6a6 6 0 0 1 6 -6V${node.height}a6 6 0 0 1 -6 -6Z` }),
    drawn('text', { x: 14, y: 16, class: 'node-kind' }, table.schema),
    drawn('text', { x: 14, y: 32, class: 'node-name' }, cut(table.short, '600 13px')),
  );
  group.append(link);
  node.lines.forEach((column, at) => {
    const isChosen = column === node.focus;
    group.append(
      drawn(
        'a',
        { href: address(fullName(column)), class: `node-column ${isChosen ? 'chosen' : ''}` },
        drawn('title', null, fullName(column)),
        drawn('rect', {
          x: 6,
          y: HEAD_HEIGHT + at * LINE_HEIGHT,
          width: NODE_WIDTH - 12,
          height: LINE_HEIGHT - 1,
          rx: 3,
        }),
        drawn('text', { x: 14, y: HEAD_HEIGHT + at * LINE_HEIGHT + 13.5 }, cut(column.column.name, '600 12px')),
      ),
    );
  });
  if (isOfColumns && node.more) {
    const key = `${table.name} lines`;
    group.append(
      button(
        `Show ${plural(node.more, 'more column')} of ${table.name}`,
        () => open(key),
        key,
        drawn(
          'text',
          { x: 14, y: HEAD_HEIGHT + node.lines.length * LINE_HEIGHT + 13.5, class: 'more-text' },
          `${plural(node.more, 'more column')} …`,
        ),
      ),
    );
  }
  for (const [side, x, words] of [
    ['inputs', 0, 'that it reads'],
    ['readers', NODE_WIDTH, 'that read it'],
  ]) {
    const count = node.hidden?.[side];
    if (!count) continue;
    const key = `${table.name} ${side}`;
    group.append(
      button(
        `Show ${plural(count, 'more table')} ${words}: ${table.name}`,
        () => open(key),
        key,
        drawn('circle', { class: 'opener', cx: x, cy: node.height / 2, r: 11 }),
        drawn(
          'text',
          { class: 'opener-text', x, y: node.height / 2 + 3.5, 'text-anchor': 'middle' },
          count > 99 ? '…' : `+${count}`,
        ),
      ),
    );
  }
  return group;
}

/** What opens more of the graph; keys and pointers alike. */
function button(label, act, key, ...inside) {
  return drawn(
    'g',
    {
      class: 'open',
      role: 'button',
      tabindex: '0',
      'aria-label': label,
      'data-key': key,
      onclick: act,
      onkeydown: (event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        act();
      },
    },
    drawn('title', null, label),
    ...inside,
  );
}

/** Arrow keys go from node to node; what was opened by keyboard leaves the focus where it was. */
function walkable(pane, focused) {
  const nodes = [...pane.querySelectorAll('a.node')];
  const middleOf = (node) => {
    const box = node.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };
  pane.onkeydown = (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const from = event.target.closest?.('a.node');
    if (!way || !from) return;
    event.preventDefault();
    const [x, y] = middleOf(from);
    let best = null;
    for (const node of nodes) {
      const [dx, dy] = [middleOf(node)[0] - x, middleOf(node)[1] - y];
      const along = dx * way[0] + dy * way[1];
      if (along < 5) continue;
      const aside = Math.abs(way[0] ? dy : dx);
      if (way[1] && aside > 20) continue;
      const distance = along + 2 * aside;
      if (!best || distance < best.distance) best = { node, distance };
    }
    best?.node.focus();
  };
  if (!focused) return;
  const again = [...pane.querySelectorAll('[data-key]')].find((opener) => opener.dataset.key === focused);
  (again ?? nodes.find((node) => byName.get(focused.split(' ')[0])?.place === Number(node.dataset.place)))?.focus();
}
