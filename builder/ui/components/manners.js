// What Streamlit leaves out: to say the page's language, and to keep the focus when one field takes another's place.

const roots = new WeakSet();

export default ({ data, parentElement }) => {
  document.documentElement.lang = data.language;
  if (!roots.has(parentElement)) keepFocus(parentElement);
  roots.add(parentElement);
};

/** A list of choices that shows another value is another element; who chose by keyboard goes on from the new one. */
function keepFocus(root) {
  let last = null;
  const focused = event => { last = event.target; };
  const pressed = () => { last = null; }; // a click says itself where the focus is to go
  const observer = new MutationObserver(() => {
    if (!root.isConnected) return stop();
    if (!last || last.isConnected || document.activeElement !== document.body) return;
    heirOf(last)?.focus({ preventScroll: true });
  });
  function stop() {
    observer.disconnect();
    document.removeEventListener('focusin', focused, true);
    document.removeEventListener('pointerdown', pressed, true);
  }
  document.addEventListener('focusin', focused, true);
  document.addEventListener('pointerdown', pressed, true);
  observer.observe(document.body, { childList: true, subtree: true });
}

function heirOf(gone) {
  const [role, label] = ['role', 'aria-label'].map(name => gone.getAttribute(name));
  return role && label && [...document.querySelectorAll(`[role="${role}"]`)].find(other => other.getAttribute('aria-label') === label);
}
