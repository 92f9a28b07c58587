// @ts-check
// Files, which the browser keeps and opens itself.

/** @import { File as Kept } from '../types' */

/** Let the person keep `file`. @param {Kept} file */
export function keep({ name, mime, base64 }) {
  const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
  const address = URL.createObjectURL(new Blob([bytes], { type: mime }));
  Object.assign(document.createElement('a'), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000); // a slow machine is still reading
}
