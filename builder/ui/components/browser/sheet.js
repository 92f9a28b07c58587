// @ts-check
// The page: a tree of places that is drawn from data. A place whose content has not changed is left alone.

import { chart } from './chart.js';
import * as drawing from './drawing.js';
import { arrange, one } from './elements.js';
import { keep } from './files.js';
import * as layerList from './layer_list.js';
import * as panel from './panel.js';
import * as rowTable from './row_table.js';
import { box, code, details, graph, popover, text } from './texts.js';
import * as training from './training.js';
import { cabled, hear, isPending, report } from './wire.js';

/** @import { Drawn, KindOfPlace, Node, Page, Part, Streamlit } from '../types' */

const cable = cabled();
const [DATA, INSIDE] = [2, 3]; // places in a node
const AGES = 12; // pages for which a content is kept after it was last seen; Python counts on half as many

/** @type {Map<string, Node>} */
const contents = new Map(); // by their names
/** @type {string[][]} */
const ages = []; // the names on each of the last pages
/** @type {string | null} */
let visit = null;
let kept = 0; // number of the last file

/** @type {Map<string, CSSStyleSheet>} */
const styles = new Map();
const ready = Promise.all(
  ['wire', 'panel', 'layer_list', 'drawing', 'row_table', 'training'].map(async name => {
    const style = new CSSStyleSheet();
    styles.set(name, style);
    style.replaceSync(await (await fetch(new URL(`./${name}.css`, import.meta.url))).text());
  }),
);

/** Called at each run. @param {Streamlit} component */
export default async function show({ data, parentElement, setTriggerValue }) {
  await ready;
  /** @type {Page} */
  const page = JSON.parse(new TextDecoder().decode(data));
  cable.trigger = setTriggerValue;
  const another = visit !== null && visit !== page.visit;
  visit = page.visit;
  take(page);
  const lacking = !fits(page.page);
  if (!lacking) {
    const reported = new Set(cable.outbox.map(({ part }) => part));
    cable.seen = page.serial;
    hear(cable, page.answered);
    fill(one(parentElement, '.sheet'), [page.page], reported);
  }
  if (page.file && page.file.number > kept) {
    kept = page.file.number;
    keep(page.file);
  }
  if (another) report(cable, '', { reconnected: true });
  if (lacking) report(cable, '', { lacking: true });
}

/** Remember what is new, and forget what was not seen for long. @param {Page} page */
function take({ contents: news, page }) {
  for (const [name, content] of Object.entries(news)) contents.set(name, content);
  ages.push([...names(page)]);
  if (ages.length <= AGES) return;
  const old = ages.shift() ?? [];
  const young = new Set(ages.flat());
  for (const name of old) if (!young.has(name)) contents.delete(name);
}

/** The names of a place and of all inside it, as far as they are known. @param {string} name @returns {Generator<string>} */
function* names(name) {
  yield name;
  for (const other of contents.get(name)?.[INSIDE] ?? []) yield* names(other);
}

/** Is everything there that the place shows? @param {string} page */
const fits = page => [...names(page)].every(name => contents.has(name));

/** @param {string} name */
const known = name => /** @type {Node} */ (contents.get(name));

/**
 * Draw `places` in `parent`. What was `reported` from is written even if its content is the same: a person sees what they did, and
 * Python may not have taken it.
 * @param {HTMLElement} parent @param {string[]} places the names of their contents @param {Set<string>} reported
 */
function fill(parent, places, reported) {
  const nodes = places.map(known);
  const wanted = nodes.map(([kind, key]) => /** @type {[string, string]} */ ([kind, key]));
  const elements = arrange(parent, wanted, at => created(...wanted[at]));
  nodes.forEach(([kind, key, data, inside], at) => {
    const [element, name] = [elements[at], places[at]];
    const { write, always, place } = KINDS[kind];
    if (always || element.content !== name || reported.has(key))
      write(element, data, key, inside.map(known), isPending({ cable, part: key }));
    element.content = name;
    if (place) fill(place(element), inside, reported);
  });
}

/** @param {string} kind @param {string} key @returns {Drawn} */
function created(kind, key) {
  const element = /** @type {Drawn} */ (document.createElement('div'));
  element.className = [kind, key && `at-${key}`].filter(Boolean).join(' ');
  element.innerHTML = KINDS[kind].html;
  KINDS[kind].listen?.(element, event => report(cable, key, event));
  return element;
}

/**
 * A part with a root of its own, in which only its own style counts.
 * @param {string[]} dress the names of its styles @param {Part} part @returns {KindOfPlace}
 */
const apart = (dress, { default: draw, html }) => ({
  html: '',
  listen(element) {
    const root = element.attachShadow({ mode: 'open' });
    root.innerHTML = html;
    root.adoptedStyleSheets = ['wire', ...dress].map(each => /** @type {CSSStyleSheet} */ (styles.get(each)));
  },
  write(element, data, key, inside) {
    const items = inside.map(node => node[DATA]); // of a panel; what other parts are told is in pieces
    const told = Object.assign({ items }, data, ...(inside[0]?.[0] === 'piece' ? items : []));
    draw({ root: /** @type {ShadowRoot} */ (element.shadowRoot), part: key, data: told, cable });
  },
});

/** @type {Record<string, KindOfPlace>} */
const KINDS = {
  ...{ box, html: text, code, chart, details, popover, graph },
  panel: apart(['panel'], panel),
  layer_list: apart(['layer_list'], layerList),
  drawing: apart(['drawing'], drawing),
  row_table: apart(['row_table'], rowTable),
  training: apart(['panel', 'training'], training),
};
