// @ts-check
// Entries in a panel: each is reported, and what a person is at is never overwritten.

import { isPending, send } from './wire.js';

/** @import { Item, Made, PanelMe } from '../types' */

/**
 * Report an entry. While something is dragged, the newest waits until the one before has been answered.
 * @param {PanelMe} me @param {Made} element @param {string | boolean} value
 */
export function report(me, { item: { name, type } }, value) {
  if ((type === 'slider' || type === 'plane') && isPending(me)) me.waiting = { name, value };
  else send(me, { name, value });
}

/**
 * Is a person at it: typing, dragging, or already further than what has been answered?
 * @param {PanelMe} me @param {Item} item @param {Element} input
 */
export const isHeld = (me, item, input) => me.typing === input || me.waiting?.name === item.name;

/**
 * A line of text counts once it is left, or at Enter; Escape takes it back.
 * @param {PanelMe} me @param {Made} element @param {HTMLInputElement} input
 */
export function listenToText(me, element, input) {
  const leave = () => {
    me.typing = null;
  };
  input.oninput = () => {
    me.typing = input;
  };
  input.onblur = leave;
  input.onchange = () => {
    leave();
    report(me, element, input.value);
  };
  input.onkeydown = event => {
    if (event.key === 'Escape' && takeBack(me, element, input)) event.stopPropagation();
  };
}

/**
 * Give the last good value back; was there another? Of an entry that was refused, Python knows what stood there before.
 * @param {PanelMe} me @param {Made} element @param {HTMLInputElement} input
 */
function takeBack(me, { item }, input) {
  if (!('value' in item) || typeof item.value !== 'string') return false;
  const refused = 'refused' in item && !!item.refused;
  const typed = input.value !== item.value;
  me.typing = null;
  input.value = item.value;
  if (refused) send(me, { name: item.name, value: null });
  return refused || typed;
}
