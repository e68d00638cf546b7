// @ts-check
// What the console says, in one place. Never "no weapon", "safe" or "sure" beside a response: a note can only say
// what somebody said.

export const CATEGORIES = {
  mental_health: "Mental health",
  trespass: "Trespass",
  welfare_check: "Welfare check",
  weapons_present: "Weapons",
};

export const HAZARDS = {
  weapon: "Weapon",
  violence: "Violence",
  suicide_imminent: "Suicide, imminent",
  overdose: "Overdose",
  medical: "Medical, life at risk",
  fire: "Fire, gas, explosion",
  hostage_barricade: "Hostage or barricade",
  child_danger: "Child in danger",
  traffic_danger: "Danger in traffic",
};

export const ACUITY = ["1 phone", "2 team", "3 urgent", "4 now"];

export const FACTS = {
  weapon: "Weapon",
  person: "Person",
  fight: "Fight",
  hurt: "Hurt",
  will_talk: "Will talk",
  means: "Means",
  domestic: "Domestic",
};

export const ANSWERS = {
  weapon: {
    present: "Weapon there",
    denied_first_hand: "None, caller sees it",
    denied_second_hand: "None, heard from others",
    unknown: "Not known",
  },
  person: {
    with_caller: "With the caller",
    in_sight: "In sight",
    elsewhere_known: "Elsewhere, place known",
    missing: "Missing",
  },
  fight: {
    going_on: "Going on",
    stopped_together: "Stopped, still together",
    apart: "Apart",
    none: "No fight",
  },
  hurt: { yes: "Yes", no: "No", unknown: "Not known" },
  will_talk: { yes: "Yes", no: "No" },
  means: { in_hand: "In hand", at_hand: "Within reach", away: "Away", none: "None" },
  domestic: { yes: "Yes", no: "No" },
};

const KINDS = {
  phone_clinician: "Clinician by phone",
  unarmed_team: "Unarmed team",
  co_response: "Clinician with police",
  police: "Police",
  ems: "EMS",
  fire: "Fire",
  call_taker: "Call taker",
};

const WEAPON = {
  present: "weapon: stated or possible",
  denied: "weapon: caller says none",
  historical: "weapon: only in the past or elsewhere",
  unknown: "weapon: asked, not answered",
  none: "weapon: not asked",
};

/**
 * Return the status words of a hit.
 *
 * @param {{hazard: string, status: string, source: string}} hit
 */
export function statusOfHit({ hazard, status, source }) {
  if (status === "possible") return hazard === "weapon" ? "MAY BE ARMED, not confirmed" : "POSSIBLE, not confirmed";
  return source === "answer" ? "ANSWERED" : "STATED";
}

/**
 * Return the words for a mention that raises nothing.
 *
 * @param {{status: string}} mention
 * @param {string | null} time of the entry that says so
 */
export function statusOfMention({ status }, time) {
  const words = {
    negated: "caller says none",
    historical: "in the past",
    unknown: "asked, not answered",
    corrected: "corrected",
  }[status];
  return words && time ? `${words} (${time})` : words;
}

/** @param {string} weapon @param {Record<string, string>} answers */
export function weaponLine(weapon, answers) {
  if (weapon === "unknown" && answers.weapon === "unknown") return "weapon: asked, caller does not know";
  return WEAPON[weapon];
}

/**
 * Return the short name of a unit: the policy's up to a comma, else one that can be read.
 *
 * @param {string} unit
 * @param {{units: {id: string, name: string}[]} | null} policy
 * @param {string | null} [kind]
 */
export function unitName(unit, policy, kind = null) {
  const known = policy?.units.find(({ id }) => id === unit);
  return known?.name.split(",")[0] ?? (kind && KINDS[kind]) ?? unit.replaceAll("_", " ");
}

/** What a policy says of a unit behind the name's first comma. */
export function unitNote(unit, policy) {
  const name = policy?.units.find(({ id }) => id === unit)?.name ?? "";
  return name.includes(",") ? name.slice(name.indexOf(",") + 1).trim() : "";
}

/** @param {{unit: string | null, available: boolean | null, instead: {unit: string, reason: string} | null}} response */
export function availability({ unit, available }) {
  if (!unit) return "";
  if (available === null) return "not known (time, area or hours)";
  return available ? "yes" : "no";
}

/**
 * Return a level as people see it: the policy's words, else the usual ones.
 *
 * @param {number} level
 * @param {{acuity: string[]} | null} policy
 */
export function acuityName(level, policy) {
  return policy?.acuity[level - 1] ?? ACUITY[level - 1];
}
