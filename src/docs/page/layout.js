// Where the nodes of a graph without circles stand: layers from left to right, few crossings, neighbours at one height.

const NODE_WIDTH = 214;
const LAYER_GAP = 56;
const NODE_GAP = 14;

/**
 * Places nodes `{ id, height }` that edges `{ from, to }` join, by id. Gives each node its `x` and `y`, each edge the
 * points it goes through, and the size of all.
 */
function placed(nodes, edges) {
  const graph = new Map(nodes.map((node) => [node.id, { node, height: node.height, before: [], after: [] }]));
  for (const edge of edges) {
    graph.get(edge.from).after.push(graph.get(edge.to));
    graph.get(edge.to).before.push(graph.get(edge.from));
  }
  const layers = layered([...graph.values()]);
  for (const edge of edges) edge.through = bent(graph.get(edge.from), graph.get(edge.to), layers);
  straightened(layers);
  let height = 0;
  layers.forEach((layer, at) => {
    for (const vertex of layer) {
      height = Math.max(height, vertex.y + vertex.height);
      if (vertex.node) Object.assign(vertex.node, { x: at * (NODE_WIDTH + LAYER_GAP), y: vertex.y });
    }
  });
  for (const edge of edges)
    edge.bends = edge.through.map((vertex) => ({ x: vertex.layer * (NODE_WIDTH + LAYER_GAP), y: vertex.y }));
  return { width: layers.length * (NODE_WIDTH + LAYER_GAP) - LAYER_GAP, height };
}

/** Each node as near to its first reader as its sources let it. */
function layered(vertices) {
  const ordered = [];
  const visit = (vertex) => {
    if (vertex.layer !== undefined) return vertex.layer;
    vertex.layer = 0;
    for (const before of vertex.before) vertex.layer = Math.max(vertex.layer, visit(before) + 1);
    ordered.push(vertex);
    return vertex.layer;
  };
  vertices.forEach(visit);
  for (const vertex of ordered.reverse()) {
    if (vertex.after.length)
      vertex.layer = Math.max(vertex.layer, Math.min(...vertex.after.map((after) => after.layer)) - 1);
  }
  const first = Math.min(...vertices.map((vertex) => vertex.layer));
  const layers = [];
  for (const vertex of vertices) {
    vertex.layer -= first;
    (layers[vertex.layer] ??= []).push(vertex);
  }
  for (let at = 0; at < layers.length; at++) layers[at] ??= [];
  return layers;
}

/** An edge over several layers passes through each of them at a place of its own. */
function bent(from, to, layers) {
  const through = [];
  let last = from;
  for (let layer = from.layer + 1; layer < to.layer; layer++) {
    const bend = { layer, height: 4, before: [last], after: [] };
    if (last !== from) last.after = [bend];
    layers[layer].push(bend);
    through.push(bend);
    last = bend;
  }
  if (through.length) {
    last.after = [to];
    from.after[from.after.indexOf(to)] = through[0];
    to.before[to.before.indexOf(from)] = last;
  }
  return through;
}

const middle = (vertex) => vertex.y + vertex.height / 2;
const mean = (vertices, otherwise) =>
  vertices.length ? vertices.reduce((sum, vertex) => sum + middle(vertex), 0) / vertices.length : otherwise;

/** Orders each layer by the places of its neighbours, to and fro, and lets it settle at their height. */
function straightened(layers) {
  layers.forEach(stacked);
  for (let round = 0; round < 10; round++) {
    const goesRight = round % 2 === 0;
    for (const layer of goesRight ? layers : [...layers].reverse()) {
      for (const vertex of layer) vertex.wanted = mean(goesRight ? vertex.before : vertex.after, middle(vertex));
      layer.sort((one, other) => one.wanted - other.wanted);
      stacked(layer);
    }
  }
  for (let round = 0; round < 12; round++) {
    for (const layer of round % 2 ? layers : [...layers].reverse()) {
      for (const vertex of layer)
        vertex.wanted = mean([...vertex.before, ...vertex.after], middle(vertex)) - vertex.height / 2;
      settled(layer);
    }
  }
  const top = Math.min(...layers.flat().map((vertex) => vertex.y));
  for (const vertex of layers.flat()) vertex.y -= top;
}

function stacked(layer) {
  const height = layer.reduce((sum, vertex) => sum + vertex.height + NODE_GAP, -NODE_GAP);
  let y = -height / 2;
  for (const vertex of layer) {
    vertex.y = y;
    y += vertex.height + NODE_GAP;
  }
}

/** Each where it wants to be, as far as the order and the gaps allow: those that touch move as one block. */
function settled(layer) {
  const blocks = [];
  for (const vertex of layer) {
    let block = { vertices: [vertex], height: vertex.height, y: vertex.wanted, wants: vertex.wanted, count: 1 };
    let last = blocks.at(-1);
    while (last && last.y + last.height + NODE_GAP > block.y) {
      blocks.pop();
      const offset = last.height + NODE_GAP;
      const count = last.count + block.count;
      const wants = (last.wants * last.count + (block.wants - offset) * block.count) / count;
      block = {
        vertices: [...last.vertices, ...block.vertices],
        height: offset + block.height,
        y: wants,
        wants,
        count,
      };
      last = blocks.at(-1);
    }
    blocks.push(block);
  }
  for (const block of blocks) {
    let { y } = block;
    for (const vertex of block.vertices) {
      vertex.y = y;
      y += vertex.height + NODE_GAP;
    }
  }
}
