// @ts-check
// A line to the service: a WebSocket that is sent notes and says what was answered to which.

const TIMEOUT = 5000; // ms in which it must open, and in which something must come while an answer is due

/** The subprotocol; a key goes along as another one, since a page cannot set headers. */
const PROTOCOL = "heartline.live.1";

/**
 * @typedef {object} LineEvents
 * @property {() => void} opened
 * @property {(body: any, content: {suggestion?: any, problem?: any}) => void} answered
 * @property {(lasted: number | null) => void} closed how long it was open, in ms; null if it never was
 */

/**
 * Open a line. It sends what it is told, and ends once: `closed` is its last word.
 *
 * @param {URL} address of the WebSocket, as http: or https:
 * @param {string | null} key
 * @param {LineEvents} events
 */
export function openLine(address, key, events) {
  const url = new URL(address);
  url.protocol = url.protocol.replace("http", "ws");
  const socket = new WebSocket(url, key ? [PROTOCOL, `heartline.bearer.${key}`] : [PROTOCOL]);
  /** @type {Map<number, any>} */ const sent = new Map();
  /** @type {number | null} */ let openSince = null;
  let seq = 0;
  let ended = false;
  let alarm = setTimeout(drop, TIMEOUT);

  /** Send a note; an answer to one before it may still come. */
  function send(body) {
    seq += 1;
    if (!sent.size) watch();
    sent.set(seq, body);
    socket.send(JSON.stringify({ seq, request: body }));
  }

  /** Whether another note can be sent, or the one before still lies here. */
  function clear() {
    return socket.readyState === WebSocket.OPEN && socket.bufferedAmount === 0;
  }

  /** Hear no more answers to what was sent so far. */
  function forget() {
    sent.clear();
    clearTimeout(alarm);
  }

  /** End it: the service does not answer. */
  function drop() {
    if (ended) return;
    ended = true;
    clearTimeout(alarm);
    socket.close();
    events.closed(openSince === null ? null : performance.now() - openSince);
  }

  function watch() {
    clearTimeout(alarm);
    alarm = setTimeout(drop, TIMEOUT);
  }

  socket.addEventListener("open", () => {
    if (ended) return;
    clearTimeout(alarm);
    openSince = performance.now();
    events.opened();
  });
  socket.addEventListener("message", ({ data }) => {
    if (ended) return;
    const { seq: number, dropped, ...content } = JSON.parse(data);
    const body = sent.get(number);
    for (const one of [number, ...dropped]) sent.delete(one);
    if (sent.size) watch();
    else clearTimeout(alarm);
    if (body !== undefined) events.answered(body, content);
  });
  socket.addEventListener("close", drop);

  return { send, clear, forget, drop, isOpen: () => socket.readyState === WebSocket.OPEN };
}
