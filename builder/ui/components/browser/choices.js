// @ts-check
// Items of a panel of which one of a few is chosen: lists that open, rows of buttons, links to the pages.

import { around, made, one, say, set } from './elements.js';
import { report } from './entries.js';
import { FIELD, writeLabel } from './fields.js';
import { chordOf } from './keys.js';

/** @import { ItemOf, Kinds, Made, PanelMe } from '../types' */
/** @typedef {ItemOf<'choice' | 'action'>} ListItem */

const STAYS = 500; // ms: with the keyboard a closed list steps through its options, and the one it stays on is meant
const LIST = FIELD('<span class="box select"><select></select></span>');

/** @type {Kinds<'choice' | 'action' | 'pages' | 'view'>} */
export const choices = {
  choice: { html: LIST, listen: listenToList, write: writeList },
  action: { html: LIST, listen: listenToList, write: writeList },
  pages: { html: '<nav></nav>', listen: listenToPages, write: writePages },
  view: { html: '<div class="view" role="radiogroup"></div>', listen: listenToView, write: writeView },
};

// ---- lists that open ------------------------------------------------------------------------------------------------

/** @type {WeakMap<Element, string>} */
const offered = new WeakMap(); // what a list was last filled with

/** @param {Element} element */
const selectOf = element => one(element, 'select', HTMLSelectElement);

/** @param {PanelMe} me @param {Made} element @param {ListItem} item */
function writeList(me, element, item) {
  writeLabel(me, element, item);
  const select = selectOf(element);
  const text = JSON.stringify([item.of, item.placeholder, item.groups]);
  if (offered.get(element) !== text) select.replaceChildren(...optionsOf(item));
  offered.set(element, text);
  if (me.typing !== select) select.value = item.value === null ? '' : `=${item.value}`;
}

/**
 * First the placeholder; an option that is in a group stands under the group's label, where the first of them stands.
 * @param {ListItem} item
 */
function optionsOf({ of, placeholder = '', groups = {} }) {
  /** @type {Map<string, HTMLOptGroupElement>} */
  const known = new Map();
  const parts = of.flatMap(([value, label]) => {
    const entry = made('option', { value: `=${value}`, label, textContent: label });
    const under = groups[value];
    if (!under) return [entry];
    const group = known.get(under) ?? made('optgroup', { label: under });
    group.append(entry);
    const fresh = !known.has(under);
    known.set(under, group);
    return fresh ? [group] : [];
  });
  return [made('option', { value: '', label: placeholder, textContent: placeholder, hidden: true }), ...parts];
}

/**
 * With the mouse a choice is made at once; with keys it is the one that the list stays on, or Enter; an action waits for Enter.
 * @param {PanelMe} me @param {Made<ListItem>} element
 */
function listenToList(me, element) {
  const select = selectOf(element);
  const acts = element.item.type === 'action';
  let keyed = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const leave = () => {
    clearTimeout(timer);
    me.typing = null;
    if (acts) select.value = '';
  };
  const take = () => {
    const { value } = select;
    leave();
    if (value) report(me, element, value.slice(1));
  };
  select.onpointerdown = () => {
    keyed = false;
  };
  select.onkeydown = event => {
    if (me.typing === select && event.key === 'Enter') {
      event.preventDefault();
      take();
    } else if (me.typing === select && event.key === 'Escape') {
      leave();
      writeList(me, element, element.item);
    } else keyed = event.key !== 'Enter';
  };
  select.onchange = () => {
    if (!keyed) return take();
    me.typing = select;
    clearTimeout(timer);
    if (!acts) timer = setTimeout(take, STAYS);
  };
  select.onblur = () => (me.typing === select && !acts ? take() : leave());
}

// ---- links to the pages ---------------------------------------------------------------------------------------------

/**
 * The address of a page with the network in it, for whoever opens it in a new tab.
 * @param {ItemOf<'pages'>} item @param {string} page
 */
const addressOf = ({ first }, page) => `${page === first ? './' : page}${location.search}`;

/** @param {Event} event */
const linkOf = event => /** @type {HTMLAnchorElement | null} */ (around(event, 'a'));

/** @param {PanelMe} me @param {Made<ItemOf<'pages'>>} element */
function listenToPages(me, element) {
  element.onclick = event => {
    const page = linkOf(event)?.dataset.page;
    if (!page || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    report(me, element, page);
  };
  /** @param {Event} event */
  const refresh = event => {
    const link = linkOf(event);
    if (link) link.href = addressOf(element.item, link.dataset.page ?? '');
  };
  element.onpointerover = refresh;
  element.addEventListener('focusin', refresh); // there is no onfocusin
}

/** @param {PanelMe} _ @param {Made} element @param {ItemOf<'pages'>} item */
function writePages(_, element, item) {
  set(element, 'aria-label', item.label);
  const kept = /** @type {HTMLAnchorElement[]} */ ([...element.children]);
  item.of.forEach(([page, title], at) => {
    const link = kept[at] ?? element.appendChild(made('a', {}));
    link.dataset.page = page;
    link.href = addressOf(item, page);
    say(link, title);
    if (page === item.value) set(link, 'aria-current', 'page');
    else link.removeAttribute('aria-current');
  });
}

// ---- rows of buttons ------------------------------------------------------------------------------------------------

/** @param {Element} element */
const buttonsOf = element => /** @type {HTMLButtonElement[]} */ ([...element.children]);

/** @param {PanelMe} me @param {Made} element */
function listenToView(me, element) {
  element.onclick = event => pick(me, element, /** @type {HTMLButtonElement | null} */ (around(event, 'button')));
  element.onkeydown = event => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[chordOf(event)];
    if (!by) return;
    event.preventDefault();
    const buttons = buttonsOf(element);
    const at = buttons.findIndex(button => button.tabIndex === 0);
    pick(me, element, buttons[(at + by + buttons.length) % buttons.length]);
  };
}

/** @param {PanelMe} _ @param {Made} element @param {ItemOf<'view'>} item */
function writeView(_, element, item) {
  set(element, 'aria-label', item.label);
  const kept = buttonsOf(element);
  item.of.forEach(([value, label], at) => {
    const button = kept[at] ?? element.appendChild(made('button', { type: 'button' }));
    set(button, 'role', 'radio');
    if (item.tags) set(button, 'lang', item.tags[value]);
    button.value = value;
    say(button, label);
  });
  for (const extra of kept.slice(item.of.length)) extra.remove();
  showPicked(element, item.value);
  if (item.tags) document.documentElement.lang = item.tags[item.value ?? '']; // Streamlit leaves the page's language out
}

/** @param {Element} element @param {string | null} value */
function showPicked(element, value) {
  for (const button of buttonsOf(element)) {
    set(button, 'aria-checked', button.value === value);
    set(button, 'tabindex', button.value === value ? 0 : -1);
  }
}

/** @param {PanelMe} me @param {Made} element @param {HTMLButtonElement | null} button */
function pick(me, element, button) {
  if (!button) return;
  button.focus({ preventScroll: true });
  if (button.getAttribute('aria-checked') === 'true') return;
  showPicked(element, button.value);
  report(me, element, button.value);
}
