// @ts-check
// A form that is drawn from data. Each entry and each click is reported, however fast they come.

import { choices } from './choices.js';
import { arrange, one, say, set } from './elements.js';
import { report } from './entries.js';
import { fields } from './fields.js';
import { pictures } from './pictures.js';
import { listenToShortcuts } from './shortcuts.js';
import { send, update } from './wire.js';

/** @import { Component, Item, ItemOf, Kind, Kinds, Made, PanelData, PanelMe, Wire } from '../types' */

export const html = '<div class="panel"></div>';

/** @param {Component} component */
export default component => update(component, create, draw);

/** @param {Wire<PanelData>} wire @returns {PanelMe} */
function create(wire) {
  const me = Object.assign(wire, { body: one(wire.root, '.panel'), tip: null, typing: null, waiting: null });
  listenToShortcuts(me);
  return me;
}

/** @param {PanelMe} me */
function draw(me) {
  me.body.className = `panel ${me.data.layout}`;
  fillWith(me, me.body, me.data.items);
  const { waiting } = me;
  me.waiting = null;
  if (waiting) send(me, waiting);
}

/** @param {PanelMe} me @param {HTMLElement} parent @param {Item[]} items */
function fillWith(me, parent, items) {
  const wanted = items.map(({ type, name }) => /** @type {[string, string]} */ ([type, name]));
  const elements = arrange(parent, wanted, at => created(me, items[at]));
  items.forEach((item, at) => {
    elements[at].item = item;
    kindOf(item).write?.(me, elements[at], item);
  });
}

/** @param {PanelMe} me @param {Item} item @returns {Made} */
function created(me, item) {
  const template = document.createElement('template');
  template.innerHTML = kindOf(item).html;
  const element = Object.assign(one(template.content, '*'), { item });
  kindOf(item).listen?.(me, element);
  return element;
}

// ---- the kinds of items ---------------------------------------------------------------------------------------------

/** @type {Kinds} */
export const KINDS = {
  brand: { html: '<h1>Layer<span>lab</span></h1>' },
  file: {
    html: '<label class="button file"><span></span><input class="sr" type="file"></label>',
    listen: listenToFile,
    write: writeFile,
  },
  heading: { html: '<h2></h2>', write: (_, element, item) => say(element, item.text) },
  text: { html: '<p></p>', write: writeText },
  space: { html: '<span class="space"></span>' },
  card: { html: '<div class="card"></div>', write: (me, element, item) => fillWith(me, element, item.inside) },
  line: { html: '<div class="line"></div>', write: (me, element, item) => fillWith(me, element, item.inside) },
  button: { html: '<button type="button"></button>', listen: listenToButton, write: writeButton },
  ...fields,
  ...choices,
  ...pictures,
};

/** @param {Item} item @returns {Kind} */
const kindOf = ({ type }) => KINDS[type];

/** @param {PanelMe} _ @param {Made} element @param {ItemOf<'text'>} item */
function writeText(_, element, item) {
  element.className = item.css;
  if (item.role) set(element, 'role', item.role);
  else element.removeAttribute('role');
  say(element, item.text);
}

/**
 * A disabled button is asked in Python: what was clicked before may just be making it possible.
 * @param {PanelMe} me @param {Made} element
 */
function listenToButton(me, element) {
  element.onclick = () => report(me, element, true);
}

/** A character has four bytes at most. @param {Blob} chosen @param {number} most */
const text = async (chosen, most) => (await chosen.slice(0, 4 * most + 4).text()).slice(0, most + 1);

/** @param {Blob} chosen @returns {Promise<string>} */
const base64 = chosen =>
  new Promise(resolve => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(',')[1] ?? '');
    reader.readAsDataURL(chosen);
  });

/** A file's content goes to Python, which reads no more of it than `most`. @param {PanelMe} me @param {Made} element */
function listenToFile(me, element) {
  const input = one(element, 'input', HTMLInputElement);
  input.onchange = async () => {
    const { most, bytes } = /** @type {ItemOf<'file'>} */ (element.item);
    const chosen = input.files?.[0];
    if (!chosen) return;
    const read = await (bytes ? base64(chosen.slice(0, most + 3)) : text(chosen, most));
    input.value = ''; // the same file can be opened again
    report(me, element, read);
  };
}

/** @param {PanelMe} _ @param {Made} element @param {ItemOf<'file'>} item */
function writeFile(_, element, { name, label, suffix }) {
  set(one(element, 'input'), 'name', name);
  set(one(element, 'input'), 'accept', suffix);
  say(one(element, 'span'), label);
}

/** @type {WeakMap<Element, ReturnType<typeof setTimeout>>} */
const timers = new WeakMap(); // of the buttons that press themselves

/** @param {PanelMe} me @param {Made} element @param {ItemOf<'button'>} item */
function writeButton(me, element, { name, label, sign, shortcut, main, disabled, small, hidden, every }) {
  clearTimeout(timers.get(element));
  if (every)
    timers.set(
      element,
      setTimeout(() => element.isConnected && report(me, element, true), every),
    );
  set(element, 'name', name);
  element.className = ['button', main && 'main', small && 'small'].filter(Boolean).join(' ');
  element.dataset.sign = sign;
  element.hidden = hidden;
  say(element, label);
  // Not the attribute `disabled`: the button that has the focus would lose it to nobody.
  set(element, 'aria-disabled', disabled);
  if (!shortcut) return;
  const keys = shortcut.split('+').map(key => key[0].toUpperCase() + key.slice(1));
  set(element, 'aria-keyshortcuts', `Control+${keys.join('+')} Meta+${keys.join('+')}`);
  set(element, 'title', ['Ctrl', ...keys].join('+'));
}
