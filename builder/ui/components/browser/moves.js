// @ts-check
// A row is moved: shown at its new place at once, said, and reported.

import { fill } from './elements.js';
import { settled, stepped } from './places.js';
import { dataOf, insideOf, layersOf, reveal } from './rows.js';
import { send } from './wire.js';

/** @import { Li, ListMe, Place } from '../types' */

/** All layers but `li` and what is in it: among them it finds its place. @param {ListMe} me @param {Li} li */
export function othersOf(me, li) {
  const moving = new Set([li, ...insideOf(me, li)]);
  return layersOf(me).filter(other => !moving.has(other));
}

/** Where `li` stands among the others. @param {ListMe} me @param {Li} li @returns {Place} */
export const placeOf = (me, li) => ({ to: layersOf(me).indexOf(li), depth: li.row.depth });

/** One place down (`by` is 1) or up (-1). @param {ListMe} me @param {Li} li @param {1 | -1} by */
export function step(me, li, by) {
  const others = othersOf(me, li);
  const at = placeOf(me, li);
  const place = stepped(dataOf(others), at, by);
  if (!place) return;
  // The neighbour is moved rather than the row itself: the row keeps the focus.
  if (place.to > at.to) li.before(others[at.to]);
  if (place.to < at.to) (insideOf(me, li).at(-1) ?? li).after(others[place.to]);
  settle(me, li, place);
}

/**
 * `li` stands where it shall; tell the rows what their paths are now, and report it.
 * @param {ListMe} me @param {Li} li @param {Place} place
 */
export function settle(me, li, place) {
  const moving = [li, ...insideOf(me, li)];
  const { path, title } = li.row;
  const { selected, current } = me;
  settled(dataOf(layersOf(me)), place).forEach((row, at) => {
    const { row: was } = moving[at];
    if (current === was.path) me.current = row.path;
    if (selected === was.path) me.selected = row.path;
    Object.assign(moving[at], { row, text: null });
    moving[at].style.setProperty('--depth', String(row.depth));
  });
  reveal(me, li);
  const values = { name: title, place: place.to + 1, count: layersOf(me).length };
  me.live.textContent = fill(me.data.labels.moved, values);
  send(me, { type: 'move', path, ...place });
}
