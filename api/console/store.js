// @ts-check
// What was typed outlives a reload: kept for this tab only, gone when it is closed.

const KEY = "heartline.call";

/** @typedef {{id: string, note: string, at: string, area: string, callType: string, answers: Record<string, string>, cleared: string[]}} Call */

/** @returns {Call} */
export function emptyCall() {
  return { id: newId(), note: "", at: "", area: "", callType: "", answers: {}, cleared: [] };
}

/** @returns {Call} */
export function restore() {
  try {
    return { ...emptyCall(), ...JSON.parse(sessionStorage.getItem(KEY) ?? "{}") };
  } catch {
    return emptyCall(); // storage is switched off or full: the page works without
  }
}

/** What links the suggestions for one call in the record. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  return `console-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** @param {Call} call */
export function keep(call) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(call));
  } catch {
    // as above
  }
}
