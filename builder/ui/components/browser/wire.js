// @ts-check
// What joins a part of the page to Python: every gesture is reported, and no data older than it is drawn.

/** @import { Cable, Component, Entry, Gesture, Wire } from '../types' */

/** @type {WeakMap<ShadowRoot, Wire<any>>} */
const instances = new WeakMap(); // a part's root -> what it remembers from run to run
const PATIENCE = 5000; // ms until a report is taken for lost: a page of a thousand layers takes Python seconds, and is begun anew by a repetition
const LONGEST = 30_000; // ms between two repetitions, however long the connection is lost
const MOST = 50; // reports at once: see channel.py

/** What leads to Python, which all parts of a page share. @returns {Cable} */
export const cabled = () => ({
  outbox: [],
  newest: 0,
  seen: 0,
  repeats: 0,
  patience: undefined,
  waiting: new Set(),
  trigger: () => {},
});

/**
 * Remember `component` and draw its data, unless it is older than what the user has just done.
 * @template Data
 * @template {Wire<Data>} Me
 * @param {Component} component
 * @param {(wire: Wire<Data>) => Me} create
 * @param {(me: Me) => void} draw
 */
export function update({ root, part, data, cable }, create, draw) {
  /** @type {Wire<Data>} */
  const wired = { root, part, data, cable, draw: () => {}, busy: false };
  const me = /** @type {Me} */ (instances.get(root) ?? create(wired));
  instances.set(root, me);
  me.data = data;
  me.draw = () => {
    cable.waiting.delete(me);
    draw(me);
  };
  if (me.busy || isPending(me)) cable.waiting.add(me);
  else me.draw();
}

/** Has something that was done in this part not been answered? @param {Pick<Wire<any>, 'cable' | 'part'>} me */
export const isPending = ({ cable, part }) => cable.outbox.some(each => each.part === part);

/**
 * Python has carried out all reports up to number `answered`.
 * @param {Cable} cable @param {number} answered
 */
export function hear(cable, answered) {
  cable.newest = Math.max(cable.newest, answered);
  const before = cable.outbox.length;
  cable.outbox = cable.outbox.filter(({ n }) => n > answered);
  if (before > MOST && cable.outbox.length < before) post(cable); // the next ones
  if (cable.outbox.length) wait(cable);
  else {
    cable.repeats = 0;
    clearTimeout(cable.patience);
  }
}

/**
 * An answer stays out: repeat the reports, ever less often, since they were lost on their way. Python takes each once.
 * @param {Cable} cable
 */
function wait(cable) {
  clearTimeout(cable.patience);
  cable.patience = setTimeout(
    () => {
      if (cable.outbox.length) {
        cable.repeats += 1;
        post(cable);
        wait(cable);
      }
      for (const me of [...cable.waiting]) if (!me.busy) me.draw();
    },
    Math.min(PATIENCE * 2 ** cable.repeats, LONGEST),
  );
}

/**
 * Report what is unanswered, the oldest first: of two triggers during one run Streamlit keeps the newer only.
 * @param {Cable} cable
 */
function post(cable) {
  cable.trigger(
    'event',
    cable.outbox.slice(0, MOST).map(each => ({ ...each, seen: cable.seen })),
  );
}

/**
 * Report what was done in the part `me`.
 * @param {Wire<any>} me @param {Gesture | Entry} event
 */
export const send = (me, event) => report(me.cable, me.part, event);

/**
 * @param {Cable} cable @param {string} part its key
 * @param {object} event
 */
export function report(cable, part, event) {
  cable.newest = Math.max(cable.newest + 1, Date.now()); // grows, also over a reload
  cable.outbox.push({ n: cable.newest, part, ...event });
  post(cable);
  wait(cable);
}
