// @ts-check
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { cabled, hear, send, update } from '../../builder/ui/components/browser/wire.js';

/** @import { Gesture, Report, Wire } from '../../builder/ui/components/types' */

const real = { setTimeout, clearTimeout, now: Date.now };
/** @type {Map<number, () => void>} */
let timers = new Map();
/** @type {number[]} */
let delays = [];
const now = 1000;

beforeEach(() => {
  let count = 0;
  timers = new Map();
  delays = [];
  const set = (/** @type {() => void} */ call, /** @type {number} */ delay) => {
    delays.push(delay);
    timers.set(++count, call);
    return count;
  };
  const clear = (/** @type {number} */ id) => timers.delete(id);
  Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
  Date.now = () => now;
});

afterEach(() => {
  Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout });
  Date.now = real.now;
});

/** The time is up that an answer may take. */
function waitInVain() {
  const due = [...timers.values()];
  timers.clear();
  for (const call of due) call();
}

/** @param {string} path @returns {Gesture} */
const select = path => ({ type: 'select', path });

/** A part of a page, that notes what it drew and what it reported. */
function mounted(part = 'a part', cable = cabled()) {
  const root = /** @type {ShadowRoot} */ ({});
  /** @type {Report[][]} */
  const reported = [];
  /** @type {string[]} */
  const drawn = [];
  /** @type {Wire<{ shown: string }>[]} */
  const created = [];
  cable.trigger = (_, reports) => reported.push(reports);
  /** @param {string} shown @param {number} answered */
  const run = (shown, answered) => {
    hear(cable, answered);
    update(
      { root, part, data: { shown }, cable },
      wire => {
        created.push(wire);
        return wire;
      },
      ({ data }) => drawn.push(data.shown),
    );
  };
  run('first', 0);
  return { me: created[0], run, reported, drawn, cable };
}

/** @param {Report[] | undefined} reports */
const numbers = reports => reports?.map(({ n }) => n);

test('each report carries all that is unanswered, in growing numbers, also within one millisecond', () => {
  const { me, reported } = mounted();
  send(me, select('a'));
  send(me, select('b'));
  const [a, b] = ['a', 'b'].map((path, at) => ({ n: 1000 + at, part: 'a part', seen: 0, ...select(path) }));
  assert.deepEqual(reported, [[a], [a, b]]);
});

test('what is answered is not reported again', () => {
  const { me, run, reported } = mounted();
  send(me, select('a'));
  send(me, select('b'));
  run('after a', 1000);
  send(me, select('c'));
  assert.deepEqual(numbers(reported.at(-1)), [1001, 1002]);
});

test('data older than the last gesture is held back, and drawn once it is answered', () => {
  const { me, run, drawn } = mounted();
  send(me, select('a'));
  run('too old', 0);
  assert.deepEqual(drawn, ['first']);
  run('answer', 1000);
  assert.deepEqual(drawn, ['first', 'answer']);
});

test('where no answer comes the report is repeated until one does, ever less often, and what there is is drawn', () => {
  const { me, reported, drawn, run } = mounted();
  send(me, select('a'));
  run('too old', 0);
  waitInVain();
  assert.deepEqual(reported.map(numbers), [[1000], [1000]]);
  assert.deepEqual(drawn, ['first', 'too old']);
  for (let time = 0; time < 5; time++) waitInVain(); // nothing is heard of Python: the connection is lost
  run('still too old', 0);
  waitInVain();
  assert.deepEqual(reported.map(numbers), Array(8).fill([1000]));
  assert.deepEqual(
    delays,
    [5, 5, 10, 20, 30, 30, 30, 30, 30, 30].map(seconds => 1000 * seconds),
  );
  run('answer', 1000);
  send(me, select('b'));
  assert.equal(delays.at(-1), 5000);
});

test('after an answer nothing is repeated', () => {
  const { me, reported, run } = mounted();
  send(me, select('a'));
  run('answer', 1000);
  waitInVain();
  assert.equal(reported.length, 1);
});

test('in the middle of a gesture nothing is drawn', () => {
  const { me, run, drawn } = mounted();
  me.busy = true;
  run('meanwhile', 0);
  waitInVain();
  assert.deepEqual(drawn, ['first']);
  me.busy = false;
  me.draw();
  assert.deepEqual(drawn, ['first', 'meanwhile']);
});

test('numbers go on from what Python has answered, also when this clock is behind', () => {
  const { me, run, reported } = mounted();
  run('from another visit', 5000);
  send(me, select('a'));
  assert.deepEqual(numbers(reported.at(-1)), [5001]);
});

test('what is done in two parts is reported together, in its order, and holds back the part where it was done', () => {
  const { me, cable, reported, drawn, run } = mounted('one');
  const other = mounted('other', cable);
  send(me, select('a'));
  send(other.me, select('b'));
  assert.deepEqual(
    other.reported.at(-1)?.map(({ part }) => part),
    ['one', 'other'],
  );
  assert.deepEqual(reported, []); // the newest run's trigger carries all
  other.run('too old', 1000);
  run('answer', 1000);
  assert.deepEqual(other.drawn, ['first']);
  assert.deepEqual(drawn, ['first', 'answer']);
});

test('of more than fifty gestures that nobody has heard none is lost, and they come in their order', () => {
  const { me, run, reported } = mounted();
  const every = Array.from({ length: 120 }, (_, at) => at);
  for (const at of every) send(me, select(`layer${at}`));
  const taken = [];
  while (taken.length < every.length) {
    const last = reported.at(-1) ?? [];
    taken.push(...last);
    run('as before', last.at(-1)?.n ?? 0);
  }
  assert.deepEqual(
    taken.map(each => 'path' in each && each.path),
    every.map(at => `layer${at}`),
  );
});
