// The drawing of the network: Graphviz's SVG with nodes to select, edges to insert into, tips, zoom and pan.

export default component => update(component, create, draw);

const SMALLEST_TEXT = 10; // pixels: fitting never makes text smaller, the drawing then scrolls
const LARGEST_FIT = 1.7; // pixels a unit
const ZOOM = { least: 0.2, most: 4 };
const MARGIN = 24; // pixels kept around a node that is scrolled into sight
const SVG = 'http://www.w3.org/2000/svg';

function create(root) {
  const me = { viewport: root.querySelector('.viewport'), tip: root.querySelector('.tip'), root, zoom: null, svg: null, selected: null };
  const { viewport } = me;
  viewport.onclick = event => onClick(me, event);
  viewport.onkeydown = event => onKey(me, event);
  viewport.onwheel = event => onWheel(me, event);
  viewport.onpointerdown = event => onPress(me, event);
  viewport.onpointerover = event => showTip(me, event);
  viewport.onpointerleave = viewport.onscroll = () => hideTip(me);
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
  const focused = me.root.activeElement?.closest('[data-path]')?.dataset;
  if (changed) replace(me);
  name(me);
  paint(me, selected);
  if (changed && focused) refocus(me, focused);
  if (changed || moved) reveal(me, me.nodes.get(selected));
}

/** Only a changed drawing touches the SVG's elements; a selection only changes attributes. */
function replace(me) {
  hideTip(me);
  me.svg = me.data.svg;
  me.viewport.innerHTML = me.svg; // Graphviz made it from escaped labels, and Python let through nothing but shapes and text
  me.drawing = me.viewport.querySelector('svg');
  me.drawing.setAttribute('role', 'none');
  const box = me.drawing.viewBox.baseVal;
  me.size = { width: box.width, height: box.height, text: parseFloat(me.drawing.querySelector('text')?.getAttribute('font-size')) || 12 };
  me.nodes = new Map([...me.drawing.querySelectorAll('.node')].map(node => [prepareNode(me, node), node]));
  me.inserts = new Map();
  for (const edge of me.drawing.querySelectorAll('.edge')) prepareEdge(me, edge);
  for (const title of me.drawing.querySelectorAll('title')) title.remove(); // the browser would show them as tips
  resize(me);
}

/** The element that had the focus is gone; give it to the one that took its place. */
function refocus(me, { path, kind }) {
  const element = (kind === 'insert' && me.inserts.get(path)) || me.nodes.get(path) || me.nodes.get(me.selected);
  if (!element) return;
  setCurrent(me, element.dataset.path);
  element.focus({ preventScroll: true });
}

const pathOf = (me, title) => (title === me.data.input.node ? me.data.input.path : title);

function prepareNode(me, node) {
  const path = pathOf(me, node.querySelector('title').textContent);
  Object.assign(node.dataset, { path, kind: 'select' });
  node.setAttribute('role', 'button');
  const shape = node.querySelector('polygon, ellipse, path');
  node.style.setProperty('--family', shape.getAttribute('stroke'));
  if (shape.points?.numberOfItems === 5) shape.replaceWith(roundedBox(shape));
  return path;
}

function roundedBox(polygon) {
  const points = [...polygon.points], xs = points.map(p => p.x), ys = points.map(p => p.y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return make('rect', { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y, rx: 5 });
}

/** An edge a->b gets a "+" halfway, and a broad invisible line that makes it easy to point at. */
function prepareEdge(me, edge) {
  const path = pathOf(me, edge.querySelector('title').textContent.split('->')[0]);
  const line = edge.querySelector('path');
  const { x, y } = line.getPointAtLength(line.getTotalLength() / 2);
  const button = make('g', { class: 'insert', role: 'button', transform: `translate(${x} ${y})` });
  Object.assign(button.dataset, { path, kind: 'insert' });
  button.append(make('circle', { r: 11, class: 'reach' }), make('circle', { r: 7 }), make('path', { d: 'M-3.5 0h7M0-3.5v7' }));
  edge.append(make('path', { d: line.getAttribute('d'), class: 'reach' }), button);
  if (!me.inserts.has(path)) me.inserts.set(path, button);
}

function make(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/** Names for screen readers; they change with the language while the drawing stays. */
function name(me) {
  const { tips, labels } = me.data;
  me.nodes.forEach((node, path) => {
    set(node, 'aria-label', [...node.querySelectorAll('text')].map(line => line.textContent).join(', ')); // what is seen, and then what hovering shows
    set(node, 'aria-description', (tips[path] ?? '').replaceAll('\n', ', '));
  });
  for (const button of me.drawing.querySelectorAll('.insert')) {
    const path = button.dataset.path;
    set(button, 'aria-label', fill(labels.insert, { name: (tips[path] ?? path).split('\n')[0] }));
  }
}

function paint(me, selected) {
  me.selected = selected;
  me.nodes.forEach((node, path) => set(node, 'aria-pressed', path === selected));
  const focused = me.root.activeElement?.closest('.node')?.dataset.path;
  setCurrent(me, focused ?? (me.nodes.has(selected) ? selected : me.nodes.keys().next().value));
}

/** Tab reaches one node, and then the "+" behind it. */
function setCurrent(me, current) {
  me.nodes.forEach((node, path) => set(node, 'tabindex', path === current ? 0 : -1));
  me.inserts.forEach((button, path) => set(button, 'tabindex', path === current ? 0 : -1));
}

// ---- size and place ---------------------------------------------------------------------------------------------

function resize(me) {
  if (me.size && me.viewport.clientWidth) scale(me, me.zoom ?? fitting(me));
}

function fitting(me) {
  const style = getComputedStyle(me.viewport);
  const width = me.viewport.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  const height = me.viewport.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
  const whole = Math.min(width / me.size.width, height / me.size.height, LARGEST_FIT);
  return Math.max(whole, SMALLEST_TEXT / me.size.text);
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
  if (by === 'fit') reveal(me, me.nodes.get(me.selected));
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
  if (press.pointerType !== 'mouse' || press.button !== 0) return;
  const { viewport } = me, { scrollLeft, scrollTop } = viewport;
  me.panned = false;
  viewport.onpointermove = move => {
    const [dx, dy] = [move.clientX - press.clientX, move.clientY - press.clientY];
    if (!me.panned && Math.hypot(dx, dy) < 4) return;
    if (!me.panned) viewport.setPointerCapture(press.pointerId);
    me.panned = true;
    viewport.scrollLeft = scrollLeft - dx;
    viewport.scrollTop = scrollTop - dy;
  };
  viewport.onpointerup = viewport.onpointercancel = () => {
    viewport.onpointermove = viewport.onpointerup = viewport.onpointercancel = null;
    setTimeout(() => { me.panned = false; }); // after the click that ends the drag
  };
}

// ---- gestures ---------------------------------------------------------------------------------------------------

const targetOf = event => event.target.closest('[data-path]');

function onClick(me, event) {
  const target = targetOf(event);
  if (target && !me.panned) act(me, target);
}

function act(me, { dataset: { kind, path } }) {
  hideTip(me);
  if (kind === 'select') {
    paint(me, path);
    setCurrent(me, path);
  }
  send(me, { type: kind, path });
}

function onKey(me, event) {
  const target = targetOf(event);
  if (!target || event.ctrlKey || event.altKey || event.metaKey) return;
  const paths = [...me.nodes.keys()], at = paths.indexOf(target.dataset.path);
  const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: paths.length - 1 }[event.key];
  if (to !== undefined) go(me, paths[to]);
  else if (event.key === 'Enter' || event.key === ' ') act(me, target);
  else if (event.key === '+') send(me, { type: 'insert', path: target.dataset.path });
  else if (event.key === 'Escape' && me.tip.matches(':popover-open')) hideTip(me);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function go(me, path) {
  const node = me.nodes.get(path);
  if (!node) return;
  setCurrent(me, path);
  reveal(me, node);
  node.focus({ preventScroll: true });
}

function onFocus(me, event) {
  const target = targetOf(event);
  if (target) setCurrent(me, target.dataset.path);
  if (target?.matches(':focus-visible')) showTip(me, event);
}

function showTip(me, event) {
  const target = targetOf(event);
  const { path, kind } = target?.dataset ?? {};
  const text = kind === 'insert' ? target.getAttribute('aria-label') : me.data.tips[path];
  if (!text || event.buttons) return hideTip(me);
  me.tip.textContent = text;
  if (!me.tip.matches(':popover-open')) me.tip.showPopover();
  const node = target.getBoundingClientRect(), tip = me.tip.getBoundingClientRect();
  const below = node.bottom + 6, above = node.top - tip.height - 6;
  me.tip.style.left = `${Math.max(4, Math.min(node.left + node.width / 2 - tip.width / 2, innerWidth - tip.width - 4))}px`;
  me.tip.style.top = `${below + tip.height < innerHeight || above < 4 ? below : above}px`;
}

function hideTip(me) {
  if (me.tip.matches(':popover-open')) me.tip.hidePopover();
}
