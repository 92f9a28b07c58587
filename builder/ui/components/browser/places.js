// @ts-check
// Where rows stand in a list with blocks: where one can go, and what its path is there. All in numbers, no elements.

/** @import { Place, Placed } from '../types' */

/**
 * How many of `rows` number `at` is, with all that is in it.
 * @param {readonly Pick<Placed, 'depth'>[]} rows @param {number} at
 */
export function size(rows, at) {
  const end = rows.findIndex(({ depth }, other) => other > at && depth <= rows[at].depth);
  return (end < 0 ? rows.length : end) - at;
}

/**
 * In how many blocks a row can be that stands before number `to` of `others`.
 * @param {readonly Placed[]} others @param {number} to
 */
export function depths(others, to) {
  const above = others[to - 1];
  const low = others[to]?.depth ?? 0;
  const inside = above?.group && above.open ? 1 : 0;
  return { low, high: Math.max(low, above ? above.depth + inside : 0) };
}

/**
 * One place down (`by` is 1) or up (-1); null at the end. On the way every place inside a block is met.
 * @param {readonly Placed[]} others @param {Place} place @param {1 | -1} by
 * @returns {Place | null}
 */
export function stepped(others, { to, depth }, by) {
  const { low, high } = depths(others, to);
  const next = to + by;
  const within = depth - by; // down leads out of a block, up leads in
  if (low <= within && within <= high) return { to, depth: within };
  if (next < 0 || next > others.length) return null;
  return { to: next, depth: by > 0 ? depths(others, next).high : depths(others, next).low };
}

/**
 * The rows of a layer and of all in it, once it stands at number `to` of `rows`, `depth` blocks deep: with the paths that they have there.
 * @template {Placed} Row
 * @param {readonly Row[]} rows in the order in which they stand then @param {Place} place
 * @returns {Row[]}
 */
export function settled(rows, { to, depth }) {
  const { path: before, title, depth: was } = rows[to];
  const around = rows
    .slice(0, to)
    .reverse()
    .find(other => other.depth < depth);
  const path = around ? `${around.path}.${title}` : title;
  const moving = rows.slice(to, to + size(rows, to));
  return moving.map(row => ({ ...row, depth: row.depth + depth - was, path: path + row.path.slice(before.length) }));
}
