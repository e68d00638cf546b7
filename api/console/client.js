// @ts-check
// Talks to the service: the newest note is what counts, and it is sent again until it is answered. By a line that
// stays open; where none can be had, by a request for each note.

import { openLine } from "./line.js";

export const QUIET = 120; // ms without a key before a note is sent
export const LONGEST_WAIT = 400; // ms after which it is sent though typing goes on
const PATIENCE = 300; // ms without an answer after which the request on its way is no longer given up for a newer one
const TIMEOUT = 5000;
const CROWDED = 50; // ms between looks at whether the note before has left
const FIRST_RETRY = 500;
const LAST_RETRY = 8000; // while nothing answers
const LAST_RETRY_LIVE = 60_000; // while requests are answered and only the line is refused
const STABLE = 10_000; // ms after which a line counts as one that held

/**
 * @typedef {"connecting" | "live" | "requests" | "lost" | "failing"} Connection
 * connecting: not known yet; live: the line is open; requests: the line is refused, requests are answered;
 * lost: nothing answers; failing: the service answers that it cannot
 */

/**
 * @typedef {object} Events
 * @property {(body: any, suggestion: any) => void} answered
 * @property {(body: any, problem: any) => void} refused the service understood, and said no
 * @property {(body: any) => void} silent the service has read it, and shows nothing (shadow mode)
 * @property {(connection: Connection, detail: string) => void} connection
 */

/**
 * Return a client that holds one note at a time.
 *
 * @param {{live: URL, suggest: URL, ready: URL}} addresses
 * @param {{current: () => string | null}} key
 * @param {Events} events
 */
export function createClient(addresses, key, events) {
  /** @type {any} */ let newest = null;
  /** @type {any} */ let settled = null; // the note that was answered or refused last
  /** @type {any} */ let given = null; // the note that the line was given last
  /** @type {ReturnType<typeof openLine> | null} */ let line = null;
  /** @type {AbortController | null} */ let flight = null;
  /** @type {Connection} */ let connection = "connecting";
  let detail = ""; // of what the service says it cannot
  let typingSince = 0;
  let waitingSince = 0; // for an answer to any of the requests sent
  let failures = 0; // since a line held
  let timer = 0; // of the pause in typing
  let retry = 0; // of the line
  let resend = 0; // of a note that the service failed on

  /** Send this note once typing pauses, or at once. */
  function send(body, { atOnce = false } = {}) {
    newest = body;
    const now = performance.now();
    typingSince ||= now;
    const delay = atOnce ? 0 : Math.max(0, Math.min(QUIET, typingSince + LONGEST_WAIT - now));
    clearTimeout(timer);
    timer = setTimeout(launch, delay);
  }

  /** Forget the note. */
  function clear() {
    newest = settled = given = null;
    typingSince = waitingSince = 0;
    clearTimeout(timer);
    clearTimeout(resend);
    line?.forget();
    flight?.abort();
    flight = null;
  }

  /** Try again now instead of later. */
  function wake() {
    if (!retry || connection === "requests") return;
    clearTimeout(retry);
    retry = 0;
    connect();
  }

  /** Connect anew, with the key there is now. */
  function restart() {
    failures = 0;
    settled = given = null;
    if (line) line.drop();
    else wake();
  }

  /** Look whether the service still answers. */
  function doubt() {
    if (line?.isOpen()) line.drop();
    else if (connection === "requests") void ask();
  }

  function say(now, why = "") {
    if (connection === now && detail === why) return;
    [connection, detail] = [now, why];
    events.connection(now, why);
  }

  function connect() {
    if (line) return;
    try {
      line = lineNow();
    } catch {
      void ask(); // the browser has none, or will not send this key along
    }
  }

  function lineNow() {
    return openLine(addresses.live, key.current(), {
      opened() {
        say("live");
        given = null;
        launch();
      },
      answered(body, { suggestion, problem }) {
        failures = 0;
        if (problem && (problem.status >= 500 || problem.status === 429)) {
          say("failing", problem.detail);
          clearTimeout(resend);
          given = null;
          resend = setTimeout(launch, pause());
        } else settle(body, "live", suggestion, problem);
      },
      closed(lasted) {
        line = null;
        if (lasted !== null && lasted > STABLE) failures = 0;
        if (connection === "live") say("connecting");
        if (!flight) void ask();
      },
    });
  }

  /** Send the newest note, in whatever way there is. */
  function launch() {
    typingSince = 0;
    if (newest === null || newest === settled) return;
    if (line?.isOpen()) give();
    else if (!retry || connection === "requests") {
      if (connection === "connecting" && line) return; // sent when it opens
      const now = performance.now();
      waitingSince ||= now;
      if (flight && now - waitingSince > PATIENCE) return; // sent when that one has ended
      void ask();
    }
  }

  function give() {
    if (!line || newest === given) return;
    if (line.clear()) {
      given = newest;
      line.send(newest);
    } else timer = setTimeout(launch, CROWDED);
  }

  /** Ask by a request: for the newest note, or whether the service is there. */
  async function ask() {
    flight?.abort();
    const mine = new AbortController();
    flight = mine;
    const body = newest === settled ? null : newest;
    const alarm = setTimeout(() => mine.abort(), TIMEOUT);
    const outcome = body === null ? await ping(mine.signal) : await post(body, mine.signal);
    clearTimeout(alarm);
    if (flight !== mine) return; // a newer one took its place
    flight = null;
    waitingSince = 0;
    if (line?.isOpen()) return launch();
    if (outcome.connection !== "up") say(outcome.connection, outcome.problem?.detail);
    else if (body === null) say("requests");
    else settle(body, "requests", outcome.suggestion, outcome.problem);
    again();
    if (outcome.connection === "up" && newest !== body && !typingSince) launch();
  }

  function settle(body, by, suggestion, problem) {
    settled = body;
    say(by);
    if (problem) events.refused(body, problem);
    else if (suggestion) events.answered(body, suggestion);
    else events.silent(body);
  }

  /** Try to get a line a little later, and later each time. */
  function again() {
    if (line || retry) return;
    retry = setTimeout(() => {
      retry = 0;
      connect();
    }, pause());
  }

  function pause() {
    const longest = connection === "requests" ? LAST_RETRY_LIVE : LAST_RETRY;
    const length = Math.min(longest, FIRST_RETRY * 2 ** failures);
    failures += 1;
    return length;
  }

  async function ping(signal) {
    try {
      const response = await fetch(addresses.ready, { cache: "no-store", signal });
      return { connection: response.ok ? "up" : "failing" };
    } catch {
      return { connection: "lost" };
    }
  }

  async function post(body, signal) {
    try {
      const response = await fetch(addresses.suggest, {
        method: "POST",
        headers: { "Content-Type": "application/json", ...bearer(key.current()) },
        body: JSON.stringify(body),
        cache: "no-store",
        signal,
      });
      if (response.status === 204) return { connection: "up" };
      const content = await response.json();
      if (response.ok) return { connection: "up", suggestion: content };
      const failing = response.status >= 500 || response.status === 429;
      return { connection: failing ? "failing" : "up", problem: content };
    } catch {
      return { connection: "lost" };
    }
  }

  connect();
  return { send, clear, wake, restart, doubt };
}

/**
 * Return the header that carries a key.
 *
 * @param {string | null} key
 */
export function bearer(key) {
  return key ? { Authorization: `Bearer ${key}` } : {};
}
