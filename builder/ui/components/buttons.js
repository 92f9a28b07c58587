// A row of buttons. Each click is reported, however fast they come.

export default component => update(component, create, draw);

function create(root) {
  const me = { row: root.querySelector('.buttons') };
  me.row.onclick = event => press(me, event.target.closest('button'));
  listen(root, me);
  return me;
}

function draw(me) {
  const { buttons, small } = me.data;
  me.row.classList.toggle('small', small);
  const kept = [...me.row.children];
  buttons.forEach((button, at) => write(kept[at] ?? me.row.appendChild(document.createElement('button')), button));
  kept.slice(buttons.length).forEach(extra => extra.remove());
}

function write(element, { name, label, sign, shortcut, main, disabled }) {
  element.type = 'button';
  element.name = name;
  element.className = main ? 'main' : '';
  element.dataset.sign = sign;
  element.textContent = label;
  // Not the attribute `disabled`: the button that has the focus would lose it to nobody.
  set(element, 'aria-disabled', disabled);
  if (!shortcut) return;
  const keys = shortcut.split('+').map(key => key[0].toUpperCase() + key.slice(1));
  set(element, 'aria-keyshortcuts', `Control+${keys.join('+')} Meta+${keys.join('+')}`);
  set(element, 'title', ['Ctrl', ...keys].join('+'));
}

/** A disabled button is asked in Python: what was clicked before may just be making it possible. */
function press(me, element) {
  if (element) send(me, { name: element.name });
}

// ---- shortcuts --------------------------------------------------------------------------------------------------

/** Shortcuts work on the whole page, but for a field in which something is being typed: there they are the field's. */
function listen(root, me) {
  let typing = null;
  const heard = {
    input: event => { typing = event.composedPath()[0]; },
    focusout: () => { typing = null; },
    keydown: event => {
      if (event.key === 'Enter') typing = null;
      const button = event.composedPath()[0] !== typing && wanted(me, event);
      if (!button) return;
      event.preventDefault();
      send(me, { name: button.name });
    },
  };
  for (const [type, hear] of Object.entries(heard)) {
    const listener = event => (root.isConnected ? hear(event) : document.removeEventListener(type, listener, true));
    document.addEventListener(type, listener, true);
  }
}

function wanted(me, event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.isComposing) return null;
  const keys = (event.shiftKey ? 'shift+' : '') + event.key.toLowerCase();
  return me.data.buttons.find(({ shortcut }) => shortcut === keys);
}
