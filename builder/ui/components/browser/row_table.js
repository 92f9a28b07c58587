// A table of which each row is a button: clicked anywhere, or chosen with the arrow keys and Enter.

import { send, set, update } from './wire.js';

export default component => update(component, create, draw);

function create(root) {
  const me = { root, table: root.querySelector('table'), body: root.querySelector('tbody') };
  me.body.onclick = event => {
    const row = event.target.closest('tr');
    if (row) send(me, { type: 'select', path: row.dataset.path });
  };
  me.body.onkeydown = event => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const rows = [...me.body.rows], at = rows.indexOf(event.target.closest('tr'));
    rows[at + by]?.querySelector('button').focus();
  };
  return me;
}

function draw(me) {
  const { head, rows, selected, label } = me.data;
  set(me.table, 'aria-label', label);
  cells(me.root.querySelector('thead'), [head], (row, texts) => fill(row, texts, 'th'));
  cells(me.body, rows, (row, { path, cells: texts }) => {
    row.dataset.path = path;
    fill(row, texts, 'td');
    const chosen = path === selected;
    set(row.querySelector('button'), 'aria-current', chosen);
    set(row.querySelector('button'), 'tabindex', chosen ? 0 : -1);
  });
  if (me.shown !== selected) show(me, [...me.body.rows].find(row => row.dataset.path === selected));
  me.shown = selected;
}

/** Scroll the table, and nothing else, to where `row` is seen. */
function show(me, row) {
  const scroller = me.root.querySelector('.scroller'), head = me.root.querySelector('thead').offsetHeight;
  if (!row) return;
  const above = row.offsetTop - head, below = row.offsetTop + row.offsetHeight - scroller.clientHeight;
  scroller.scrollTop = Math.max(below, Math.min(above, scroller.scrollTop));
}

/** Give `part` of the table one row for each of `every`; a row that is there already is kept, with its focus. */
function cells(part, every, write) {
  while (part.rows.length > every.length) part.deleteRow(-1);
  every.forEach((each, at) => write(part.rows[at] ?? part.insertRow(), each));
}

function fill(row, texts, tag) {
  texts.forEach((text, at) => {
    const cell = row.cells[at] ?? row.appendChild(document.createElement(at ? tag : 'th'));
    if (!at || tag === 'th') set(cell, 'scope', tag === 'th' ? 'col' : 'row');
    const place = at || tag === 'th' ? cell : cell.firstChild ?? cell.appendChild(Object.assign(document.createElement('button'), { type: 'button' }));
    if (place.textContent !== text) place.textContent = text;
  });
}
