// What result.json has to say: figures, seats, persons and sentences that follow from verified archives.

import { rulesOf, isKnown, allocate, NotAllocated, outcomes, readings, INDEPENDENTS } from "./seats.mjs";
import { exactly, plain, said, sentence } from "./sentences.mjs";

/** Of members, figures and sentences: another wording of a sentence is another version. */
const FORM = { format: "amin-result", version: 1 };
const SLOT = 30;
const NAMED = 20;
const LONGEST = 60;
const IRREGULAR = "irregular";

/** The sums of all archives, a question after the other; rows that are no vote by their integers beside them. */
export function addedUp(reports) {
  const questions = reports[0].sums.map((one) => (Array.isArray(one) ? one.map(() => 0) : { rows: new Map(), crooked: new Map() }));
  const add = (into, key, count) => into.set(key, (into.get(key) ?? 0) + count);
  for (const { sums, crooked } of reports) {
    sums.forEach((one, i) => {
      if (Array.isArray(one)) one.forEach((count, k) => (questions[i][k] += count));
      else {
        for (const [code, rows] of Object.entries(one)) if (code !== IRREGULAR) add(questions[i].rows, code, rows);
        for (const [integers, rows] of Object.entries(crooked[i] ?? {})) add(questions[i].crooked, integers, rows);
      }
    });
  }
  return questions;
}

/** The integers of a slot that is read as a number. */
function integersOf(code) {
  const integers = Array(SLOT).fill(0);
  for (let value = BigInt(code), at = SLOT - 1; value > 0n; value >>= 8n, at--) integers[at] = Number(value & 255n);
  return integers;
}

const inOrder = (a, b) => {
  const at = a.findIndex((one, i) => one !== b[i]);
  return at < 0 ? 0 : a[at] - b[at];
};

/** Votes by code, and what is none, of one contest. */
function votesOf(contest, questions, ballots) {
  const people = contest.candidates.map((one) => Number(one.code));
  if (contest.form !== "slots") {
    const [blanks, ...counts] = questions[0];
    const chosen = counts.reduce((all, one) => all + one, 0);
    return { byCode: new Map(people.map((code, i) => [code, counts[i]])), blanks, unused: contest.max_selections * (ballots - blanks) - chosen, invalid: [] };
  }
  const rows = new Map();
  const crooked = new Map();
  for (const one of questions) {
    for (const [code, count] of one.rows) rows.set(code, (rows.get(code) ?? 0) + count);
    for (const [integers, count] of one.crooked) crooked.set(integers, (crooked.get(integers) ?? 0) + count);
  }
  const blank = Number(contest.blank_code);
  const known = new Set([0, blank, ...people, ...contest.lists.map((one) => Number(one.code))].map(String));
  const invalid = [...rows].filter(([code]) => !known.has(code)).map(([code, count]) => ({ integers: integersOf(code), rows: count, irregular: false }));
  const irregular = [...crooked].map(([integers, count]) => ({ integers: JSON.parse(`[${integers}]`), rows: count, irregular: true }));
  const sorted = (list) => list.sort((a, b) => inOrder(a.integers, b.integers));
  const byCode = new Map([...rows].filter(([code]) => known.has(code)).map(([code, count]) => [Number(code), count]));
  return { byCode, blanks: byCode.get(blank) ?? 0, unused: byCode.get(0) ?? 0, invalid: [...sorted(invalid), ...sorted(irregular)] };
}

function brokenBounds(contest, votes, ballots, shown) {
  const of = (code) => votes.byCode.get(Number(code)) ?? 0;
  const broken = [...contest.candidates, ...contest.lists].filter(({ code }) => of(code) > ballots)
    .map(({ code }) => sentence("code {code} occurs {times} times in {ballots} ballots", { code: shown(code), times: of(code), ballots }));
  const lists = contest.lists.reduce((all, { code }) => all + of(code), 0);
  const { blanks, unused } = votes;
  if (lists + blanks > ballots) broken.push(sentence("{lists} list votes and {blanks} blanks in {ballots} ballots", { lists, blanks, ballots }));
  if (contest.form === "slots") {
    const invalid = votes.invalid.reduce((all, one) => all + one.rows, 0);
    const rows = contest.candidates.reduce((all, { code }) => all + of(code), 0) + lists + blanks + unused + invalid;
    const most = contest.max_selections;
    if (rows !== most * ballots) broken.push(sentence("{rows} rows in place of {most} times {ballots}", { rows, most, ballots }));
    if (unused + invalid < (most - 1) * (lists + blanks)) {
      broken.push(sentence("{empty} empty slots are too few for {lists} list votes and {blanks} blanks", { empty: unused, lists, blanks }));
    }
  } else if (unused < 0) broken.push(sentence("more selections than the ballots have"));
  return broken;
}

function contestFollows(contest, questions, ballots, rule, seed) {
  const shown = (code) => String(Number(code)).padStart(contest.blank_code.length, "0");
  const votes = votesOf(contest, questions, ballots);
  const of = (code) => votes.byCode.get(Number(code)) ?? 0;
  const candidates = contest.candidates.map(({ code, name, list }) => {
    const [individual, byList] = [of(code), list === null ? 0 : of(list)];
    return { code: shown(code), name, list: list === null ? null : shown(list), individual, by_list: byList, total: individual + byList };
  });
  const lists = contest.lists.map(({ code, name }) => ({
    code: shown(code), name, ballots: of(code), total: candidates.reduce((all, one) => all + (one.list === shown(code) ? one.total : 0), 0),
  }));
  const bounds = brokenBounds(contest, votes, ballots, shown);
  const members = (list) => candidates.filter((one) => one.list === list).map((one) => ({ code: Number(one.code), name: one.name, votes: one.total }));
  const groups = lists.map(({ code, name }) => ({ key: code, name, members: members(code) }));
  const pool = members(null);
  if (pool.length) groups.push({ key: INDEPENDENTS, name: sentence("Independents"), members: pool });
  return {
    sound: !bounds.length,
    content: {
      id: contest.id, title: contest.title, seats: contest.seats, max_selections: contest.max_selections,
      valid_votes: candidates.reduce((all, one) => all + one.total, 0), blanks: votes.blanks, unused: votes.unused,
      independents: pool.reduce((all, one) => all + one.votes, 0), lists, candidates, invalid: votes.invalid, broken_bounds: bounds.map(said),
      ...allocationFollows({ groups, ballots: ballots - votes.blanks, selections: contest.max_selections }, rulesOf(rule, contest.seats, seed), shown),
    },
  };
}

function allocationFollows(votes, rules, shown) {
  let given;
  try {
    given = allocate(votes, rules);
  } catch (error) {
    if (!(error instanceof NotAllocated)) throw error;
    return { allocation: null, why_none: said(error.said), readings: [], outcomes: [] };
  }
  const people = (list) => list.map((one) => ({ code: shown(one.code), name: one.name, votes: one.votes }));
  const groups = given.groups.map((one) => ({
    key: one.key, name: plain(one.name), votes: one.votes, quota: exactly(one.quota), seats: one.seats, elected: people(one.elected), reserves: people(one.reserves),
  }));
  const vacant = rules.seats - given.groups.reduce((all, one) => all + one.seats, 0);
  return {
    allocation: { parameters: rules, vacant, groups, steps: given.steps.map(said) }, why_none: null,
    readings: readings(votes, rules, given), outcomes: outcomes(votes, rules, given),
  };
}

const summed = (counts) => [...counts.values()].reduce((all, one) => all + one, 0);

/** Whether a question has the answers of a contest: a row for each ballot, or blanks and the votes of each candidate. */
const isOf = (contest, ballots) => (question) => (contest.form === "slots" ? !Array.isArray(question) && summed(question.rows) + summed(question.crooked) === ballots
  : Array.isArray(question) && question.length === contest.candidates.length + 1);

/** The questions of each contest, in the definition's order; null where they are of other contests. */
function questionsOf(contests, questions, ballots) {
  const rest = [...questions];
  const widths = contests.map((one) => (one.form === "slots" ? one.max_selections : 1));
  const found = widths.map((width) => rest.splice(0, width));
  const isWhole = !rest.length && found.every((one, i) => one.length === widths[i] && one.every(isOf(contests[i], ballots)));
  return isWhole ? found : null;
}

/** The whole of what follows, or null where the rule of seats is unknown or the archives are of other contests. `seeds`: by contest. */
export function follows(definition, register, index, questions, seeds) {
  const { seats: rule, groups, devices } = register;
  const own = isKnown(rule) ? questionsOf(definition.contests, questions, index.ballots) : null;
  if (own === null) return null;
  const branches = groups.flat();
  const voting = new Set(devices.filter((one) => one.role === "ballot-terminal").map((one) => one.branch));
  const contests = definition.contests.map((one, i) => contestFollows(one, own[i], index.ballots, rule, seeds[i]));
  return {
    ...FORM, uuid: definition.uuid, name: definition.name, fingerprint: index.fingerprint, ballots: index.ballots,
    interim: index.interim ? { counted: index.batches.reduce((all, one) => all + one.branches.length, 0), branches: branches.length } : null,
    on_paper: branches.filter((one) => !voting.has(one)).length, sound: contests.every((one) => one.sound), contests: contests.map((one) => one.content),
  };
}

/** Whether a published result has a version that this page does not know yet. */
export const isNewer = (said) => said?.format === FORM.format && Number.isInteger(said.version) && said.version > FORM.version;

/** Who is elected by what follows. */
export const electedOf = (result) => (result.interim ? [] : result.contests.flatMap((contest) => (contest.allocation?.groups ?? [])
  .flatMap((group) => group.elected.map((one) => ({ contest: contest.id, code: one.code, name: one.name, votes: one.votes })))));

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
function show(value) {
  const text = value === undefined ? "-" : JSON.stringify(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}

/** Wherever two values differ: `[place, said, what follows]`; the order of members is free. */
function* differing(place, given, right) {
  if (isObject(given) && isObject(right)) {
    for (const name of new Set([...Object.keys(right), ...Object.keys(given)])) yield* differing(place ? `${place}.${name}` : name, memberOf(given, name), memberOf(right, name));
  } else if (Array.isArray(given) && Array.isArray(right)) {
    for (let i = 0; i < Math.max(given.length, right.length); i++) yield* differing(`${place}[${i}]`, given[i], right[i]);
  } else if (given !== right) yield [place || ".", show(given), show(right)];
}

const memberOf = (value, name) => (Object.hasOwn(value, name) ? value[name] : undefined);

/** What a published result says otherwise, in words. */
export function* differences(given, right) {
  let count = 0;
  for (const [place, is, wanted] of differing("", given, right)) {
    if (count++ === NAMED) return yield "and more";
    yield `${place}: ${is} in place of ${wanted}`;
  }
}
