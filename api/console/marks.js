// @ts-check
// The words marked in the note: what the reading says of them, and what the model counted.

import { toUtf16 } from "./offsets.js";

/** @typedef {{start: number, end: number, kind: string}} Mark UTF-16 offsets; kind: a status or "evidence". */

/**
 * Return the marks of a suggestion for the text that it was made for.
 *
 * @param {any} suggestion
 * @param {string} text
 * @returns {Mark[]}
 */
export function marksOf(suggestion, text) {
  const at = toUtf16(text);
  const spans = suggestion.mentions.map((mention) => ({ ...mention, kind: mention.status }));
  for (const category of suggestion.categories) {
    if (category.suggested) spans.push(...category.evidence.map((span) => ({ ...span, kind: "evidence" })));
  }
  return spans.map(({ start, end, kind }) => ({ start: at(start), end: at(end), kind }));
}

/**
 * Carry marks over from the text they were made for to what has been typed since, until the next answer.
 *
 * What stands before the change stays, what stands behind it moves along, what was changed itself loses its mark.
 *
 * @param {Mark[]} marks
 * @param {string} before
 * @param {string} after
 * @returns {Mark[]}
 */
export function carried(marks, before, after) {
  if (before === after) return marks;
  const shortest = Math.min(before.length, after.length);
  let head = 0;
  while (head < shortest && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < shortest - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const shift = after.length - before.length;
  const kept = [];
  for (const mark of marks) {
    if (mark.end <= head) kept.push(mark);
    else if (mark.start >= before.length - tail) {
      kept.push({ ...mark, start: mark.start + shift, end: mark.end + shift });
    }
  }
  return kept;
}

/**
 * Cut the text at the edges of the marks.
 *
 * @param {string} text
 * @param {Mark[]} marks
 * @returns {{text: string, kinds: string[]}[]} in order; together the whole text
 */
export function pieces(text, marks) {
  const edges = new Set([0, text.length]);
  for (const { start, end } of marks) edges.add(start).add(end);
  const cuts = [...edges].sort((one, other) => one - other);
  return cuts.slice(0, -1).map((start, index) => {
    const end = cuts[index + 1];
    const covering = marks.filter((mark) => mark.start <= start && mark.end >= end);
    return { text: text.slice(start, end), kinds: [...new Set(covering.map((mark) => mark.kind))] };
  });
}

/**
 * Draw the marks in the layer behind the text.
 *
 * @param {HTMLElement} layer
 * @param {string} text
 * @param {Mark[]} marks
 */
export function paint(layer, text, marks) {
  const nodes = pieces(text, marks).map(({ text: words, kinds }) => {
    if (!kinds.length) return document.createTextNode(words);
    const span = document.createElement("span");
    span.className = ["mark", ...kinds].join(" ");
    span.textContent = words;
    return span;
  });
  layer.replaceChildren(...nodes, "\u200b"); // the last one keeps a final line break as tall as the field does
}
