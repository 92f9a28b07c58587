// The list of layers. Python owns the rows; here they are drawn, and gestures are shown at once and reported.

export default component => update(component, create, draw);

function create(root) {
  const me = {
    list: root.querySelector('.list'),
    live: root.querySelector('[role=status]'),
    template: root.querySelector('template'),
    current: null, // path of the row that Tab reaches
    selected: null,
  };
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
  li.className = ['problem', 'pale', 'fixed'].filter(state => row[state]).map(state => `is-${state}`).join(' ');
  li.querySelector('.share').hidden = !(row.share > 0);
  const spoken = [row.title, row.shapes, row.subtitle, row.problem, `${row.parameters} ${labels.parameters}`]; // in the order that is seen
  set(buttonOf(li), 'aria-label', spoken.filter(Boolean).join(', '));
  for (const button of li.querySelectorAll('[data-action]')) {
    button.title = fill(labels[button.dataset.action], { name: row.title });
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

/** Scroll the list, never the page, until `li` can be seen. */
function reveal(me, li) {
  if (!li) return;
  const above = li.offsetTop - me.list.scrollTop;
  const below = above + li.offsetHeight - me.list.clientHeight;
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
  else if (event.target.closest('.row')) act(me, li, 'select');
}

function act(me, li, action) {
  const path = li.row.path;
  if (action === 'select') {
    paint(me, path);
    send(me, { type: 'select', path });
  } else if (li.row.fixed) return;
  else if (action === 'up' || action === 'down') step(me, li, action);
  else if (action === 'remove') remove(me, li);
  else send(me, { type: 'duplicate', path });
}

/** Move the neighbour rather than the row itself: the row keeps the focus. */
function step(me, li, direction) {
  const neighbour = direction === 'up' ? li.previousElementSibling : li.nextElementSibling;
  if (!neighbour || neighbour.row.fixed) return;
  if (direction === 'up') li.after(neighbour);
  else li.before(neighbour);
  reveal(me, li);
  reportMove(me, li);
}

function reportMove(me, li) {
  const layers = layersOf(me), to = layers.indexOf(li);
  me.live.textContent = fill(me.data.labels.moved, { name: li.row.title, place: to + 1, count: layers.length });
  send(me, { type: 'move', path: li.row.path, to });
}

function remove(me, li) {
  const heir = li.nextElementSibling ?? li.previousElementSibling;
  const inside = li.contains(me.list.getRootNode().activeElement);
  li.remove();
  if (heir && inside) focus(heir);
  me.live.textContent = fill(me.data.labels.removed, { name: li.row.title });
  send(me, { type: 'remove', path: li.row.path });
}

function onKey(me, event) {
  const li = rowOf(event);
  if (!li || event.isComposing) return;
  const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
  const plain = !altKey && !ctrlKey && !metaKey && !shiftKey;
  const rows = rowsOf(me), at = rows.indexOf(li);
  if (altKey && !ctrlKey && !metaKey && key === 'ArrowUp') act(me, li, 'up');
  else if (altKey && !ctrlKey && !metaKey && key === 'ArrowDown') act(me, li, 'down');
  else if (plain && key === 'ArrowUp') go(me, rows[at - 1]);
  else if (plain && key === 'ArrowDown') go(me, rows[at + 1]);
  else if (plain && key === 'Home') go(me, rows[0]);
  else if (plain && key === 'End') go(me, rows.at(-1));
  else if (plain && (key === 'ArrowRight' || key === 'ArrowLeft')) goAlong(li, key === 'ArrowRight' ? 1 : -1, event.target);
  else if (plain && key === 'Delete') act(me, li, 'remove');
  else if ((plain && key === 'd') || (ctrlKey && !altKey && !shiftKey && key === 'd')) act(me, li, 'duplicate');
  else return; // Enter and Space click the button by themselves
  event.preventDefault();
  event.stopPropagation();
}

function go(me, li) {
  if (!li) return;
  focus(li);
  reveal(me, li);
}

/** Right and left lead from the row to its actions and back. */
function goAlong(li, by, from) {
  const buttons = [...li.querySelectorAll('button')].filter(button => button.offsetParent);
  buttons[buttons.indexOf(from) + by]?.focus({ preventScroll: true });
}

// ---- dragging ---------------------------------------------------------------------------------------------------

const THRESHOLD = 4; // pixels that a mouse must move before a click becomes a drag
const EDGE = 24; // pixels from the list's edge within which a drag scrolls it

/** A mouse takes a row anywhere; a finger only at the dots, since elsewhere it scrolls. */
function onPress(me, press) {
  const li = rowOf(press);
  const grip = press.target.closest('.grip');
  if (!li || li.row.fixed || press.button !== 0 || me.busy || press.target.closest('.actions')) return;
  if (press.pointerType !== 'mouse' && !grip) return;
  me.list.onpointermove = move => {
    if (Math.abs(move.clientY - press.clientY) < THRESHOLD) return;
    drag(me, li, move);
  };
  me.list.onpointerup = me.list.onpointercancel = me.list.onpointerleave = () => letGo(me);
}

function letGo(me) {
  me.list.onpointermove = me.list.onpointerup = me.list.onpointercancel = me.list.onpointerleave = null;
}

function drag(me, li, start) {
  const before = rowsOf(me);
  let y = start.clientY;
  me.busy = true;
  me.list.setPointerCapture(start.pointerId); // on the list: a row that is moved in the page would lose it
  me.list.classList.add('is-dragging');
  li.classList.add('is-dragged');
  me.list.onpointermove = move => { y = move.clientY; };
  const follow = () => {
    if (!me.busy) return;
    scrollAtEdge(me, y);
    place(me, li, y);
    requestAnimationFrame(follow);
  };
  const end = keep => {
    place(me, li, y);
    letGo(me);
    document.removeEventListener('keydown', onEscape, true);
    me.list.classList.remove('is-dragging');
    li.classList.remove('is-dragged');
    if (!keep) me.list.replaceChildren(...before);
    setTimeout(() => { me.busy = false; }); // after the click that ends a drag
    const moved = rowsOf(me).indexOf(li) !== before.indexOf(li);
    if (moved) reportMove(me, li);
    else if (!me.outbox.length) setTimeout(me.draw); // what came meanwhile
  };
  const onEscape = event => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    end(false);
  };
  document.addEventListener('keydown', onEscape, true);
  me.list.onpointerleave = null;
  me.list.onpointerup = () => end(true);
  me.list.onpointercancel = () => end(false);
  follow();
}

function place(me, li, y) {
  const next = layersOf(me).filter(other => other !== li).find(other => {
    const box = other.getBoundingClientRect();
    return y < box.top + box.height / 2;
  });
  if (next ? next !== li.nextElementSibling : me.list.lastElementChild !== li) me.list.insertBefore(li, next ?? null);
}

function scrollAtEdge(me, y) {
  const box = me.list.getBoundingClientRect();
  if (y < box.top + EDGE) me.list.scrollTop -= 6;
  else if (y > box.bottom - EDGE) me.list.scrollTop += 6;
}
