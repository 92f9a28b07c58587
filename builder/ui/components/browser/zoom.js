// @ts-check
// How large the drawing is and which part of it is seen: fitting, zooming, dragging it about.

import { around } from './elements.js';
import { shift } from './geometry.js';
import { follow } from './pointer.js';
import { hideTip } from './tips.js';

/** @import { DrawingMe } from '../types' */

const SMALLEST_TEXT = 10; // pixels: fitting never makes text smaller, the drawing then scrolls
const LARGEST_FIT = 1.7; // pixels a unit
const ZOOM = { least: 0.2, most: 4 };
const MARGIN = 24; // pixels kept around a node that is scrolled into sight
const THRESHOLD = 4; // pixels that a mouse must move before a click becomes a drag

/** Give the drawing the size that was chosen, or that fits. @param {DrawingMe} me */
export function resize(me) {
  if (!me.size || !me.viewport.clientWidth) return;
  me.factor = me.zoom ?? fitting(me, me.size);
  me.drawing.setAttribute('width', String(me.size.width * me.factor));
  me.drawing.setAttribute('height', String(me.size.height * me.factor));
}

/** @param {DrawingMe} me @param {NonNullable<DrawingMe['size']>} size */
function fitting({ viewport, inserts }, size) {
  const style = getComputedStyle(viewport);
  const width = viewport.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  const height = viewport.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
  const tall = height / size.height;
  const whole = Math.min(width / size.width, tall, LARGEST_FIT);
  const least = SMALLEST_TEXT / size.text;
  if (whole < least && !inserts) return Math.max(least, Math.min(1, tall)); // neurons: what scrolls anyway may be as tall as the panel
  return Math.max(whole, least);
}

/**
 * Zoom so that the point (x, y) of the screen keeps its place.
 * @param {DrawingMe} me @param {number | null} zoom @param {number} x @param {number} y
 */
function zoomTo(me, zoom, x, y) {
  const { factor } = me;
  const before = me.drawing.getBoundingClientRect();
  me.zoom = zoom && Math.min(Math.max(zoom, ZOOM.least), ZOOM.most);
  resize(me);
  const after = me.drawing.getBoundingClientRect();
  const ratio = me.factor / factor;
  me.viewport.scrollLeft += after.left + (x - before.left) * ratio - x;
  me.viewport.scrollTop += after.top + (y - before.top) * ratio - y;
}

/**
 * The buttons for larger, smaller and the whole; is it the whole?
 * @param {DrawingMe} me @param {Event} event
 */
export function onTool(me, event) {
  const by = around(event, '[data-zoom]')?.dataset.zoom;
  if (!by) return false;
  const box = me.viewport.getBoundingClientRect();
  const zoom = by === 'fit' ? null : me.factor * Number(by);
  zoomTo(me, zoom, box.left + box.width / 2, box.top + box.height / 2);
  return zoom === null;
}

/** @param {DrawingMe} me @param {WheelEvent} event */
export function onWheel(me, event) {
  if (!event.ctrlKey) return; // a plain wheel scrolls
  event.preventDefault();
  zoomTo(me, me.factor * Math.exp(-event.deltaY / 300), event.clientX, event.clientY);
}

/**
 * Scroll the drawing, never the page, until `node` can be seen.
 * @param {DrawingMe} me @param {Element | undefined} node
 */
export function reveal({ viewport }, node) {
  if (!node) return;
  const view = viewport.getBoundingClientRect();
  const box = node.getBoundingClientRect();
  viewport.scrollLeft += shift(box.left, box.right, view.left, view.right, MARGIN);
  const scrolls = viewport.scrollHeight > viewport.clientHeight;
  if (scrolls) viewport.scrollTop += shift(box.top, box.bottom, view.top, view.bottom, MARGIN);
}

/**
 * A mouse drags the drawing about; fingers scroll it without help.
 * @param {DrawingMe} me @param {PointerEvent} press
 */
export function pan(me, press) {
  const { viewport } = me;
  const { scrollLeft, scrollTop } = viewport;
  follow(press, {
    threshold: THRESHOLD,
    capture: viewport,
    begin: () => hideTip(me),
    move: event => {
      viewport.scrollLeft = scrollLeft - event.clientX + press.clientX;
      viewport.scrollTop = scrollTop - event.clientY + press.clientY;
    },
  });
}
