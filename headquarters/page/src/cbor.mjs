// Canonical CBOR (RFC 8949, section 4.2.1): numbers, byte strings, texts, lists, maps with texts as keys, yes, no, null.

import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { Misshapen } from "./shapes.mjs";

const DEEPEST = 16;

function head(major, length) {
  if (length < 24) return Uint8Array.of((major << 5) | length);
  if (length < 0x100) return Uint8Array.of((major << 5) | 24, length);
  if (length < 0x10000) return Uint8Array.of((major << 5) | 25, length >> 8, length & 255);
  const wide = length >= 2 ** 32;
  const bytes = new Uint8Array(wide ? 9 : 5);
  bytes[0] = (major << 5) | (wide ? 27 : 26);
  const view = new DataView(bytes.buffer);
  if (wide) view.setBigUint64(1, BigInt(length));
  else view.setUint32(1, length);
  return bytes;
}

/** Write a value in its one spelling; objects become maps. */
export function cbor(value) {
  if (value === null) return Uint8Array.of(0xf6);
  if (typeof value === "boolean") return Uint8Array.of(value ? 0xf5 : 0xf4);
  if (Number.isSafeInteger(value)) return value < 0 ? head(1, -1 - value) : head(0, value);
  if (value instanceof Uint8Array) return concatBytes(head(2, value.length), value);
  if (typeof value === "string") {
    const bytes = utf8ToBytes(value);
    return concatBytes(head(3, bytes.length), bytes);
  }
  if (Array.isArray(value)) return concatBytes(head(4, value.length), ...value.map(cbor));
  const pairs = Object.entries(value).map(([key, one]) => [cbor(key), cbor(one)]).sort(([a], [b]) => (follows(a, b) ? -1 : 1));
  return concatBytes(head(5, pairs.length), ...pairs.flat());
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Read bytes in their one spelling. Maps become objects without a prototype. Throws Misshapen for every other spelling. */
export function readCbor(bytes) {
  const demand = (holds) => {
    if (!holds) throw new Misshapen("no canonical CBOR");
  };
  let at = 0;
  const take = (length) => {
    demand(length <= bytes.length - at);
    at += length;
    return bytes.subarray(at - length, at);
  };
  const number = (low) => {
    if (low < 24) return low;
    demand(low < 28);
    const width = 2 ** (low - 24);
    const value = take(width).reduce((all, byte) => all * 256 + byte, 0);
    demand(Number.isSafeInteger(value) && value >= [24, 2 ** 8, 2 ** 16, 2 ** 32][low - 24]);
    return value;
  };
  const item = (depth) => {
    demand(depth < DEEPEST);
    const [first] = take(1);
    const major = first >> 5;
    if (major === 7) {
      demand(first >= 0xf4 && first <= 0xf6);
      return [false, true, null][first - 0xf4];
    }
    const value = number(first & 31);
    if (major === 0) return value;
    if (major === 1) return -1 - value;
    if (major === 2) return take(value);
    if (major === 3) {
      try {
        return decoder.decode(take(value));
      } catch (error) {
        if (error instanceof Misshapen) throw error;
        throw new Misshapen("no UTF-8");
      }
    }
    demand(major === 4 || major === 5);
    demand(value <= bytes.length - at);
    if (major === 4) return Array.from({ length: value }, () => item(depth + 1));
    const made = Object.create(null);
    let before = null;
    for (let i = 0; i < value; i++) {
      const from = at;
      demand(at < bytes.length && bytes[at] >> 5 === 3);
      const key = item(depth + 1);
      const spelt = bytes.subarray(from, at);
      demand(before === null || follows(before, spelt));
      before = spelt;
      made[key] = item(depth + 1);
    }
    return made;
  };
  const value = item(0);
  demand(at === bytes.length);
  return value;
}

/** Whether the bytes of a key stand behind those of another one. */
function follows(before, after) {
  const shared = Math.min(before.length, after.length);
  for (let i = 0; i < shared; i++) if (before[i] !== after[i]) return before[i] < after[i];
  return before.length < after.length;
}
