// @ts-check
// A run that trains: frames come over a way of their own, one when the last is drawn, and are drawn here; what is done is said there.

import { curves, known } from './curves.js';
import { fill, one, say, set } from './elements.js';
import { details, picture } from './training_pictures.js';
import { report, update } from './wire.js';

/** @import { Component, Frame, TrainingData, TrainingMe, Wire } from '../types' */

export const html = `<div class="panel training">
  <div class="panel bar acts" role="group">
    <button type="button" class="button main" name="run"></button>
    <button type="button" class="button" name="step"></button>
    <button type="button" class="button" name="epoch"></button>
    <button type="button" class="button" name="rewind"></button>
    <label class="travel"><span></span><input type="range" min="0" value="0"></label>
    <span class="where"></span>
  </div>
  <p class="said" role="status"></p>
  <div class="beside">
    <div>
      <canvas class="curves" role="img"></canvas>
      <p class="twin small"></p>
      <div class="view" role="radiogroup" data-of="details"></div>
      <div class="details"></div>
    </div>
    <div>
      <div class="view" role="radiogroup" data-of="picture"></div>
      <div class="picture"></div>
    </div>
  </div>
</div>`;

const AGAIN = 300; // ms until another try to reach the run
const TRIES = 20; // of that; another process may answer, which does not have this run
const UNKNOWN = 4404; // see socket.py
const READ = 2000; // ms between two texts for those who listen
const STEP = 1; // place of the step in what was measured after an epoch
const ACTS = ['run', 'step', 'epoch', 'rewind'];

/** @param {Component} component */
export default component => update(component, create, draw);

/** @param {Wire<TrainingData>} wire @returns {TrainingMe} */
function create(wire) {
  /** @type {TrainingMe} */
  const me = Object.assign(wire, {
    socket: null,
    address: '',
    frame: null,
    epochs: [],
    points: null,
    chosen: {},
    tries: 0,
    told: 0,
    refused: '',
  });
  const button = (/** @type {string} */ name) => one(wire.root, `[name=${name}]`, HTMLButtonElement);
  button('run').onclick = () => (me.frame?.goes_on ? act(me, 'pause') : act(me, 'go', me.frame?.total ?? 0));
  button('step').onclick = () => act(me, 'by', 1);
  button('epoch').onclick = () => act(me, 'epoch');
  button('rewind').onclick = () => act(me, 'rewind', 0);
  const travel = one(wire.root, '.travel input', HTMLInputElement);
  travel.oninput = () => {
    const step = me.frame?.shelf[Number(travel.value)];
    if (step !== undefined) act(me, 'rewind', step);
  };
  for (const view of wire.root.querySelectorAll('.view')) listenToView(me, /** @type {HTMLElement} */ (view));
  new ResizeObserver(() => paint(me)).observe(one(wire.root, '.beside'));
  return me;
}

/** @param {TrainingMe} me @param {...(string | number)} words */
function act(me, ...words) {
  if (me.socket?.readyState === WebSocket.OPEN) me.socket.send(JSON.stringify({ do: words }));
}

/** @param {TrainingMe} me */
function draw(me) {
  const { labels, address, views } = me.data;
  for (const name of ACTS) say(one(me.root, `[name=${name}]`), labels[name]);
  set(one(me.root, '.acts'), 'aria-label', labels.acts);
  say(one(me.root, '.travel span'), labels.travel);
  const canvas = one(me.root, '.curves');
  if (!canvas.ariaLabel) set(canvas, 'aria-label', labels.loss); // until there is more to say
  for (const [of, choices] of Object.entries(views)) writeView(me, of, choices);
  if (me.address !== address) join(me, address);
  else paint(me);
}

// ---- which of the pictures is seen ----------------------------------------------------------------------------------

/** What is looked at in a place. @param {TrainingMe} me @param {string} of */
const seen = (me, of) => me.data.views[of].find(([name]) => name === me.chosen[of])?.[0] ?? me.data.views[of][0][0];

/** @param {TrainingMe} me @param {HTMLElement} view */
function listenToView(me, view) {
  const of = view.dataset.of ?? '';
  /** @param {HTMLButtonElement} button */
  const choose = button => {
    me.chosen[of] = button.value;
    writeView(me, of, me.data.views[of]);
    one(view, `[value="${button.value}"]`).focus();
    wish(me, true);
  };
  view.onclick = ({ target }) => target instanceof HTMLButtonElement && choose(target);
  view.onkeydown = event => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const all = /** @type {HTMLButtonElement[]} */ ([...view.children]);
    if (!by || !(event.target instanceof HTMLButtonElement)) return;
    event.preventDefault();
    choose(all[(all.indexOf(event.target) + by + all.length) % all.length]);
  };
}

/** @param {TrainingMe} me @param {string} of @param {[name: string, label: string][]} choices */
function writeView(me, of, choices) {
  const view = one(me.root, `[data-of=${of}]`);
  while (view.children.length > choices.length) view.lastElementChild?.remove();
  choices.forEach(([name, label], at) => {
    const button = /** @type {HTMLButtonElement} */ (
      view.children[at] ?? view.appendChild(document.createElement('button'))
    );
    const on = name === seen(me, of);
    Object.assign(button, { type: 'button', value: name, tabIndex: on ? 0 : -1 });
    say(button, label);
    set(button, 'role', 'radio');
    set(button, 'aria-checked', on);
  });
  set(view, 'aria-label', me.data.labels[of]);
  view.hidden = choices.length < 2;
}

// ---- the way to the run ---------------------------------------------------------------------------------------------

/** @param {TrainingMe} me @param {string} address */
function join(me, address) {
  me.socket?.close();
  Object.assign(me, { address, frame: null, epochs: [], points: null, refused: '', tries: 0 });
  reach(me);
}

/** @param {TrainingMe} me */
function reach(me) {
  const address = new URL(me.address, document.baseURI);
  address.protocol = address.protocol.replace('http', 'ws');
  const socket = new WebSocket(address);
  me.socket = socket;
  socket.onopen = () => wish(me, true);
  socket.onmessage = ({ data }) => {
    if (me.socket === socket) hear(me, JSON.parse(data));
  };
  socket.onclose = ({ code }) => {
    if (me.socket !== socket || !me.root.isConnected) return;
    me.tries += 1;
    if (code === UNKNOWN && me.tries > TRIES) report(me.cable, me.part, { gone: true });
    else setTimeout(() => me.socket === socket && me.root.isConnected && reach(me), AGAIN * Math.min(me.tries, 10));
  };
}

/**
 * Ask for the next frame; `anew` if one is wanted even where nothing has changed.
 * @param {TrainingMe} me @param {boolean} [anew]
 */
function wish(me, anew = false) {
  if (me.socket?.readyState !== WebSocket.OPEN) return;
  const parts = ['curve', ...Object.keys(me.data.views).map(of => seen(me, of))];
  const { across, up } = me.data;
  const asked = { parts, across, up, epochs: me.epochs.length, points: !me.points && parts.includes('plane'), anew };
  me.socket.send(JSON.stringify({ wish: asked }));
}

/** @param {TrainingMe} me @param {{ frame?: Frame, refused?: [en: string, zh: string] }} told */
function hear(me, { frame, refused }) {
  if (!me.root.isConnected) {
    me.socket?.close();
    return;
  }
  if (refused) me.refused = refused[me.data.language === 'zh' ? 1 : 0];
  if (frame) {
    const went = me.frame?.goes_on;
    me.tries = 0;
    me.refused = '';
    me.frame = frame;
    me.points = frame.points ?? me.points;
    me.epochs = [...me.epochs.filter(each => each[STEP] <= frame.step), ...frame.curve.epochs.map(known)];
    if (went && !frame.goes_on) report(me.cable, me.part, { stands: frame.step });
    requestAnimationFrame(() => wish(me));
  }
  paint(me);
}

/** @param {TrainingMe} me */
function paint(me) {
  const { frame } = me;
  writeSaid(me);
  set(me.root.host, 'data-stands', frame ? `${frame.goes_on ? 'at' : 'on'} ${frame.step}` : '');
  if (!frame) return;
  writeActs(me, frame);
  writeCurves(me, frame);
  details(one(me.root, '.details'), seen(me, 'details'), frame, me.data);
  picture(one(me.root, '.picture'), seen(me, 'picture'), frame, me.points, me.data);
}

/** Why it is over, if it is. @param {TrainingMe} me */
function writeSaid({ root, frame, refused, data }) {
  const end = frame?.end?.said[data.language] ?? '';
  const said = one(root, '.said');
  say(said, refused || end);
  said.className = ['said', refused && 'refusal', end && 'notice'].filter(Boolean).join(' ');
}

/** The curves, and now and then the text that says the same. @param {TrainingMe} me @param {Frame} frame */
function writeCurves(me, frame) {
  const canvas = one(me.root, '.curves', HTMLCanvasElement);
  const twin = curves(canvas, me.epochs, me.data);
  if (frame.goes_on && Date.now() - me.told < READ) return;
  me.told = Date.now();
  set(canvas, 'aria-label', twin);
  say(one(me.root, '.twin'), `${frame.said[me.data.language === 'zh' ? 1 : 0]} ${twin}`);
}

/** @param {TrainingMe} me @param {Frame} frame */
function writeActs(me, frame) {
  const { labels } = me.data;
  say(one(me.root, '[name=run]'), frame.goes_on ? labels.pause : labels.run);
  for (const name of ['run', 'step', 'epoch']) set(one(me.root, `[name=${name}]`), 'aria-disabled', frame.end !== null);
  set(one(me.root, '[name=rewind]'), 'aria-disabled', frame.step === 0);
  const travel = one(me.root, '.travel input', HTMLInputElement);
  travel.max = String(frame.shelf.length - 1);
  if (me.root.activeElement !== travel || frame.goes_on)
    travel.value = String(frame.shelf.filter(step => step <= frame.step).length - 1);
  const where = fill(labels.where, {
    step: frame.step.toLocaleString('en'),
    total: frame.total.toLocaleString('en'),
    epoch: frame.epoch,
    lr: Number(frame.lr.toPrecision(4)),
  });
  set(travel, 'aria-valuetext', where);
  say(one(me.root, '.where'), where);
}
