// @ts-check
// A form that is drawn from data. Each entry and each click is reported, however fast they come.

import { choices } from './choices.js';
import { one, say, set } from './elements.js';
import { report } from './entries.js';
import { fields } from './fields.js';
import { pictures } from './pictures.js';
import { listenToShortcuts } from './shortcuts.js';
import { send, update } from './wire.js';

/** @import { Component, Item, ItemOf, Kind, Kinds, Made, PanelData, PanelMe, Wire } from '../types' */

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

/**
 * Give `parent` one element for each item. One that is there already is kept: it may have the focus.
 * @param {PanelMe} me @param {Element} parent @param {Item[]} items
 */
function fillWith(me, parent, items) {
  const kept = new Map(/** @type {Made[]} */ ([...parent.children]).map(element => [element.dataset.id, element]));
  items.forEach((item, at) => {
    const id = `${item.type} ${item.name || at}`;
    const element = kept.get(id) ?? created(me, item, id);
    kept.delete(id);
    if (parent.children[at] !== element) parent.insertBefore(element, parent.children[at] ?? null);
    element.item = item;
    kindOf(item).write?.(me, element, item);
  });
  for (const old of kept.values()) old.remove();
}

/** @param {PanelMe} me @param {Item} item @param {string} id */
function created(me, item, id) {
  const template = document.createElement('template');
  template.innerHTML = kindOf(item).html;
  const element = Object.assign(one(template.content, '*'), { item });
  element.dataset.id = id;
  kindOf(item).listen?.(me, element);
  return element;
}

// ---- the kinds of items ---------------------------------------------------------------------------------------------

/** @type {Kinds} */
export const KINDS = {
  brand: { html: '<h1>Layer<span>lab</span></h1>' },
  visit: { html: '<span hidden></span>', write: writeVisit },
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

/**
 * The server may have been restarted, or have forgotten a page that slept: then another visit draws what this one left.
 * @param {PanelMe} me @param {Made} element @param {ItemOf<'visit'>} item
 */
function writeVisit(me, element, { name, number }) {
  const before = element.dataset.visit ?? number;
  element.dataset.visit = number;
  if (before !== number) send(me, { name, value: true });
}

/** @param {PanelMe} _ @param {Made} element @param {ItemOf<'text'>} item */
function writeText(_, element, item) {
  element.className = item.css;
  if (item.role) set(element, 'role', item.role);
  say(element, item.text);
}

/**
 * A disabled button is asked in Python: what was clicked before may just be making it possible.
 * @param {PanelMe} me @param {Made} element
 */
function listenToButton(me, element) {
  element.onclick = () => report(me, element, true);
}

/** @type {WeakMap<Element, ReturnType<typeof setTimeout>>} */
const timers = new WeakMap(); // of the buttons that press themselves

/** @param {PanelMe} me @param {Made} element @param {ItemOf<'button'>} item */
function writeButton(me, element, { name, label, sign, shortcut, main, disabled, small, every }) {
  clearTimeout(timers.get(element));
  if (every)
    timers.set(
      element,
      setTimeout(() => element.isConnected && report(me, element, true), every),
    );
  set(element, 'name', name);
  element.className = ['button', main && 'main', small && 'small'].filter(Boolean).join(' ');
  element.dataset.sign = sign;
  say(element, label);
  // Not the attribute `disabled`: the button that has the focus would lose it to nobody.
  set(element, 'aria-disabled', disabled);
  if (!shortcut) return;
  const keys = shortcut.split('+').map(key => key[0].toUpperCase() + key.slice(1));
  set(element, 'aria-keyshortcuts', `Control+${keys.join('+')} Meta+${keys.join('+')}`);
  set(element, 'title', ['Ctrl', ...keys].join('+'));
}
