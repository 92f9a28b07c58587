// @ts-check
// What hovering, the focus or a tap shows of a node or a line, and which lines it lets stand out.

import { around, hide, showBeside } from './elements.js';
import { distance } from './geometry.js';

/** @import { DrawingMe, Line } from '../types' */

const REACH = 7; // pixels from a line within which it is meant
const READING = 4000; // ms that a tip stays after a tap

/** @param {DrawingMe} me @param {PointerEvent} event */
export function onHover(me, event) {
  if (event.buttons && event.pointerType === 'mouse') return;
  const target = around(event, '.insert, .toggle, .node, .cluster');
  const line = target ? null : nearest(me, event.clientX, event.clientY);
  if (target) showTip(me, target, target.getBoundingClientRect());
  else if (line) showTip(me, line.edge, new DOMRect(event.clientX - 6, event.clientY - 8, 12, 16));
  else hideTip(me);
}

/** A finger does not hover: its tip goes by itself. @param {DrawingMe} me @param {PointerEvent} press */
export function onTap(me, press) {
  onHover(me, press);
  clearTimeout(me.reading);
  me.reading = setTimeout(() => hideTip(me), READING);
}

/**
 * The line that the point (x, y) of the screen is nearest to, if it is near one.
 * @param {DrawingMe} me @param {number} x @param {number} y
 */
function nearest(me, x, y) {
  const screen = me.lines[0]?.edge.getScreenCTM();
  if (!screen) return null;
  const at = new DOMPoint(x, y).matrixTransform(screen.inverse());
  let least = REACH / me.factor;
  /** @type {Line | null} */
  let found = null;
  for (const line of me.lines) {
    const away = distance(at, line);
    if (away < least) [found, least] = [line, away];
  }
  return found;
}

/**
 * Show what `target` is beside `box`; of the lines, only its own stay strong.
 * @param {DrawingMe} me @param {HTMLElement | SVGElement} target @param {DOMRect} box
 */
export function showTip(me, target, box) {
  const { title = '', kind } = target.dataset;
  const button = kind === 'insert' || kind === 'toggle';
  const text = button ? target.getAttribute('aria-label') : me.data.tips[title];
  if (!text) return hideTip(me);
  light(me, title);
  showBeside(me.tip, text, box);
}

/** @param {DrawingMe} me */
export function hideTip(me) {
  light(me, null);
  hide(me.tip);
}

/**
 * Let the lines that are `title`, or end there, stand out; all are alike when there is none.
 * @param {DrawingMe} me @param {string | null} title
 */
function light(me, title) {
  if (me.lit === title) return;
  me.lit = title;
  const own = new Set(me.lines.filter(line => line.title === title || line.ends.includes(title ?? '')));
  for (const line of me.lines) line.edge.classList.toggle('lit', own.has(line));
  me.drawing.classList.toggle('dim', own.size > 0);
}
