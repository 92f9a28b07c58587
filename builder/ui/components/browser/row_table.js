// @ts-check
// A table of which each row is a button: clicked anywhere, or chosen with the arrow keys and Enter.

import { around, made, one, say, set } from './elements.js';
import { chordOf } from './keys.js';
import { send, update } from './wire.js';

/** @import { Component, TableData, TableMe, Wire } from '../types' */

export const html = '<div class="scroller"><table><thead></thead><tbody></tbody></table></div>';

/** @param {Component} component */
export default component => update(component, create, draw);

/** @param {Event} event */
const rowOf = event => /** @type {HTMLTableRowElement | null} */ (around(event, 'tr'));

/** @param {Wire<TableData>} wire @returns {TableMe} */
function create(wire) {
  const me = Object.assign(wire, {
    table: one(wire.root, 'table', HTMLTableElement),
    head: one(wire.root, 'thead', HTMLTableSectionElement),
    body: one(wire.root, 'tbody', HTMLTableSectionElement),
    scroller: one(wire.root, '.scroller'),
    shown: null,
  });
  me.body.onclick = event => {
    const path = rowOf(event)?.dataset.path;
    if (path !== undefined) send(me, { type: 'select', path });
  };
  me.body.onkeydown = event => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[chordOf(event)];
    const row = rowOf(event);
    if (!by || !row) return;
    event.preventDefault();
    const next = me.body.rows[row.sectionRowIndex + by];
    if (next) one(next, 'button').focus();
  };
  return me;
}

/** @param {TableMe} me */
function draw(me) {
  const { head, rows, selected, label } = me.data;
  set(me.table, 'aria-label', label);
  for (const [row, texts] of rowsFor(me.head, [head])) writeHead(row, texts);
  for (const [row, { path, cells }] of rowsFor(me.body, rows)) {
    row.dataset.path = path;
    writeRow(row, cells);
    const button = one(row, 'button');
    set(button, 'aria-current', path === selected);
    set(button, 'tabindex', path === selected ? 0 : -1);
  }
  if (me.shown !== selected)
    show(
      me,
      [...me.body.rows].find(row => row.dataset.path === selected),
    );
  me.shown = selected;
}

/**
 * Scroll the table, and nothing else, to where `row` is seen.
 * @param {TableMe} me @param {HTMLTableRowElement | undefined} row
 */
function show(me, row) {
  if (!row) return;
  const above = row.offsetTop - me.head.offsetHeight;
  const below = row.offsetTop + row.offsetHeight - me.scroller.clientHeight;
  me.scroller.scrollTop = Math.max(below, Math.min(above, me.scroller.scrollTop));
}

/**
 * One row of `part` for each of `every`; a row that is there already is kept, with its focus.
 * @template Of
 * @param {HTMLTableSectionElement} part @param {Of[]} every
 * @returns {[HTMLTableRowElement, Of][]}
 */
function rowsFor(part, every) {
  while (part.rows.length > every.length) part.deleteRow(-1);
  return every.map((each, at) => [part.rows[at] ?? part.insertRow(), each]);
}

/** @param {HTMLTableRowElement} row @param {string[]} texts */
function writeHead(row, texts) {
  texts.forEach((text, at) => {
    const cell = cellOf(row, at, 'th');
    set(cell, 'scope', 'col');
    say(cell, text);
  });
}

/** The first cell of a row is its heading, and a button. @param {HTMLTableRowElement} row @param {string[]} texts */
function writeRow(row, [title, ...texts]) {
  const first = cellOf(row, 0, 'th');
  set(first, 'scope', 'row');
  say(first.firstElementChild ?? first.appendChild(made('button', { type: 'button' })), title);
  texts.forEach((text, at) => {
    say(cellOf(row, at + 1, 'td'), text);
  });
}

/** @param {HTMLTableRowElement} row @param {number} at @param {'th' | 'td'} tag */
const cellOf = (row, at, tag) => row.cells[at] ?? row.appendChild(document.createElement(tag));
