// @ts-check
// The console: what is typed goes to the service, and what comes back goes to its place.

import { bearer, createClient } from "./client.js";
import { createKey } from "./key.js";
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
/** @type {import("./client.js").Connection} */ let connection = "connecting";
let failure = ""; // what the service says of why it cannot answer
let silent = false; // it reads, and shows nothing
let degraded = null;
let tooEarly = false;
let policy = null;

const key = createKey(byId("key"), () => {
  problem = null;
  client.restart();
  void loadPolicy();
  show();
});

const addresses = { live: here("../v1/live"), suggest: here("../v1/suggest"), ready: here("../readyz") };
const client = createClient(addresses, key, {
  answered(body, suggestion) {
    answered = { note: body.note, suggestion };
    problem = null;
    silent = false;
    degraded = suggestion.degraded;
    show();
  },
  silent() {
    answered = problem = null;
    silent = true;
    show();
  },
  refused(body, said) {
    answered = null;
    problem = said;
    show();
  },
  connection(now, why) {
    [connection, failure] = [now, why];
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

function bodyOf({ id, note: text, at: time, area: place, callType: type, answers }) {
  const body = { note: text.toWellFormed(), call_id: id, answers };
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
    connected: up(),
    silent,
    stale: suggestion !== null && !up(),
    answers: call.answers,
    cleared: call.cleared,
    policy,
  });
  keys.bind(keyMeanings(suggestion));
  showState();
}

function up() {
  return connection === "live" || connection === "requests";
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
  key.ask(problem?.status === 401);
  if (state.textContent !== text) state.textContent = text;
}

function stateNow() {
  if (connection === "connecting") return ["warn", "Connecting …"];
  if (connection === "lost") return ["bad", "Connection lost. Your text is kept and sent when it is back."];
  if (connection === "failing") return ["bad", `${failure || "The service fails."} Your text is kept; trying again.`];
  if (problem?.status === 401) return ["bad", "The service asks for a key. Your text is kept."];
  if (problem) return ["bad", `Not read: ${problem.errors?.[0]?.field ?? ""} ${problem.errors?.[0]?.message ?? problem.detail}`];
  if (tooEarly) return ["warn", "That question has just changed. Look, then press again."];
  if (silent) return ["warn", "Shadow mode: what is read is recorded and not shown."];
  if (degraded) return ["warn", `Rules only: ${degraded}. Dangers are still read.`];
  if (connection === "requests") return ["warn", "Connected by single requests: the live connection is refused."];
  return ["good", "Connected"];
}

async function pulse() {
  try {
    const response = await fetch(here("../readyz"), { cache: "no-store", signal: AbortSignal.timeout(5000) });
    const readiness = await response.json();
    degraded = response.ok ? readiness.degraded : degraded;
    client.wake();
  } catch {
    client.doubt();
  }
  show();
}

async function loadPolicy() {
  try {
    policy = await read(here("../v1/policy"));
  } catch {
    return; // units are shown by their ids
  }
  area.length = 1;
  for (const name of policy.areas) area.append(new Option(name, name));
  area.value = call.area;
  show();
}

async function read(address) {
  const response = await fetch(address, { headers: bearer(key.current()) });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
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

keep(call); // its id outlives a reload
fill();
changed({ atOnce: true });
void loadPolicy();
void pulse();
