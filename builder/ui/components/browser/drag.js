// @ts-check
// A row is dragged to another place; a finger that rests on one marks it.

import { around } from './elements.js';
import { toggle } from './marks.js';
import { othersOf, placeOf, settle } from './moves.js';
import { depths } from './places.js';
import { follow, keepClick } from './pointer.js';
import { dataOf, insideOf, rowOf, rowsOf } from './rows.js';
import { isPending } from './wire.js';

/** @import { Li, ListMe, Place } from '../types' */

const THRESHOLD = 4; // pixels that a mouse must move before a click becomes a drag
const EDGE = 24; // pixels: so near to the list's edge a drag scrolls it, and so far outside it is still meant
const SPEED = 6; // pixels a frame
const INDENT = 18; // pixels to the side that lead a dragged row into a block or out of it
const LONG = 500; // ms that a finger rests on a row to mark it

/**
 * A mouse takes a row anywhere; a finger only at the dots, since elsewhere it scrolls, and marks when it rests.
 * @param {ListMe} me @param {PointerEvent} press
 */
export function onPress(me, press) {
  const li = rowOf(press);
  if (!li || li.row.fixed || press.button !== 0 || me.busy || around(press, '.actions, .toggle')) return;
  if (press.pointerType === 'mouse' || around(press, '.grip')) drag(me, li, press);
  else rest(me, li, press);
}

/** @param {ListMe} me @param {Li} li @param {PointerEvent} press */
function rest(me, li, press) {
  let rested = false;
  const timer = setTimeout(() => {
    rested = true;
    toggle(me, li);
    me.touched = true; // later taps mark, too
  }, LONG);
  const end = () => {
    clearTimeout(timer);
    if (rested) keepClick();
  };
  follow(press, { threshold: Infinity, end });
}

/** @param {ListMe} me @param {Li} li @param {PointerEvent} press */
function drag(me, li, press) {
  /** @type {Carried | undefined} */
  let carried;
  follow(press, {
    threshold: THRESHOLD,
    capture: me.list, // a row that is moved in the page would lose it
    begin: () => {
      if (li.isConnected) carried = new Carried(me, li, press);
    },
    move: event => carried?.to(event),
    end: event => carried?.drop(event),
  });
}

/** A row that is dragged: it is shown where it would be dropped, without what is in it. */
class Carried {
  /** @param {ListMe} me @param {Li} li @param {PointerEvent} press */
  constructor(me, li, press) {
    this.me = me;
    this.li = li;
    this.press = this.at = press;
    this.rows = rowsOf(me); // in their order before
    this.inside = insideOf(me, li);
    this.others = othersOf(me, li);
    this.from = placeOf(me, li);
    this.look(true);
    this.lead();
  }

  /** @param {boolean} carried */
  look(carried) {
    this.me.busy = carried;
    this.me.list.classList.toggle('is-dragging', carried);
    this.li.classList.toggle('is-dragged', carried);
    for (const other of this.inside) other.hidden = carried;
  }

  /** Follow the pointer, and go on scrolling while it rests at the edge. */
  lead() {
    if (!this.me.busy) return;
    this.show();
    requestAnimationFrame(() => this.lead());
  }

  /** @param {PointerEvent} event */
  to(event) {
    this.at = event;
  }

  /** Leave the row where it is shown; with no event, or outside the list, all is as it was. @param {PointerEvent | null} event */
  drop(event) {
    const { me, li, from } = this;
    this.at = event ?? this.at;
    const { to, depth } = event ? this.show() : from;
    this.look(false);
    li.after(...this.inside);
    if (to !== from.to || depth !== from.depth) return settle(me, li, { to, depth });
    me.list.replaceChildren(...this.rows);
    li.style.setProperty('--depth', String(from.depth));
    if (!isPending(me)) setTimeout(() => me.draw()); // what came meanwhile
  }

  /** Show the row under the pointer, and where that is. */
  show() {
    const { me, li, others } = this;
    const place = this.place();
    const next = others[place.to] ?? null;
    const stands = next ? li.nextElementSibling === next : me.list.lastElementChild === li;
    if (!stands) me.list.insertBefore(li, next);
    li.style.setProperty('--depth', String(place.depth));
    return place;
  }

  /**
   * Up and down it passes the others, to the side it goes into a block above or out of it; outside the list it goes back.
   * @returns {Place}
   */
  place() {
    const { me, others, from, press, at } = this;
    const box = me.list.getBoundingClientRect();
    const beside = at.clientX < box.left - EDGE || at.clientX > box.right + EDGE;
    if (beside || at.clientY < box.top - EDGE || at.clientY > box.bottom + EDGE) return from;
    this.scroll(box);
    const found = others.findIndex(other => at.clientY < middle(other));
    const to = found < 0 ? others.length : found;
    const { low, high } = depths(dataOf(others), to);
    const aside = Math.round((at.clientX - press.clientX) / INDENT);
    return { to, depth: Math.max(low, Math.min(high, from.depth + aside)) };
  }

  /** Only towards where the drag leads: one that begins at the edge need not mean to scroll. @param {DOMRect} box */
  scroll(box) {
    const { clientY: y } = this.at;
    const { clientY: from } = this.press;
    if (y < Math.min(from, box.top + EDGE)) this.me.list.scrollTop -= SPEED;
    else if (y > Math.max(from, box.bottom - EDGE)) this.me.list.scrollTop += SPEED;
  }
}

/** @param {Element} element */
function middle(element) {
  const { top, height } = element.getBoundingClientRect();
  return top + height / 2;
}
