// @ts-check
// Items of a panel into which something is entered: a number, a word, a slider, a switch.

import { made, one, say, set } from './elements.js';
import { isHeld, listenToText, report } from './entries.js';
import { writeHelp } from './help.js';
import { chordOf } from './keys.js';
import { follow } from './pointer.js';

/** @import { Item, ItemOf, Kinds, Made, PanelMe } from '../types' */
/** @typedef {Extract<Item, { help?: string }>} FieldItem */
/** @typedef {ItemOf<'number' | 'word' | 'slider'>} TextItem */

/** @param {string} inner */
export const FIELD = inner => `<div class="field"><label><span class="label"></span></label>${inner}</div>`;
const TEXT = 'autocomplete="off" spellcheck="false"';
const STEP = 'type="button" tabindex="-1" aria-hidden="true"';

/** @type {Kinds<'number' | 'word' | 'slider' | 'switch'>} */
export const fields = {
  number: {
    html: FIELD(`<span class="box"><input type="text" inputmode="decimal" role="spinbutton" ${TEXT}><button
      ${STEP} data-step="-1">−</button><button ${STEP} data-step="1">+</button></span>`),
    listen: listenToNumber,
    write: writeNumber,
  },
  word: {
    html: FIELD(`<span class="box"><input type="text" ${TEXT}></span>`),
    listen: (me, element) => listenToText(me, element, inputOf(element)),
    write: writeField,
  },
  slider: {
    html: FIELD(
      `<span class="slide"><input type="range"><input class="exact" type="text" inputmode="decimal" ${TEXT}></span>`,
    ),
    listen: listenToSlider,
    write: writeSlider,
  },
  switch: {
    html: '<div class="field switch"><label><input type="checkbox"><span class="label"></span></label></div>',
    listen: (me, element) => {
      inputOf(element).onchange = () => report(me, element, inputOf(element).checked);
    },
    write: (me, element, item) => {
      writeLabel(me, element, item);
      inputOf(element).checked = item.value;
    },
  },
};

/** @param {Element} element */
const inputOf = element => one(element, 'input', HTMLInputElement);

// ---- what all have --------------------------------------------------------------------------------------------------

/** Label, help and refusal. @param {PanelMe} me @param {Made} element @param {FieldItem} item */
export function writeLabel(me, element, item) {
  const input = /** @type {HTMLInputElement | HTMLSelectElement} */ (element.querySelector('input, select'));
  const label = one(element, '.label');
  say(label, item.label);
  set(input, 'aria-label', item.label); // also where the label is not seen
  input.name = item.name;
  label.hidden = !!item.bare;
  if (item.width) element.style.width = item.width;
  set(input, 'aria-invalid', !!item.refused);
  set(input, 'aria-description', [item.refused, item.help].filter(Boolean).join(' '));
  writeHelp(me, element, item.help, item.label);
  writeRefusal(element, item.refused);
}

/** Why the entry can't be taken. @param {Element} element @param {string | undefined} reason */
function writeRefusal(element, reason) {
  const known = element.querySelector('.refusal');
  if (!reason) return known?.remove();
  const refusal = known ?? element.appendChild(made('p', { className: 'refusal', role: 'alert' }));
  say(refusal, reason);
}

/**
 * Label and value. What a person is typing is never overwritten.
 * @param {PanelMe} me @param {Made} element @param {TextItem} item
 */
function writeField(me, element, item) {
  writeLabel(me, element, item);
  writeValue(me, item, inputOf(element));
}

/** @param {PanelMe} me @param {TextItem} item @param {HTMLInputElement} input */
function writeValue(me, item, input) {
  if (!isHeld(me, item, input) && input.value !== item.value) input.value = item.value;
}

// ---- numbers --------------------------------------------------------------------------------------------------------

/** @param {PanelMe} me @param {Made<ItemOf<'number'>>} element */
function listenToNumber(me, element) {
  const input = inputOf(element);
  /** @param {number} by */
  const step = by => {
    const value = stepped(input.value, element.item.step, by);
    if (value === null) return;
    input.value = value;
    me.typing = null;
    report(me, element, value);
  };
  listenToText(me, element, input);
  element.onclick = ({ target }) => {
    if (target instanceof HTMLElement && target.dataset.step) step(Number(target.dataset.step));
  };
  element.onkeydown = event => {
    const by = { ArrowUp: 1, ArrowDown: -1 }[chordOf(event)];
    if (!by) return;
    event.preventDefault();
    step(by);
  };
}

/**
 * The number `by` steps from the one that is `shown`, of several each; null if that is none: nonsense is left to be read first.
 * @param {string} shown @param {number} step @param {number} by
 */
export function stepped(shown, step, by) {
  const parts = shown
    .replace(/[()]/g, '')
    .trim()
    .split(/\s*,\s*|\s+/);
  const each = parts.map(part => nextTo(part, step, by));
  return each.includes(null) ? null : each.join(', ');
}

/** @param {string} shown @param {number} step @param {number} by */
function nextTo(shown, step, by) {
  const now = Number(shown);
  if (!shown.trim() || !Number.isFinite(now)) return null;
  const noise = 12; // digits: three steps of 0.1 are 0.3
  return String(Number((now + by * step).toPrecision(Math.abs(now) < 10 ** noise ? noise : 17)));
}

/** @param {PanelMe} me @param {Made} element @param {ItemOf<'number'>} item */
function writeNumber(me, element, item) {
  writeField(me, element, item);
  const now = Number(item.value);
  if (item.value.trim() && Number.isFinite(now)) set(inputOf(element), 'aria-valuenow', now);
  else inputOf(element).removeAttribute('aria-valuenow');
}

/** @param {Element} element */
const exactOf = element => one(element, '.exact', HTMLInputElement);

/** @param {PanelMe} me @param {Made} element */
function listenToSlider(me, element) {
  const slide = inputOf(element);
  const leave = () => {
    me.typing = null;
  };
  slide.onpointerdown = press => {
    me.typing = slide;
    follow(press, { threshold: Infinity, end: leave }); // where it leads, the browser knows itself
  };
  slide.onblur = leave;
  slide.oninput = () => {
    exactOf(element).value = slide.value;
    report(me, element, slide.value);
  };
  listenToText(me, element, exactOf(element));
}

/** @param {PanelMe} me @param {Made} element @param {ItemOf<'slider'>} item */
function writeSlider(me, element, item) {
  const exact = exactOf(element);
  for (const name of /** @type {const} */ (['min', 'max', 'step'])) set(inputOf(element), name, item[name]);
  writeField(me, element, item);
  set(exact, 'aria-label', item.label);
  writeValue(me, item, exact);
}
