// @ts-check
// The key by which the service knows who asks, where it asks for one: typed once, kept for this tab only.

const PLACE = "heartline.key";

/**
 * Return the key, and the form that asks for it.
 *
 * @param {HTMLFormElement} form
 * @param {() => void} given
 */
export function createKey(form, given) {
  const field = /** @type {HTMLInputElement} */ (form.querySelector("input"));
  /** @type {string | null} */ let key = restored();

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    key = field.value.trim() || null;
    field.value = "";
    form.hidden = true;
    try {
      sessionStorage.setItem(PLACE, key ?? "");
    } catch {
      // storage is switched off or full: it has to be typed again after a reload
    }
    given();
  });

  /** Show the form where a key is asked for. */
  function ask(asked) {
    if (form.hidden !== asked) return;
    form.hidden = !asked;
  }

  return { current: () => key, ask };
}

function restored() {
  try {
    return sessionStorage.getItem(PLACE) || null;
  } catch {
    return null;
  }
}
