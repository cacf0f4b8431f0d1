// The recorded values of lots, and whether seats and decisions kept to them and to the register.

import { Refused } from "./envelope.mjs";
import { hashHex } from "./numbers.mjs";
import { openLot } from "./office-lists.mjs";
import { Misshapen, anything, list, orNull, readDocument, text } from "./shapes.mjs";

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
const NAMED = having({ code: text, name: anything });
const CONTEST = { id: text, candidates: list(NAMED) };
const RESULT = having({
  contests: list(having({ ...CONTEST, allocation: orNull(having({ parameters: having({ seed: text, denominator: anything, remainder_seats: anything }) })) })),
});
const DEFINITION = having({ contests: list(having(CONTEST)) });

/** The seats in result.json: drawn by the registered rules, with the recorded value, and with the names of the definition. */
export function checkSeats(files, register, lot, fail) {
  const data = files.get("result.json");
  if (data === undefined) return 0;
  const name = "result.json";
  let result;
  let definition;
  try {
    result = readDocument(data, RESULT);
  } catch (error) {
    if (!(error instanceof Misshapen)) throw error;
    return fail("register-seats", name, error.message), 0;
  }
  try {
    definition = readDocument(files.get("definition.json") ?? new Uint8Array(0), DEFINITION);
  } catch (error) {
    if (!(error instanceof Misshapen)) throw error;
    definition = null;
  }
  const drawn = result.contests.map((one) => one.allocation?.parameters).filter(Boolean);
  const rules = register.content.seats;
  if (drawn.some((one) => (one.denominator ?? "candidate-votes") !== rules.denominator
    || (one.remainder_seats ?? "largest-remainder") !== rules.remainder)) {
    fail("register-seats", name, "other rules than the registered ones");
  }
  if (drawn.some((one) => one.seed !== "" && one.seed !== (lot?.value ?? null))) fail("lot-result", name, "another value than the recorded one");
  const names = (contests) => JSON.stringify(contests.map((one) => [one.id, one.candidates.map((each) => [each.code, sorted(each.name)])]));
  if (definition && names(definition.contests) !== names(result.contests)) fail("register-definition", name, "other names than the registered ones");
  return drawn.length;
}

const sorted = (value) => (value && typeof value === "object" ? Object.entries(value).sort() : value);
