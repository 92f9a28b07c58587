// @ts-check
// Items of a panel that show numbers as pictures: words in colours, vectors as cells, the input plane.

import { around, made, one, set } from './elements.js';
import { isHeld, report } from './entries.js';
import { follow } from './pointer.js';

/** @import { ItemOf, Kinds, Made, PanelMe } from '../types' */

const INK = { positive: [0, 114, 178], negative: [213, 94, 0] }; // Okabe & Ito 2008, as in the drawing of the neurons
const PALE = 0.45; // of the ink, below a text

/** @type {Kinds<'phrase' | 'cells' | 'plane'>} */
export const pictures = {
  phrase: {
    html: '<p class="phrase"></p>',
    write: (_, element, { parts }) =>
      element.replaceChildren(...parts.map(([textContent, className]) => made('span', { textContent, className }))),
  },
  cells: { html: '<div class="cells" role="group"></div>', listen: listenToCells, write: writeCells },
  plane: {
    html: '<div class="plane"><span class="up"></span><canvas role="img"></canvas><i class="point"></i><span class="across"></span></div>',
    listen: listenToPlane,
    write: writePlane,
  },
};

// ---- cells ----------------------------------------------------------------------------------------------------------

/** @param {PanelMe} me @param {Made} element */
function listenToCells(me, element) {
  element.onclick = event => {
    const cell = /** @type {HTMLButtonElement | null} */ (around(event, 'button'));
    if (cell) report(me, element, cell.value);
  };
}

/**
 * One button a number, shaded by sign and size; where numbers are left out stands how many.
 * @param {PanelMe} _ @param {Made} element @param {ItemOf<'cells'>} item
 */
function writeCells(_, element, item) {
  set(element, 'aria-label', item.label);
  element.classList.toggle('dense', item.dense);
  const kept = [...element.children];
  item.cells.forEach((cell, at) => {
    const tag = cell[0] === null || item.fixed ? 'span' : 'button';
    writeCell(cellIn(element, kept[at], tag), item, cell);
  });
  for (const extra of kept.slice(item.cells.length)) extra.remove();
}

/**
 * The element that is there, if it is a `tag`; else a new one in its place.
 * @param {Element} element @param {Element | undefined} kept @param {'span' | 'button'} tag
 */
function cellIn(element, kept, tag) {
  if (kept?.localName === tag) return /** @type {HTMLElement} */ (kept);
  const cell = document.createElement(tag);
  if (kept) kept.replaceWith(cell);
  else element.append(cell);
  return cell;
}

/** @param {HTMLElement} cell @param {ItemOf<'cells'>} item @param {ItemOf<'cells'>['cells'][0]} shown */
function writeCell(cell, item, [index, text, shade, tip]) {
  cell.className = index === null ? '' : 'cell';
  cell.textContent = item.dense && index !== null ? '' : text;
  if (index === null) return;
  cell.title = tip;
  if (cell instanceof HTMLButtonElement) {
    cell.type = 'button';
    cell.value = String(index);
    if (item.dense)
      set(cell, 'aria-label', tip); // the others are read as they stand
    else cell.removeAttribute('aria-label');
    set(cell, 'aria-pressed', String(index) === item.value);
  }
  const [red, green, blue] = shade < 0 ? INK.negative : INK.positive;
  const ink = Math.abs(shade) * (item.dense ? 1 : PALE);
  cell.style.setProperty('--shade', `rgb(${red} ${green} ${blue} / ${ink.toFixed(3)})`);
}

// ---- the plane ------------------------------------------------------------------------------------------------------

/** @type {WeakMap<Element, string>} */
const painted = new WeakMap(); // what a canvas shows

/** @param {Element} element */
const canvasOf = element => one(element, 'canvas', HTMLCanvasElement);

/** @param {PanelMe} me @param {Made<ItemOf<'plane'>>} element */
function listenToPlane(me, element) {
  const canvas = canvasOf(element);
  /** @param {PointerEvent} event */
  const move = event => {
    const box = canvas.getBoundingClientRect();
    const { reach } = element.item;
    const x = (2 * part(event.clientX, box.left, box.width) - 1) * reach;
    const y = (1 - 2 * part(event.clientY, box.top, box.height)) * reach;
    put(element, x, y);
    report(me, element, `${x.toFixed(2)} ${y.toFixed(2)}`);
  };
  canvas.onpointerdown = press => {
    me.typing = canvas;
    follow(press, {
      capture: canvas,
      move,
      end: () => {
        me.typing = null;
      },
    });
    move(press);
  };
}

/**
 * Which part of the way from `from` on, over `size`, `at` is; from 0 to 1.
 * @param {number} at @param {number} from @param {number} size
 */
const part = (at, from, size) => Math.min(1, Math.max(0, (at - from) / size));

/**
 * The probability of one class all over the plane: from the ground at 0 to the class's colour at 1, a line at one half.
 * @param {PanelMe} me @param {Made<ItemOf<'plane'>>} element @param {ItemOf<'plane'>} item
 */
function writePlane(me, element, item) {
  const canvas = canvasOf(element);
  set(canvas, 'aria-label', item.label);
  one(element, '.across').textContent = `${item.across} →`;
  one(element, '.up').textContent = `${item.up} →`;
  paint(canvas, item);
  if (!isHeld(me, item, canvas)) put(element, item.x, item.y);
}

/** @param {HTMLCanvasElement} canvas @param {ItemOf<'plane'>} item */
function paint(canvas, { side, levels, color }) {
  const key = `${side} ${color} ${levels}`;
  const paper = canvas.getContext('2d');
  if (!paper || painted.get(canvas) === key) return;
  painted.set(canvas, key);
  canvas.width = canvas.height = side;
  const picture = paper.createImageData(side, side);
  const [red, green, blue] = bytesIn(color);
  bytesIn(levels).forEach((level, at) => {
    picture.data.set([red, green, blue, level], 4 * at);
  });
  paper.putImageData(picture, 0, 0);
}

/** @param {string} hex */
const bytesIn = hex => (hex.match(/\w\w/g) ?? []).map(pair => parseInt(pair, 16));

/** @param {Made<ItemOf<'plane'>>} element @param {number} x @param {number} y */
function put(element, x, y) {
  const { reach } = element.item;
  const point = one(element, '.point');
  point.style.setProperty('--x', String((x / reach + 1) / 2));
  point.style.setProperty('--y', String((1 - y / reach) / 2));
}
