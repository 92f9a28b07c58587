// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beside, distance, shift } from '../../builder/ui/components/browser/geometry.js';

/** @param {number} x @param {number} y */
const point = (x, y) => ({ x, y });

test('the distance to a line is that to its nearest point, which may be an end', () => {
  const line = { from: point(0, 0), to: point(10, 0) };
  assert.equal(distance(point(5, 3), line), 3);
  assert.equal(distance(point(-3, 4), line), 5);
  assert.equal(distance(point(13, -4), line), 5);
  assert.equal(distance(point(7, 0), line), 0);
});

test('the distance to a slanted line is at a right angle', () => {
  const line = { from: point(0, 0), to: point(4, 3) };
  assert.ok(Math.abs(distance(point(0, 5), line) - 4) < 1e-12);
});

test('a line without length is a point', () => {
  assert.equal(distance(point(3, 4), { from: point(0, 0), to: point(0, 0) }), 5);
});

test('beside a node is the nearest column, and in it the nearest height', () => {
  const points = new Map([
    ['x1', point(0, 0)],
    ['x2', point(0, 40)],
    ['h1', point(100, 5)],
    ['h2', point(100.4, 45)],
    ['out', point(200, 20)],
  ]);
  assert.equal(beside(points, 'x1', 1), 'h1');
  assert.equal(beside(points, 'x2', 1), 'h2');
  assert.equal(beside(points, 'out', -1), 'h1');
  assert.equal(beside(points, 'h2', 1), 'out');
  assert.equal(beside(points, 'h2', -1), 'x2');
  assert.equal(beside(points, 'x1', -1), undefined);
  assert.equal(beside(points, 'gone', 1), undefined);
});

test('what is out of sight is scrolled in, with a margin, and what is seen stays', () => {
  assert.equal(shift(50, 60, 0, 100, 10), 0);
  assert.equal(shift(5, 15, 0, 100, 10), -5);
  assert.equal(shift(-20, -10, 0, 100, 10), -30);
  assert.equal(shift(95, 105, 0, 100, 10), 15);
});
