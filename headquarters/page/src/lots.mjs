// The recorded values of lots, and whether seats and decisions kept to them and to the register.

import { Refused } from "./envelope.mjs";
import { hashHex } from "./numbers.mjs";
import { openLot } from "./office-lists.mjs";
import { isNewer } from "./result.mjs";
import { RULES, isKnown, rulesOf } from "./seats.mjs";
import { Misshapen, anything, list, orNull, positive, readDocument, text, whole } from "./shapes.mjs";

const NAMES = { seats: "lot-seats.json", decisions: "lot-decisions.json" };

/** The two lots beside an index: `{seats, decisions}`, each the value with its file's SHA-256, or null. `after`: what each was recorded after. */
export function readLots(files, register, after, fail) {
  const found = {};
  for (const [kind, name] of Object.entries(NAMES)) {
    found[kind] = null;
    if (!files.has(name)) continue;
    try {
      const said = openLot(register, files.get(name), kind);
      if (said.after !== after[kind]) throw new Refused("after", "it was recorded for something else");
      found[kind] = { value: said.value, hash: hashHex(files.get(name)) };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      fail(`lot-${error.reason}`, name, error.message);
      found[kind] = { value: undefined, hash: null };
    }
  }
  return found;
}

/** An object that has these members, and others. */
const having = (shapes) => (value) => {
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw new Misshapen("an object is missing");
  return Object.fromEntries(Object.entries(shapes).map(([key, shape]) => [key, shape(value[key])]));
};
const LANGUAGE = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;
/** A text in several languages, the Persian among them. */
const named = (value) => {
  const read = having({ fa: text })(value);
  if (!Object.entries(value).every(([key, one]) => LANGUAGE.test(key) && typeof one === "string")) throw new Misshapen("a text in languages is missing");
  return read && value;
};
const code = (value) => (/^[0-9]{1,5}$/.test(text(value)) ? value : text(null));
const integer = (value) => (Number.isSafeInteger(value) ? value : whole(value));
const CONTEST = { id: text, seats: integer, candidates: list(having({ code, name: named, list: orNull(text) })) };
const COUNTED = having({ code, name: named, list: orNull(text), total: whole });
const PARAMETERS = (value) => {
  const read = having({ seats: integer, seed: text })(value);
  if (!Object.keys(value).every((key) => key in read || key in RULES)) throw new Misshapen("a rule that is none");
  return read;
};
const RESULT = having({
  ballots: whole,
  contests: list(having({
    ...CONTEST, title: named, max_selections: positive, blanks: whole, lists: list(having({ code: text, name: named })), candidates: list(COUNTED),
    allocation: (value) => (value === undefined ? null : orNull(having({ parameters: PARAMETERS }))(value)),
  })),
});
const DEFINITION = having({ contests: list(having(CONTEST)) });

const attempt = (data, shape) => {
  try {
    return readDocument(data ?? new Uint8Array(0), shape);
  } catch (error) {
    if (error instanceof Misshapen) return null;
    throw error;
  }
};

const sorted = (value) => (value && typeof value === "object" ? Object.entries(value).sort() : value);
/** What a contest says of its candidates, by their codes. */
const byCode = (contest, member) => JSON.stringify(contest.candidates.map((one) => [one.code, sorted(one[member])]).sort(([a], [b]) => (a < b ? -1 : 1)));

/** The seats in result.json, which is refused in a version that is not known here: by the registered rules, with the recorded value, and with lists and names of the definition. */
export function checkSeats(files, register, lot, fail) {
  const name = "result.json";
  if (!files.has(name)) return;
  const raw = attempt(files.get(name), anything);
  if (isNewer(raw)) return fail("result-newer", name, "a version that is not known here");
  const result = attempt(files.get(name), RESULT);
  const definition = attempt(files.get("definition.json"), DEFINITION);
  const contests = new Map((definition?.contests ?? []).map((one) => [one.id, one]));
  const same = result && definition && result.contests.length === contests.size && result.contests.every((one) => contests.has(one.id));
  if (!same) return fail("register-seats", name, "it cannot be read, or is of other contests");
  const rule = register.content.seats;
  const rules = rulesOf(rule);
  const drawn = raw.contests.map((one) => one.allocation?.parameters).filter(Boolean);
  const kept = drawn.every((one) => isKnown(rule) && Object.keys(RULES).every((key) => (one[key] ?? RULES[key]) === rules[key]));
  const placed = result.contests.every((one) => one.seats === contests.get(one.id).seats
    && one.candidates.every((each) => contests.get(one.id).candidates.every((known) => known.code !== each.code || known.list === each.list)));
  if (!kept || !placed) fail("register-seats", name, "other rules than the registered ones");
  // Of a lot that does not hold that was said already.
  const isRefused = lot !== null && lot.value === undefined;
  if (!isRefused && drawn.some((one) => one.seed !== "" && one.seed !== (lot?.value ?? null))) fail("lot-result", name, "another value than the recorded one");
  if (result.contests.some((one) => byCode(one, "name") !== byCode(contests.get(one.id), "name"))) fail("register-definition", name, "other names than the registered ones");
}
