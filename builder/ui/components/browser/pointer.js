// @ts-check
// Follow a pointer from where it is pressed until it is lifted.

/**
 * @typedef {object} Following
 * @property {number} [threshold] pixels by which it must move to drag
 * @property {Element} [capture] what gets its events while it drags: over nothing else it does anything
 * @property {(event: PointerEvent) => void} [begin] it drags from here on
 * @property {(event: PointerEvent) => void} [move] it moves; once before the first time, `begin` is called
 * @property {(event: PointerEvent | null, dragged: boolean) => void} [end] it is lifted; null if it was lost, or Escape calls all off
 */

/**
 * Follow the pointer of `press` wherever on the page it goes. Whatever happens to it, `end` is called, once. The click
 * that the browser makes of the end of a drag is kept from everybody.
 * @param {PointerEvent} press @param {Following} following
 */
export function follow(press, { threshold = 0, capture, begin, move, end }) {
  let dragged = false;
  /** @param {PointerEvent} event */
  const onMove = event => {
    if (event.pointerId !== press.pointerId) return;
    if (event.buttons === 0) return over(null); // lifted where nobody heard it
    if (!dragged) {
      if (Math.hypot(event.clientX - press.clientX, event.clientY - press.clientY) < threshold) return;
      dragged = true;
      capture?.setPointerCapture(press.pointerId);
      begin?.(event);
    }
    move?.(event);
  };
  /** @param {KeyboardEvent} event */
  const onKey = event => {
    if (!dragged || event.key !== 'Escape') return;
    event.stopPropagation();
    over(null);
  };
  /** @param {PointerEvent | null} event */
  const over = event => {
    stop();
    if (dragged && event) keepClick();
    end?.(event, dragged);
  };
  const stop = hear({
    pointermove: onMove,
    pointerup: event => event.pointerId === press.pointerId && over(event),
    pointercancel: event => event.pointerId === press.pointerId && over(null),
    keydown: onKey,
  });
}

/** Keep the click that follows the lifting of a pointer from everybody. */
export function keepClick() {
  const stop = hear({ click: event => event.stopPropagation(), dblclick: event => event.stopPropagation() });
  setTimeout(stop);
}

/**
 * Hear what comes anywhere on the page, before anybody else, until the function that is returned is called.
 * @param {{ [Type in keyof WindowEventMap]?: (event: WindowEventMap[Type]) => unknown }} handlers
 */
function hear(handlers) {
  const hearing = new AbortController();
  for (const [type, heard] of Object.entries(handlers))
    addEventListener(type, /** @type {EventListener} */ (heard), { signal: hearing.signal, capture: true });
  return () => hearing.abort();
}
