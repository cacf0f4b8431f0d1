// Compare result.json with what follows from the archives, and say who is elected.

import { hashHex } from "./numbers.mjs";
import { addedUp, differences, electedOf, follows } from "./result.mjs";
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

/** Who is elected. Without the registered definition, or where an archive has a fault of its own, nothing follows, and nothing is said. */
export function checkResult(files, register, index, reports, lot, { fail, tell }) {
  const given = index.batches.map((one) => reports.get(one.name));
  const definition = attempt(files.get("definition.json"), DEFINITION);
  if (!definition || hashHex(files.get("definition.json")) !== register.content.definition) return [];
  if (!given.every((one) => one?.proven && one.sums)) return [];
  const said = attempt(files.get(NAME), anything);
  const seeds = definition.contests.map((_, i) => (said?.contests?.[i]?.allocation?.parameters?.seed === "" ? "" : lot));
  const ballots = given.reduce((all, one) => all + one.ballots, 0);
  const right = follows(definition, register.content, { ...index, ballots }, addedUp(given), seeds);
  if (right === null) {
    fail("result-differs", "definition.json", "the archives are of other contests, or the rule of seats is unknown");
    return [];
  }
  // The register shows which branches have no terminal, and not that each of them votes on paper.
  if (Number.isInteger(said?.on_paper) && said.on_paper >= 0) right.on_paper = Math.min(right.on_paper, said.on_paper);
  if (files.has(NAME) && said !== undefined) for (const what of differences(said, right)) fail("result-differs", NAME, what);
  tell("result-missing", NAME, "there is no result", !index.interim && !files.has(NAME) ? 1 : 0);
  tell("result-unread", NAME, "other files that state a result", [...files.keys()].filter((name) => UNREAD.test(name)).length);
  return electedOf(right);
}
