// @ts-check
// Talks to the service: the newest note is what counts, and it is sent again until it is answered.

export const QUIET = 120; // ms without a key before a note is sent
export const LONGEST_WAIT = 400; // ms after which it is sent though typing goes on
const PATIENCE = 300; // ms without an answer after which the request on its way is no longer given up for a newer one
const TIMEOUT = 5000;
const FIRST_RETRY = 500;
const LAST_RETRY = 8000;

/**
 * @typedef {object} Events
 * @property {(body: any, suggestion: any) => void} answered
 * @property {(body: any, problem: any) => void} refused the service understood, and said no
 * @property {(connection: "up" | "lost" | "failing") => void} connection
 */

/**
 * Return a client that holds one note at a time.
 *
 * @param {URL} endpoint
 * @param {Events} events
 */
export function createClient(endpoint, events) {
  /** @type {any} */ let newest = null;
  /** @type {AbortController | null} */ let flight = null;
  let typingSince = 0;
  let waitingSince = 0; // for an answer to any of the notes sent
  let failures = 0;
  let timer = 0; // of the pause in typing
  let retry = 0;

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
    newest = null;
    typingSince = 0;
    clearTimeout(timer);
    clearTimeout(retry);
    retry = 0;
    flight?.abort();
    flight = null;
  }

  /** Try again now instead of later. */
  function wake() {
    if (!retry) return;
    clearTimeout(retry);
    retry = 0;
    launch();
  }

  function launch() {
    typingSince = 0;
    if (newest === null || retry) return;
    const now = performance.now();
    waitingSince ||= now;
    if (flight && now - waitingSince > PATIENCE) return; // sent when that one has ended
    flight?.abort();
    void fly(newest);
  }

  async function fly(body) {
    const mine = new AbortController();
    flight = mine;
    const alarm = setTimeout(() => mine.abort(), TIMEOUT);
    const outcome = await post(endpoint, body, mine.signal);
    clearTimeout(alarm);
    if (flight !== mine) return; // a newer one took its place
    flight = null;
    waitingSince = 0;
    if (outcome.connection === "up") {
      failures = 0;
      events.connection("up");
      if (outcome.suggestion) events.answered(body, outcome.suggestion);
      else events.refused(body, outcome.problem);
      if (newest !== body && !typingSince) launch();
      return;
    }
    events.connection(outcome.connection);
    retry = setTimeout(() => {
      retry = 0;
      launch();
    }, Math.min(LAST_RETRY, FIRST_RETRY * 2 ** failures));
    failures += 1;
  }

  return { send, clear, wake };
}

async function post(endpoint, body, signal) {
  try {
    const response = await fetch(endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      cache: "no-store",
      signal,
    });
    const content = await response.json();
    if (response.ok) return { connection: "up", suggestion: content };
    return { connection: response.status >= 500 ? "failing" : "up", problem: content };
  } catch {
    return { connection: "lost" };
  }
}
