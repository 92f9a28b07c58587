// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chordOf } from '../../builder/ui/components/browser/keys.js';
import { wanted } from '../../builder/ui/components/browser/shortcuts.js';

/** @import { Item } from '../../builder/ui/components/types' */

const NONE = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, isComposing: false };

/** @param {string} key @param {string} code @param {Partial<typeof NONE>} [held] */
const chord = (key, code, held) => chordOf({ ...NONE, key, code, ...held });

test('what is held is named in one order, and Cmd is Ctrl', () => {
  assert.equal(chord('ArrowUp', 'ArrowUp', { altKey: true }), 'alt+ArrowUp');
  assert.equal(chord('Z', 'KeyZ', { shiftKey: true, ctrlKey: true }), 'ctrl+shift+z');
  assert.equal(chord('z', 'KeyZ', { metaKey: true }), 'ctrl+z');
  assert.equal(chord(' ', 'Space', { ctrlKey: true }), 'ctrl+Space');
});

test('a letter is the same with Caps Lock', () => {
  assert.equal(chord('D', 'KeyD'), 'd');
});

test('a sign is what it is, however it is typed', () => {
  assert.equal(chord('+', 'Equal', { shiftKey: true }), '+');
  assert.equal(chord('+', 'BracketRight'), '+');
  assert.equal(chord('+', 'NumpadAdd'), '+');
});

test('on a keyboard without Latin letters the place counts', () => {
  const held = { ctrlKey: true };
  assert.equal(chord('я', 'KeyZ', held), 'ctrl+z'); // Russian
  assert.equal(chord('Я', 'KeyZ', { ...held, shiftKey: true }), 'ctrl+shift+z');
  assert.equal(chord('ζ', 'KeyZ', held), 'ctrl+z'); // Greek
  assert.equal(chord('ז', 'KeyZ', held), 'ctrl+z'); // Hebrew
  assert.equal(chord('ф', 'KeyA', held), 'ctrl+a');
  assert.equal(chord('ㅎ', 'KeyG'), 'g'); // Korean
});

test('on a keyboard with Latin letters the letter counts', () => {
  assert.equal(chord('z', 'KeyY', { ctrlKey: true }), 'ctrl+z'); // German
  assert.equal(chord('y', 'KeyZ', { ctrlKey: true }), 'ctrl+y');
  assert.equal(chord('w', 'KeyZ', { ctrlKey: true }), 'ctrl+w'); // French
  assert.equal(chord('ü', 'KeyG'), 'ü'); // Turkish F
});

test('a word that is being composed is no chord', () => {
  assert.equal(chord('z', 'KeyZ', { ctrlKey: true, isComposing: true }), '');
});

/** @param {string} name @param {string} shortcut @returns {Item} */
const button = (name, shortcut) => ({
  type: 'button',
  name,
  shortcut,
  inside: [],
  ...{ label: name, sign: '', main: false, disabled: false, small: false, hidden: false, every: 0 },
});

test('a shortcut finds its button, also inside a line, and nothing else', () => {
  /** @type {Item[]} */
  const items = [
    { type: 'line', name: '', inside: [button('undo', 'z'), button('plain', '')] },
    button('redo', 'shift+z'),
  ];
  assert.equal(wanted(items, 'ctrl+z')?.name, 'undo');
  assert.equal(wanted(items, 'ctrl+shift+z')?.name, 'redo');
  for (const other of ['z', 'alt+z', 'ctrl+alt+z', 'ctrl+y', 'ctrl+', ''])
    assert.equal(wanted(items, other), undefined);
});
