// The file of an archive: headers, names that are hashes, and events that follow each other.

import { hashHex } from "./numbers.mjs";
import { Misshapen, decodeText, hash, object, readJson, text, whole } from "./shapes.mjs";

const BLOCK = 512;
const LARGEST_ENTRY = 2 ** 31;

const TEXT_ENCODER = new TextEncoder();

/** The 512 bytes in front of an entry. */
function header(name, size, time) {
  const block = new Uint8Array(BLOCK);
  const put = (at, value) => block.set(TEXT_ENCODER.encode(value), at);
  put(0, name);
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, size.toString(8).padStart(11, "0"));
  put(136, time.toString(8).padStart(11, "0"));
  put(148, "        ");
  put(156, "0");
  const sum = block.reduce((all, byte) => all + byte, 0);
  put(148, sum.toString(8).padStart(6, "0") + "\0 ");
  return block;
}

const equal = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

function octal(block, from, to) {
  const value = decodeAscii(block, from, to);
  return /^[0-7]{11}\0$/.test(value) ? parseInt(value, 8) : null;
}

function decodeAscii(block, from, to) {
  return String.fromCharCode(...block.subarray(from, to));
}

function entryName(block) {
  const value = decodeAscii(block, 0, 100).replace(/\0+$/, "");
  return value === "BELENIOS" || /^[0-9a-f]{64}\.(data|event)\.json$/.test(value) ? value : null;
}

const HEADER = object({ version: whole, timestamp: text });

/** Read an archive's entries one after the other: `{name, bytes}`. What is wrong with them goes to `fail`. */
export async function* entries(source, fail, light = false) {
  let at = 0;
  let time = null;
  while (at < source.size) {
    if (source.size - at < BLOCK) return fail("format", `@${at}`, "the file ends inside a header");
    const block = await source.read(at, BLOCK);
    const name = entryName(block);
    const size = octal(block, 124, 136);
    const stamp = octal(block, 136, 148);
    if (name === null || size === null || size > LARGEST_ENTRY || (name === "BELENIOS") !== (at === 0)) {
      return fail("format", `@${at}`, "no header of an entry");
    }
    if (!equal(block, header(name, size, stamp ?? 0))) fail("format", name, "a header in another spelling");
    const padded = Math.ceil(size / BLOCK) * BLOCK;
    if (at + BLOCK + padded > source.size) return fail("format", name, "the file ends inside this entry");
    const content = await source.read(at + BLOCK, padded);
    if (content.subarray(size).some((byte) => byte !== 0)) fail("format", name, "something else than zeros behind it");
    const bytes = content.subarray(0, size);
    if (at === 0) {
      time = stamp;
      source.time = stamp;
      try {
        const said = readJson(decodeText(bytes), HEADER);
        if (said.version !== 1 || said.timestamp !== String(stamp)) fail("format", name, "another version or time");
      } catch (error) {
        if (!(error instanceof Misshapen)) throw error;
        fail("format", name, error.message);
      }
    } else if (stamp !== time) fail("format", name, "time differs from the header object's");
    if (at > 0) {
      if (!light && hashHex(bytes) !== name.slice(0, 64)) fail("chain", name, "the name is not the hash of the content");
      yield { name, bytes, end: at + BLOCK + padded };
    }
    at += BLOCK + padded;
  }
  if (source.size === 0) fail("format", "@0", "no header of an entry");
}

const EVENT = object({ parent: hash, height: whole, type: text, payload: hash }, ["parent", "payload"]);

/** Objects in front of an event, the payload last. */
export const OBJECTS = {
  Setup: ["election", "trustees", "public_creds", "setup"],
  Ballot: ["ballot"],
  EndBallots: [],
  EncryptedTally: ["encrypted_tally", "sized_encrypted_tally"],
  Shuffle: ["shuffle", "owned_shuffle"],
  EndShuffles: [],
  PartialDecryption: ["partial_decryption", "owned_decryption"],
  Result: ["result"],
};

/** Read events with their objects: `{type, name, hash, objects: [{name, bytes}]}`; `light`: names are believed to be hashes. */
export async function* events(source, fail, light = false) {
  let waiting = [];
  let before = null;
  let height = 0;
  for await (const entry of entries(source, fail, light)) {
    if (entry.name.endsWith(".data.json")) {
      waiting.push(entry);
      continue;
    }
    const objects = waiting;
    waiting = [];
    let event;
    try {
      event = readJson(decodeText(entry.bytes), EVENT);
    } catch (error) {
      if (!(error instanceof Misshapen)) throw error;
      fail("format", entry.name, error.message);
      before = null;
      continue;
    }
    const own = hashHex(entry.bytes);
    if (height === 0 ? event.parent !== undefined : event.parent !== before) {
      fail("chain", entry.name, "the parent is not the event before");
    }
    if (event.height !== height) fail("chain", entry.name, "the height is not one more than before");
    before = own;
    height = event.height + 1;
    const wanted = OBJECTS[event.type];
    if (wanted === undefined) {
      fail("chain", entry.name, "an event of an unknown kind");
      continue;
    }
    const payload = objects.length ? (light ? objects.at(-1).name.slice(0, 64) : hashHex(objects.at(-1).bytes)) : undefined;
    if (event.payload !== payload) fail("chain", entry.name, "the payload is not the object in front");
    const whole = objects.length === wanted.length;
    if (!whole) fail("chain", entry.name, "other objects in front of it than it needs");
    yield { at: entry.end, type: event.type, name: entry.name, hash: own, objects: whole ? objects : null };
  }
  if (waiting.length) fail("chain", waiting[0].name, "no event behind it");
}

const FOLLOWERS = {
  "": ["Setup"],
  Setup: ["Ballot", "EndBallots"],
  Ballot: ["Ballot", "EndBallots"],
  EndBallots: ["EncryptedTally"],
  EncryptedTally: ["Shuffle", "EndShuffles"],
  Shuffle: ["Shuffle", "EndShuffles"],
  EndShuffles: ["PartialDecryption", "Result"],
  PartialDecryption: ["PartialDecryption", "Result"],
  Result: [],
};

/** Whether an event may follow another one ("" at the start). Nothing is mixed in an election without slots. */
export function mayFollow(before, type, mixed) {
  const here = before === "EncryptedTally" && !mixed ? "EndShuffles" : before;
  return FOLLOWERS[here].includes(type);
}
