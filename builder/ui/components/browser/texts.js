// @ts-check
// The places of a page that hold texts or other places.

import { hide, one, say, set } from './elements.js';

/** @import { Drawn, KindOfPlace } from '../types' */

/** @type {KindOfPlace} */
export const box = {
  html: '',
  write(element, { css, columns }, key) {
    element.className = ['box', key && `at-${key}`, css].filter(Boolean).join(' ');
    element.style.setProperty('--columns', columns);
  },
  place: element => element,
};

/** Markup of our own, every text in it escaped. @type {KindOfPlace} */
export const text = {
  html: '',
  write(element, { markup }) {
    element.innerHTML = markup;
  },
};

/** @type {KindOfPlace} */
export const code = {
  html: '<pre tabindex="0"><code></code></pre><button type="button"></button>',
  listen(element) {
    one(element, 'button').onclick = () => copy(element);
  },
  write(element, { text: plain, markup, copy: label }) {
    const shown = one(element, 'code');
    if (markup) shown.innerHTML = markup;
    else say(shown, plain);
    one(element, 'button').title = label;
    set(one(element, 'button'), 'aria-label', label);
  },
};

const DONE = 1500; // ms that a copy is confirmed

/** @param {Drawn} element */
async function copy(element) {
  const shown = one(element, 'code');
  try {
    await navigator.clipboard.writeText(shown.textContent);
    element.classList.add('copied');
    setTimeout(() => element.classList.remove('copied'), DONE);
  } catch {
    getSelection()?.selectAllChildren(shown); // over plain http a page may not write: the person copies it
  }
}

/** @type {KindOfPlace} */
export const details = {
  html: '<details><summary></summary><div></div></details>',
  write(element, { label }) {
    say(one(element, 'summary'), label);
  },
  place: element => one(element, 'details > div'),
};

/** A machine without Graphviz: Streamlit draws it, below the page. @type {KindOfPlace} */
export const graph = { html: '', write() {} };

/** @type {KindOfPlace} */
export const popover = {
  html: '<button type="button" class="opener" aria-haspopup="dialog"></button><div role="dialog" popover="auto"></div>',
  listen(element, report) {
    const panel = one(element, '[popover]');
    const button = one(element, '.opener', HTMLButtonElement);
    button.popoverTargetElement = panel;
    panel.addEventListener('beforetoggle', event => {
      const open = /** @type {ToggleEvent} */ (event).newState === 'open';
      set(button, 'aria-expanded', open);
      if (open !== (element.dataset.open === 'true')) report({ open });
      element.dataset.open = String(open);
    });
    panel.addEventListener('toggle', () => settle(element));
    new ResizeObserver(() => settle(element)).observe(panel);
  },
  write(element, { label, sign, open }, _key, _inside, unanswered) {
    const button = one(element, '.opener');
    const panel = one(element, '[popover]');
    say(button, sign || label);
    set(button, 'aria-label', label);
    set(panel, 'aria-label', label);
    if (sign) button.title = label;
    if (unanswered) return; // it stays as the person left it
    element.dataset.open = String(open);
    if (open && !panel.matches(':popover-open')) panel.showPopover();
    else if (!open) hide(panel);
  },
  place: element => one(element, '[popover]'),
};

const EDGE = 8;

/** Below its button, and never over the edge of the window. @param {Drawn} element */
function settle(element) {
  const panel = one(element, '[popover]');
  if (!panel.matches(':popover-open')) return;
  const { bottom, right } = one(element, '.opener').getBoundingClientRect();
  const { width, height } = panel.getBoundingClientRect();
  panel.style.left = `${Math.max(EDGE, Math.min(right - width, innerWidth - width - EDGE))}px`;
  panel.style.top = `${Math.max(EDGE, Math.min(bottom + 4, innerHeight - height - EDGE))}px`;
}
