// Compare result.json with what follows from the archives, and say who is elected.

import { hashHex } from "./numbers.mjs";
import { addedUp, differences, electedOf, follows, isNewer } from "./result.mjs";
import { Misshapen, among, anything, hash, list, members, orNull, positive, readDocument, text, whole } from "./shapes.mjs";

const NAME = "result.json";
const UNREAD = /^(result\.[^/]*\.txt|seats(-[^/]*)?\/[^/]+)$/;
const code = (value) => (/^[0-9]{1,5}$/.test(text(value)) ? value : hash(value));
const CONTEST = members({
  id: text, title: anything, seats: whole, max_selections: positive, form: among("slots", "choice"), blank_code: code,
  lists: list(members({ code, name: anything, members: list(code) })), candidates: list(members({ code, name: anything, list: orNull(code) })),
});
const DEFINITION = members({ uuid: text, name: anything, day: text, contests: list(CONTEST) });

const attempt = (data, shape) => {
  try {
    return readDocument(data ?? new Uint8Array(0), shape);
  } catch (error) {
    if (error instanceof Misshapen) return undefined;
    throw error;
  }
};

/** What can be wrong with the file alone; another definition is asked for by itself. */
const OF_RESULT = ["register-seats", "register-definition", "lot-result", "result-newer"];

/**
 * Who is elected. Without the registered definition, or where anything but the file itself is wrong (`findings`, or an archive's), nothing
 * follows, and nothing is said: whoever lays other archives beside an index must not have their winner said.
 */
export function checkResult(files, register, index, reports, lot, { findings, fail, tell }) {
  const given = index.batches.map((one) => reports.get(one.name));
  const definition = attempt(files.get("definition.json"), DEFINITION);
  if (!definition || hashHex(files.get("definition.json")) !== register.content.definition) return [];
  if (!given.length || findings.some((one) => !OF_RESULT.includes(one.reason))) return [];
  if (!given.every((one) => one?.sums) || [...reports.values()].some((one) => one.faults !== 0)) return [];
  const found = attempt(files.get(NAME), anything);
  const said = isNewer(found) ? undefined : found;
  const seeds = definition.contests.map((_, i) => (said?.contests?.[i]?.allocation?.parameters?.seed === "" ? "" : lot));
  const ballots = given.reduce((all, one) => all + one.ballots, 0);
  const following = (values) => follows(definition, register.content, { ...index, ballots }, addedUp(given), values);
  const right = following(seeds);
  if (right === null) {
    fail("result-differs", "definition.json", "the archives are of other contests, or the rule of seats is unknown");
    return [];
  }
  // The register shows which branches have no terminal, and not that each of them votes on paper.
  if (Number.isInteger(said?.on_paper) && said.on_paper >= 0) right.on_paper = Math.min(right.on_paper, said.on_paper);
  if (files.has(NAME) && said !== undefined) for (const what of differences(said, right)) fail("result-differs", NAME, what);
  tell("result-missing", NAME, "there is no result", !index.interim && !files.has(NAME) ? 1 : 0);
  tell("result-unread", NAME, "other files that state a result", [...files.keys()].filter((name) => UNREAD.test(name)).length);
  // Nobody signs the file: it must not decide whether a lot is drawn for who is elected.
  return electedOf(following(definition.contests.map(() => lot)));
}
