// Votes of groups become seats of groups, and seats go to persons: by docs/seats.md, under any reading of the law.

import { hashHex } from "./numbers.mjs";
import { exact, floor, fraction, items, less, minus, names, plus, plural, sentence, share } from "./sentences.mjs";

export const INDEPENDENTS = "independents";

/** The answers to each question, the first one the default; in the order in which readings are listed. */
const ANSWERS = {
  denominator: ["candidate-votes", "ballots"],
  quota_rounding: ["down", "half-up", "half-down"],
  remainder_seats: ["largest-remainder", "largest-share", "highest-average"],
  overallocation: ["smallest-remainder", "smallest-share"],
  surplus: ["left-overs", "share-again"],
  independents: ["pool", "each"],
};
const RESERVES = ["half-up", "up", "down"];
const NAMES = { remainder_seats: "left_overs", overallocation: "over_sum" };

/** Nobody can be elected; `said` is the sentence. */
export class NotAllocated extends Error {
  constructor(said) {
    super(said.source);
    this.said = said;
  }
}

/** The rules that the law leaves open, as an election has them unless the register says otherwise. */
export const RULES = {
  denominator: "candidate-votes", remainder_seats: "largest-remainder", reserve_share: "13/25", reserve_rounding: "half-up", method: "quota", quota_rule: "hare",
  quota_rounding: "down", overallocation: "smallest-remainder", surplus: "left-overs", independents: "pool", threshold: "0",
};
/** The rules that a registered rule stands for. */
export const rulesOf = ({ denominator, remainder }, seats, seed) => ({ seats, seed, ...RULES, denominator, remainder_seats: remainder });
export const isKnown = ({ denominator, remainder }) => ANSWERS.denominator.includes(denominator) && ANSWERS.remainder_seats.includes(remainder);

const RESERVE_SHARE = fraction(13n, 25n);
const HALF = fraction(1n, 2n);
const votesOf = (group) => group.members.reduce((all, one) => all + one.votes, 0);
const whole = (value) => fraction(BigInt(value));
const seatsSaid = (count) => plural("{count} seat", "{count} seats", count);
const votesSaid = (count) => plural("{count} vote", "{count} votes", count);
const byCode = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** Order equals by lot; `equals`: by key, `{key, name}`. */
function drawn(steps, about, context, seed, equals, chosen) {
  if (!seed) {
    throw new NotAllocated(sentence("{number} are equal, and the lot decides between them; its public value is not recorded yet: amin election lot (or give it with --seed)",
      { number: equals.length }));
  }
  const tickets = equals.map((one) => [hashHex(`${seed}|${context}|${one.key}`), one]);
  const order = tickets.sort(([a, one], [b, other]) => byCode(a, b) || byCode(one.key, other.key)).map(([, one]) => one);
  const called = order.map((one) => one.name);
  const [winners, others] = [called.slice(0, chosen), called.slice(chosen)];
  const said = winners.length && others.length ? sentence("{winners} before {others}", { winners: names(winners), others: names(others) })
    : sentence("the order is: {names}", { names: names(called) });
  steps.push(sentence("{about}: {number} are equal. By lot ({context}) {order}.", { about, number: order.length, context, order: said }));
  return order;
}

function groupsInOrder(votes, rules) {
  const groups = votes.groups.flatMap((group) => (group.key === INDEPENDENTS && rules.independents === "each"
    ? group.members.map((one) => ({ key: `${INDEPENDENTS}-${one.code}`, name: one.name, members: [one] })) : [group]));
  return groups.map((group) => ({ ...group, votes: votesOf(group), room: group.members.length }))
    .sort((a, b) => b.votes - a.votes || byCode(a.key, b.key));
}

const denominatorOf = (votes, rules) => (rules.denominator === "ballots" ? votes.ballots * votes.selections : votes.groups.reduce((all, group) => all + votesOf(group), 0));

function check(votes, rules) {
  const total = votes.groups.reduce((all, group) => all + votesOf(group), 0);
  if (rules.seats < 1) throw new NotAllocated(sentence("there are no seats to allocate; check the contest's definition"));
  if (total === 0) throw new NotAllocated(sentence("there are no valid votes, so nobody is elected"));
  if (total > votes.ballots * votes.selections) throw new NotAllocated(sentence("there are more votes than the ballots allow; check the count"));
}

/** Changes while seats are given. */
class Apportionment {
  constructor(contenders, denominator, rules, steps) {
    Object.assign(this, { contenders, denominator, rules, steps, quotas: new Map() });
    this.seats = new Map(contenders.map((one) => [one.key, 0]));
  }

  get left() {
    return this.rules.seats - [...this.seats.values()].reduce((all, one) => all + one, 0);
  }

  run() {
    const { rules, steps, seats } = this;
    const aside = rules.surplus === "share-again";
    let sharing = this.contenders;
    let votes = this.denominator;
    let left = rules.seats;
    while (sharing.length && left > 0) {
      const full = sharing.filter((one) => this.due(one, votes, left) > one.room);
      for (const one of full) this.saidFull(one, aside);
      for (const one of sharing) seats.set(one.key, Math.min(this.given.get(one.key), one.room));
      if (!aside || !full.length) break;
      sharing = sharing.filter((one) => !full.includes(one));
      for (const one of sharing) seats.set(one.key, 0);
      for (const one of full) {
        left -= one.room;
        votes -= one.votes;
      }
      if (sharing.length && left > 0) {
        steps.push(plural("{count} seat is shared again by the other groups' {votes}.", "{count} seats are shared again by the other groups' {votes}.", left, { votes: votesSaid(votes) }));
      }
    }
    this.saidSum();
    this.takeBack();
    this.giveRest();
    if (this.left > 0) {
      steps.push(plural("{count} seat stays vacant: groups that have votes have no more candidates.",
        "{count} seats stay vacant: groups that have votes have no more candidates.", this.left));
    }
    return seats;
  }

  /** The rounded quota of a group; the exact one is kept. */
  due(one, denominator, seats) {
    const quota = fraction(BigInt(one.votes) * BigInt(seats), BigInt(denominator));
    const { quota_rounding: rounding } = this.rules;
    const given = Number(rounding === "down" ? floor(quota) : rounding === "half-up" ? floor(plus(quota, HALF)) : -floor(minus(HALF, quota)));
    this.quotas.set(one.key, quota);
    (this.given ??= new Map()).set(one.key, given);
    this.steps.push(sentence("{group}: {votes} of {total}, times {seats}, is {quota}: {given}.", {
      group: one.name, votes: votesSaid(one.votes), total: denominator, seats: seatsSaid(seats), quota: exact(quota),
      given: given ? seatsSaid(given) : sentence("no seat yet"),
    }));
    return given;
  }

  saidFull(one, aside) {
    const rest = sentence(aside ? "the others share again what remains" : "the rest join the left-over seats");
    this.steps.push(plural("{group} is due {due} but has only {count} candidate; {rest}.", "{group} is due {due} but has only {count} candidates; {rest}.",
      one.room, { group: one.name, due: seatsSaid(this.given.get(one.key)), rest }));
  }

  saidSum() {
    const { left } = this;
    const rest = left > 0 ? plural("{count} is left over", "{count} are left over", left)
      : left < 0 ? sentence("{count} too many, to be taken back", { count: -left }) : sentence("none is left over");
    this.steps.push(plural("Together {given} of {count} seat is given; {rest}.", "Together {given} of {count} seats are given; {rest}.",
      this.rules.seats, { given: this.rules.seats - left, rest }));
  }

  /** At most `most` of contenders that are equal; by lot if there are more. */
  separate(equal, most, context, about) {
    if (equal.length <= most) return [...equal].sort((a, b) => byCode(a.key, b.key));
    return drawn(this.steps, about, context, this.rules.seed, equal, most).slice(0, most);
  }

  /** Those whose rank (a list of fractions) is the largest. */
  best(contenders, rank) {
    let most = null;
    let equal = [];
    for (const one of contenders) {
      const mine = rank(one);
      const at = most === null ? -1 : mine.findIndex((value, i) => less(value, most[i]) || less(most[i], value));
      if (most === null || (at >= 0 && less(most[at], mine[at]))) [most, equal] = [mine, [one]];
      else if (at < 0) equal.push(one);
    }
    return [most, equal];
  }

  takeBack() {
    const before = new Map(this.seats);
    const byShare = this.rules.overallocation === "smallest-share";
    const share = (one) => fraction(-BigInt(one.votes), BigInt(this.denominator));
    const rank = byShare ? (one) => [whole(this.seats.get(one.key) - before.get(one.key)), share(one)]
      : (one) => [minus(whole(this.seats.get(one.key) - 1), this.quotas.get(one.key))];
    for (let number = 1; this.left < 0;) {
      const [, equal] = this.best(this.contenders.filter((one) => this.seats.get(one.key)), rank);
      for (const one of this.separate(equal, -this.left, `taken back ${number}`, sentence("Taking back {number}", { number }))) {
        this.seats.set(one.key, this.seats.get(one.key) - 1);
        number++;
      }
    }
  }

  giveRest() {
    const start = new Map(this.seats);
    const held = (one) => this.seats.get(one.key);
    const { rank, why } = {
      "largest-remainder": { rank: (one) => [minus(this.quotas.get(one.key), whole(held(one)))], why: "largest remainder" },
      "largest-share": { rank: (one) => [whole(start.get(one.key) - held(one)), fraction(BigInt(one.votes), BigInt(this.denominator))], why: "largest share in this round" },
      "highest-average": { rank: (one) => [fraction(BigInt(one.votes), BigInt(held(one) + 1))], why: "highest average" },
    }[this.rules.remainder_seats];
    // A rank depends on the seats held alone, so it changes for those only who get one.
    const ranks = new Map(this.contenders.map((one) => [one, rank(one)]));
    for (;;) {
      const { left } = this;
      const [most, equal] = this.best(left > 0 ? this.contenders.filter((one) => held(one) < one.room) : [], (one) => ranks.get(one));
      if (!equal.length) return;
      let number = this.rules.seats - left + 1;
      for (const one of this.separate(equal, left, `seat ${number}`, sentence("Seat {number}", { number }))) {
        const measured = why === "largest share in this round" ? share(most.at(-1)) : exact(most.at(-1));
        const value = why === "highest average" ? sentence("votes divided by {divisor} are {value}", { divisor: exact(whole(held(one) + 1)), value: measured }) : measured;
        this.seats.set(one.key, held(one) + 1);
        ranks.set(one, rank(one));
        this.steps.push(sentence("Seat {number} goes to {group}: {why} ({value}); it now has {holds}.", { number, group: one.name, why: sentence(why), value, holds: held(one) }));
        number++;
      }
    }
  }
}

/** Seats by group; and steps, if a list for them is given. */
function apportioned(votes, rules, steps) {
  check(votes, rules);
  const contenders = groupsInOrder(votes, rules).filter((one) => one.votes);
  return new Apportionment(contenders, denominatorOf(votes, rules), rules, steps).run();
}

/** `{groups, steps}`: who is elected and who is a reserve. Throws NotAllocated. */
export function allocate(votes, rules) {
  const steps = [];
  const seats = apportioned(votes, rules, steps);
  const total = denominatorOf(votes, rules);
  const groups = groupsInOrder(votes, rules).map((group) => {
    const count = seats.get(group.key) ?? 0;
    const quota = fraction(BigInt(group.votes) * BigInt(rules.seats), BigInt(total));
    if (!count) return { ...group, quota, seats: 0, elected: [], reserves: [] };
    const share = fraction(BigInt(count) * RESERVE_SHARE.n, RESERVE_SHARE.d);
    const { reserve_rounding: rounding } = rules;
    const due = Number(rounding === "half-up" ? floor(plus(share, HALF)) : rounding === "down" ? floor(share) : -floor(minus(whole(0), share)));
    const ordered = byVotes(group, count, count + due, rules.seed, steps);
    const [elected, reserves] = [ordered.slice(0, count), ordered.slice(count, count + due)];
    steps.push(saidElected(group, elected, reserves, share, due));
    return { ...group, quota, seats: count, elected, reserves };
  });
  return { groups, steps };
}

function byVotes(group, seats, named, seed, steps) {
  const sorted = [...group.members].sort((a, b) => b.votes - a.votes || a.code - b.code);
  const ordered = [];
  while (ordered.length < sorted.length) {
    const start = ordered.length;
    const equal = sorted.filter((one) => one.votes === sorted[start].votes);
    const end = start + equal.length;
    if (equal.length === 1 || end <= seats || start >= named) ordered.push(...equal);
    else {
      const about = sentence("Order of candidates of {group} with equally many votes", { group: group.name });
      ordered.push(...drawn(steps, about, `order ${group.key}`, seed, equal.map((one) => ({ ...one, key: String(one.code) })), Math.max(0, seats - start)));
    }
  }
  return ordered;
}

function saidElected(group, elected, reserves, quota, due) {
  let said = sentence("{quota}, rounded {due}", { quota: exact(quota), due });
  if (reserves.length < due) {
    said = plural("{reserves}, but only {count} candidate left", "{reserves}, but only {count} candidates left", reserves.length, { reserves: said });
  }
  if (reserves.length) said = sentence("{reserves}: {names}", { reserves: said, names: items(reserves.map((one) => one.name)) });
  return sentence("Elected of {group}, by votes: {elected}. Reserves: {reserves}.", { group: group.name, elected: items(elected.map((one) => one.name)), reserves: said });
}

/** Only groups that have seats; independents as one. */
function together(seats) {
  const found = {};
  for (const [key, count] of seats) {
    const name = key.startsWith(`${INDEPENDENTS}-`) ? INDEPENDENTS : key;
    if (count) found[name] = (found[name] ?? 0) + count;
  }
  return found;
}

const seatsOf = (allocation) => together(allocation.groups.map((one) => [one.key, one.seats]));
const sorted = (seats) => Object.entries(seats).sort(([a], [b]) => byCode(a, b));
const persons = (allocation) => allocation.groups.flatMap((one) => one.elected.map((each) => each.code)).sort().join();

/** Every other reading of the law, changed by itself; those that cannot be computed are left out. */
export function readings(votes, rules, given) {
  const found = [];
  for (const [question, answers] of Object.entries({ ...ANSWERS, reserve_rounding: RESERVES })) {
    // Whole parts never give out too many.
    if (question === "overallocation" && rules.quota_rounding === "down") continue;
    for (const answer of answers.filter((one) => one !== rules[question])) {
      try {
        const other = allocate(votes, { ...rules, [question]: answer });
        found.push({ parameter: NAMES[question] ?? question, value: answer, seats: seatsOf(other), differs: persons(other) !== persons(given) });
      } catch (error) {
        if (!(error instanceof NotAllocated)) throw error;
      }
    }
  }
  return found;
}

/** Every combination of the answers, put together by the seats that it gives; most combinations first. */
export function outcomes(votes, rules, given) {
  let all = [rules];
  for (const [question, answers] of Object.entries(ANSWERS)) {
    all = all.flatMap((one) => (question === "overallocation" && one.quota_rounding === "down" ? [one] : answers.map((answer) => ({ ...one, [question]: answer }))));
  }
  const present = JSON.stringify(sorted(seatsOf(given)));
  const found = new Map();
  for (const one of all) {
    try {
      const seats = together(apportioned(votes, one, []));
      const name = JSON.stringify(sorted(seats));
      if (!found.has(name)) found.set(name, { seats, readings: 0, given: name === present });
      found.get(name).readings++;
    } catch (error) {
      if (!(error instanceof NotAllocated)) throw error;
    }
  }
  const order = (a, b) => {
    for (let i = 0; i < Math.max(a.length, b.length); i++) {
      const differs = !a[i] ? -1 : !b[i] ? 1 : byCode(a[i][0], b[i][0]) || a[i][1] - b[i][1];
      if (differs) return differs;
    }
    return 0;
  };
  return [...found.values()].sort((a, b) => b.readings - a.readings || order(sorted(a.seats), sorted(b.seats)));
}
