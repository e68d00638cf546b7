// @ts-check
// Alt with a digit: works from inside the note, and is never a bare letter.

const SETTLED = 400; // ms that a question must have stood before a key answers it

/**
 * Return the keys: `bind` says what each digit does now, and nothing happens on a key whose meaning has just changed.
 *
 * @param {(digit: string) => void} tooEarly
 */
export function createKeys(tooEarly) {
  /** @type {Map<string, {meaning: string, since: number, act: () => void}>} */
  let bound = new Map();

  /** @param {Map<string, {meaning: string, act: () => void}>} wanted */
  function bind(wanted) {
    const now = performance.now();
    bound = new Map(
      [...wanted].map(([digit, { meaning, act }]) => {
        const before = bound.get(digit);
        return [digit, { meaning, act, since: before?.meaning === meaning ? before.since : now }];
      }),
    );
  }

  document.addEventListener("keydown", (event) => {
    const digit = event.code.startsWith("Digit") ? event.code.slice(5) : "";
    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.repeat) return;
    const key = bound.get(digit);
    if (!key) return;
    event.preventDefault();
    if (performance.now() - key.since < SETTLED) tooEarly(digit);
    else key.act();
  });

  return { bind };
}
