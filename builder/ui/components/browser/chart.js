// @ts-check
// Charts that Plotly draws, in the colours of the page. Its script is large, so it comes after what a page needs at once.

/** @import { KindOfPlace } from '../types' */

/** @type {Promise<any> | undefined} */
let loading;

/** Plotly, once it is there. */
function plotly() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = new URL('./plotly.min.js', import.meta.url).href;
    script.onload = () => resolve(/** @type {any} */ (globalThis).Plotly);
    script.onerror = reject;
    document.head.append(script);
  });
  return loading;
}

/** @type {WeakMap<Element, { figure: any, theme: string, report?: (event: object) => void }>} */
const drawn = new WeakMap();

/** @type {KindOfPlace} */
export const chart = {
  html: '<div></div>',
  always: true, // the colours of the page may be others now
  listen(element, report) {
    drawn.set(element, { figure: null, theme: '', report });
    let width = 0;
    new ResizeObserver(async ([{ contentRect }]) => {
      const resized = width && contentRect.width && contentRect.width !== width;
      width = contentRect.width;
      if (resized) (await plotly()).Plots.resize(element.firstElementChild);
    }).observe(element);
  },
  async write(element, { figure, clicks }) {
    const me = /** @type {NonNullable<ReturnType<typeof drawn.get>>} */ (drawn.get(element));
    const { color, fontFamily } = getComputedStyle(element);
    if (me.figure === figure && me.theme === color) return;
    Object.assign(me, { figure, theme: color });
    element.style.minHeight = `${figure.layout.height}px`;
    const place = element.firstElementChild;
    const library = await plotly();
    if (me.figure !== figure || !element.isConnected) return; // another is wanted meanwhile
    await library.react(place, figure.data, dressed(figure.layout, color, fontFamily), { displayModeBar: false });
    if (clicks) listenToPoints(place, event => me.report?.(event));
  },
};

/**
 * `layout` in the page's font and colours.
 * @param {any} layout @param {string} color @param {string} family
 */
function dressed(layout, color, family) {
  const line = 'rgba(128, 128, 128, 0.28)';
  const up = { gridcolor: line, zerolinecolor: line, automargin: true };
  const across = { ...up, showgrid: false, zeroline: false };
  const axes = Object.entries(layout)
    .filter(([name]) => /^[xy]axis/.test(name))
    .map(([name, own]) => [
      name,
      { ...(name[0] === 'x' ? across : up), ...own, title: { font: { size: 12 }, ...own.title } },
    ]);
  return {
    autosize: true,
    paper_bgcolor: 'rgba(0, 0, 0, 0)',
    plot_bgcolor: 'rgba(0, 0, 0, 0)',
    font: { color, family, size: 12 },
    ...layout,
    ...Object.fromEntries(axes),
    margin: { pad: 6, ...layout.margin },
  };
}

/** @param {any} place @param {(event: object) => void} report */
function listenToPoints(place, report) {
  place.removeAllListeners('plotly_click');
  place.on('plotly_click', (/** @type {any} */ { points }) => report({ point: points[0].customdata }));
}
