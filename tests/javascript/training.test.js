// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ceiling, known, short } from '../../builder/ui/components/browser/curves.js';
import { inkOf, key } from '../../builder/ui/components/browser/training_pictures.js';

const plane = { side: 2, x: /** @type {[number, number]} */ ([0, 1]), y: /** @type {[number, number]} */ ([0, 1]) };

test('a point has the colour of its class', () => {
  const data = { classes: ['cat', 'dog'], colors: ['#000001', '#000002'] };
  assert.equal(inkOf(1, plane, data), '#000002');
  assert.deepEqual(key(plane, data), [
    ['cat', '#000001'],
    ['dog', '#000002'],
  ]);
});

test('where a number is to be found, a point has the colour of its half of the scale', () => {
  const data = { classes: [], colors: ['#000001', '#000002'] };
  const shown = { ...plane, low: 100, high: 200 };
  assert.equal(inkOf(101, shown, data), inkOf(149, shown, data));
  assert.equal(inkOf(151, shown, data), inkOf(300, shown, data));
  assert.notEqual(inkOf(149, shown, data), inkOf(151, shown, data));
  assert.deepEqual(
    key(shown, data).map(([name]) => name),
    ['100', '200'],
  );
  assert.equal(key(shown, data)[1][1], inkOf(300, shown, data));
});

test('one loss that went astray does not press the rest flat', () => {
  const losses = [...Array.from({ length: 99 }, () => 1), 1e6];
  assert.ok(ceiling(losses) < 2);
  assert.equal(ceiling([]), 1);
  assert.equal(ceiling([0, 0]), 1);
});

test('what was not measured is no number, and what is short has a minus sign', () => {
  assert.ok(Number.isNaN(known([1, null])[1]));
  assert.equal(short(-0.02346), '−0.0235');
  assert.equal(short(1234.5), '1.2e3');
  assert.equal(short(0.00001), '1.0e−5');
});
