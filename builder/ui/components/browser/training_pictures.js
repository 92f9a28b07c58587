// @ts-check
// What a frame of a run shows beside its curves: the plane, classes, the most wrong rows, and what the layers do.

import { isDark, short } from './curves.js';
import { made, one, say, set } from './elements.js';

/** @import { Frame, Points, TrainingData } from '../types' */

const STRONG = 0.62; // of a class's colour where the network is sure
const [LESS, MORE] = [
  [213, 94, 0],
  [0, 114, 178],
]; // Okabe & Ito 2008
const STEADY = { low: 1e-4, high: 1e-2 }; // between these a layer's update is usual: about a thousandth of its weights

/** @param {string} text base64 */
const bytes = text => Uint8Array.from(atob(text), each => each.charCodeAt(0));

/** @param {string} hex */
const rgb = hex => [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16));

/**
 * @param {HTMLElement} place @param {string} name @param {Frame} frame @param {Points | null} points @param {TrainingData} data
 */
export function picture(place, name, frame, points, data) {
  if (name === 'plane') plane(place, frame, points, data);
  else if (name === 'classes') table(place, confusion(frame, data), 'confusion');
  else table(place, wrong(frame, data), 'wrong');
}

/** @param {HTMLElement} place @param {string} name @param {Frame} frame @param {TrainingData} data */
export function details(place, name, frame, data) {
  if (name === 'weights') histograms(place, frame, data);
  else table(place, name === 'gradients' ? gradients(frame, data) : shares(frame, data), name);
}

/** @typedef {{ text: string, css?: string }} Cell */

/**
 * Rows of texts; the first is the head, and the first of each its heading.
 * @param {HTMLElement} place @param {Cell[][]} rows @param {string} css
 */
function table(place, rows, css) {
  let shown = place.querySelector('table');
  if (!shown) {
    shown = made('table', {});
    place.replaceChildren(shown);
  }
  shown.className = css;
  while (shown.rows.length > rows.length) shown.deleteRow(-1);
  rows.forEach((cells, n) => {
    writeRow(/** @type {HTMLTableElement} */ (shown), n, cells);
  });
}

/** @param {HTMLTableElement} body @param {number} n @param {Cell[]} cells */
function writeRow(body, n, cells) {
  const row = body.rows[n] ?? body.insertRow();
  while (row.cells.length > cells.length) row.deleteCell(-1);
  cells.forEach(({ text, css }, at) => {
    const cell = row.cells[at] ?? row.appendChild(document.createElement(n && at ? 'td' : 'th'));
    if (cell.localName === 'th') set(cell, 'scope', n ? 'row' : 'col');
    say(cell, text);
    cell.className = css ?? '';
  });
}

/** @param {string} text @param {string} [css] @returns {Cell} */
const of = (text, css) => ({ text, ...(css && { css }) });

/** A share in per cent. @param {number | null} share */
const percent = share => (share === null ? '' : `${Math.round(100 * share)} %`);

/** What an update of this part of the weights is called. @param {number | null} ratio */
function level(ratio) {
  if (ratio === null) return '';
  if (ratio < STEADY.low) return 'vanishing';
  return ratio > STEADY.high ? 'exploding' : 'steady';
}

/** @param {Frame} frame @param {TrainingData} data */
function gradients({ gradients: found }, { labels }) {
  return [
    [of(labels.parameter), of(labels.gradient), of(labels.ratio)],
    ...(found ?? []).map(({ name, norm, ratio }) => [
      of(name),
      of(norm === null ? '' : short(norm)),
      of(ratio === null ? '' : short(ratio), level(ratio)),
    ]),
  ];
}

/** @param {Frame} frame @param {TrainingData} data */
function shares({ layers }, { labels }) {
  return [
    [of(labels.layer), of(labels.dead), of(labels.saturated)],
    ...(layers ?? []).map(each => [of(each.path), of(percent(each.dead)), of(percent(each.saturated))]),
  ];
}

/** @param {Frame} frame @param {TrainingData} data */
function confusion({ classes }, { labels }) {
  if (!classes) return [];
  const { names, confusion: counts, right } = classes;
  return [
    [of(labels.confusion), ...names.map(name => of(name)), of(labels.right)],
    ...counts.map((row, n) => [
      of(names[n]),
      ...row.map((count, at) => of(count ? String(count) : '·', count ? ['off', 'right'][Number(at === n)] : '')),
      of(percent(right[n])),
    ]),
  ];
}

/** @param {Frame} frame @param {TrainingData} data */
function wrong({ wrong: rows }, { labels, classes }) {
  const named = (/** @type {number | null} */ value) => (value === null ? '' : (classes[value] ?? short(value)));
  return [
    [of(labels.row), of(labels.answer), of(labels.given), ...(classes.length ? [of(labels.likely)] : [])],
    ...(rows ?? []).map(each => [
      of(each.step ? `${each.row} · ${each.step}` : String(each.row)),
      of(named(each.answer)),
      of(named(each.given)),
      ...(classes.length ? [of(percent(each.right ?? null))] : []),
    ]),
  ];
}

// ---- the plane ------------------------------------------------------------------------------------------------------

/** @param {number[]} ink */
const painted = ink => `rgb(${ink.join(' ')})`;

/**
 * The colour of a point with this answer: that of its class, or of the half of the ground's scale that its number is in.
 * @param {number} answer @param {NonNullable<Frame['plane']>} shown @param {Pick<TrainingData, 'classes' | 'colors'>} data
 */
export function inkOf(answer, { low = 0, high = 0 }, { classes, colors }) {
  if (classes.length) return colors[answer % colors.length];
  return painted(answer < (low + high) / 2 ? LESS : MORE);
}

/**
 * What the colours stand for: classes, or the ends of the scale of numbers.
 * @param {Frame['plane']} shown @param {Pick<TrainingData, 'classes' | 'colors'>} data
 * @returns {[name: string, color: string][]}
 */
export function key(shown, { classes, colors }) {
  if (classes.length) return classes.map((name, n) => [name, colors[n % colors.length]]);
  return shown
    ? [
        [short(shown.low ?? 0), painted(LESS)],
        [short(shown.high ?? 0), painted(MORE)],
      ]
    : [];
}

/**
 * What the network gives all over the plane, with the points of the data: filled are those that are trained on.
 * @param {HTMLElement} place @param {Frame} frame @param {Points | null} points @param {TrainingData} data
 */
function plane(place, { plane: shown }, points, data) {
  let canvas = place.querySelector('canvas');
  if (!canvas) {
    place.innerHTML =
      '<figure class="ground"><span class="up"></span><canvas role="img"></canvas><span class="across"></span><figcaption class="inks"></figcaption></figure>';
    canvas = one(place, 'canvas', HTMLCanvasElement);
  }
  say(one(place, '.up'), `${data.columns[data.up] ?? ''} →`);
  say(one(place, '.across'), `${data.columns[data.across] ?? ''} →`);
  const inks = one(place, '.inks');
  const named = key(shown, data);
  while (inks.children.length > named.length) inks.lastElementChild?.remove();
  named.forEach(([name, color], n) => {
    const ink = /** @type {HTMLElement} */ (inks.children[n] ?? inks.appendChild(made('span', {})));
    say(ink, name);
    ink.style.setProperty('--ink', color);
  });
  const paper = canvas.getContext('2d');
  const size = canvas.clientWidth;
  if (!shown || !paper || !size) return;
  const ratio = devicePixelRatio || 1;
  if (canvas.width !== Math.round(size * ratio)) canvas.width = canvas.height = Math.round(size * ratio);
  paper.setTransform(ratio, 0, 0, ratio, 0, 0);
  const dark = isDark(getComputedStyle(canvas).color);
  ground(paper, size, shown, data.colors, dark ? [23, 28, 40] : [255, 255, 255]);
  if (points) dots(paper, size, shown, points, data);
  set(canvas, 'aria-label', data.labels.plane);
}

/**
 * @param {CanvasRenderingContext2D} paper @param {number} size @param {NonNullable<Frame['plane']>} shown
 * @param {string[]} colors @param {number[]} paperColor
 */
function ground(paper, size, { side, winner, sure, values }, colors, paperColor) {
  const small = made('canvas', { width: side, height: side });
  const brush = small.getContext('2d');
  if (!brush) return;
  const image = brush.createImageData(side, side);
  const inks = colors.map(rgb);
  const classes = winner ? bytes(winner) : null;
  const even = 255 / Math.max(2, colors.length); // how sure one is who does not know
  /** @param {number} share @param {number} at @returns {[number[], number]} */
  const inked = (share, at) => {
    if (classes) return [inks[classes[at] % inks.length], Math.max(0, (share - even) / (255 - even))];
    return share < 128 ? [LESS, 1 - share / 127.5] : [MORE, share / 127.5 - 1];
  };
  bytes(sure ?? values ?? '').forEach((share, at) => {
    const [ink, part] = inked(share, at);
    const row = side - 1 - Math.floor(at / side); // up is more
    const to = 4 * (row * side + (at % side));
    for (const n of [0, 1, 2]) image.data[to + n] = paperColor[n] + (ink[n] - paperColor[n]) * part * STRONG;
    image.data[to + 3] = 255;
  });
  brush.putImageData(image, 0, 0);
  paper.imageSmoothingEnabled = true;
  paper.drawImage(small, 0, 0, size, size);
}

/**
 * @param {CanvasRenderingContext2D} paper @param {number} size @param {NonNullable<Frame['plane']>} shown @param {Points} points
 * @param {TrainingData} data
 */
function dots(paper, size, shown, { x, y, answers, train }, data) {
  const [[left, right], [low, high]] = [shown.x, shown.y];
  const radius = x.length > 600 ? 2 : 3;
  x.forEach((each, n) => {
    const across = ((each - left) / (right - left)) * size;
    const down = (1 - (y[n] - low) / (high - low)) * size;
    paper.beginPath();
    paper.arc(across, down, radius, 0, 2 * Math.PI);
    const ink = inkOf(answers[n], shown, data);
    if (train[n]) {
      paper.fillStyle = ink;
      paper.fill();
      paper.strokeStyle = '#ffffff';
      paper.lineWidth = 0.8;
    } else {
      paper.strokeStyle = ink;
      paper.lineWidth = 1.6;
    }
    paper.stroke();
  });
}

// ---- the weights ----------------------------------------------------------------------------------------------------

/** A histogram for each parameter. @param {HTMLElement} place @param {Frame} frame @param {TrainingData} data */
function histograms(place, { weights }, { labels }) {
  const all = weights ?? [];
  if (!place.querySelector('.histograms')) place.innerHTML = '<div class="histograms"></div>';
  const within = one(place, '.histograms');
  while (within.children.length > all.length) within.lastElementChild?.remove();
  all.forEach(({ name, low, high, counts }, at) => {
    const figure = /** @type {HTMLElement} */ (
      within.children[at] ??
        within.appendChild(
          made('figure', {
            innerHTML:
              '<figcaption></figcaption><svg role="img" viewBox="0 0 41 16" preserveAspectRatio="none"><path/></svg><span></span>',
          }),
        )
    );
    const most = Math.max(1, ...counts);
    say(one(figure, 'figcaption'), name);
    say(one(figure, 'span'), `${short(low)} … ${short(high)}`);
    set(one(figure, 'svg', SVGSVGElement), 'aria-label', `${labels.weights}: ${name}`);
    set(
      one(figure, 'path', SVGPathElement),
      'd',
      counts.map((count, n) => `M${n} 16v${(-16 * count) / most}h.9V16z`).join(''),
    );
  });
}
