// @ts-check
// The console: what is typed goes to the service, and what comes back goes to its place.

import { createClient } from "./client.js";
import { createKeys } from "./keys.js";
import { carried, marksOf, paint } from "./marks.js";
import { createPanel, keyed } from "./panel.js";
import { emptyCall, keep, restore } from "./store.js";

const PULSE = 10_000; // ms between looks at the service while nothing is typed

const byId = (id) => /** @type {any} */ (document.getElementById(id));
const here = (path) => new URL(path, import.meta.url);
const [note, mirror, state, newCall] = ["note", "mirror", "state", "new-call"].map(byId);
const [at, area, callType] = ["at", "area", "call-type"].map(byId);

let call = restore();
let before = null; // the call before this one, as long as it can be brought back
let answered = null; // {note, suggestion}
let problem = null;
let connection = "up";
let degraded = null;
let tooEarly = false;
let policy = null;

const client = createClient(here("../v1/suggest"), {
  answered(body, suggestion) {
    answered = { note: body.note, suggestion };
    problem = null;
    degraded = suggestion.degraded;
    show();
  },
  refused(body, said) {
    answered = null;
    problem = said;
    show();
  },
  connection(now) {
    connection = now;
    show();
  },
});

const regions = ["weapon", "count", "dangers", "announce", "response", "categories", "scale", "acuity-line", "ask",
  "answered", "recorded", "versions"];
const render = createPanel(Object.fromEntries(regions.map((id) => [id, byId(id)])), {
  answer(fact, answer) {
    give(fact, answer);
    note.focus(); // the button is gone
  },
  takeBack(fact) {
    takeBack(fact);
    note.focus();
  },
  clear(mention) {
    call.cleared = [...call.cleared, mention];
    changed({ atOnce: true });
  },
});

const keys = createKeys(() => {
  tooEarly = true;
  showState();
  setTimeout(() => {
    tooEarly = false;
    showState();
  }, 2000);
});

function give(fact, answer) {
  call.answers = { ...without(call.answers, fact), [fact]: answer };
  changed({ atOnce: true });
}

function takeBack(fact) {
  call.answers = without(call.answers, fact);
  changed({ atOnce: true });
}

function without(answers, fact) {
  return Object.fromEntries(Object.entries(answers).filter(([one]) => one !== fact));
}

/** Keep what was typed, and ask for a suggestion. */
function changed({ atOnce = false } = {}) {
  keep(call);
  problem = null;
  if (call.note.trim()) client.send(bodyOf(call), { atOnce });
  else {
    client.clear();
    answered = null;
  }
  show();
}

function bodyOf({ note: text, at: time, area: place, callType: type, answers }) {
  const body = { note: text.toWellFormed(), answers };
  if (time) body.at = new Date(time).toISOString();
  if (place) body.area = place;
  if (type.trim()) body.call_type = type.trim();
  return body;
}

function show() {
  const suggestion = answered?.suggestion ?? null;
  const empty = !call.note.trim();
  const marks = suggestion ? carried(marksOf(suggestion, answered.note), answered.note, call.note) : [];
  paint(mirror, call.note, marks);
  mirror.scrollTop = note.scrollTop;
  render({
    note: answered?.note ?? "",
    suggestion,
    empty,
    connected: connection === "up",
    stale: suggestion !== null && connection !== "up",
    answers: call.answers,
    cleared: call.cleared,
    policy,
  });
  keys.bind(keyMeanings(suggestion));
  showState();
}

function keyMeanings(suggestion) {
  const meanings = new Map();
  for (const { fact, answers } of keyed(suggestion?.ask ?? [])) {
    for (const { answer, digit } of answers) {
      if (digit) meanings.set(digit, { meaning: `${fact}=${answer}`, act: () => give(fact, answer) });
    }
  }
  const last = Object.keys(call.answers).at(-1);
  if (last) meanings.set("0", { meaning: `undo ${last}`, act: () => takeBack(last) });
  return meanings;
}

/** Say the one thing about the service that matters most now. */
function showState() {
  const [kind, text] = stateNow();
  state.className = `state ${kind}`;
  if (state.textContent !== text) state.textContent = text;
}

function stateNow() {
  if (connection === "lost") return ["bad", "Connection lost. Your text is kept and sent when it is back."];
  if (connection === "failing") return ["bad", "The service fails on this note. Your text is kept; trying again."];
  if (problem) return ["bad", `Not read: ${problem.errors?.[0]?.field ?? ""} ${problem.errors?.[0]?.message ?? problem.detail}`];
  if (tooEarly) return ["warn", "That question has just changed. Look, then press again."];
  if (degraded) return ["warn", `Rules only: ${degraded}. Dangers are still read.`];
  return ["good", "Connected"];
}

async function pulse() {
  try {
    const response = await fetch(here("../readyz"), { cache: "no-store", signal: AbortSignal.timeout(5000) });
    const readiness = await response.json();
    degraded = response.ok ? readiness.degraded : degraded;
    if (connection === "lost" || !response.ok) connection = response.ok ? "up" : "failing";
    client.wake();
  } catch {
    connection = "lost";
  }
  show();
}

async function loadPolicy() {
  try {
    policy = await (await fetch(here("../v1/policy"))).json();
  } catch {
    return; // units are shown by their ids
  }
  for (const name of policy.areas) area.append(new Option(name, name));
  area.value = call.area;
  show();
}

/** Put the call's fields on the page. */
function fill() {
  [note.value, at.value, area.value, callType.value] = [call.note, call.at, call.area, call.callType];
  byId("more").open = Boolean(call.at || call.area || call.callType);
  newCall.textContent = before ? "Undo new call" : "New call";
}

note.addEventListener("input", () => {
  call.note = note.value;
  if (before) {
    before = null;
    newCall.textContent = "New call";
  }
  changed();
});
note.addEventListener("scroll", () => {
  mirror.scrollTop = note.scrollTop;
});
for (const field of [at, area, callType]) {
  field.addEventListener("input", () => {
    [call.at, call.area, call.callType] = [at.value, area.value, callType.value];
    changed();
  });
}
newCall.addEventListener("click", () => {
  [call, before] = before ? [before, null] : [emptyCall(), call];
  fill();
  changed({ atOnce: true });
  note.focus();
});
addEventListener("online", pulse);
setInterval(() => document.hidden || pulse(), PULSE);

fill();
changed({ atOnce: true });
void loadPolicy();
void pulse();
