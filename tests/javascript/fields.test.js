// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepped } from '../../builder/ui/components/browser/fields.js';

test('three steps of a tenth are three tenths', () => {
  let shown = '0';
  for (let step = 0; step < 3; step++) shown = stepped(shown, 0.1, 1) ?? '';
  assert.equal(shown, '0.3');
  assert.equal(stepped('0.3', 0.1, -1), '0.2');
});

test('a whole number stays whole, however large', () => {
  assert.equal(stepped('3', 1, 1), '4');
  assert.equal(stepped('0', 1, -1), '-1');
  assert.equal(stepped('9007199254740990', 1, 1), '9007199254740991');
  assert.equal(stepped('1e3', 1, 1), '1001');
});

test('of several numbers each is stepped', () => {
  assert.equal(stepped('3, 5', 1, 1), '4, 6');
  assert.equal(stepped('(3 5)', 1, -1), '2, 4');
});

test('nonsense stays to be read', () => {
  for (const shown of ['', '  ', 'three', '1,x', '3, ', 'Infinity', 'NaN']) assert.equal(stepped(shown, 1, 1), null);
});
