// @ts-check
// Elements: found, made and written with as little as possible.

/**
 * The one element that must be there.
 * @template {Element} [Kind=HTMLElement]
 * @param {ParentNode} within @param {string} selector @param {{ new (): Kind }} [kind]
 * @returns {Kind}
 */
export function one(within, selector, kind) {
  const found = within.querySelector(selector);
  if (found instanceof (kind ?? HTMLElement)) return /** @type {Kind} */ (found);
  throw new Error(`There is no ${selector} here.`);
}

/**
 * The nearest element around what the event happened to.
 * @param {Event} event @param {string} selector
 * @returns {HTMLElement | null}
 */
export const around = (event, selector) => /** @type {Element} */ (event.target).closest(selector);

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag @param {Partial<HTMLElementTagNameMap[Tag]>} properties
 */
export const made = (tag, properties) => Object.assign(document.createElement(tag), properties);

/**
 * Give `parent` one element for each of `wanted`, which are kinds with names. One that is there already is kept, and not moved
 * without need: it may have the focus, or be scrolled. What has no name is known by its place among its kind.
 * @template {HTMLElement} Kind
 * @param {HTMLElement} parent @param {[kind: string, name: string][]} wanted @param {(at: number) => Kind} create
 * @returns {Kind[]}
 */
export function arrange(parent, wanted, create) {
  const before = new Map(/** @type {Kind[]} */ ([...parent.children]).map(element => [element.dataset.id, element]));
  /** @type {Record<string, number>} */
  const counts = {};
  const elements = wanted.map(([kind, name], at) => {
    counts[kind] = (counts[kind] ?? 0) + 1;
    const id = `${kind} ${name || counts[kind]}`;
    const element = before.get(id) ?? create(at);
    before.delete(id);
    element.dataset.id = id;
    return element;
  });
  for (const old of before.values()) old.remove();
  elements.forEach((element, at) => {
    if (parent.children[at] !== element) parent.insertBefore(element, parent.children[at] ?? null);
  });
  return elements;
}

/**
 * Write an attribute only where it changes: each write costs the browser a look at the whole drawing.
 * @param {Element} element @param {string} name @param {unknown} value
 */
export function set(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
}

/**
 * Write a text only where it changes: what is read aloud is read again when it is written.
 * @param {Element} element @param {string} words
 */
export function say(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

/**
 * `"{name} is at {place}"` with its values; a label is translated before it comes here.
 * @param {string} template @param {Record<string, string | number>} values
 */
export const fill = (template, values) => template.replace(/\{(\w+)\}/g, (all, name) => String(values[name] ?? all));

/**
 * Show `tip`, a popover, below `box`, or above it where there is more room; never over the edge of the window.
 * @param {HTMLElement} tip @param {string} words @param {DOMRect} box
 */
export function showBeside(tip, words, box) {
  const edge = 4;
  const gap = 6;
  say(tip, words);
  if (!tip.matches(':popover-open')) tip.showPopover();
  const { width, height } = tip.getBoundingClientRect();
  const below = box.bottom + gap;
  const above = box.top - height - gap;
  tip.style.left = `${Math.max(edge, Math.min(box.left + box.width / 2 - width / 2, innerWidth - width - edge))}px`;
  tip.style.top = `${below + height < innerHeight || above < edge ? below : above}px`;
}

/** @param {HTMLElement | null} tip */
export function hide(tip) {
  if (tip?.matches(':popover-open')) tip.hidePopover();
}
