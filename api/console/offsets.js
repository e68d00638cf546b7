// @ts-check
// Offsets: the service counts code points, a browser counts UTF-16 units. Every conversion is made here.

const SURROGATE = /[\ud800-\udfff]/;

/**
 * Return a function from code-point offsets into `text` to UTF-16 offsets.
 *
 * An offset past the end gives the end.
 *
 * @param {string} text
 * @returns {(codePoint: number) => number}
 */
export function toUtf16(text) {
  if (!SURROGATE.test(text)) return (codePoint) => Math.min(codePoint, text.length);
  /** @type {number[]} */
  const units = [];
  for (let unit = 0; unit < text.length; unit += text.codePointAt(unit) > 0xffff ? 2 : 1) units.push(unit);
  units.push(text.length);
  return (codePoint) => units[Math.min(codePoint, units.length - 1)];
}
