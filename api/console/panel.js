// @ts-check
// Draws what is known into the fixed regions. A region is touched only when what it shows has changed.

import * as words from "./words.js";

const NOT_ENOUGH = "Not enough yet";

/**
 * @typedef {object} View what there is to show
 * @property {string} note the text that the suggestion was made for
 * @property {any} suggestion or null
 * @property {boolean} empty nothing is typed
 * @property {boolean} connected
 * @property {boolean} silent the service reads, and shows nothing
 * @property {boolean} stale the suggestion is for an earlier text, and the newer one is not answered
 * @property {Record<string, string>} answers
 * @property {string[]} cleared corrected mentions that a person has cleared
 * @property {any} policy names, or null
 */

/**
 * @typedef {object} Actions
 * @property {(fact: string, answer: string) => void} answer
 * @property {(fact: string) => void} takeBack
 * @property {(mention: string) => void} clear
 */

/**
 * Return a function that draws a view.
 *
 * @param {Record<string, HTMLElement>} regions by id
 * @param {Actions} actions
 */
export function createPanel(regions, actions) {
  const shown = new Map();

  /** Draw `nodes()` into a region if `of` differs from the last time. */
  function draw(id, of, nodes) {
    const key = JSON.stringify(of);
    if (shown.get(id) === key) return;
    shown.set(id, key);
    regions[id].replaceChildren(...nodes());
  }

  /** @param {View} view */
  return function render(view) {
    const { suggestion, policy, answers } = view;
    document.body.classList.toggle("stale", view.stale);
    draw("weapon", [suggestion?.weapon, answers.weapon], () => [
      suggestion ? words.weaponLine(suggestion.weapon, answers) : "",
    ]);
    const dangers = dangersOf(view);
    draw("dangers", [dangers, view.empty, !suggestion, view.connected, view.silent], () => drawDangers(dangers, view, actions));
    draw("count", [dangers.hits.length], () => [dangers.hits.length ? `(${dangers.hits.length})` : ""]);
    draw("announce", dangers.hits.map(spoken), () => [dangers.hits.map(spoken).join(". ")]);
    draw("response", [suggestion?.response, suggestion?.weapon, policy, view.empty, view.connected, view.silent], () => drawResponse(view));
    draw("categories", [suggestion?.categories], () => drawCategories(suggestion));
    const enough = Boolean(suggestion?.response.unit);
    const acuity = enough ? suggestion.acuity : null;
    draw("scale", [acuity, policy], () => drawScale(acuity, policy));
    const line = suggestion && !enough ? `${NOT_ENOUGH}.` : acuityLine(acuity, dangers.hits, policy);
    draw("acuity-line", [line], () => [line]);
    const questions = keyed(suggestion?.ask ?? []);
    draw("ask", [questions, view.empty, !suggestion], () => drawAsk(questions, view, actions));
    draw("answered", [answers], () => drawAnswered(answers, actions));
    draw("recorded", [suggestion?.recorded], () => [recordedWords(suggestion?.recorded)]);
    draw("versions", [suggestion?.versions, policy?.signed], () => [versionWords(suggestion?.versions, policy)]);
    for (const scroller of document.querySelectorAll(".scroll")) {
      const overflows = scroller.scrollHeight > scroller.clientHeight + 1;
      scroller.toggleAttribute("tabindex", false);
      if (overflows) scroller.setAttribute("tabindex", "0");
    }
  };
}

/** Return which key answers what: digits 1 to 9 in the order of the questions, as long as a whole question fits. */
export function keyed(ask) {
  let next = 1;
  return ask.map(({ fact, question, answers }) => {
    const fits = next + answers.length - 1 <= 9;
    const keys = answers.map((answer, index) => ({ answer, digit: fits ? String(next + index) : null }));
    if (fits) next += answers.length;
    return { fact, question, answers: keys };
  });
}

function dangersOf({ suggestion, note, cleared, policy }) {
  if (!suggestion) return { hits: [], quiet: [] };
  const hits = unique(
    [...suggestion.override.hits]
      .sort((one, other) => other.acuity_floor - one.acuity_floor || rank(one) - rank(other))
      .map(({ hazard, status, source, text, reason, acuity_floor: floor }) => {
        return { hazard, status, source, text, reason, floor, level: words.acuityName(floor, policy) };
      }),
  );
  const quiet = suggestion.mentions
    .filter(({ status }) => ["corrected", "unknown", "negated", "historical"].includes(status))
    .map((mention) => {
      const { hazard, status } = mention;
      return { hazard, status, words: words.statusOfMention(mention, timeBefore(note, mention)), text: quoted(note, mention) };
    })
    .filter((mention) => mention.status !== "corrected" || !cleared.includes(idOf(mention)));
  const order = ["corrected", "unknown", "negated", "historical"];
  return { hits, quiet: unique(quiet).sort((one, other) => order.indexOf(one.status) - order.indexOf(other.status)) };
}

function rank({ status }) {
  return status === "asserted" ? 0 : 1;
}

function unique(things) {
  return [...new Map(things.map((thing) => [JSON.stringify(thing), thing])).values()];
}

function idOf({ hazard, text }) {
  return `${hazard}: ${text}`;
}

/** The mention with the words that decided it, where they stand close together in one entry. */
function quoted(note, { start, end, text, cue }) {
  if (!cue) return text;
  const from = Math.min(start, cue.start);
  const to = Math.max(end, cue.end);
  const whole = [...note].slice(from, to).join("");
  return to - from > 48 || whole.includes("\n") ? text : whole;
}

function timeBefore(note, { start }) {
  const before = [...note].slice(0, start).join("");
  const times = before.match(/\b(?:[01]?\d|2[0-3]):[0-5]\d\b/g);
  return times?.at(-1) ?? null;
}

function spoken({ hazard, status, source, text }) {
  const what = `${words.statusOfHit({ hazard, status, source })}: ${words.HAZARDS[hazard]}`;
  return text ? `${what}, ${text}` : what;
}

function drawDangers({ hits, quiet }, { empty, suggestion, connected, silent }, actions) {
  if (empty) return [];
  if (silent) return [h("p", "void", "Not shown.")];
  if (!suggestion) return [h("p", "void", connected ? "Reading …" : "Not read yet.")];
  const nodes = [];
  if (hits.length) nodes.push(h("ul", "hits", ...hits.map(drawHit)));
  else nodes.push(h("p", "void", nothingRead(quiet)));
  if (quiet.length) nodes.push(h("ul", "quiet-list", ...quiet.map((mention) => drawQuiet(mention, actions))));
  return nodes;
}

function nothingRead(quiet) {
  const corrected = quiet.some(({ status }) => status === "corrected");
  return corrected ? "None stands now. What was corrected stays until you clear it." : "None read so far. Only what is typed can be read.";
}

function drawHit({ hazard, status, source, text, reason, level }) {
  return h(
    "li",
    `hit ${status}`,
    h("span", "tag", words.statusOfHit({ hazard, status, source })),
    h("span", "what", h("strong", "", words.HAZARDS[hazard]), ...(text === null ? [] : [" ", h("q", "", text)])),
    h("span", "floor", `at least ${level}`),
    h("span", "reason", reason),
  );
}

function drawQuiet(mention, actions) {
  const parts = [h("span", "what", `${words.HAZARDS[mention.hazard]}: ${mention.words}`), " ", h("q", "", mention.text)];
  if (mention.status === "corrected") {
    const button = h("button", "small", "Clear");
    button.setAttribute("aria-label", `Clear the corrected ${words.HAZARDS[mention.hazard]}: ${mention.text}`);
    button.addEventListener("click", () => actions.clear(idOf(mention)));
    parts.push(button);
  }
  return h("li", mention.status, ...parts);
}

function drawResponse({ suggestion, policy, empty, connected, silent }) {
  if (silent && !empty) return [h("p", "unit void", "Not shown")];
  if (!suggestion) return [h("p", "unit void", empty ? "Nothing typed yet" : connected ? "…" : "Waiting for the connection")];
  const { response, weapon } = suggestion;
  if (!response.unit) {
    const because = response.because.filter((reason) => reason !== NOT_ENOUGH);
    return [h("p", "unit void", NOT_ENOUGH), ...reasons({ ...response, because }, policy)];
  }
  const name = (unit) => words.unitName(unit, policy);
  const unasked = ["unarmed_team", "phone_clinician"].includes(response.kind) && ["none", "unknown"].includes(weapon);
  const headline = h("p", "unit", words.unitName(response.unit, policy, response.kind));
  const note = words.unitNote(response.unit, policy);
  if (note) headline.append(" ", h("small", "", note));
  if (unasked) headline.append(" ", h("span", "caution", weapon === "none" ? "weapons not asked" : "weapons not answered"));
  const slots = [
    ["also", response.also.map(name).join(" · ") || "–"],
    ["on shift", words.availability(response)],
  ];
  const facts = slots.map(([term, text]) => row(term, text));
  if (response.instead) facts.push(row("instead", `${name(response.instead.unit)}: ${response.instead.reason}`, "strong"));
  const stage = response.stage ? "STAGE: medics and clinicians wait until police say clear." : "";
  return [headline, h("p", "stage", stage), h("dl", "facts", ...facts.flat()), ...reasons(response, policy)];
}

function reasons(response, policy) {
  const rows = [
    ...response.because.map((reason, index) => row(index ? "" : "why", reason)),
    ...response.not.map(({ unit, reason }, index) =>
      row(index ? "" : "why not", `${words.unitName(unit, policy)}: ${reason}`)),
  ];
  if (response.follow_up) {
    rows.push(row("after", `${policy?.follow_up ?? "Follow-up"} within 48 hours, if served and consenting`));
  }
  return rows.length ? [h("dl", "facts", ...rows.flat())] : [];
}

function row(term, text, className = "") {
  return [h("dt", "", term), h("dd", className, text)];
}

function drawCategories(suggestion) {
  return Object.entries(words.CATEGORIES).map(([id, name]) => {
    const category = suggestion?.categories.find((one) => one.category === id);
    const item = h("li", category?.suggested ? "on" : "off", h("span", "name", name), h("span", "word", confidence(category)));
    if (category?.suggested) item.setAttribute("aria-current", "true");
    return item;
  });
}

function confidence(category) {
  if (!category) return "";
  if (category.suggested) {
    const { by, confidence: word } = category;
    return by === "rules" || (by === "both" && word === "unsure") ? "stated" : word ?? "stated";
  }
  if (category.probability === null) return "not judged";
  return category.confidence === "unsure" ? "unsure" : "–";
}

function drawScale(acuity, policy) {
  return [1, 2, 3, 4].map((level) => {
    const plausible = acuity?.plausible.includes(level);
    const kind = acuity?.level === level ? "on" : plausible ? "plausible" : "off";
    const item = h("li", kind, words.acuityName(level, policy));
    if (kind === "on") item.setAttribute("aria-current", "true");
    if (kind === "plausible") item.append(h("span", "sr-only", " (plausible)"));
    return item;
  });
}

function acuityLine(acuity, hits, policy) {
  if (!acuity) return "";
  if (acuity.level === null) return "Not judged: rules only.";
  if (acuity.floor && acuity.floor === acuity.level && acuity.floor > (acuity.model_level ?? 0)) {
    const hazards = new Set(hits.filter(({ floor }) => floor === acuity.floor).map(({ hazard }) => words.HAZARDS[hazard]));
    return `Raised by: ${[...hazards].join(", ")}.`;
  }
  const [low, high] = [Math.min(...acuity.plausible), Math.max(...acuity.plausible)];
  if (low < high) return `Unsure: ${words.acuityName(low, policy)} to ${words.acuityName(high, policy)}.`;
  return "";
}

function drawAsk(questions, { suggestion, empty }, actions) {
  if (!questions.length) return [h("p", "void", empty || !suggestion ? "" : "Nothing more to ask for the suggestion.")];
  return questions.map(({ fact, question, answers }) => {
    const group = h("div", "question", h("p", "", question));
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", question);
    const buttons = answers.map(({ answer, digit }) => {
      const button = h("button", "answer", words.ANSWERS[fact]?.[answer] ?? answer.replaceAll("_", " "));
      if (digit) {
        button.prepend(h("kbd", "", `Alt ${digit}`), " ");
        button.setAttribute("aria-keyshortcuts", `Alt+${digit}`);
      }
      button.addEventListener("click", () => actions.answer(fact, answer));
      return button;
    });
    if (buttons.length) group.append(h("div", "answers", ...buttons));
    else group.append(h("p", "hint", "Type it into the note."));
    return group;
  });
}

function drawAnswered(answers, actions) {
  const given = Object.entries(answers);
  return given.map(([fact, answer], index) => {
    const label = `${words.FACTS[fact]}: ${words.ANSWERS[fact]?.[answer] ?? answer}`;
    const button = h("button", "small", label, " ", h("span", "undo", "undo"));
    button.setAttribute("aria-label", `Take back the answer ${label}`);
    if (index === given.length - 1) {
      button.append(" ", h("kbd", "", "Alt 0"));
      button.setAttribute("aria-keyshortcuts", "Alt+0");
    }
    button.addEventListener("click", () => actions.takeBack(fact));
    return button;
  });
}

function recordedWords(recorded) {
  if (recorded === "stored") return "Recorded.";
  if (recorded === "spooled") return "Recorded on this machine for now.";
  return recorded === "no" ? "Not recorded." : "";
}

function versionWords(versions, known) {
  if (!versions) return "";
  const proposal = known && !known.signed ? " (a proposal, not signed)" : "";
  const { model, rules, policy } = versions;
  return `model ${model ?? "none"} · rules ${short(rules)} · policy ${short(policy)}${proposal}`;
}

function short(version) {
  return version.slice(0, 12);
}

/**
 * Make an element. Text becomes text, never markup.
 *
 * @param {string} tag
 * @param {string} className
 * @param {...(Node | string)} children
 */
function h(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (tag === "button") element.setAttribute("type", "button");
  element.append(...children);
  return element;
}
