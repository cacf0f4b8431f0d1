// The acts of a device's day: it is loaded, opened, closed; two cards sign each act, and the device.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { cbor, readCbor } from "./cbor.mjs";
import { cardMessage, isCardSigned, readCard } from "./cards.mjs";
import { isHybrid } from "./certificates.mjs";
import { Refused, reading, same } from "./envelope.mjs";
import { deviceOf, placeOfCard } from "./register.mjs";
import { Misshapen, among, base64, bytes, list, members, orNull, readDocument, text, whole } from "./shapes.mjs";

const FILE = members({
  items: list(members({
    device: text,
    acts: list(members({ statement: base64, cards: list(members({ certificate: base64, value: base64 }), 2), countersignature: base64 })),
  })),
});
const hashes = bytes(32);
const LOG = members({ head: hashes, length: whole, votes: whole });
const CLOSING = members({
  records: orNull(hashes), spent: orNull(hashes), spoiled: whole, sums: list(members({ event: text, reason: text, number: whole })),
});
const STATEMENT = members({
  election: text, number: orNull(hashes), device: text, role: among("identity-station", "ballot-terminal"), branch: text,
  kind: among("load", "open", "close"), at: whole, previous: hashes, package_digest: hashes, cast: whole, log: LOG,
  program: orNull(hashes), trusted: orNull(hashes), bags: list(text), seals: list(text), closing: orNull(CLOSING),
});
/** What the first act of a device follows. */
export const FIRST = "0".repeat(64);
const AFTER = { "": ["load"], load: ["load", "open"], open: ["close"], close: [] };

/** The sums that a closing may have, with the form of their reasons. */
const ABOUT_DEVICE = {
  "set-back": /^[a-z][a-z-]{0,63}$/, "closed-without": /^[A-Za-z0-9][A-Za-z0-9-]{0,63} (open|dead|taken-over)$/, "card-blocked": /^[0-9]{1,12}$/,
  "cards-missing": /^$/, "votes-behind": /^$/, "one-memory-hours": /^$/, "paper-printed": /^$/, "paper-void": /^$/, "paper-unmarked": /^$/,
};

const hex = (one) => (one === null ? null : bytesToHex(one));

/** One act's statement, if everything in the act holds. Throws Refused. */
function checkAct(register, act, device, branch, certificate, before) {
  const said = reading(() => STATEMENT(readCbor(act.statement)));
  const belongs = (said.closing !== null) === (said.kind === "close") && (said.program === null || said.kind === "load")
    && (said.trusted === null || said.kind === "open");
  if (!belongs) throw new Refused("format", "a part of another kind of act");
  const digest = sha256(act.statement);
  const cards = act.cards.map((one) => readCard(one.certificate, register.root));
  if (cards.includes(null)) throw new Refused("certificate", "a card's certificate is not of this root");
  if (!["officer", "supervisor"].every((role) => cards.some((one) => one.role === role))) throw new Refused("roles", "not an officer's and a supervisor's card");
  if (said.branch !== branch || cards.some((one) => one.branch !== branch && one.branch !== "")) throw new Refused("branch", "a card of another branch");
  const message = cardMessage("amin act", 3, digest);
  if (!cards.every((one, i) => isCardSigned(one, message, act.cards[i].value))) throw new Refused("signature", "a card did not sign it");
  if (same(cards[0].key, cards[1].key)) throw new Refused("same-key", "one key in two roles");
  const covered = cbor(["amin act", 3, digest, ...act.cards.map((one) => [sha256(one.certificate), sha256(one.value)])]);
  if (!isHybrid(certificate, "amin act", covered, act.countersignature)) throw new Refused("device", "the device did not sign it");
  if (hex(said.number) !== register.number) throw new Refused("number", "another election's number, or none");
  if (hex(said.previous) !== (before?.hash ?? FIRST) || said.device !== device.id || said.role !== device.role
    || said.election !== register.content.election) throw new Refused("chain", "it does not follow the act before it, or is another device's");
  if (!AFTER[before?.said.kind ?? ""].includes(said.kind)) throw new Refused("order", "acts in another order");
  const places = cards.map((one) => placeOfCard(register, branch, one.fingerprint));
  if (places.includes(null)) throw new Refused("operator", "a card that is not registered here");
  if (said.closing && !said.closing.sums.every((one) => Object.hasOwn(ABOUT_DEVICE, one.event) && ABOUT_DEVICE[one.event].test(one.reason))) {
    throw new Refused("voters", "sums about voters");
  }
  return { said, hash: bytesToHex(sha256(cbor(act))), cards: cards.map((one) => one.fingerprint), reserve: places.includes("reserve") };
}

/**
 * Check acts.json of a batch. `devices`: who is in; `ground`: register, take-overs, rescues, revocations of certificates;
 * `supplement`: certificates, boxes and stations. Returns the chains that hold: device → hashes, and the votes it had.
 */
export function checkDayActs(data, devices, ground, supplement, { fail, tell }) {
  const { register, takeovers, rescues } = ground;
  const chains = {};
  if (data === undefined) return fail("acts-missing", "acts.json", "it is missing"), chains;
  let items;
  try {
    items = readDocument(data, FILE).items;
  } catch (error) {
    if (!(error instanceof Misshapen)) throw error;
    return fail("acts-format", "acts.json", error.message), chains;
  }
  const listed = items.map((one) => one.device);
  for (const name of new Set(listed)) {
    const once = listed.filter((one) => one === name).length === 1;
    if (!devices.includes(name) || !once) fail("acts-format", name, "not a device of this batch, or listed twice");
  }
  for (const name of devices) {
    const device = deviceOf(register, name);
    const branch = device?.branch ?? takeovers.find((one) => one.spare === name)?.branch;
    const certificate = supplement.certificates.get(name);
    if (!device || branch === undefined || certificate?.fingerprint !== device.certificate) continue;
    const acts = items.find((one) => one.device === name)?.acts ?? [];
    if (listed.filter((one) => one === name).length > 1) continue;
    const rescue = rescues.find((one) => one.device === name);
    const held = [];
    try {
      for (const act of acts) held.push(checkAct(register, act, device, branch, certificate, held.at(-1)));
      if (held.at(-1)?.said.kind !== "close" && !rescue) throw new Refused("missing", "its closing is not published");
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      fail(`acts-${error.reason}`, name, error.message);
      continue;
    }
    chains[name] = { hashes: held.map((one) => one.hash), casts: held.map((one) => one.said.cast), acts: held.length };
    const last = held.at(-1);
    if (rescue && last?.said.kind !== "close") {
      if (last?.hash !== hex(rescue.predecessor)) tell("acts-lost", name, "not all acts of a rescued device were handed in", 1);
      else tell("acts-set-back", name, "fewer votes were rescued than its last act has", Math.max(0, last.said.cast - rescue.found.cast));
    }
    tellOdd(name, device, held, ground, supplement, tell);
  }
  return chains;
}

/** What is odd about acts that hold. */
function tellOdd(name, device, held, { revocations }, supplement, tell) {
  tell("acts-set-back", name, "fewer votes or entries than at an act before, or starts with less", goneBack(held.map((one) => one.said)));
  const early = held.filter((one, i) => i > 0 && one.said.at < held[i - 1].said.at);
  tell("acts-time", name, "a time that an act can hardly have", early.length);
  const gone = held.filter((one) => [...one.cards, device.certificate].some((key) => (revocations.get(key) ?? Infinity) <= one.said.at));
  tell("acts-revoked", name, "a card or device signed after it was revoked", gone.length);
  tell("acts-reserve", name, "reserve operators signed", held.filter((one) => one.reserve).length);
  const closed = held.at(-1)?.said;
  if (closed?.kind !== "close") return;
  const box = supplement.boxes?.find((one) => one.device === name);
  const station = supplement.stations?.find((one) => one.device === name);
  const differs = box && (closed.cast !== box.cast || closed.closing.spoiled !== box.spoiled || hex(closed.closing.records) !== box.records_root
    || hex(closed.closing.spent) !== box.spent_root);
  const number = box ? (differs ? Math.max(1, Math.abs(closed.cast - box.cast)) : 0) : station ? Math.abs(closed.cast - station.issued) : 0;
  tell("acts-differ", name, "what it handed in is not what it closed with", number);
}

/** How many votes and log entries fewer there were than at an act before; with starts with less, and votes that only the log has. */
function goneBack(acts) {
  const fewer = (before, after) => Math.max(0, before.cast - after.cast) + Math.max(0, before.log.length - after.log.length);
  const between = acts.slice(1).reduce((all, one, i) => all + fewer(acts[i], one), 0);
  const last = acts.at(-1);
  const starts = last?.closing?.sums.filter((one) => one.event === "set-back").reduce((all, one) => all + one.number, 0) ?? 0;
  return between + starts + (last ? Math.max(0, last.log.votes - last.cast) : 0);
}
