// @ts-check
// What joins a component to Python: every gesture is reported, and no data older than it is drawn.

/** @import { Component, Entry, Gesture, Wire } from '../types' */

/** @type {WeakMap<ShadowRoot, Wire<any>>} */
const instances = new WeakMap(); // a component's root -> what it remembers from run to run
const PATIENCE = 2000; // ms that data older than the user's last gesture may be held back
const LONGEST = 30_000; // ms between two repetitions, however long the connection is lost
const MOST = 50; // reports at once

/**
 * Remember `component` and draw its data, unless it is older than what the user has just done.
 * @template Data
 * @template {Wire<Data>} Me
 * @param {Component} component
 * @param {(wire: Wire<Data>) => Me} create
 * @param {(me: Me) => void} draw
 */
export function update(component, create, draw) {
  const root = component.parentElement;
  const data = JSON.parse(component.data.json);
  const me = /** @type {Me} */ (instances.get(root) ?? create(wired(root, data)));
  instances.set(root, me);
  me.data = data;
  me.trigger = component.setTriggerValue;
  me.last = Math.max(me.last, data.answered);
  me.outbox = me.outbox.filter(report => report.n > data.answered);
  if (!me.outbox.length) me.repeats = 0;
  me.draw = () => draw(me);
  clearTimeout(me.patience);
  if (me.outbox.length || me.busy) wait(me);
  else me.draw();
}

/** @template Data @param {ShadowRoot} root @param {Data & { answered: number }} data @returns {Wire<Data>} */
function wired(root, data) {
  const nothing = () => {};
  const none = { outbox: [], last: 0, repeats: 0, patience: undefined, busy: false };
  return { root, data, trigger: nothing, draw: nothing, ...none };
}

/**
 * An answer stays out: repeat the report, ever less often, since it was lost on its way. Python takes each event once.
 * @param {Wire<unknown>} me
 */
function wait(me) {
  clearTimeout(me.patience);
  me.patience = setTimeout(
    () => {
      if (me.outbox.length) {
        me.repeats += 1;
        me.trigger('event', me.outbox.slice(-MOST));
        wait(me);
      }
      if (!me.busy) me.draw();
    },
    Math.min(PATIENCE * 2 ** me.repeats, LONGEST),
  );
}

/**
 * Report `event`, with all that is unanswered: of two triggers during one run Streamlit keeps the newer only.
 * @param {Wire<any>} me @param {Gesture | Entry} event
 */
export function send(me, event) {
  me.last = Math.max(me.last + 1, Date.now()); // grows, also over a reload
  me.outbox.push({ n: me.last, ...event });
  me.trigger('event', me.outbox.slice(-MOST));
  wait(me);
}
