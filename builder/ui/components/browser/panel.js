// A form that is drawn from data. Each entry and each click is reported, however fast they come.

import { pictures } from './pictures.js';
import { send, set, update } from './wire.js';

export default component => update(component, create, draw);

function create(root) {
  const me = { root, body: root.querySelector('.panel'), typing: null, waiting: null };
  listen(me);
  return me;
}

function draw(me) {
  me.body.className = `panel ${me.data.layout}`;
  fillWith(me, me.body, me.data.items);
  const { waiting } = me;
  me.waiting = null;
  if (waiting) send(me, waiting);
}

/** Give `parent` one element for each item. One that is there already is kept: it may have the focus. */
function fillWith(me, parent, items) {
  const kept = new Map([...parent.children].map(element => [element.dataset.id, element]));
  items.forEach((item, at) => {
    const id = `${item.type} ${item.name || at}`;
    const element = kept.get(id) ?? made(me, item, id);
    kept.delete(id);
    if (parent.children[at] !== element) parent.insertBefore(element, parent.children[at] ?? null);
    KINDS[item.type].write(me, element, item);
  });
  kept.forEach(element => element.remove());
}

function made(me, item, id) {
  const template = document.createElement('template');
  template.innerHTML = KINDS[item.type].html;
  const element = template.content.firstElementChild;
  element.dataset.id = id;
  element.item = item;
  KINDS[item.type].listen?.(me, element);
  return element;
}

/** Report an entry. While something is dragged, the newest waits until the one before has been answered. */
function report(me, element, value) {
  const { name, type } = element.item;
  if ((type === 'slider' || type === 'plane') && me.outbox.length) me.waiting = { name, value };
  else send(me, { name, value });
}

// ---- the kinds of items -----------------------------------------------------------------------------------------

const FIELD = inner => `<div class="field"><label><span class="label"></span></label>${inner}</div>`;

const KINDS = {
  ...pictures(report),
  brand: { html: '<h1>Layer<span>lab</span></h1>', write() {} },
  // The server may have been restarted, or have forgotten a page that slept: then another visit draws what this one left.
  visit: {
    html: '<span hidden></span>',
    write: (me, element, item) => {
      if (element.number && element.number !== item.number) send(me, { name: item.name, value: true });
      element.number = item.number;
    },
  },
  heading: { html: '<h2></h2>', write: (me, element, item) => say(element, item.text) },
  text: {
    html: '<p></p>',
    write: (me, element, item) => {
      element.className = item.css;
      if (item.role) set(element, 'role', item.role);
      say(element, item.text);
    },
  },
  space: { html: '<span class="space"></span>', write() {} },
  card: { html: '<div class="card"></div>', write: (me, element, item) => fillWith(me, element, item.inside) },
  line: { html: '<div class="line"></div>', write: (me, element, item) => fillWith(me, element, item.inside) },
  button: {
    html: '<button type="button"></button>',
    // A disabled button is asked in Python: what was clicked before may just be making it possible.
    listen: (me, element) => { element.onclick = () => report(me, element, true); },
    write: writeButton,
  },
  number: {
    html: FIELD(`<span class="box"><input type="text" inputmode="decimal" role="spinbutton" autocomplete="off" spellcheck="false"><button
      type="button" tabindex="-1" aria-hidden="true" data-step="-1">−</button><button
      type="button" tabindex="-1" aria-hidden="true" data-step="1">+</button></span>`),
    listen: (me, element) => {
      listenToEntry(me, element);
      element.onclick = event => stepped(me, element, Number(event.target.dataset.step));
      element.onkeydown = event => {
        const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
        if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        stepped(me, element, by);
      };
    },
    write: (me, element, item) => {
      writeField(me, element, item);
      const now = Number(item.value);
      if (item.value.trim() && Number.isFinite(now)) set(entryOf(element), 'aria-valuenow', now);
      else entryOf(element).removeAttribute('aria-valuenow');
    },
  },
  word: {
    html: FIELD('<span class="box"><input type="text" autocomplete="off" spellcheck="false"></span>'),
    listen: listenToEntry,
    write: writeField,
  },
  slider: {
    html: FIELD('<span class="slide"><input type="range"><input class="exact" type="text" inputmode="decimal" autocomplete="off"></span>'),
    listen: (me, element) => {
      const [slide, exact] = element.querySelectorAll('input');
      slide.onpointerdown = () => { me.typing = slide; };
      slide.onpointerup = slide.onblur = () => { me.typing = null; };
      slide.oninput = () => {
        exact.value = slide.value;
        report(me, element, slide.value);
      };
      exact.oninput = () => { me.typing = exact; };
      exact.onblur = () => { me.typing = null; };
      exact.onchange = () => {
        me.typing = null;
        report(me, element, exact.value);
      };
    },
    write: (me, element, item) => {
      const [slide, exact] = element.querySelectorAll('input');
      for (const name of ['min', 'max', 'step']) set(slide, name, item[name]);
      writeField(me, element, item);
      set(exact, 'aria-label', item.label);
      if (!isHeld(me, item, exact) && exact.value !== item.value) exact.value = item.value;
    },
  },
  switch: {
    html: '<div class="field switch"><label><input type="checkbox"><span class="label"></span></label></div>',
    listen: (me, element) => { entryOf(element).onchange = () => report(me, element, entryOf(element).checked); },
    write: (me, element, item) => {
      writeLabel(me, element, item);
      entryOf(element).checked = item.value;
    },
  },
  choice: { html: FIELD('<span class="box select"><select></select></span>'), listen: listenToChoice, write: writeChoice },
  action: { html: FIELD('<span class="box select"><select></select></span>'), listen: listenToChoice, write: writeChoice },
  pages: {
    html: '<nav></nav>',
    listen: (me, element) => {
      element.onclick = event => {
        const link = event.target.closest('a');
        if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        report(me, element, link.dataset.page);
      };
      element.onpointerover = element.onfocusin = event => {
        const link = event.target.closest('a');
        if (link) link.href = linkOf(element.item, link.dataset.page);
      };
    },
    write: (me, element, item) => {
      element.item = item;
      set(element, 'aria-label', item.label);
      const kept = [...element.children];
      item.of.forEach(([page, title], at) => {
        const link = kept[at] ?? element.appendChild(document.createElement('a'));
        link.dataset.page = page;
        link.href = linkOf(item, page);
        say(link, title);
        if (page === item.value) set(link, 'aria-current', 'page');
        else link.removeAttribute('aria-current');
      });
    },
  },
  view: {
    html: '<div class="view" role="radiogroup"></div>',
    listen: (me, element) => {
      element.onclick = event => pick(me, element, event.target.closest('button'));
      element.onkeydown = event => {
        const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        const buttons = [...element.children], at = buttons.findIndex(button => button.tabIndex === 0);
        pick(me, element, buttons[(at + by + buttons.length) % buttons.length]);
      };
    },
    write: writeView,
  },
};

/** The address of a page with the network in it, for whoever opens it in a new tab. */
const linkOf = ({ first }, page) => `${page === first ? './' : page}${location.search}`;

const entryOf = element => element.querySelector('input, select');

/** Write a text only where it changes: what is read aloud is read again when it is written. */
function say(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

function writeButton(me, element, item) {
  const { name, label, sign, shortcut, main, disabled, small, every } = item;
  element.item = item;
  clearTimeout(element.timer);
  if (every) element.timer = setTimeout(() => element.isConnected && report(me, element, true), every);
  element.name = name;
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

/** Label, help and refusal of a field. */
function writeLabel(me, element, item) {
  element.item = item;
  const input = entryOf(element), label = element.querySelector('.label');
  say(label, item.label);
  set(input, 'aria-label', item.label); // also where the label is not seen
  input.name = item.name;
  label.hidden = !!item.bare;
  if (item.width) element.style.width = item.width;
  set(input, 'aria-invalid', !!item.refused);
  set(input, 'aria-description', [item.refused, item.help].filter(Boolean).join(' '));
  writeHelp(me, element, item);
  writeRefusal(element, item.refused);
}

/** Why the entry can't be taken. */
function writeRefusal(element, reason) {
  let refusal = element.querySelector('.refusal');
  if (!reason) return refusal?.remove();
  refusal ??= element.appendChild(Object.assign(document.createElement('p'), { className: 'refusal', role: 'alert' }));
  say(refusal, reason);
}

/** Label and value of a field. What a person is typing is never overwritten. */
function writeField(me, element, item) {
  writeLabel(me, element, item);
  const input = entryOf(element);
  if (!isHeld(me, item, input) && input.value !== item.value) input.value = item.value;
}

/** Is a person at it: typing, dragging, or already further than what has been answered? */
const isHeld = (me, item, input) => me.typing === input || me.waiting?.name === item.name;

function listenToEntry(me, element) {
  const input = entryOf(element);
  input.oninput = () => { me.typing = input; };
  input.onchange = () => {
    me.typing = null;
    report(me, element, input.value);
  };
  input.onblur = () => { me.typing = null; };
}

/** One step more or less than what the field shows; nonsense in it is left to be read first. */
function stepped(me, element, by) {
  const input = entryOf(element), now = Number(input.value);
  if (!by || !input.value.trim() || !Number.isFinite(now)) return;
  const { step } = element.item, noise = 12; // digits: three steps of 0.1 are 0.3
  input.value = Number((now + by * step).toPrecision(Math.abs(now) < 10 ** noise ? noise : 17));
  me.typing = null;
  report(me, element, input.value);
}

// ---- one of a few -----------------------------------------------------------------------------------------------

function writeChoice(me, element, item) {
  writeLabel(me, element, item);
  const select = entryOf(element), text = JSON.stringify([item.of, item.placeholder, item.groups]);
  if (element.text !== text) {
    const option = (value, label, hidden = false) => Object.assign(document.createElement('option'), { value, label, textContent: label, hidden });
    const groups = new Map(); // by their labels; what is in none stands in the list itself
    const place = (value, entry) => {
      const label = item.groups?.[value];
      if (!label) return [entry];
      const known = groups.get(label), group = known ?? Object.assign(document.createElement('optgroup'), { label });
      groups.set(label, group);
      group.append(entry);
      return known ? [] : [group];
    };
    select.replaceChildren(option('', item.placeholder ?? '', true), ...item.of.flatMap(([value, label]) => place(value, option(`=${value}`, label))));
    element.text = text;
  }
  if (me.typing !== select) select.value = item.value === null ? '' : `=${item.value}`;
}

/** With the keyboard a closed list steps through its options: what counts is the one it stays on, or Enter. */
function listenToChoice(me, element) {
  const select = entryOf(element), STAYS = 500; // ms
  let timer = null;
  const take = () => {
    clearTimeout(timer);
    me.typing = null;
    if (select.value) report(me, element, select.value.slice(1));
    if (element.item.type === 'action') select.value = '';
  };
  const leave = () => {
    clearTimeout(timer);
    me.typing = null;
    if (element.item.type === 'action') select.value = '';
  };
  let keyed = false;
  select.onpointerdown = () => { keyed = false; };
  select.onkeydown = event => {
    if (event.key === 'Enter' && me.typing === select) {
      event.preventDefault();
      take();
    } else if (event.key === 'Escape' && me.typing === select) {
      leave();
      writeChoice(me, element, element.item);
    } else keyed = event.key !== 'Enter';
  };
  select.onchange = () => {
    if (!keyed) return take();
    me.typing = select;
    clearTimeout(timer);
    if (element.item.type !== 'action') timer = setTimeout(take, STAYS); // an action waits for Enter
  };
  select.onblur = () => (me.typing === select && element.item.type !== 'action' ? take() : leave());
}

function writeView(me, element, item) {
  element.item = item;
  set(element, 'aria-label', item.label);
  const kept = [...element.children];
  item.of.forEach(([value, label], at) => {
    const button = kept[at] ?? element.appendChild(Object.assign(document.createElement('button'), { type: 'button' }));
    set(button, 'role', 'radio');
    if (item.tags) set(button, 'lang', item.tags[value]);
    button.value = value;
    say(button, label);
  });
  kept.slice(item.of.length).forEach(extra => extra.remove());
  showPicked(element, item.value);
  if (item.tags) document.documentElement.lang = item.tags[item.value]; // Streamlit leaves the page's language out
}

function showPicked(element, value) {
  for (const button of element.children) {
    set(button, 'aria-checked', button.value === value);
    set(button, 'tabindex', button.value === value ? 0 : -1);
  }
}

function pick(me, element, button) {
  if (!button) return;
  button.focus({ preventScroll: true });
  if (button.getAttribute('aria-checked') === 'true') return;
  showPicked(element, button.value);
  report(me, element, button.value);
}

// ---- help -------------------------------------------------------------------------------------------------------

/** A question mark beside the label that shows the help under the pointer, with the focus, or when it is pressed. */
function writeHelp(me, element, { help, label }) {
  let mark = element.querySelector('.help');
  if (!help) return mark?.remove();
  if (!mark) {
    mark = Object.assign(document.createElement('button'), { type: 'button', className: 'help', textContent: '?' });
    element.querySelector('label').after(mark);
    const show = () => showTip(me, mark), hide = () => me.tip?.hidePopover();
    mark.onclick = show;
    mark.onpointerenter = mark.onfocus = show;
    mark.onpointerleave = mark.onblur = hide;
  }
  mark.tip = help;
  set(mark, 'aria-label', `${label}: ${help}`);
}

function showTip(me, mark) {
  me.tip ??= me.root.appendChild(Object.assign(document.createElement('div'), { className: 'tip', popover: 'manual' }));
  set(me.tip, 'aria-hidden', true); // it is the name of its mark
  me.tip.textContent = mark.tip;
  me.tip.showPopover();
  const at = mark.getBoundingClientRect(), box = me.tip.getBoundingClientRect(), edge = 8;
  me.tip.style.left = `${Math.max(edge, Math.min(at.left, innerWidth - box.width - edge))}px`;
  me.tip.style.top = `${at.bottom + box.height + edge < innerHeight ? at.bottom + 4 : at.top - box.height - 4}px`;
}

// ---- shortcuts --------------------------------------------------------------------------------------------------

/** Shortcuts work on the whole page, but for a field in which something is being typed: there they are the field's. */
function listen(me) {
  let typing = null;
  const heard = {
    input: event => { typing = event.composedPath()[0]; },
    focusout: () => { typing = null; },
    keydown: event => {
      if (event.key === 'Enter') typing = null;
      const item = event.composedPath()[0] !== typing && wanted(me, event);
      if (!item) return;
      event.preventDefault();
      send(me, { name: item.name, value: true });
    },
  };
  for (const [type, hear] of Object.entries(heard)) {
    const listener = event => (me.root.isConnected ? hear(event) : document.removeEventListener(type, listener, true));
    document.addEventListener(type, listener, true);
  }
}

function wanted(me, event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.isComposing) return null;
  const keys = (event.shiftKey ? 'shift+' : '') + event.key.toLowerCase();
  const all = items => items.flatMap(item => [item, ...all(item.inside)]);
  return all(me.data.items).find(({ shortcut }) => shortcut === keys);
}
