// @ts-check
// Shortcuts of a panel's buttons: they work on the whole page.

import { chordOf } from './keys.js';
import { send } from './wire.js';

/** @import { Item, ItemOf, PanelMe } from '../types' */

/**
 * Hear the page, but for a field in which something is being typed: there the keys are the field's.
 * @param {PanelMe} me
 */
export function listenToShortcuts(me) {
  /** @type {EventTarget | null} */
  let typing = null;
  const hearing = new AbortController();
  /** @template {Event} Heard @param {string} type @param {(event: Heard) => void} heard */
  const on = (type, heard) => {
    /** @param {Event} event */
    const hear = event => (me.root.isConnected ? heard(/** @type {Heard} */ (event)) : hearing.abort());
    document.addEventListener(type, hear, { capture: true, signal: hearing.signal });
  };
  on('input', event => {
    typing = event.composedPath()[0];
  });
  on('focusout', () => {
    typing = null;
  });
  on('keydown', (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Enter' || event.key === 'Escape') typing = null;
    const item = event.composedPath()[0] === typing ? undefined : wanted(me.data.items, chordOf(event));
    if (!item) return;
    event.preventDefault();
    send(me, { name: item.name, value: true });
  });
}

/**
 * The button that `chord` presses.
 * @param {Item[]} items @param {string} chord @returns {ItemOf<'button'> | undefined}
 */
export function wanted(items, chord) {
  for (const item of items) {
    if (item.type === 'button' && item.shortcut && `ctrl+${item.shortcut}` === chord) return item;
    const inside = wanted(item.inside, chord);
    if (inside) return inside;
  }
}
