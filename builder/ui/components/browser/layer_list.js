// @ts-check
// The list of layers. Python owns the rows; here they are drawn, and gestures are shown at once and reported.

import { onPress } from './drag.js';
import { around, fill, one, set } from './elements.js';
import { chordOf } from './keys.js';
import { actOnMarks, drawToolbar, extend, mark, markAll, markTo, onTool, toggle } from './marks.js';
import { step } from './moves.js';
import { buttonOf, find, focus, focusedRow, go, insideOf, paint, reveal, rowOf, rowsOf, setCurrent } from './rows.js';
import { send, update } from './wire.js';

/** @import { Component, Li, ListData, ListMe, Row, Wire } from '../types' */

export const html = `
<div class="frame">
<ol class="list" role="list"></ol>
<div class="marked" role="toolbar" hidden>
  <span class="count"></span>
  <button type="button" data-all="duplicate"></button>
  <button type="button" data-all="remove"></button>
  <button type="button" data-all="unmark" data-icon="×"></button>
  <span class="wraps"><span class="wrap-label"></span></span>
</div>
</div>
<div class="sr" role="status" aria-live="polite"></div>
<template>
  <li>
    <span class="grip" aria-hidden="true"></span>
    <button type="button" class="toggle" tabindex="-1" data-action="toggle"></button>
    <button type="button" class="row" tabindex="-1" aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown Delete d g">
      <span class="line"><span class="title"></span> <span class="shapes"></span></span>
      <span class="line"><span class="subtitle"></span> <span class="share"><i></i></span></span>
      <span class="problem"></span>
      <span class="parameters"></span>
    </button>
    <span class="actions">
      <button type="button" tabindex="-1" data-action="up"></button>
      <button type="button" tabindex="-1" data-action="down"></button>
      <button type="button" tabindex="-1" data-action="wrap"></button>
      <button type="button" tabindex="-1" data-action="unwrap"></button>
      <button type="button" tabindex="-1" data-action="duplicate"></button>
      <button type="button" tabindex="-1" data-action="remove"></button>
    </span>
  </li>
</template>
`;

/** @param {Component} component */
export default component => update(component, create, draw);

/** @param {Wire<ListData>} wire @returns {ListMe} */
function create(wire) {
  const { root } = wire;
  const me = Object.assign(wire, {
    list: one(root, '.list'),
    live: one(root, '[role=status]'),
    template: one(root, 'template', HTMLTemplateElement),
    toolbar: one(root, '.marked'),
    offered: null,
    marks: new Set(),
    anchor: null,
    current: null,
    selected: null,
    touched: false,
  });
  me.toolbar.onclick = event => onTool(me, event);
  me.list.onclick = event => onClick(me, event);
  me.list.onkeydown = event => onKey(me, event);
  me.list.onpointerdown = event => onPress(me, event);
  me.list.addEventListener('focusin', event => setCurrent(me, rowOf(event))); // there is no onfocusin
  me.list.onpointerover = event => tellWhole(rowOf(event));
  return me;
}

// ---- drawing ----------------------------------------------------------------------------------------------------

/** @param {ListMe} me */
function draw(me) {
  const { rows, selected, labels, height } = me.data;
  const order = rowsOf(me).map(li => li.row.path);
  const focused = /** @type {HTMLElement | null} */ (me.root.activeElement);
  const path = focusedRow(me)?.row.path;
  set(me.list, 'aria-label', labels.list);
  me.list.style.height = height;
  me.list.style.setProperty('--digits', String(Math.max(2, ...rows.map(row => widthOf(row.parameters)))));
  reconcile(me, rows);
  if (focused && path !== undefined) keepFocus(me, focused, order, path);
  const moved = selected !== me.selected;
  paint(me, selected);
  drawToolbar(me);
  mark(
    me,
    [...me.marks].filter(marked => find(me, marked)),
  );
  if (moved) reveal(me, find(me, selected));
}

/** In digits; a comma takes half of one. @param {string} number */
const widthOf = number => number.length - (number.match(/,/g)?.length ?? 0) / 2;

/**
 * Keep each row's element as long as the row lives, so that nothing flickers and focus stays.
 * @param {ListMe} me @param {Row[]} rows
 */
function reconcile(me, rows) {
  const kept = new Map(rowsOf(me).map(li => [li.row.path, li]));
  rows.forEach((row, place) => {
    const li = kept.get(row.path) ?? copied(me.template);
    kept.delete(row.path);
    write(me, li, row);
    if (me.list.children[place] !== li) me.list.insertBefore(li, me.list.children[place] ?? null);
  });
  for (const li of kept.values()) li.remove();
}

/** @param {HTMLTemplateElement} template */
const copied = template => /** @type {Li} */ (one(template.content, 'li').cloneNode(true));

/** @param {ListMe} me @param {Li} li @param {Row} row */
function write(me, li, row) {
  const { labels, colors } = me.data;
  const text = JSON.stringify([row, labels, colors[row.family]]);
  if (li.text === text) return;
  Object.assign(li, { row, text });
  for (const part of /** @type {const} */ (['title', 'subtitle', 'shapes', 'parameters', 'problem']))
    one(li, `.${part}`).textContent = row[part] ?? '';
  li.style.setProperty('--family', colors[row.family]);
  li.style.setProperty('--share', String(row.share));
  li.style.setProperty('--depth', String(row.depth));
  const states = /** @type {const} */ (['problem', 'pale', 'fixed', 'group', 'open']);
  li.className = states.flatMap(state => (row[state] ? [`is-${state}`] : [])).join(' ');
  one(li, '.share').hidden = !(row.share > 0);
  if (row.group) set(one(li, '.toggle'), 'aria-expanded', row.open);
  const spoken = [row.title, row.shapes, row.subtitle, row.problem, `${row.parameters} ${labels.parameters}`]; // in the order that is seen
  set(buttonOf(li), 'aria-label', spoken.filter(Boolean).join(', '));
  for (const button of actionsOf(li)) {
    const action = /** @type {Action} */ (button.dataset.action);
    const toggles = row.open ? labels.close : labels.open;
    button.title = fill(action === 'toggle' ? toggles : labels[action], { name: row.title });
    set(button, 'aria-label', button.title);
  }
}

/** @param {Li} li @returns {NodeListOf<HTMLElement>} */
const actionsOf = li => li.querySelectorAll('[data-action]');

/**
 * A row that was inserted anew has lost the focus; one that is gone leaves it to its neighbour.
 * @param {ListMe} me @param {HTMLElement} focused @param {string[]} order @param {string} path
 */
function keepFocus(me, focused, order, path) {
  if (find(me, path)) return focused.focus({ preventScroll: true });
  const at = order.indexOf(path);
  const near = [...order.slice(at + 1), ...order.slice(0, at).reverse()];
  const heir = near.map(other => find(me, other)).find(Boolean);
  if (heir) focus(heir);
}

/** Give a row whose text is cut off a tooltip with the whole of it. @param {Li | null} li */
function tellWhole(li) {
  if (!li) return;
  const cut = ['.title', '.subtitle', '.shapes'].some(part => isCut(one(li, part)));
  buttonOf(li).title = cut ? [li.row.title, li.row.subtitle, li.row.shapes].filter(Boolean).join(' · ') : '';
}

/** @param {Element} element */
const isCut = element => element.scrollWidth > element.clientWidth;

// ---- gestures ---------------------------------------------------------------------------------------------------

/** @param {ListMe} me @param {MouseEvent} event */
function onClick(me, event) {
  const li = rowOf(event);
  const action = /** @type {Action | undefined} */ (around(event, '[data-action]')?.dataset.action);
  if (!li) return;
  if (action) act(me, li, action);
  else if (!around(event, '.row')) return;
  else if (event.shiftKey) markTo(me, li);
  else if (event.ctrlKey || event.metaKey || me.touched) toggle(me, li);
  else select(me, li);
}

/** @param {ListMe} me @param {Li} li */
function select(me, li) {
  const { path } = li.row;
  mark(me, []);
  me.anchor = path;
  paint(me, path);
  send(me, { type: 'select', path });
}

/** @typedef {'up' | 'down' | 'wrap' | 'unwrap' | 'duplicate' | 'remove' | 'toggle'} Action */

/** @param {ListMe} me @param {Li} li @param {Action} action */
function act(me, li, action) {
  if (li.row.fixed) return;
  if (action === 'up') step(me, li, -1);
  else if (action === 'down') step(me, li, 1);
  else if (action === 'remove') remove(me, li);
  else if (action === 'wrap') {
    mark(me, [li.row.path]); // the toolbar asks in what
    reveal(me, li);
  } else send(me, { type: action, path: li.row.path });
}

/** @param {ListMe} me @param {Li} li */
function remove(me, li) {
  const gone = [li, ...insideOf(me, li)];
  const heir = gone[gone.length - 1].nextElementSibling ?? li.previousElementSibling;
  const inside = gone.some(other => other.contains(me.root.activeElement));
  for (const other of gone) other.remove();
  if (heir && inside) focus(/** @type {Li} */ (heir));
  me.live.textContent = fill(me.data.labels.removed, { name: li.row.title });
  send(me, { type: 'remove', path: li.row.path });
}

// ---- keys -------------------------------------------------------------------------------------------------------

/** @typedef {(me: ListMe, li: Li, event: Event) => unknown} Does */

/** @param {Li} li */
const above = li => /** @type {Li | null} */ (li.previousElementSibling);

/** @param {Li} li */
const below = li => /** @type {Li | null} */ (li.nextElementSibling);

/** @type {Record<string, Does>} What a key does; false where it is not meant for the list. Enter and Space click by themselves. */
const KEYS = {
  ArrowUp: (me, li) => go(me, above(li)),
  ArrowDown: (me, li) => go(me, below(li)),
  Home: me => go(me, rowsOf(me)[0]),
  End: me => go(me, rowsOf(me).at(-1)),
  ArrowLeft: (me, li, event) => turn(me, li, event, -1),
  ArrowRight: (me, li, event) => turn(me, li, event, 1),
  'alt+ArrowUp': (me, li) => act(me, li, 'up'),
  'alt+ArrowDown': (me, li) => act(me, li, 'down'),
  'shift+ArrowUp': (me, li) => extend(me, li, above(li)),
  'shift+ArrowDown': (me, li) => extend(me, li, below(li)),
  'ctrl+Space': (me, li) => toggle(me, li),
  'ctrl+a': me => markAll(me),
  Escape: me => me.marks.size > 0 && mark(me, []),
  Delete: (me, li) => actOn(me, li, 'remove'),
  d: (me, li) => actOn(me, li, 'duplicate'),
  'ctrl+d': (me, li) => actOn(me, li, 'duplicate'),
  g: group,
  'ctrl+g': group,
};

/** @param {ListMe} me @param {KeyboardEvent} event */
function onKey(me, event) {
  const li = rowOf(event);
  const does = KEYS[chordOf(event)];
  if (!li || !does || does(me, li, event) === false) return;
  event.preventDefault();
  event.stopPropagation();
}

/**
 * Of several rows that are marked, all are meant.
 * @param {ListMe} me @param {Li} li @param {'remove' | 'duplicate'} action
 */
function actOn(me, li, action) {
  if (me.marks.size) actOnMarks(me, action);
  else act(me, li, action);
}

/** @param {ListMe} me @param {Li} li */
function group(me, li) {
  if (me.marks.size) actOnMarks(me, 'wrap');
  else if (li.row.group) act(me, li, 'unwrap');
  else if (!li.row.fixed) send(me, { type: 'wrap', path: li.row.path, kind: me.data.wraps[0][0] });
}

/**
 * Right and left open and close a block; else they lead from the row to its actions and back.
 * @param {ListMe} me @param {Li} li @param {Event} event @param {1 | -1} by
 */
function turn(me, li, event, by) {
  const turns = li.row.group && li.row.open === by < 0;
  if (turns && event.target === buttonOf(li)) return act(me, li, 'toggle');
  const buttons = [buttonOf(li), ...actionsOf(li)].filter(button => button.offsetParent && !button.matches('.toggle'));
  const at = buttons.indexOf(/** @type {HTMLElement} */ (event.target));
  buttons[at + by]?.focus({ preventScroll: true });
}
