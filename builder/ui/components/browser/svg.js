// @ts-check
// Graphviz's SVG is made ready: which elements are nodes, buttons and lines, and what they are called.

import { fill, one, set } from './elements.js';

/** @import { DrawingMe } from '../types' */

const SVG = 'http://www.w3.org/2000/svg';

/** Put the SVG into the page. @param {DrawingMe} me */
export function prepare(me) {
  me.viewport.innerHTML = me.data.svg; // Graphviz made it from escaped labels, and Python let through nothing but shapes and text
  me.drawing = one(me.viewport, 'svg', SVGSVGElement);
  me.drawing.setAttribute('role', 'none');
  me.nodes = new Map();
  me.buttons = new Map();
  me.toggles = new Map();
  me.lines = [];
  for (const node of groups(me, '.cluster, .node')) prepareNode(me, node);
  for (const edge of groups(me, '.edge')) (me.inserts ? prepareInsert : prepareLine)(me, edge, titleIn(edge));
  for (const title of me.drawing.querySelectorAll('title')) title.remove(); // the browser would show them as tips
  const { width, height } = me.drawing.viewBox.baseVal;
  const words = me.drawing.querySelector('[data-kind] text') ?? me.drawing.querySelector('text');
  me.size = { width, height, text: parseFloat(words?.getAttribute('font-size') ?? '') || 12 };
}

/** @param {DrawingMe} me @param {string} selector @returns {NodeListOf<SVGGraphicsElement>} */
const groups = (me, selector) => me.drawing.querySelectorAll(selector);

/** @param {Element} element */
const titleIn = element => one(element, 'title', SVGElement).textContent ?? '';

/**
 * A node without a path is a text: it has no more than a tip.
 * @param {DrawingMe} me @param {SVGGraphicsElement} node
 */
function prepareNode(me, node) {
  const title = titleIn(node);
  node.dataset.title = title;
  if (!Object.hasOwn(me.data.nodes, title)) return;
  const shape = one(node, 'polygon, ellipse, path', SVGGraphicsElement);
  me.nodes.set(title, node);
  node.dataset.kind = 'select';
  node.setAttribute('role', 'button');
  node.style.setProperty('--family', shape.getAttribute('stroke'));
  centre(node, shape.getBBox());
  if (shape instanceof SVGPolygonElement && shape.points.numberOfItems === 5) shape.replaceWith(roundedBox(shape));
  if (Object.hasOwn(me.data.blocks, title)) prepareToggle(me, node, title);
}

/**
 * A block gets a button where Graphviz has drawn a triangle before its name.
 * @param {DrawingMe} me @param {SVGElement} node @param {string} title
 */
function prepareToggle(me, node, title) {
  const line = one(node, 'text', SVGTextElement);
  const open = me.data.blocks[title];
  line.textContent = (line.textContent ?? '').replace(/^[▸▾] /, '');
  if (open) line.setAttribute('x', String(Number(line.getAttribute('x')) + 8)); // it begins at the frame
  const { x, y, height } = line.getBBox();
  const toggle = button('toggle', title, x - 8, y + height / 2);
  toggle.setAttribute('aria-expanded', String(open));
  toggle.append(
    draw('circle', { r: 12, class: 'reach' }),
    draw('path', { d: open ? 'M-4.5-2.5h9L0 4z' : 'M-2.5-4.5v9L4 0z' }),
  );
  node.after(toggle);
  me.toggles.set(title, toggle);
}

/**
 * Graphviz places words of several sizes by the widths that they have in its font; ours is another.
 * @param {SVGElement} node @param {DOMRect} box
 */
function centre(node, { x, width }) {
  for (const line of node.querySelectorAll('text[text-anchor="start"]')) {
    line.setAttribute('text-anchor', 'middle');
    line.setAttribute('x', String(x + width / 2));
  }
}

/** @param {SVGPolygonElement} polygon */
function roundedBox(polygon) {
  const { x, y, width, height } = polygon.getBBox();
  return draw('rect', { x, y, width, height, rx: 5 });
}

/**
 * An edge a->b gets a "+" halfway, and a broad invisible line that makes it easy to point at.
 * @param {DrawingMe} me @param {SVGElement} edge @param {string} ends
 */
function prepareInsert(me, edge, ends) {
  if (!ends.split('->').every(end => Object.hasOwn(me.data.nodes, end))) return; // where several ways come together there is no one place
  const [title] = ends.split('->');
  const line = one(edge, 'path', SVGPathElement);
  const { x, y } = line.getPointAtLength(line.getTotalLength() / 2);
  const insert = button('insert', title, x, y);
  insert.append(
    draw('circle', { r: 11, class: 'reach' }),
    draw('circle', { r: 7 }),
    draw('path', { d: 'M-3.5 0h7M0-3.5v7' }),
  );
  edge.append(draw('path', { d: line.getAttribute('d') ?? '', class: 'reach' }), insert);
  if (!me.buttons.has(title)) me.buttons.set(title, insert);
}

/**
 * A straight line that is found by its ends: where many cross, the nearest is meant and not the topmost.
 * @param {DrawingMe} me @param {SVGGraphicsElement} edge @param {string} title
 */
function prepareLine(me, edge, title) {
  const line = one(edge, 'path', SVGPathElement);
  const [from, to] = [line.getPointAtLength(0), line.getPointAtLength(line.getTotalLength())];
  edge.dataset.title = title;
  me.lines.push({ edge, title, from, to, ends: title.split('->') });
}

/** @param {'toggle' | 'insert'} kind @param {string} title @param {number} x @param {number} y */
function button(kind, title, x, y) {
  const element = draw('g', { class: kind, role: 'button', transform: `translate(${x} ${y})` });
  Object.assign(element.dataset, { title, kind });
  return element;
}

/**
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag @param {Record<string, string | number>} attributes
 */
function draw(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

/** Names for screen readers; they change with the language while the drawing stays. @param {DrawingMe} me */
export function nameAll(me) {
  const { tips, labels, blocks } = me.data;
  me.nodes.forEach((node, title) => {
    const seen = [...node.querySelectorAll('text')].map(line => line.textContent ?? '');
    const [first, ...rest] = (tips[title] ?? '').split('\n');
    const known = !first || first.startsWith(seen[0]); // what is seen says by itself which node it is
    set(node, 'aria-label', (known ? seen : [first, ...seen]).join(', '));
    set(node, 'aria-description', (known ? [first, ...rest] : rest).join(', '));
  });
  me.toggles.forEach((toggle, title) => {
    const name = me.nodes.get(title)?.querySelector('text')?.textContent ?? '';
    set(toggle, 'aria-label', fill(blocks[title] ? labels.close : labels.open, { name }));
  });
  for (const insert of groups(me, '.insert')) {
    const { title = '' } = insert.dataset;
    set(insert, 'aria-label', fill(labels.insert, { name: (tips[title] ?? title).split('\n')[0] }));
  }
}
