// @ts-check
// Several rows at once: they are marked, and a toolbar says what can be done with them.

import { around, fill, made, one, set } from './elements.js';
import { buttonOf, find, focus, go, layersOf, rowsOf, setCurrent } from './rows.js';
import { send } from './wire.js';

/** @import { Gesture, Li, ListMe } from '../types' */

/** Mark the rows at `paths` and no others. @param {ListMe} me @param {Iterable<string>} paths */
export function mark(me, paths) {
  me.marks = new Set(paths);
  me.touched &&= me.marks.size > 0;
  for (const li of rowsOf(me)) {
    const marked = me.marks.has(li.row.path);
    li.classList.toggle('is-marked', marked);
    if (me.marks.size) set(buttonOf(li), 'aria-pressed', marked);
    else buttonOf(li).removeAttribute('aria-pressed');
  }
  const focused = me.toolbar.contains(me.root.activeElement);
  me.toolbar.hidden = !me.marks.size;
  one(me.toolbar, '.count').textContent = fill(me.data.labels.marked, { n: me.marks.size });
  if (focused && me.toolbar.hidden) focus(find(me, me.current) ?? rowsOf(me)[0]);
}

/** What the toolbar's buttons are called, and which blocks it offers. @param {ListMe} me */
export function drawToolbar(me) {
  const { labels, wraps } = me.data;
  /** @type {Record<string, string>} */
  const names = { duplicate: labels.duplicate_all, remove: labels.remove_all, unmark: labels.unmark };
  set(me.toolbar, 'aria-label', labels.list);
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (me.toolbar.querySelectorAll('[data-all]'))) {
    const label = names[button.dataset.all ?? ''];
    if (button.dataset.icon) set(button, 'aria-label', label);
    else button.textContent = label;
  }
  one(me.toolbar, '.wrap-label').textContent = labels.wrap_all;
  if (me.offered === JSON.stringify(wraps)) return;
  me.offered = JSON.stringify(wraps);
  for (const old of me.toolbar.querySelectorAll('[data-wrap]')) old.remove();
  for (const [kind, label] of wraps) {
    const button = made('button', { type: 'button', textContent: label });
    button.dataset.wrap = kind;
    one(me.toolbar, '.wraps').append(button);
  }
}

/** The first to be marked joins the selected one, as in a list of files. @param {ListMe} me @param {Li} li */
export function toggle(me, li) {
  if (li.row.fixed) return;
  const marks = new Set(me.marks.size || !me.selected ? me.marks : [me.selected]);
  if (!marks.delete(li.row.path)) marks.add(li.row.path);
  me.anchor = li.row.path;
  setCurrent(me, li);
  mark(me, marks);
}

/** All from the anchor to `li`. @param {ListMe} me @param {Li} li */
export function markTo(me, li) {
  const layers = layersOf(me);
  const to = layers.indexOf(li);
  if (to < 0) return;
  const from = layers.indexOf(find(me, me.anchor ?? me.selected) ?? li);
  me.anchor ??= me.selected;
  const [first, last] = from < 0 ? [to, to] : [Math.min(from, to), Math.max(from, to)];
  mark(me, pathsOf(layers.slice(first, last + 1)));
}

/** @param {ListMe} me */
export const markAll = me => mark(me, pathsOf(layersOf(me)));

/** @param {Li[]} lis */
const pathsOf = lis => lis.map(li => li.row.path);

/** Go from `li` up or down, and mark on the way. @param {ListMe} me @param {Li} li @param {Li | null} next */
export function extend(me, li, next) {
  if (!next || next.row.fixed) return;
  if (!me.marks.size) me.anchor = li.row.path;
  go(me, next);
  markTo(me, next);
}

/** @param {ListMe} me @param {Event} event */
export function onTool(me, event) {
  const type = around(event, '[data-all]')?.dataset.all;
  const kind = around(event, '[data-wrap]')?.dataset.wrap;
  if (type === 'unmark') mark(me, []);
  else if (type === 'duplicate' || type === 'remove') actOnMarks(me, type);
  else if (kind) actOnMarks(me, 'wrap', kind);
}

/** @param {ListMe} me @param {Gesture['type']} type @param {string} [kind] */
export function actOnMarks(me, type, kind = me.data.wraps[0]?.[0]) {
  const [path, ...others] = me.marks;
  mark(me, []);
  send(me, { type, path, others, kind });
}
