// Acts about devices: a spare takes over, a dead terminal is rescued. Two cards and registered devices sign.

import { sha256 } from "@noble/hashes/sha2.js";
import { cbor, readCbor } from "./cbor.mjs";
import { cardMessage, isCardSigned, readCard } from "./cards.mjs";
import { Refused, readCborEnvelope, reading, same, signersOf } from "./envelope.mjs";
import { deviceOf, placeOfCard } from "./register.mjs";
import { among, bytes, list, members, orNull, text, whole } from "./shapes.mjs";
import { bytesToHex } from "@noble/hashes/utils.js";

const CONTENT = members({ statement: bytes(), cards: list(members({ certificate: bytes(), signature: bytes() })) });
const WHERE = { number: bytes(32), branch: text, predecessor: bytes(32), log_head: bytes(32), log_length: whole, at: whole };
const TAKEOVER = members({ ...WHERE, spare: text, replaces: text, cast: whole });
const NUMBERS = { cast: whole, spoiled: whole, records: bytes(32), spent: bytes(32) };
const RESCUE = members({
  ...WHERE, device: text, ground: among("dead", "card"), found: members(NUMBERS), handles: bytes(32),
  last: orNull(members({ ...NUMBERS, signature: bytes() })),
});

/** What an act says, whose cards signed it, and which devices. Throws Refused. */
function open(register, data, kind, shape) {
  const file = readCborEnvelope(data, `amin-${kind}`, 1);
  const content = reading(() => CONTENT(readCbor(file.content)));
  const statement = reading(() => shape(readCbor(content.statement)));
  const known = (one) => register.content.devices.some((device) => device.certificate === one.fingerprint && device.id === one.name);
  const signers = signersOf(file, `amin ${kind}`, known);
  if (signers === null) throw new Refused("device", "registered devices did not sign it");
  if (bytesToHex(statement.number) !== register.number) throw new Refused("election", "it names another election's number");
  return { statement, signers, content };
}

/** The cards of officer and supervisor, as of when they began. */
function checkCards(register, { statement, content }, kind) {
  const message = cardMessage(`amin ${kind}`, sha256(content.statement));
  const held = content.cards.length === 2 && content.cards.every(({ certificate, signature }, i) => {
    const card = readCard(certificate, register.root);
    return card && card.role === ["officer", "supervisor"][i] && placeOfCard(register, statement.branch, card.fingerprint)
      && isCardSigned(card, message, signature);
  });
  const [one, other] = content.cards.map(({ certificate }) => readCard(certificate, register.root));
  if (!held || same(one.key, other.key)) throw new Refused("cards", "two registered cards of this branch did not sign it");
  return content.cards.map(({ certificate }) => bytesToHex(sha256(certificate)));
}

function takeover(register, data, made) {
  const act = open(register, data, "takeover", TAKEOVER);
  const { statement, signers } = act;
  const spare = deviceOf(register, statement.spare);
  if (!spare || spare.branch !== null) throw new Refused("spare", "no registered spare takes over");
  const replaced = deviceOf(register, statement.replaces);
  const before = made.find((one) => one.spare === statement.replaces);
  if (!replaced || (replaced.branch ?? before?.branch) !== statement.branch) throw new Refused("branch", "the device is not one of this branch");
  if (replaced.role !== spare.role) throw new Refused("spare", "the spare has another role");
  const cards = checkCards(register, act, "takeover");
  const others = signers.filter((one) => one.name !== statement.spare);
  const near = (one) => (deviceOf(register, one.name).branch ?? made.find((act) => act.spare === one.name)?.branch) === statement.branch;
  if (others.length === signers.length || others.length > 1 || !others.every((one) => near(one) && one.name !== statement.replaces)) {
    throw new Refused("device", "the spare, and a device of the branch, did not sign it");
  }
  return { ...statement, cards, witnessed: others.length === 1 };
}

function rescue(register, data, made) {
  const act = open(register, data, "rescue", RESCUE);
  const { statement, signers } = act;
  const device = deviceOf(register, statement.device);
  const branch = device?.branch ?? made.find((one) => one.spare === statement.device)?.branch;
  if (!device || device.role !== "ballot-terminal" || branch !== statement.branch) throw new Refused("branch", "no terminal of this branch");
  const cards = checkCards(register, act, "rescue");
  if (signers.some((one) => one.name === statement.device)) throw new Refused("device", "the dead device signed it");
  return { ...statement, cards };
}

/** All acts beside an index: what holds, and what fails (`fail(reason, entry, what)`). `files`: name → bytes. */
export function readDeviceActs(files, register, fail) {
  const takeovers = [];
  const rescues = [];
  const attempt = (name, reader) => {
    const file = name.slice("acts/".length);
    try {
      return reader(files.get(name), takeovers);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      fail(`act-${error.reason}`, file, error.message);
      return null;
    }
  };
  const names = [...files.keys()].filter((name) => /^acts\/[^/]+$/.test(name)).sort();
  const waiting = names.filter((name) => name.endsWith(".takeover"));
  // A spare that took over may be replaced in its turn: what it rests on is read first.
  while (waiting.length) {
    const first = waiting.find((name) => !restsOn(files, name, waiting)) ?? waiting[0];
    waiting.splice(waiting.indexOf(first), 1);
    const read = attempt(first, (data, made) => takeover(register, data, made));
    if (!read) continue;
    if (takeovers.some((one) => one.spare === read.spare || one.replaces === read.replaces)) {
      fail("act-twice", first.slice("acts/".length), "another act is about the same device");
    } else takeovers.push(read);
  }
  for (const name of names.filter((one) => one.endsWith(".rescue"))) {
    const read = attempt(name, (data, made) => rescue(register, data, made));
    if (!read) continue;
    if (rescues.some((one) => one.device === read.device)) fail("act-twice", name.slice("acts/".length), "another act is about the same device");
    else rescues.push(read);
  }
  return { takeovers, rescues };
}

/** Whether the device that an act replaces is a spare whose own act waits still. */
function restsOn(files, name, waiting) {
  try {
    const { content } = readCborEnvelope(files.get(name), "amin-takeover", 1);
    const { replaces } = TAKEOVER(readCbor(CONTENT(readCbor(content)).statement));
    return waiting.includes(`acts/${replaces}.takeover`) && `acts/${replaces}.takeover` !== name;
  } catch {
    return false;
  }
}
