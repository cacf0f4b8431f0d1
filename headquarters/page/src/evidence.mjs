// With which evidence voters were admitted: sums over the stations of a batch, never over fewer voters than a batch has ballots.

import { Misshapen, decodeText, list, object, readJson, text, whole } from "./shapes.mjs";

const CHECKS = ["passed", "not-done", "exempted", "no-chip"];
const CODES = new Map(Object.entries({
  document: ["chip-card", "chip-passport", "national-card", "birth-certificate", "driving-licence", "passport", "service-card"],
  access: ["open", "pace", "bac", "bac-instead", "no-chip"],
  signature: CHECKS, state: CHECKS, revocation: CHECKS, period: CHECKS, zone: CHECKS,
  chip: ["both-proofs", "chip-authentication", "active-authentication", "no-proof", "exempted", "chip-dead", "no-chip"],
  holder: ["finger-on-card", "finger-module", "override", "document-check"],
  roll: ["fits", "not-compared", "silent", "not-asked"],
  given: ["ordinary", "provisional-no-answer", "provisional-document", "provisional-after-document"],
}));
const DIMENSIONS = [...CODES.keys()];
const EVIDENCE = object({ format: text, version: whole, sums: list(object({ dimension: text, code: text, number: whole })) });

/** Voters by dimension. Throws Misshapen for another form, code or order. */
function read(bytes) {
  const file = readJson(decodeText(bytes), EVIDENCE, () => {});
  if (file.format !== "amin-evidence" || file.version !== 1) throw new Misshapen("another format or version");
  const voters = new Map(DIMENSIONS.map((one) => [one, 0]));
  let before = null;
  for (const { dimension, code, number } of file.sums) {
    if (!CODES.get(dimension)?.includes(code) || number < 1) throw new Misshapen("no sum of evidence");
    const place = [DIMENSIONS.indexOf(dimension), code];
    if (before && !(before[0] < place[0] || (before[0] === place[0] && before[1] < code))) throw new Misshapen("not in their order");
    before = place;
    voters.set(dimension, voters.get(dimension) + number);
  }
  return voters;
}

/** The sums of a batch (`bytes` of evidence.json) beside what its stations `issued`. */
export function checkEvidence(bytes, minimum, issued, batch, { fail, tell }) {
  let voters;
  try {
    voters = read(bytes);
  } catch (error) {
    if (!(error instanceof Misshapen)) throw error;
    return fail("evidence-format", batch, error.message);
  }
  if ([...voters.values()].some((one) => one < minimum)) return fail("evidence-minimum", batch, "of fewer voters than a batch has ballots");
  const differs = Math.max(...[...voters.values()].map((one) => Math.abs(one - issued)));
  if (differs) tell("evidence-differs", batch, "evidence of more or fewer voters than authorizations", differs);
}
