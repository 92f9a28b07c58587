// The list of layers. Python owns the rows; here they are drawn, and gestures are shown at once and reported.

import { fill, send, set, update } from './wire.js';

export default component => update(component, create, draw);

function create(root) {
  const me = {
    list: root.querySelector('.list'),
    live: root.querySelector('[role=status]'),
    template: root.querySelector('template'),
    toolbar: root.querySelector('.marked'),
    marks: new Set(), // paths of the rows that are chosen together
    anchor: null, // path of the row that a range of them begins with
    current: null, // path of the row that Tab reaches
    selected: null,
  };
  me.toolbar.onclick = event => onTool(me, event);
  me.list.onclick = event => onClick(me, event);
  me.list.onkeydown = event => onKey(me, event);
  me.list.onpointerdown = event => onPress(me, event);
  me.list.addEventListener('focusin', event => setCurrent(me, rowOf(event))); // there is no onfocusin
  me.list.onpointerover = event => tellWhole(rowOf(event));
  return me;
}

const rowOf = event => event.target.closest('li');
const rowsOf = me => [...me.list.children];
const layersOf = me => rowsOf(me).filter(li => !li.row.fixed);
const subtree = (me, li) => {
  const below = rowsOf(me).slice(rowsOf(me).indexOf(li) + 1);
  const end = below.findIndex(other => other.row.depth <= li.row.depth);
  return end < 0 ? below : below.slice(0, end);
};
const find = (me, path) => rowsOf(me).find(li => li.row.path === path);
const buttonOf = li => li.querySelector('.row');
const focus = li => buttonOf(li).focus({ preventScroll: true });

// ---- drawing ----------------------------------------------------------------------------------------------------

function draw(me) {
  const { rows, selected, labels, height } = me.data;
  const order = rowsOf(me).map(li => li.row.path);
  const focused = me.list.getRootNode().activeElement;
  const path = focused?.closest('li')?.row.path;
  set(me.list, 'aria-label', labels.list);
  me.list.style.height = height;
  me.list.style.setProperty('--digits', Math.max(2, ...rows.map(row => widthOf(row.parameters))));
  reconcile(me, rows);
  if (path !== undefined) keepFocus(me, focused, order, path);
  const moved = selected !== me.selected;
  paint(me, selected);
  mark(me, [...me.marks].filter(marked => find(me, marked)));
  if (moved) reveal(me, find(me, selected));
}

/** In digits; a comma takes half of one. */
const widthOf = number => number.length - (number.match(/,/g)?.length ?? 0) / 2;

/** Keep each row's element as long as the row lives, so that nothing flickers and focus stays. */
function reconcile(me, rows) {
  const kept = new Map(rowsOf(me).map(li => [li.row.path, li]));
  rows.forEach((row, place) => {
    const li = kept.get(row.path) ?? me.template.content.firstElementChild.cloneNode(true);
    kept.delete(row.path);
    write(me, li, row);
    if (me.list.children[place] !== li) me.list.insertBefore(li, me.list.children[place] ?? null);
  });
  kept.forEach(li => li.remove());
}

function write(me, li, row) {
  const { labels, colors } = me.data;
  const text = JSON.stringify([row, labels, colors[row.family]]);
  if (li.text === text) return;
  Object.assign(li, { row, text });
  for (const part of ['title', 'subtitle', 'shapes', 'parameters', 'problem']) li.querySelector(`.${part}`).textContent = row[part] ?? '';
  li.style.setProperty('--family', colors[row.family]);
  li.style.setProperty('--share', row.share);
  li.style.setProperty('--depth', row.depth);
  li.className = ['problem', 'pale', 'fixed', 'group', 'open'].filter(state => row[state]).map(state => `is-${state}`).join(' ');
  li.querySelector('.share').hidden = !(row.share > 0);
  const toggle = li.querySelector('.toggle');
  if (row.group) set(toggle, 'aria-expanded', row.open);
  const spoken = [row.title, row.shapes, row.subtitle, row.problem, `${row.parameters} ${labels.parameters}`]; // in the order that is seen
  set(buttonOf(li), 'aria-label', spoken.filter(Boolean).join(', '));
  for (const button of li.querySelectorAll('[data-action]')) {
    const { action } = button.dataset;
    button.title = fill(labels[action === 'toggle' ? (row.open ? 'close' : 'open') : action], { name: row.title });
    set(button, 'aria-label', button.title);
  }
}

/** A row that was inserted anew has lost the focus; one that is gone leaves it to its neighbour. */
function keepFocus(me, focused, order, path) {
  if (find(me, path)) return focused.focus({ preventScroll: true });
  const at = order.indexOf(path);
  const heir = [...order.slice(at + 1), ...order.slice(0, at).reverse()].map(other => find(me, other)).find(Boolean);
  if (heir) focus(heir);
}

function paint(me, selected) {
  me.selected = selected;
  for (const li of rowsOf(me)) {
    li.classList.toggle('is-selected', li.row.path === selected);
    set(buttonOf(li), 'aria-current', li.row.path === selected);
  }
  const inside = me.list.getRootNode().activeElement?.closest('li');
  setCurrent(me, inside ?? find(me, selected) ?? me.list.firstElementChild);
}

function setCurrent(me, li) {
  if (!li) return;
  me.current = li.row.path;
  for (const other of rowsOf(me)) set(buttonOf(other), 'tabindex', other === li ? 0 : -1);
}

/** Scroll the list, never the page, until `li` can be seen, above the toolbar if that is shown. */
function reveal(me, li) {
  if (!li) return;
  const above = li.offsetTop - me.list.scrollTop;
  const below = above + li.offsetHeight - me.list.clientHeight + me.toolbar.offsetHeight;
  if (above < 0) me.list.scrollTop += above;
  else if (below > 0) me.list.scrollTop += below;
}

/** Give a row whose text is cut off a tooltip with the whole of it. */
function tellWhole(li) {
  if (!li) return;
  const cut = ['title', 'subtitle', 'shapes'].some(part => isCut(li.querySelector(`.${part}`)));
  buttonOf(li).title = cut ? [li.row.title, li.row.subtitle, li.row.shapes].filter(Boolean).join(' · ') : '';
}

const isCut = element => element.scrollWidth > element.clientWidth;

// ---- gestures ---------------------------------------------------------------------------------------------------

function onClick(me, event) {
  const li = rowOf(event);
  if (!li || me.busy) return;
  const action = event.target.closest('[data-action]')?.dataset.action;
  if (action) act(me, li, action);
  else if (!event.target.closest('.row')) return;
  else if (event.shiftKey) markTo(me, li);
  else if (event.ctrlKey || event.metaKey || me.touched) toggle(me, li);
  else act(me, li, 'select');
}

function act(me, li, action) {
  const path = li.row.path;
  if (action === 'select') {
    mark(me, []);
    me.anchor = path;
    paint(me, path);
    send(me, { type: 'select', path });
  } else if (li.row.fixed) return;
  else if (action === 'up' || action === 'down') step(me, li, action);
  else if (action === 'remove') remove(me, li);
  else if (action === 'wrap') {
    mark(me, [path]); // the toolbar asks in what
    reveal(me, li);
  }
  else send(me, { type: action, path });
}

function remove(me, li) {
  const gone = [li, ...subtree(me, li)];
  const heir = gone.at(-1).nextElementSibling ?? li.previousElementSibling;
  const inside = gone.some(other => other.contains(me.list.getRootNode().activeElement));
  gone.forEach(other => other.remove());
  if (heir && inside) focus(heir);
  me.live.textContent = fill(me.data.labels.removed, { name: li.row.title });
  send(me, { type: 'remove', path: li.row.path });
}

// ---- moving -----------------------------------------------------------------------------------------------------

/** All layers but `li` and what is in it: among them it finds its place. */
function othersOf(me, li) {
  const moving = new Set([li, ...subtree(me, li)]);
  return layersOf(me).filter(other => !moving.has(other));
}

/** In how many groups a row can be that stands before number `to` of `others`. */
function depths(others, to) {
  const above = others[to - 1]?.row, low = others[to]?.row.depth ?? 0;
  return { low, high: Math.max(low, above ? above.depth + (above.group && above.open ? 1 : 0) : 0) };
}

/** One place up or down; on the way every place inside a group is met. */
function step(me, li, direction) {
  const others = othersOf(me, li), at = layersOf(me).indexOf(li), { depth } = li.row;
  const { low, high } = depths(others, at);
  if (direction === 'down') {
    if (depth > low) move(me, li, at, depth - 1);
    else if (at < others.length) {
      li.before(others[at]); // the neighbour is moved rather than the row itself: the row keeps the focus
      move(me, li, at + 1, depths(others, at + 1).high);
    }
  } else if (depth < high) move(me, li, at, depth + 1);
  else if (at > 0) {
    (subtree(me, li).at(-1) ?? li).after(others[at - 1]);
    move(me, li, at - 1, depths(others, at - 1).low);
  }
}

/** `li` stands where it shall; tell the rows what their paths are now, and report it. */
function move(me, li, to, depth) {
  const before = li.row.path, deeper = depth - li.row.depth, inside = subtree(me, li);
  const above = layersOf(me).slice(0, to).reverse().find(other => other.row.depth < depth);
  const after = above ? `${above.row.path}.${li.row.title}` : li.row.title;
  const wasSelected = me.selected;
  for (const other of [li, ...inside]) {
    const path = after + other.row.path.slice(before.length);
    if (me.current === other.row.path) me.current = path;
    if (wasSelected === other.row.path) me.selected = path;
    other.row = { ...other.row, depth: other.row.depth + deeper, path };
    other.text = null;
    other.style.setProperty('--depth', other.row.depth);
  }
  reveal(me, li);
  me.live.textContent = fill(me.data.labels.moved, { name: li.row.title, place: to + 1, count: layersOf(me).length });
  send(me, { type: 'move', path: before, to, depth });
}

// ---- several rows at once ---------------------------------------------------------------------------------------

function mark(me, paths) {
  const { labels } = me.data;
  const focused = me.toolbar.contains(me.list.getRootNode().activeElement);
  me.marks = new Set(paths);
  me.touched &&= me.marks.size > 0;
  for (const li of rowsOf(me)) {
    const marked = me.marks.has(li.row.path);
    li.classList.toggle('is-marked', marked);
    if (me.marks.size) set(buttonOf(li), 'aria-pressed', marked);
    else buttonOf(li).removeAttribute('aria-pressed');
  }
  me.toolbar.hidden = !me.marks.size;
  set(me.toolbar, 'aria-label', labels.list);
  me.toolbar.querySelector('.count').textContent = fill(labels.marked, { n: me.marks.size });
  for (const button of me.toolbar.querySelectorAll('[data-all]')) {
    const label = labels[{ duplicate: 'duplicate_all', remove: 'remove_all', unmark: 'unmark' }[button.dataset.all]];
    if (button.dataset.icon) set(button, 'aria-label', label);
    else button.textContent = label;
  }
  const wraps = me.toolbar.querySelector('.wraps');
  wraps.firstElementChild.textContent = labels.wrap_all;
  if (wraps.text !== JSON.stringify(me.data.wraps)) {
    wraps.text = JSON.stringify(me.data.wraps);
    while (wraps.children.length > 1) wraps.lastElementChild.remove();
    for (const [kind, label] of me.data.wraps) {
      const button = Object.assign(document.createElement('button'), { type: 'button', textContent: label });
      Object.assign(button.dataset, { wrap: kind });
      wraps.append(button);
    }
  }
  if (focused && me.toolbar.hidden) focus(find(me, me.current) ?? me.list.firstElementChild);
}

/** The first to be marked joins the selected one, as in a list of files. */
function toggle(me, li) {
  if (li.row.fixed) return;
  const marks = new Set(me.marks.size || !me.selected ? me.marks : [me.selected]);
  if (!marks.delete(li.row.path)) marks.add(li.row.path);
  me.anchor = li.row.path;
  setCurrent(me, li);
  mark(me, marks);
}

/** All from the anchor to `li`. */
function markTo(me, li) {
  const layers = layersOf(me), from = layers.indexOf(find(me, me.anchor ?? me.selected) ?? li), to = layers.indexOf(li);
  if (to < 0) return;
  me.anchor ??= me.selected;
  const [first, last] = from < 0 ? [to, to] : [Math.min(from, to), Math.max(from, to)];
  mark(me, layers.slice(first, last + 1).map(other => other.row.path));
}

function onTool(me, event) {
  const type = event.target.closest('[data-all]')?.dataset.all, kind = event.target.closest('[data-wrap]')?.dataset.wrap;
  if (type === 'unmark') mark(me, []);
  else if (type) actOnMarks(me, type);
  else if (kind) actOnMarks(me, 'wrap', kind);
}

function actOnMarks(me, type, kind = me.data.wraps[0]?.[0]) {
  const [path, ...others] = me.marks;
  mark(me, []);
  send(me, { type, path, others, kind });
}

function onKey(me, event) {
  const li = rowOf(event);
  if (!li || event.isComposing) return;
  const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
  const plain = !altKey && !ctrlKey && !metaKey && !shiftKey;
  const rows = rowsOf(me), at = rows.indexOf(li);
  const many = { Delete: 'remove', d: 'duplicate', g: 'wrap' }[key];
  const by = { ArrowUp: -1, ArrowDown: 1 }[key];
  if (me.marks.size && many && !altKey && !shiftKey) actOnMarks(me, many);
  else if (me.marks.size && key === 'Escape') mark(me, []);
  else if (shiftKey && !altKey && !ctrlKey && by) extend(me, li, rows[at + by]);
  else if ((ctrlKey || metaKey) && key === ' ') toggle(me, li);
  else if ((ctrlKey || metaKey) && key === 'a') mark(me, layersOf(me).map(other => other.row.path));
  else if (altKey && !ctrlKey && !metaKey && key === 'ArrowUp') act(me, li, 'up');
  else if (altKey && !ctrlKey && !metaKey && key === 'ArrowDown') act(me, li, 'down');
  else if (plain && key === 'ArrowUp') go(me, rows[at - 1]);
  else if (plain && key === 'ArrowDown') go(me, rows[at + 1]);
  else if (plain && key === 'Home') go(me, rows[0]);
  else if (plain && key === 'End') go(me, rows.at(-1));
  else if (plain && event.target === buttonOf(li) && li.row.group && key === (li.row.open ? 'ArrowLeft' : 'ArrowRight')) act(me, li, 'toggle');
  else if (plain && (key === 'ArrowRight' || key === 'ArrowLeft')) goAlong(li, key === 'ArrowRight' ? 1 : -1, event.target);
  else if (plain && key === 'Delete') act(me, li, 'remove');
  else if ((plain || ctrlKey) && key === 'g') li.row.group ? act(me, li, 'unwrap') : li.row.fixed || send(me, { type: 'wrap', path: li.row.path, kind: me.data.wraps[0][0] });
  else if ((plain && key === 'd') || (ctrlKey && !altKey && !shiftKey && key === 'd')) act(me, li, 'duplicate');
  else return; // Enter and Space click the button by themselves
  event.preventDefault();
  event.stopPropagation();
}

function extend(me, from, to) {
  if (!to || to.row.fixed) return;
  if (!me.marks.size) me.anchor = from.row.path;
  go(me, to);
  markTo(me, to);
}

function go(me, li) {
  if (!li) return;
  focus(li);
  reveal(me, li);
}

/** Right and left lead from the row to its actions and back. */
function goAlong(li, by, from) {
  const buttons = [...li.querySelectorAll('.row, .actions button')].filter(button => button.offsetParent);
  buttons[buttons.indexOf(from) + by]?.focus({ preventScroll: true });
}

// ---- dragging ---------------------------------------------------------------------------------------------------

const THRESHOLD = 4; // pixels that a mouse must move before a click becomes a drag
const EDGE = 24; // pixels from the list's edge within which a drag scrolls it
const INDENT = 18; // pixels to the side that lead a dragged row into a group or out of it
const LONG = 500; // ms that a finger rests on a row to mark it

/** Hear what comes anywhere on the page, until the function that is returned is called. */
function hearOf(handlers) {
  const hearing = new AbortController();
  for (const [type, hear] of Object.entries(handlers)) addEventListener(type, hear, { signal: hearing.signal, capture: true });
  return () => hearing.abort();
}

/** A mouse takes a row anywhere; a finger only at the dots, since elsewhere it scrolls, and marks when it rests. */
function onPress(me, press) {
  const li = rowOf(press);
  const grip = press.target.closest('.grip');
  if (!li || li.row.fixed || press.button !== 0 || me.busy || press.target.closest('.actions, .toggle')) return;
  if (press.pointerType !== 'mouse' && !grip) return rest(me, li);
  const stop = hearOf({
    pointermove: move => {
      if (Math.hypot(move.clientX - press.clientX, move.clientY - press.clientY) < THRESHOLD) return;
      stop();
      drag(me, li, press, move);
    },
    pointerup: () => stop(),
    pointercancel: () => stop(),
  });
}

function rest(me, li) {
  const timer = setTimeout(() => {
    toggle(me, li);
    me.touched = me.busy = true; // the click that follows is this one's end; later taps mark, too
  }, LONG);
  const end = () => {
    stop();
    clearTimeout(timer);
    setTimeout(() => { me.busy = false; });
  };
  const stop = hearOf({ pointerup: end, pointercancel: end });
}

function drag(me, li, press, at) {
  const before = rowsOf(me), inside = subtree(me, li), others = othersOf(me, li), from = layersOf(me).indexOf(li);
  let drop = { to: from, depth: li.row.depth };
  me.busy = true;
  me.list.setPointerCapture(press.pointerId); // on the list: a row that is moved in the page would lose it
  me.list.classList.add('is-dragging');
  li.classList.add('is-dragged');
  inside.forEach(other => { other.hidden = true; });
  const follow = () => {
    if (!me.busy) return;
    scrollAtEdge(me, at.clientY, press.clientY);
    drop = place(me, li, others, at, press);
    requestAnimationFrame(follow);
  };
  const end = keep => {
    stop();
    drop = place(me, li, others, at, press);
    me.list.classList.remove('is-dragging');
    li.classList.remove('is-dragged');
    inside.forEach(other => { other.hidden = false; });
    li.after(...inside);
    setTimeout(() => { me.busy = false; }); // after the click that ends a drag
    if (keep && (drop.to !== from || drop.depth !== li.row.depth)) return move(me, li, drop.to, drop.depth);
    me.list.replaceChildren(...before);
    li.style.setProperty('--depth', li.row.depth);
    if (!me.outbox.length) setTimeout(me.draw); // what came meanwhile
  };
  const stop = hearOf({
    pointermove: move => { at = move; },
    pointerup: up => { at = up; end(true); },
    pointercancel: () => end(false),
    keydown: event => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      end(false);
    },
  });
  follow();
}

/** Show `li` under the pointer: up and down it passes the others, to the side it goes into a group above or out of it. */
function place(me, li, others, { clientX, clientY }, press) {
  const middle = other => { const box = other.getBoundingClientRect(); return box.top + box.height / 2; };
  const found = others.findIndex(other => clientY < middle(other));
  const to = found < 0 ? others.length : found;
  const next = others[to] ?? null;
  if (next ? next !== li.nextElementSibling : me.list.lastElementChild !== li) me.list.insertBefore(li, next);
  const { low, high } = depths(others, to);
  const depth = Math.max(low, Math.min(high, li.row.depth + Math.round((clientX - press.clientX) / INDENT)));
  li.style.setProperty('--depth', depth);
  return { to, depth };
}

/** Only towards where the drag leads: one that begins at the edge need not mean to scroll. */
function scrollAtEdge(me, y, from) {
  const box = me.list.getBoundingClientRect();
  if (y < Math.min(from, box.top + EDGE)) me.list.scrollTop -= 6;
  else if (y > Math.max(from, box.bottom - EDGE)) me.list.scrollTop += 6;
}
