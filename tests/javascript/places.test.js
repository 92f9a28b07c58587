// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { depths, settled, size, stepped } from '../../builder/ui/components/browser/places.js';

/** @import { Placed } from '../../builder/ui/components/types' */

/**
 * Rows from paths; a path that ends in `/` is an open block, one in `-` a closed one.
 * @param {string[]} written @returns {Placed[]}
 */
const rows = (...written) =>
  written.map(word => {
    const path = word.replace(/[/-]$/, '');
    const names = path.split('.');
    const depth = names.length - 1;
    return { path, title: names[depth], depth, group: path !== word, open: word.endsWith('/') };
  });

const LIST = rows('a', 'block/', 'block.b', 'block.inner/', 'block.inner.c', 'd', 'shut-', 'e');

/** @param {readonly Placed[]} list */
const paths = list => list.map(({ path }) => path);

/** All but number `at` and what is in it. @param {readonly Placed[]} list @param {number} at */
const without = (list, at) => list.filter((_, other) => other < at || other >= at + size(list, at));

test('a row counts with all that is in it', () => {
  assert.deepEqual(
    LIST.map((_, at) => size(LIST, at)),
    [1, 4, 1, 2, 1, 1, 1, 1],
  );
});

test('a row can be as deep as the one above, and inside it if that is an open block', () => {
  const others = without(LIST, 0);
  const found = Array.from({ length: others.length + 1 }, (_, to) => depths(others, to));
  assert.deepEqual(
    found.map(({ low, high }) => `${low}-${high}`),
    ['0-0', '1-1', '1-1', '2-2', '0-2', '0-0', '0-0', '0-0'],
  );
});

test('steps down meet every place inside a block and end at the end; steps up lead the same way back', () => {
  const others = without(LIST, 0);
  const way = [{ to: 0, depth: 0 }];
  for (let next = stepped(others, way[0], 1); next; next = stepped(others, next, 1)) way.push(next);
  assert.deepEqual(
    way.map(({ to, depth }) => `${to}.${depth}`),
    ['0.0', '1.1', '2.1', '3.2', '4.2', '4.1', '4.0', '5.0', '6.0', '7.0'],
  );
  const back = [way[way.length - 1]];
  for (let next = stepped(others, back[0], -1); next; next = stepped(others, next, -1)) back.unshift(next);
  assert.deepEqual(back, way);
});

test('a list of one row leads nowhere', () => {
  assert.equal(stepped([], { to: 0, depth: 0 }, 1), null);
  assert.equal(stepped([], { to: 0, depth: 0 }, -1), null);
});

test('a row that went into a block has its path there, and so has all that is in it', () => {
  const moved = [...LIST.slice(0, 5), ...rows('e/', 'e.f'), ...LIST.slice(5)];
  assert.deepEqual(paths(settled(moved, { to: 5, depth: 2 })), ['block.inner.e', 'block.inner.e.f']);
  assert.deepEqual(paths(settled(moved, { to: 5, depth: 1 })), ['block.e', 'block.e.f']);
  assert.deepEqual(settled(moved, { to: 5, depth: 0 }), moved.slice(5, 7));
});

test('a row that left its block has lost its path, and one deeper keeps what is in it', () => {
  assert.deepEqual(paths(settled(LIST, { to: 3, depth: 0 })), ['inner', 'inner.c']);
  assert.deepEqual(
    settled(LIST, { to: 3, depth: 0 }).map(({ depth }) => depth),
    [0, 1],
  );
});
