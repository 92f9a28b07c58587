// @ts-check
// Which keys are meant.

/** @typedef {Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'isComposing'>} Keys */

/**
 * What is pressed, with what is held, as `alt+ArrowUp` or `ctrl+shift+z`; Cmd counts as Ctrl, and Shift is a part of a
 * sign like `+`. Empty while a word is being composed from several keys.
 * @param {Keys} event
 */
export function chordOf(event) {
  if (event.isComposing) return '';
  const key = keyOf(event);
  const shifts = key.length > 1 || /[a-z]/.test(key);
  const held = { ctrl: event.ctrlKey || event.metaKey, alt: event.altKey, shift: event.shiftKey && shifts };
  return [...Object.entries(held).flatMap(([name, is]) => (is ? [name] : [])), key].join('+');
}

/**
 * A letter in lower case; where a keyboard writes no Latin letters, as a Greek or a Cyrillic one, the one at its place.
 * @param {Pick<KeyboardEvent, 'key' | 'code'>} event
 */
function keyOf({ key, code }) {
  if (key === ' ') return 'Space';
  if (key.length > 1) return key;
  const place = /^Key([A-Z])$/.exec(code)?.[1];
  const foreign = !/[ -~]|\p{Script=Latin}/u.test(key);
  return (place && foreign ? place : key).toLowerCase();
}
