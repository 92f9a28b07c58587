// @ts-check
// Loss and score over a training, on one canvas: two charts below each other, with what other runs did behind.

import { fill } from './elements.js';

/** @import { Measured, TrainingData } from '../types' */
/** @typedef {{ width: number, half: number, most: number, color: string, ink: typeof COLOURS, top: number, name: string, train: number, valid: number, best?: boolean, level?: number | null }} Chart */

const COLOURS = { train: '#d55e00', valid: '#0072b2', other: '#8a8f9a' }; // Okabe & Ito 2008
const DARK = { train: '#ff8a3d', valid: '#4cb2f0', other: '#7b8190' };
const [NUMBER, STEP, TRAIN_LOSS, TRAIN_SCORE, VALID_LOSS, VALID_SCORE] = [0, 1, 3, 4, 5, 6]; // places in what was measured
const EDGE = { left: 44, right: 10, top: 18, bottom: 20, between: 26 };

/** What was measured, with NaN for what is no number: JSON has no word for it. @param {(number | null)[]} measured @returns {Measured} */
export const known = measured => measured.map(each => each ?? Number.NaN);

/**
 * Draw what was measured so far; the text that says it.
 * @param {HTMLCanvasElement} canvas @param {Measured[]} epochs @param {TrainingData} data
 */
export function curves(canvas, epochs, data) {
  const { width, height } = sized(canvas);
  const paper = canvas.getContext('2d');
  if (!paper || !width || !epochs.length) return '';
  const { color, fontFamily } = getComputedStyle(canvas);
  const others = data.others.map(other => other.epochs.map(known));
  const ink = isDark(color) ? DARK : COLOURS;
  const most = Math.max(data.per_epoch, ...[...epochs, ...others.flat()].map(each => each[STEP]));
  paper.clearRect(0, 0, width, height);
  paper.font = `11px ${fontFamily}`;
  const half = (height - EDGE.top - EDGE.bottom - EDGE.between) / 2;
  const place = { width, half, most, color, ink };
  const { loss, score } = data.labels;
  const lower = EDGE.top + half + EDGE.between;
  chart(
    paper,
    { ...place, top: EDGE.top, name: loss, train: TRAIN_LOSS, valid: VALID_LOSS, best: true },
    epochs,
    others,
  );
  chart(
    paper,
    { ...place, top: lower, name: score, train: TRAIN_SCORE, valid: VALID_SCORE, level: data.baseline },
    epochs,
    others,
  );
  axis(paper, width, height, color, `${most.toLocaleString('en')} ${data.labels.steps}`);
  legend(paper, width, ink, color, data);
  return twin(epochs, data);
}

/**
 * One of the two charts: of a loss its least is marked; a score has the `level` of who always says the same.
 * @param {CanvasRenderingContext2D} paper @param {Chart} place @param {Measured[]} epochs @param {Measured[][]} others
 */
function chart(paper, place, epochs, others) {
  const { width, top, half, most, color, ink, train, valid, level } = place;
  const own = [...epochs, ...others.flat()].flatMap(each => [each[train], each[valid]]).filter(Number.isFinite);
  const range =
    level === undefined ? [0, ceiling(own)] : [Math.min(0, ...own.map(each => Math.max(each, -1)), level ?? 0), 1];
  /** @param {number} step */
  const x = step => EDGE.left + (step / most) * (width - EDGE.left - EDGE.right);
  /** @param {number} value */
  const y = value => top + half * (1 - (value - range[0]) / (range[1] - range[0]));
  grid(paper, place, range, y);
  if (typeof level === 'number') dashed(paper, EDGE.left, width - EDGE.right, y(level), color);
  for (const other of others) line(paper, other, valid, x, y, ink.other);
  line(paper, epochs, train, x, y, ink.train);
  line(paper, epochs, valid, x, y, ink.valid);
  if (place.best) mark(paper, x, y, smallest(epochs), ink.valid);
}

/** @param {CanvasRenderingContext2D} paper @param {number} width @param {number} height @param {string} color @param {string} end */
function axis(paper, width, height, color, end) {
  paper.fillStyle = color;
  paper.textAlign = 'right';
  paper.fillText(end, width - EDGE.right, height - 6);
  paper.textAlign = 'left';
  paper.fillText('0', EDGE.left, height - 6);
}

/** As many dots as the screen has. @param {HTMLCanvasElement} canvas */
function sized(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  canvas.getContext('2d')?.setTransform(ratio, 0, 0, ratio, 0, 0);
  return { width, height };
}

/** Is text of this colour for a dark ground? @param {string} color */
export const isDark = color =>
  (color.match(/[\d.]+/g) ?? []).slice(0, 3).reduce((sum, each) => sum + Number(each), 0) > 380;

/** Where the axis of losses ends: one step that went astray must not press the rest flat. @param {number[]} losses */
export function ceiling(losses) {
  const sorted = [...losses].sort((a, b) => a - b);
  return Math.max(sorted[Math.floor(0.98 * (sorted.length - 1))] ?? 0, sorted[0] ?? 0) * 1.08 || 1;
}

/** @param {Measured[]} epochs */
const smallest = epochs =>
  epochs.reduce((best, each) => (each[VALID_LOSS] < best[VALID_LOSS] || Number.isNaN(best[VALID_LOSS]) ? each : best));

/**
 * @param {CanvasRenderingContext2D} paper @param {Chart} place @param {number[]} range @param {(value: number) => number} y
 */
function grid(paper, { width, top, half, color, name }, range, y) {
  paper.fillStyle = color;
  paper.textAlign = 'left';
  paper.fillText(name, EDGE.left, top - 6);
  paper.strokeStyle = color;
  for (const part of [0, 0.5, 1]) {
    const value = range[0] + part * (range[1] - range[0]);
    paper.globalAlpha = 0.18;
    paper.lineWidth = 1;
    stroke(paper, [
      [EDGE.left, y(value)],
      [width - EDGE.right, y(value)],
    ]);
    paper.globalAlpha = 0.85;
    paper.textAlign = 'right';
    paper.fillText(short(value), EDGE.left - 5, Math.min(y(value) + 4, top + half));
  }
  paper.globalAlpha = 1;
}

/** Three digits, and a minus sign as everywhere on the page. @param {number} value */
export function short(value) {
  const size = Math.abs(value);
  const plain = size === 0 || (size >= 0.001 && size < 1000);
  const text = plain ? String(Number(value.toPrecision(3))) : value.toExponential(1).replace('e+', 'e');
  return text.replaceAll('-', '−');
}

/** @param {CanvasRenderingContext2D} paper @param {number[][]} points */
function stroke(paper, points) {
  paper.beginPath();
  for (const [x, y] of points) paper.lineTo(x, y); // the first of a path only moves there
  paper.stroke();
}

/** @param {CanvasRenderingContext2D} paper @param {number} from @param {number} to @param {number} y @param {string} color */
function dashed(paper, from, to, y, color) {
  paper.strokeStyle = color;
  paper.setLineDash([4, 4]);
  paper.lineWidth = 1;
  stroke(paper, [
    [from, y],
    [to, y],
  ]);
  paper.setLineDash([]);
}

/**
 * @param {CanvasRenderingContext2D} paper @param {Measured[]} epochs @param {number} at
 * @param {(v: number) => number} x @param {(v: number) => number} y @param {string} ink
 */
function line(paper, epochs, at, x, y, ink) {
  const points = epochs
    .filter(each => Number.isFinite(each[at]))
    .map(each => [x(each[STEP]), Math.max(y(each[at]), 0)]);
  paper.strokeStyle = ink;
  paper.lineWidth = 1.8;
  if (points.length > 1) stroke(paper, points);
  else if (points.length) {
    paper.fillStyle = ink;
    paper.fillRect(points[0][0] - 2, points[0][1] - 2, 4, 4);
  }
}

/**
 * The smallest loss in validation.
 * @param {CanvasRenderingContext2D} paper @param {(v: number) => number} x @param {(v: number) => number} y @param {Measured} best @param {string} ink
 */
function mark(paper, x, y, best, ink) {
  if (!Number.isFinite(best[VALID_LOSS])) return;
  paper.strokeStyle = ink;
  paper.beginPath();
  paper.arc(x(best[STEP]), y(best[VALID_LOSS]), 4, 0, 2 * Math.PI);
  paper.stroke();
}

/** @param {CanvasRenderingContext2D} paper @param {number} width @param {typeof COLOURS} ink @param {string} color @param {TrainingData} data */
function legend(paper, width, ink, color, { labels, others }) {
  let right = width - EDGE.right;
  const entries = /** @type {[string, string][]} */ ([
    [ink.valid, labels.validation],
    [ink.train, labels.training],
  ]);
  if (others.length) entries.push([ink.other, labels.others]);
  paper.textAlign = 'right';
  for (const [each, name] of entries) {
    paper.fillStyle = color;
    paper.fillText(name, right, 12);
    right -= paper.measureText(name).width + 16;
    paper.fillStyle = each;
    paper.fillRect(right, 7, 12, 3);
    right -= 10;
  }
}

/** @param {Measured[]} epochs @param {TrainingData} data */
function twin(epochs, { said }) {
  const last = epochs[epochs.length - 1];
  const best = smallest(epochs);
  return fill(said, {
    train: short(last[TRAIN_LOSS]),
    valid: short(last[VALID_LOSS]),
    best: short(best[VALID_LOSS]),
    epoch: best[NUMBER],
  });
}
