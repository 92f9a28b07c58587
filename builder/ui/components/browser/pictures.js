// Items of a panel that show numbers as pictures: words in colours, vectors as cells, the input plane.

import { set } from './wire.js';

const INK = { positive: [0, 114, 178], negative: [213, 94, 0] }; // Okabe & Ito 2008, as in the drawing of the neurons

export const pictures = report => ({
  phrase: {
    html: '<p class="phrase"></p>',
    write: (me, element, { parts }) => {
      element.replaceChildren(...parts.map(([text, css]) => Object.assign(document.createElement('span'), { textContent: text, className: css })));
    },
  },
  cells: {
    html: '<div class="cells" role="group"></div>',
    listen: (me, element) => {
      element.onclick = event => {
        const cell = event.target.closest('button');
        if (cell) report(me, element, cell.value);
      };
    },
    write: writeCells,
  },
  plane: {
    html: '<div class="plane"><span class="up"></span><canvas role="img"></canvas><i class="point"></i><span class="across"></span></div>',
    listen: (me, element) => {
      const canvas = element.querySelector('canvas');
      const move = event => {
        const box = canvas.getBoundingClientRect(), { reach } = element.item;
        const part = (at, from, size) => Math.min(1, Math.max(0, (at - from) / size));
        const x = (2 * part(event.clientX, box.left, box.width) - 1) * reach;
        const y = (1 - 2 * part(event.clientY, box.top, box.height)) * reach;
        put(element, x, y);
        report(me, element, `${x.toFixed(2)} ${y.toFixed(2)}`);
      };
      canvas.onpointerdown = event => {
        canvas.setPointerCapture(event.pointerId);
        element.held = true;
        move(event);
      };
      canvas.onpointermove = event => element.held && move(event);
      canvas.onpointerup = canvas.onpointercancel = () => { element.held = false; };
    },
    write: writePlane,
  },
});

/** One button a number, shaded by sign and size; where numbers are left out stands how many. */
function writeCells(me, element, item) {
  element.item = item;
  set(element, 'aria-label', item.label);
  element.classList.toggle('dense', item.dense);
  const kept = [...element.children];
  item.cells.forEach(([index, text, shade, tip], at) => {
    const tag = index === null || item.fixed ? 'SPAN' : 'BUTTON';
    let cell = kept[at];
    if (cell?.tagName !== tag) {
      const made = document.createElement(tag);
      if (cell) cell.replaceWith(made);
      else element.append(made);
      cell = made;
    }
    cell.className = index === null ? '' : 'cell';
    if (index === null) return void (cell.textContent = text);
    cell.title = tip;
    if (tag === 'BUTTON') {
      cell.type = 'button';
      cell.value = index;
      if (item.dense) set(cell, 'aria-label', tip); // the others are read as they stand
      else cell.removeAttribute('aria-label');
      set(cell, 'aria-pressed', String(index) === item.value);
    }
    const [red, green, blue] = shade < 0 ? INK.negative : INK.positive;
    cell.style.setProperty('--shade', `rgb(${red} ${green} ${blue} / ${(Math.abs(shade) * (item.dense ? 1 : 0.45)).toFixed(3)})`);
    cell.textContent = item.dense ? '' : text;
  });
  kept.slice(item.cells.length).forEach(extra => extra.remove());
}

/** The probability of one class all over the plane: from the ground at 0 to the class's colour at 1, a line at one half. */
function writePlane(me, element, item) {
  element.item = item;
  const canvas = element.querySelector('canvas'), { side, levels, color } = item;
  set(canvas, 'aria-label', item.label);
  element.querySelector('.across').textContent = `${item.across} →`;
  element.querySelector('.up').textContent = `${item.up} →`;
  const key = `${side} ${color} ${levels}`;
  if (element.key !== key) {
    element.key = key;
    canvas.width = canvas.height = side;
    const paper = canvas.getContext('2d'), picture = paper.createImageData(side, side);
    const [red, green, blue] = color.match(/\w\w/g).map(pair => parseInt(pair, 16));
    for (let at = 0; at < side * side; at++) {
      const level = parseInt(levels.slice(2 * at, 2 * at + 2), 16);
      picture.data.set([red, green, blue, level], 4 * at);
    }
    paper.putImageData(picture, 0, 0);
  }
  if (!element.held) put(element, item.x, item.y);
}

function put(element, x, y) {
  const { reach } = element.item, point = element.querySelector('.point');
  point.style.setProperty('--x', (x / reach + 1) / 2);
  point.style.setProperty('--y', (1 - y / reach) / 2);
}
