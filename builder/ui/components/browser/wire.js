// What the components share.

const instances = new WeakMap(); // a component's root -> what it remembers from run to run
const PATIENCE = 2000; // ms that data older than the user's last gesture may be held back

/** Remember `component` and draw its data, unless it is older than what the user has just done. */
export function update(component, create, draw) {
  const root = component.parentElement;
  const me = instances.get(root) ?? create(root);
  instances.set(root, me);
  me.data = JSON.parse(component.data.json);
  me.trigger = component.setTriggerValue;
  me.last = Math.max(me.last ?? 0, me.data.answered);
  me.outbox = (me.outbox ?? []).filter(event => event.n > me.data.answered);
  me.draw = () => draw(me);
  clearTimeout(me.patience);
  if (me.outbox.length || me.busy) wait(me);
  else me.draw();
}

/** An answer stays out: repeat the report, once, since it may have been lost on its way; Python takes each event once. */
function wait(me) {
  clearTimeout(me.patience);
  me.patience = setTimeout(() => {
    if (me.outbox.length && me.repeated !== me.last) {
      me.repeated = me.last;
      me.trigger('event', me.outbox.slice(-50));
    }
    if (!me.busy) me.draw();
  }, PATIENCE);
}

/** Report `event`, with all that is unanswered: of two triggers during one run Streamlit keeps the newer only. */
export function send(me, event) {
  me.last = Math.max(me.last + 1, Date.now()); // grows, also over a reload
  me.outbox.push({ n: me.last, ...event });
  me.trigger('event', me.outbox.slice(-50));
  wait(me);
}

/** `"{name} is at {place}"` with its values; a label is translated before it comes here. */
export const fill = (template, values) => template.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

/** Write an attribute only where it changes: each write costs the browser a look at the whole drawing. */
export function set(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}
