// The drawing of the network: Graphviz's SVG with nodes to select, lines to insert into or to read, tips, zoom and pan.
// A node or line is known by its title in the SVG. data.nodes: the path that a node selects; data.tips: what hovering shows;
// data.blocks: is the block open?

import { fill, send, set, update } from './wire.js';

export default component => update(component, create, draw);

const SMALLEST_TEXT = 10; // pixels: fitting never makes text smaller, the drawing then scrolls
const LARGEST_FIT = 1.7; // pixels a unit
const ZOOM = { least: 0.2, most: 4 };
const REACH = 7; // pixels from a line within which it is meant
const READING = 4000; // ms that a tip stays after a tap
const MARGIN = 24; // pixels kept around a node that is scrolled into sight
const SVG = 'http://www.w3.org/2000/svg';

function create(root) {
  const me = { viewport: root.querySelector('.viewport'), tip: root.querySelector('.tip'), root, zoom: null, svg: null, selected: null, lines: [] };
  const { viewport } = me;
  viewport.onclick = event => onClick(me, event);
  viewport.ondblclick = event => onDoubleClick(me, event);
  viewport.onkeydown = event => onKey(me, event);
  viewport.onwheel = event => onWheel(me, event);
  viewport.onpointerdown = event => onPress(me, event);
  viewport.onpointermove = event => onHover(me, event);
  viewport.onpointerleave = event => event.pointerType === 'mouse' && hideTip(me);
  viewport.onscroll = () => hideTip(me);
  viewport.addEventListener('focusin', event => onFocus(me, event)); // there is no onfocusin
  viewport.addEventListener('focusout', () => hideTip(me));
  root.querySelector('.tools').onclick = event => onTool(me, event);
  new ResizeObserver(() => resize(me)).observe(viewport);
  return me;
}

// ---- drawing ----------------------------------------------------------------------------------------------------

function draw(me) {
  const { svg, selected, label, description, labels, height } = me.data;
  set(me.viewport, 'aria-label', label);
  me.root.querySelector('#description').textContent = description;
  me.viewport.style.height = height;
  [labels.zoom_in, labels.zoom_out, labels.fit].forEach((text, at) => {
    const tool = me.root.querySelectorAll('[data-zoom]')[at];
    tool.title = text;
    set(tool, 'aria-label', text);
  });
  const changed = svg !== me.svg;
  const moved = selected !== me.selected;
  const focused = me.root.activeElement?.closest('[data-kind]')?.dataset;
  if (changed) replace(me);
  name(me);
  paint(me, selected);
  if (changed && focused) refocus(me, focused);
  if (changed || moved) reveal(me, me.nodes.get(titleOf(me, selected)));
}

/** Only a changed drawing touches the SVG's elements; a selection only changes attributes. */
function replace(me) {
  hideTip(me);
  me.svg = me.data.svg;
  if (me.inserts !== me.data.inserts) me.zoom = null; // another view
  me.inserts = me.data.inserts;
  me.viewport.innerHTML = me.svg; // Graphviz made it from escaped labels, and Python let through nothing but shapes and text
  me.drawing = me.viewport.querySelector('svg');
  me.drawing.setAttribute('role', 'none');
  const box = me.drawing.viewBox.baseVal;
  me.nodes = new Map();
  me.buttons = new Map(); // the "+" behind a node
  me.toggles = new Map(); // the buttons that open and close a block
  me.lines = [];
  for (const node of me.drawing.querySelectorAll('.cluster, .node')) prepareNode(me, node);
  for (const edge of me.drawing.querySelectorAll('.edge')) (me.inserts ? prepareInsert : prepareLine)(me, edge, titleIn(edge));
  for (const title of me.drawing.querySelectorAll('title')) title.remove(); // the browser would show them as tips
  const words = me.drawing.querySelector('[data-kind] text') ?? me.drawing.querySelector('text');
  me.size = { width: box.width, height: box.height, text: parseFloat(words?.getAttribute('font-size')) || 12 };
  resize(me);
}

/** The element that had the focus is gone; give it to the one that took its place. */
function refocus(me, { title, kind }) {
  const now = me.nodes.has(title) ? title : titleOf(me, pathOf(me, title)); // a block has another title when it is open
  const own = { insert: me.buttons, toggle: me.toggles }[kind]?.get(now);
  const element = own || me.nodes.get(now) || me.nodes.get(titleOf(me, me.selected));
  if (!element) return;
  setCurrent(me, element.dataset.title);
  element.focus({ preventScroll: true });
}

const titleIn = element => element.querySelector('title').textContent;
const pathOf = (me, title) => me.data.nodes[title];

/** The first node that selects `path`. */
const titleOf = (me, path) => [...me.nodes.keys()].find(title => pathOf(me, title) === path);

/** A node without a path is a text: it has no more than a tip. */
function prepareNode(me, node) {
  const title = titleIn(node), shape = node.querySelector('polygon, ellipse, path');
  node.dataset.title = title;
  if (!Object.hasOwn(me.data.nodes, title)) return;
  me.nodes.set(title, node);
  node.dataset.kind = 'select';
  node.setAttribute('role', 'button');
  node.style.setProperty('--family', shape.getAttribute('stroke'));
  centre(node, shape.getBBox());
  if (shape.points?.numberOfItems === 5) shape.replaceWith(roundedBox(shape));
  if (Object.hasOwn(me.data.blocks, title)) prepareToggle(me, node, title);
}

/** A block gets a button where Graphviz has drawn a triangle before its name. */
function prepareToggle(me, node, title) {
  const line = node.querySelector('text'), open = me.data.blocks[title];
  line.textContent = line.textContent.replace(/^[▸▾] /, '');
  if (open) line.setAttribute('x', Number(line.getAttribute('x')) + 8); // it begins at the frame
  const { x, y, height } = line.getBBox();
  const toggle = make('g', { class: 'toggle', role: 'button', 'aria-expanded': open, transform: `translate(${x - 8} ${y + height / 2})` });
  Object.assign(toggle.dataset, { title, kind: 'toggle' });
  toggle.append(make('circle', { r: 12, class: 'reach' }), make('path', { d: open ? 'M-4.5-2.5h9L0 4z' : 'M-2.5-4.5v9L4 0z' }));
  node.after(toggle);
  me.toggles.set(title, toggle);
}

/** Graphviz places words of several sizes by the widths that they have in its font; ours is another. */
function centre(node, { x, width }) {
  for (const line of node.querySelectorAll('text[text-anchor="start"]')) {
    line.setAttribute('text-anchor', 'middle');
    line.setAttribute('x', x + width / 2);
  }
}

function roundedBox(polygon) {
  const points = [...polygon.points], xs = points.map(p => p.x), ys = points.map(p => p.y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return make('rect', { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y, rx: 5 });
}

/** An edge a->b gets a "+" halfway, and a broad invisible line that makes it easy to point at. */
function prepareInsert(me, edge, ends) {
  if (!ends.split('->').every(end => Object.hasOwn(me.data.nodes, end))) return; // where several ways come together there is no one place
  const [title] = ends.split('->'), line = edge.querySelector('path');
  const { x, y } = line.getPointAtLength(line.getTotalLength() / 2);
  const button = make('g', { class: 'insert', role: 'button', transform: `translate(${x} ${y})` });
  Object.assign(button.dataset, { title, kind: 'insert' });
  button.append(make('circle', { r: 11, class: 'reach' }), make('circle', { r: 7 }), make('path', { d: 'M-3.5 0h7M0-3.5v7' }));
  edge.append(make('path', { d: line.getAttribute('d'), class: 'reach' }), button);
  if (!me.buttons.has(title)) me.buttons.set(title, button);
}

/** A straight line that is found by its ends: where many cross, the nearest is meant and not the topmost. */
function prepareLine(me, edge, title) {
  const line = edge.querySelector('path');
  const [from, to] = [line.getPointAtLength(0), line.getPointAtLength(line.getTotalLength())];
  edge.dataset.title = title;
  me.lines.push({ edge, title, from, to, ends: title.split('->') });
}

function make(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/** Names for screen readers; they change with the language while the drawing stays. */
function name(me) {
  const { tips, labels } = me.data;
  me.nodes.forEach((node, title) => {
    const seen = [...node.querySelectorAll('text')].map(line => line.textContent), [first, ...rest] = (tips[title] ?? '').split('\n');
    const known = !first || first.startsWith(seen[0]); // what is seen says by itself which node it is
    set(node, 'aria-label', (known ? seen : [first, ...seen]).join(', '));
    set(node, 'aria-description', (known ? [first, ...rest] : rest).join(', '));
  });
  me.toggles.forEach((toggle, title) => {
    const name = me.nodes.get(title).querySelector('text').textContent;
    set(toggle, 'aria-label', fill(me.data.blocks[title] ? labels.close : labels.open, { name }));
  });
  for (const button of me.drawing.querySelectorAll('.insert')) {
    const { title } = button.dataset;
    set(button, 'aria-label', fill(labels.insert, { name: (tips[title] ?? title).split('\n')[0] }));
  }
}

function paint(me, selected) {
  me.selected = selected;
  me.nodes.forEach((node, title) => set(node, 'aria-pressed', pathOf(me, title) === selected));
  const focused = me.root.activeElement?.closest('[data-kind="select"]')?.dataset.title;
  setCurrent(me, focused ?? titleOf(me, selected) ?? me.nodes.keys().next().value);
}

/** Tab reaches one node, then what opens or closes it, and the "+" behind it. */
function setCurrent(me, current) {
  me.nodes.forEach((node, title) => set(node, 'tabindex', title === current ? 0 : -1));
  for (const buttons of [me.toggles, me.buttons]) buttons.forEach((button, title) => set(button, 'tabindex', title === current ? 0 : -1));
}

// ---- size and place ---------------------------------------------------------------------------------------------

function resize(me) {
  if (me.size && me.viewport.clientWidth) scale(me, me.zoom ?? fitting(me));
}

function fitting(me) {
  const style = getComputedStyle(me.viewport);
  const width = me.viewport.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  const height = me.viewport.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
  const tall = height / me.size.height, whole = Math.min(width / me.size.width, tall, LARGEST_FIT), least = SMALLEST_TEXT / me.size.text;
  return whole < least && !me.inserts ? Math.max(least, Math.min(1, tall)) : Math.max(whole, least); // neurons: what scrolls anyway may be as tall as the panel
}

function scale(me, factor) {
  me.factor = factor;
  me.drawing.setAttribute('width', me.size.width * factor);
  me.drawing.setAttribute('height', me.size.height * factor);
}

/** Zoom so that the point (x, y) of the screen keeps its place. */
function zoomTo(me, zoom, x, y) {
  const before = me.drawing.getBoundingClientRect(), factor = me.factor;
  me.zoom = zoom && Math.min(Math.max(zoom, ZOOM.least), ZOOM.most);
  resize(me);
  const after = me.drawing.getBoundingClientRect(), ratio = me.factor / factor;
  me.viewport.scrollLeft += after.left + (x - before.left) * ratio - x;
  me.viewport.scrollTop += after.top + (y - before.top) * ratio - y;
}

function onTool(me, event) {
  const by = event.target.closest('[data-zoom]')?.dataset.zoom;
  if (!by) return;
  const box = me.viewport.getBoundingClientRect();
  zoomTo(me, by === 'fit' ? null : me.factor * by, box.left + box.width / 2, box.top + box.height / 2);
  if (by === 'fit') reveal(me, me.nodes.get(titleOf(me, me.selected)));
}

function onWheel(me, event) {
  if (!event.ctrlKey) return; // a plain wheel scrolls
  event.preventDefault();
  zoomTo(me, me.factor * Math.exp(-event.deltaY / 300), event.clientX, event.clientY);
}

/** Scroll the drawing, never the page, until `node` can be seen. */
function reveal(me, node) {
  if (!node) return;
  const view = me.viewport.getBoundingClientRect(), box = node.getBoundingClientRect();
  const shift = (low, high, least, most) => (low < least + MARGIN ? low - least - MARGIN : high > most - MARGIN ? high - most + MARGIN : 0);
  me.viewport.scrollLeft += shift(box.left, box.right, view.left, view.right);
  if (me.viewport.scrollHeight > me.viewport.clientHeight) me.viewport.scrollTop += shift(box.top, box.bottom, view.top, view.bottom);
}

/** A mouse drags the drawing about; fingers scroll it without help. */
function onPress(me, press) {
  if (press.pointerType !== 'mouse') {
    onHover(me, press);
    setTimeout(() => hideTip(me), READING);
  }
  if (press.pointerType !== 'mouse' || press.button !== 0) return;
  const { viewport } = me, { scrollLeft, scrollTop } = viewport;
  me.panned = false;
  const hover = viewport.onpointermove;
  viewport.onpointermove = move => {
    const [dx, dy] = [move.clientX - press.clientX, move.clientY - press.clientY];
    if (!me.panned && Math.hypot(dx, dy) < 4) return;
    if (!me.panned) {
      viewport.setPointerCapture(press.pointerId);
      hideTip(me);
    }
    me.panned = true;
    viewport.scrollLeft = scrollLeft - dx;
    viewport.scrollTop = scrollTop - dy;
  };
  viewport.onpointerup = viewport.onpointercancel = () => {
    viewport.onpointerup = viewport.onpointercancel = null;
    viewport.onpointermove = hover;
    setTimeout(() => { me.panned = false; }); // after the click that ends the drag
  };
}

// ---- gestures ---------------------------------------------------------------------------------------------------

const targetOf = event => event.target.closest('[data-kind]');

function onClick(me, event) {
  const target = targetOf(event);
  if (target && !me.panned) act(me, target);
}

/** A block opens and closes; what is none stays as it is. */
function onDoubleClick(me, event) {
  const target = targetOf(event);
  if (target?.dataset.kind === 'select' && !me.panned) send(me, { type: 'toggle', path: pathOf(me, target.dataset.title) });
}

function act(me, { dataset: { kind, title } }) {
  const path = pathOf(me, title);
  hideTip(me);
  if (kind === 'select') {
    paint(me, path);
    setCurrent(me, title);
  }
  send(me, { type: kind, path });
}

function onKey(me, event) {
  const target = targetOf(event);
  if (!target || event.ctrlKey || event.altKey || event.metaKey) return;
  const { title } = target.dataset, titles = [...me.nodes.keys()], at = titles.indexOf(title);
  const to = { ArrowDown: titles[at + 1], ArrowUp: titles[at - 1], Home: titles[0], End: titles.at(-1) };
  if (event.key in to) go(me, to[event.key]);
  else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') go(me, beside(me, title, event.key === 'ArrowRight' ? 1 : -1));
  else if (event.key === 'Enter' || event.key === ' ') act(me, target);
  else if (event.key === 'o') send(me, { type: 'toggle', path: pathOf(me, title) });
  else if (event.key === '+' && me.inserts) send(me, { type: 'insert', path: pathOf(me, title) });
  else if (event.key === 'Escape' && me.tip.matches(':popover-open')) hideTip(me);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** The node next to `title` on its right (1) or left (-1): the nearest column, and in it the nearest height. */
function beside(me, title, side) {
  const middle = node => {
    const box = node.getBBox();
    return [box.x + box.width / 2, box.y + box.height / 2];
  };
  const [x, y] = middle(me.nodes.get(title));
  const far = [...me.nodes].map(([other, node]) => {
    const [left, top] = middle(node);
    return { other, across: Math.round((left - x) * side), along: Math.abs(top - y) };
  });
  const near = far.filter(({ across }) => across > 1).sort((a, b) => a.across - b.across || a.along - b.along);
  return near[0]?.other;
}

function go(me, title) {
  const node = me.nodes.get(title);
  if (!node) return;
  setCurrent(me, title);
  reveal(me, node);
  node.focus({ preventScroll: true });
}

function onFocus(me, event) {
  const target = targetOf(event);
  if (target) setCurrent(me, target.dataset.title);
  if (target?.matches(':focus-visible')) showTip(me, target, target.getBoundingClientRect());
}

// ---- tips -------------------------------------------------------------------------------------------------------

function onHover(me, event) {
  if (event.buttons && event.pointerType === 'mouse') return;
  const target = event.target.closest('.insert, .toggle, .node, .cluster'), line = target ? null : nearest(me, event.clientX, event.clientY);
  if (target) showTip(me, target, target.getBoundingClientRect());
  else if (line) showTip(me, line.edge, new DOMRect(event.clientX - 6, event.clientY - 8, 12, 16));
  else hideTip(me);
}

/** The line that the point (x, y) of the screen is nearest to, if it is near one. */
function nearest(me, x, y) {
  if (!me.lines.length) return null;
  const at = new DOMPoint(x, y).matrixTransform(me.lines[0].edge.getScreenCTM().inverse());
  let [found, least] = [null, REACH / me.factor];
  for (const line of me.lines) {
    const away = distance(at, line);
    if (away < least) [found, least] = [line, away];
  }
  return found;
}

function distance({ x, y }, { from, to }) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const part = Math.min(1, Math.max(0, ((x - from.x) * dx + (y - from.y) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(from.x + part * dx - x, from.y + part * dy - y);
}

/** Show what `target` is beside `box`; of the lines, only its own stay strong. */
function showTip(me, target, box) {
  const { title, kind } = target.dataset;
  const text = kind === 'insert' || kind === 'toggle' ? target.getAttribute('aria-label') : me.data.tips[title];
  if (!text) return hideTip(me);
  light(me, title);
  if (me.tip.textContent !== text) me.tip.textContent = text;
  if (!me.tip.matches(':popover-open')) me.tip.showPopover();
  const tip = me.tip.getBoundingClientRect(), below = box.bottom + 6, above = box.top - tip.height - 6;
  me.tip.style.left = `${Math.max(4, Math.min(box.left + box.width / 2 - tip.width / 2, innerWidth - tip.width - 4))}px`;
  me.tip.style.top = `${below + tip.height < innerHeight || above < 4 ? below : above}px`;
}

function hideTip(me) {
  light(me, null);
  if (me.tip.matches(':popover-open')) me.tip.hidePopover();
}

/** Let the lines that are `title`, or end there, stand out; all are alike when there is none. */
function light(me, title) {
  if (me.lit === title) return;
  me.lit = title;
  const own = me.lines.filter(line => line.title === title || line.ends.includes(title));
  me.lines.forEach(line => line.edge.classList.toggle('lit', own.includes(line)));
  me.drawing?.classList.toggle('dim', own.length > 0);
}
