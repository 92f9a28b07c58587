// @ts-check
// Distances and places in the drawing, in numbers alone.

/** @import { Line, Point } from '../types' */

/**
 * How far a point is from a line between two points.
 * @param {Point} at @param {Pick<Line, 'from' | 'to'>} line
 */
export function distance({ x, y }, { from, to }) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const along = ((x - from.x) * dx + (y - from.y) * dy) / (dx * dx + dy * dy || 1);
  const part = Math.min(1, Math.max(0, along));
  return Math.hypot(from.x + part * dx - x, from.y + part * dy - y);
}

/**
 * Which of `points` is next to `title` on its right (1) or left (-1): the nearest column, and in it the nearest height.
 * @param {ReadonlyMap<string, Point>} points @param {string} title @param {1 | -1} side
 * @returns {string | undefined}
 */
export function beside(points, title, side) {
  const here = points.get(title);
  if (!here) return undefined;
  const others = [...points].map(([other, { x, y }]) => ({
    other,
    across: Math.round((x - here.x) * side),
    along: Math.abs(y - here.y),
  }));
  const near = others.filter(({ across }) => across > 1).sort((a, b) => a.across - b.across || a.along - b.along);
  return near[0]?.other;
}

/**
 * By how much to scroll so that `low` to `high` lie between `least` and `most`, with a margin.
 * @param {number} low @param {number} high @param {number} least @param {number} most @param {number} margin
 */
export function shift(low, high, least, most, margin) {
  if (low < least + margin) return low - least - margin;
  return high > most - margin ? high - most + margin : 0;
}
