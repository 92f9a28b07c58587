// @ts-check
// The rows of the list as elements: which there are, which one Tab reaches, and what is in sight.

import { around, one, set } from './elements.js';
import { size } from './places.js';

/** @import { Li, ListMe, Row } from '../types' */

/** @param {ListMe} me */
export const rowsOf = me => /** @type {Li[]} */ ([...me.list.children]);

/** @param {ListMe} me */
export const layersOf = me => rowsOf(me).filter(li => !li.row.fixed);

/** @param {Event} event */
export const rowOf = event => /** @type {Li | null} */ (around(event, 'li'));

/** @param {readonly Li[]} lis @returns {Row[]} */
export const dataOf = lis => lis.map(li => li.row);

/** What is in `li`, if it is an open block. @param {ListMe} me @param {Li} li */
export function insideOf(me, li) {
  const rows = rowsOf(me);
  const at = rows.indexOf(li);
  return rows.slice(at + 1, at + size(dataOf(rows), at));
}

/** @param {ListMe} me @param {string | null} path */
export const find = (me, path) => rowsOf(me).find(li => li.row.path === path);

/** @param {Li} li */
export const buttonOf = li => one(li, '.row');

/** @param {Li} li */
export const focus = li => buttonOf(li).focus({ preventScroll: true });

/** The row that has the focus, or in which something has. @param {ListMe} me */
export const focusedRow = me => /** @type {Li | null} */ (me.root.activeElement?.closest('li') ?? null);

/** @param {ListMe} me @param {Li | null | undefined} li */
export function go(me, li) {
  if (!li) return;
  focus(li);
  reveal(me, li);
}

/** Tab reaches one row. @param {ListMe} me @param {Li | null | undefined} li */
export function setCurrent(me, li) {
  if (!li) return;
  me.current = li.row.path;
  for (const other of rowsOf(me)) set(buttonOf(other), 'tabindex', other === li ? 0 : -1);
}

/**
 * Scroll the list, never the page, until `li` can be seen, above the toolbar if that is shown.
 * @param {ListMe} me @param {Li | undefined} li
 */
export function reveal(me, li) {
  if (!li) return;
  const above = li.offsetTop - me.list.scrollTop;
  const below = above + li.offsetHeight - me.list.clientHeight + me.toolbar.offsetHeight;
  if (above < 0) me.list.scrollTop += above;
  else if (below > 0) me.list.scrollTop += below;
}

/** Show which row is selected. @param {ListMe} me @param {string} selected */
export function paint(me, selected) {
  me.selected = selected;
  for (const li of rowsOf(me)) {
    li.classList.toggle('is-selected', li.row.path === selected);
    set(buttonOf(li), 'aria-current', li.row.path === selected);
  }
  setCurrent(me, focusedRow(me) ?? find(me, selected) ?? rowsOf(me)[0]);
}
