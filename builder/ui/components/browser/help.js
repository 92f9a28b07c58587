// @ts-check
// A question mark beside a field's label that shows the help under the pointer, with the focus, or when it is pressed.

import { hide, made, one, set, showBeside } from './elements.js';

/** @import { Made, PanelMe } from '../types' */

/** @param {PanelMe} me @param {Made} element @param {string | undefined} help @param {string} label */
export function writeHelp(me, element, help, label) {
  const known = element.querySelector('.help');
  if (!help) return known?.remove();
  set(known ?? mark(me, element), 'aria-label', `${label}: ${help}`);
}

/** @param {PanelMe} me @param {Made} element */
function mark(me, element) {
  const button = made('button', { type: 'button', className: 'help', textContent: '?' });
  const show = () => {
    me.tip ??= me.root.appendChild(made('div', { className: 'tip', popover: 'manual' }));
    set(me.tip, 'aria-hidden', true); // it is the name of its mark
    const { item } = element;
    showBeside(me.tip, ('help' in item && item.help) || '', button.getBoundingClientRect());
  };
  button.onclick = button.onpointerenter = button.onfocus = show;
  button.onpointerleave = button.onblur = () => hide(me.tip);
  one(element, 'label').after(button);
  return button;
}
