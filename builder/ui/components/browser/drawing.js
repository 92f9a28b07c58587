// @ts-check
// The drawing of the network: Graphviz's SVG with nodes to select, lines to insert into or to read, tips, zoom and pan.
// A node or line is known by its title in the SVG.

import { around, one, set } from './elements.js';
import { beside } from './geometry.js';
import { chordOf } from './keys.js';
import { nameAll, prepare } from './svg.js';
import { hideTip, onHover, onTap, showTip } from './tips.js';
import { send, update } from './wire.js';
import { onTool, onWheel, pan, resize, reveal } from './zoom.js';

/** @import { Component, DrawingData, DrawingMe, Point, Wire } from '../types' */

export const html = `
<div class="panel">
  <div class="viewport" role="group" aria-describedby="description"></div>
  <div class="tools">
    <button type="button" data-zoom="1.25" data-icon="+"></button>
    <button type="button" data-zoom="0.8" data-icon="−"></button>
    <button type="button" data-zoom="fit" data-icon="⤢"></button>
  </div>
  <p class="sr" id="description"></p>
  <div class="tip" popover="manual" aria-hidden="true"></div>
</div>
`;

/** @param {Component} component */
export default component => update(component, create, draw);

/** @param {Wire<DrawingData>} wire @returns {DrawingMe} */
function create(wire) {
  const { root } = wire;
  /** @type {DrawingMe} */
  const me = Object.assign(wire, {
    viewport: one(root, '.viewport'),
    tip: one(root, '.tip'),
    drawing: document.createElementNS('http://www.w3.org/2000/svg', 'svg'),
    ...{ svg: null, inserts: null, selected: null, size: null, zoom: null, factor: 1, lit: null, reading: undefined },
    ...{ nodes: new Map(), buttons: new Map(), toggles: new Map(), lines: [] },
  });
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
  one(root, '.tools').onclick = event => onTool(me, event) && reveal(me, nodeOf(me, me.selected));
  new ResizeObserver(() => resize(me)).observe(viewport);
  return me;
}

// ---- drawing ----------------------------------------------------------------------------------------------------

/** @param {DrawingMe} me */
function draw(me) {
  const { svg, selected, label, description, labels, height } = me.data;
  set(me.viewport, 'aria-label', label);
  one(me.root, '#description').textContent = description;
  me.viewport.style.height = height;
  [labels.zoom_in, labels.zoom_out, labels.fit].forEach((text, at) => {
    const tool = /** @type {HTMLElement} */ (me.root.querySelectorAll('[data-zoom]')[at]);
    tool.title = text;
    set(tool, 'aria-label', text);
  });
  const changed = svg !== me.svg;
  const moved = selected !== me.selected;
  const focused = focusedOf(me);
  if (changed) replace(me);
  nameAll(me);
  paint(me, selected);
  if (changed && focused) refocus(me, focused);
  if (changed || moved) reveal(me, nodeOf(me, selected));
}

/** What has the focus: its title, and of which kind it is. @param {DrawingMe} me */
function focusedOf(me) {
  const focused = /** @type {SVGElement | null | undefined} */ (me.root.activeElement?.closest('[data-kind]'));
  return focused?.dataset;
}

/**
 * Only a changed drawing touches the SVG's elements; a selection only changes attributes.
 * @param {DrawingMe} me
 */
function replace(me) {
  hideTip(me);
  if (me.inserts !== me.data.inserts) me.zoom = null; // another view
  me.svg = me.data.svg;
  me.inserts = me.data.inserts;
  prepare(me);
  resize(me);
}

/**
 * The element that had the focus is gone; give it to the one that took its place.
 * @param {DrawingMe} me @param {DOMStringMap} focused
 */
function refocus(me, { title = '', kind }) {
  const now = me.nodes.has(title) ? title : (titleOf(me, pathOf(me, title)) ?? ''); // a block has another title when it is open
  const own = { insert: me.buttons, toggle: me.toggles }[kind ?? ''] ?? me.nodes;
  const element = own.get(now) ?? me.nodes.get(now) ?? nodeOf(me, me.selected);
  if (!element) return;
  setCurrent(me, element.dataset.title);
  element.focus({ preventScroll: true });
}

/** @param {DrawingMe} me @param {string} title */
const pathOf = (me, title) => me.data.nodes[title];

/** The first node that selects `path`. @param {DrawingMe} me @param {string | null} path */
const titleOf = (me, path) => [...me.nodes.keys()].find(title => pathOf(me, title) === path);

/** @param {DrawingMe} me @param {string | null} path */
const nodeOf = (me, path) => me.nodes.get(titleOf(me, path) ?? '');

/** Show which node is selected. @param {DrawingMe} me @param {string} selected */
function paint(me, selected) {
  me.selected = selected;
  for (const [title, node] of me.nodes) set(node, 'aria-pressed', pathOf(me, title) === selected);
  const { kind, title } = focusedOf(me) ?? {};
  setCurrent(me, (kind === 'select' ? title : undefined) ?? titleOf(me, selected) ?? [...me.nodes.keys()][0]);
}

/**
 * Tab reaches one node, then what opens or closes it, and the "+" behind it.
 * @param {DrawingMe} me @param {string | undefined} current
 */
function setCurrent(me, current) {
  for (const elements of [me.nodes, me.toggles, me.buttons])
    for (const [title, element] of elements) set(element, 'tabindex', title === current ? 0 : -1);
}

// ---- gestures ---------------------------------------------------------------------------------------------------

/** @param {Event} event */
const targetOf = event => around(event, '[data-kind]');

/** @param {DrawingMe} me @param {PointerEvent} press */
function onPress(me, press) {
  if (press.pointerType !== 'mouse') onTap(me, press);
  else if (press.button === 0) pan(me, press);
}

/** @param {DrawingMe} me @param {Event} event */
function onClick(me, event) {
  const target = targetOf(event);
  if (target) act(me, target);
}

/** A block opens and closes; what is none stays as it is. @param {DrawingMe} me @param {Event} event */
function onDoubleClick(me, event) {
  const { kind, title = '' } = targetOf(event)?.dataset ?? {};
  if (kind === 'select') send(me, { type: 'toggle', path: pathOf(me, title) });
}

/** @param {DrawingMe} me @param {HTMLElement} target */
function act(me, { dataset: { kind, title = '' } }) {
  const path = pathOf(me, title);
  hideTip(me);
  if (kind === 'select') {
    paint(me, path);
    setCurrent(me, title);
  }
  send(me, { type: /** @type {'select' | 'toggle' | 'insert'} */ (kind), path });
}

/** @param {DrawingMe} me @param {FocusEvent} event */
function onFocus(me, event) {
  const target = targetOf(event);
  if (!target) return;
  setCurrent(me, target.dataset.title);
  if (target.matches(':focus-visible')) showTip(me, target, target.getBoundingClientRect());
}

// ---- keys -------------------------------------------------------------------------------------------------------

/** @typedef {(me: DrawingMe, title: string, target: HTMLElement) => unknown} Does */

/** @type {Record<string, Does>} What a key does; false where it is not meant for the drawing. */
const KEYS = {
  ArrowDown: (me, title) => goBy(me, title, 1),
  ArrowUp: (me, title) => goBy(me, title, -1),
  ArrowRight: (me, title) => go(me, beside(centres(me), title, 1)),
  ArrowLeft: (me, title) => go(me, beside(centres(me), title, -1)),
  Home: me => go(me, [...me.nodes.keys()][0]),
  End: me => go(me, [...me.nodes.keys()].at(-1)),
  Enter: (me, _, target) => act(me, target),
  Space: (me, _, target) => act(me, target),
  o: (me, title) => send(me, { type: 'toggle', path: pathOf(me, title) }),
  '+': (me, title) => me.inserts === true && send(me, { type: 'insert', path: pathOf(me, title) }),
  Escape: me => me.tip.matches(':popover-open') && hideTip(me),
};

/** @param {DrawingMe} me @param {KeyboardEvent} event */
function onKey(me, event) {
  const target = targetOf(event);
  const does = KEYS[chordOf(event)];
  if (!target || !does || does(me, target.dataset.title ?? '', target) === false) return;
  event.preventDefault();
  event.stopPropagation();
}

/** @param {DrawingMe} me @param {string} title @param {number} by */
function goBy(me, title, by) {
  const titles = [...me.nodes.keys()];
  go(me, titles[titles.indexOf(title) + by]);
}

/** @param {DrawingMe} me @param {string | undefined} title */
function go(me, title) {
  const node = me.nodes.get(title ?? '');
  if (!node) return;
  setCurrent(me, title);
  reveal(me, node);
  node.focus({ preventScroll: true });
}

/** @param {DrawingMe} me @returns {Map<string, Point>} */
function centres(me) {
  const middle = ({ x, y, width, height } = new DOMRect()) => ({ x: x + width / 2, y: y + height / 2 });
  return new Map([...me.nodes].map(([title, node]) => [title, middle(node.getBBox())]));
}
