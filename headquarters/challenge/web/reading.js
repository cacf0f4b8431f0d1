"use strict";
// What the answers of a ballot say, in names: contests and codes from definition.json, if it is there.

function readDefinition(text, election) {        // null if it is not of this election
  let value;
  try { value = JSON.parse(text); } catch { return null; }
  if (value?.uuid !== election.uuid || !Array.isArray(value.contests)) return null;
  const had = value.contests.flatMap(contest => contest.form === "slots"
    ? Array.from({length: contest.max_selections}, (_, i) => `true ${contest.title.fa} ${i + 1}`)
    : [`false ${contest.title.fa} ${contest.candidates.map(one => `${one.code} ${one.name.fa}`)}`]);
  const wanted = election.questions.map(q => q.slot ? `true ${q.title}` : `false ${q.title} ${q.names}`);
  return had.length === wanted.length && had.every((each, i) => each === wanted[i]) ? value : null;
}

const codesOf = answers => answers.map(a => Number(numberOf(a))).filter(Boolean).sort((a, b) => a - b);

// [{title: {fa, en}, kind, chosen: [{code, name}]}] with the kinds of headquarters/challenge/reading.py.
function readAnswers(election, definition, answers) {
  return definition ? readNamed(definition, answers) : readUnnamed(election, answers);
}

function readNamed(definition, answers) {
  let next = 0;
  return definition.contests.map(contest => {
    if (contest.form === "choice")
      return readChoice(contest.title, answers[next++], contest.candidates, contest.max_selections);
    const own = codesOf(answers.slice(next, next += contest.max_selections));
    const named = list => new Map(list.map(one => [Number(one.code), one]));
    const persons = named(contest.candidates), lists = named(contest.lists);
    const width = contest.candidates[0]?.code.length ?? 1;
    const chosen = own.map(code => {
      const one = lists.get(code) ?? persons.get(code);
      return one ? {code: one.code, name: one.name} : {code: String(code).padStart(width, "0"), name: null};
    });
    const answer = kind => ({title: contest.title, kind, chosen});
    if (!own.length) return answer("skipped");
    if (own.length === 1 && own[0] === Number(contest.blank_code))
      return {title: contest.title, kind: "blank", chosen: []};
    if (own.length === 1 && lists.has(own[0])) return answer("list");
    return answer(new Set(own).size === own.length && own.every(code => persons.has(code))
      ? "persons" : "impossible");
  });
}

function readChoice(title, [blank, ...marks], names, most) {
  const chosen = names.filter((_, i) => marks[i]).map(({code, name}) => ({code, name}));
  if (chosen.length > most || (blank && chosen.length)) return {title, kind: "impossible", chosen};
  return {title, kind: blank ? "blank" : chosen.length ? "persons" : "skipped", chosen};
}

function readUnnamed(election, answers) {        // bare codes; slots with one heading are one contest
  const found = [];
  election.questions.forEach((question, i) => {
    const heading = question.slot ? question.title.replace(/ [0-9]+$/, "") : question.title;
    const title = {fa: heading, en: ""};
    if (!question.slot) {
      const flags = question.blank ? answers[i] : [0, ...answers[i]];
      const names = question.names.map(name => ({code: "", name: {fa: name, en: ""}}));
      found.push(readChoice(title, flags, names, question.sums[question.sums.length - 1]));
      return;
    }
    const before = election.questions[i - 1]?.slot ? found[found.length - 1] : null;
    const here = before?.title.fa === heading ? before : {title, answers: []};
    if (here !== before) found.push(here);
    here.answers.push(answers[i]);
    const chosen = codesOf(here.answers).map(code => ({code: String(code), name: null}));
    Object.assign(here, {kind: chosen.length ? "codes" : "skipped", chosen});
  });
  return found.map(({title, kind, chosen}) => ({title, kind, chosen}));
}

// Whether what a person noted is the tracking number or code; null if it is neither.
function isTrackingOf(noted, found) {
  const tight = noted.replace(/\s/g, "");
  if (/^[A-Za-z0-9+\/]{43}$/.test(tight)) return tight === found.tracking;
  const digits = latinDigits(noted).replace(/[\s\-\u200b-\u200f\u2066-\u2069\ufeff]/g, "");
  return /^[0-9]{30}$/.test(digits) ? digits === found.number : null;
}

const latinDigits = text => text.replace(/[۰-۹٠-٩]/g, sign => String(sign.charCodeAt(0) & 15));
const persianDigits = text => text.replace(/[0-9]/g, sign => String.fromCharCode(0x6f0 + Number(sign)));
