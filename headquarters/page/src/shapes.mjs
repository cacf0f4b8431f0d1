// Compact JSON in its one spelling, with exactly the members that are written down.

import { Q } from "./numbers.mjs";

/** What cannot be read; `spelling` where a point, a scalar or a pair of them is spelt in another way. */
export class Misshapen extends Error {
  constructor(what, spelling = false) {
    super(what);
    this.spelling = spelling;
  }
}

const POINT = /^[0-9a-f]{64}$/;
const NUMBER = /^(0|[1-9][0-9]*)$/;
const P_TEXT = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed";
const HASH = /^[0-9a-f]{64}$/;

function demand(holds, what, spelling = false) {
  if (!holds) throw new Misshapen(what, spelling);
}

/** A shape reads a value, or throws Misshapen. */
export const text = (value) => (demand(typeof value === "string", "a text is missing"), value);
export const whole = (value) => (demand(Number.isSafeInteger(value) && value >= 0, "a number is missing"), value);
export const flag = (value) => (demand(typeof value === "boolean", "a yes or no is missing"), value);
export const hash = (value) => (demand(typeof value === "string" && HASH.test(value), "a hash in another spelling"), value);

export function point(value) {
  demand(typeof value === "string" && POINT.test(value), "a point in another spelling", true);
  const y = (parseInt(value[0], 16) & 7).toString(16) + value.slice(1);
  demand(y < P_TEXT, "a point in another spelling", true);
  return value;
}

export function scalar(value) {
  demand(typeof value === "string" && value.length <= 78 && NUMBER.test(value), "a scalar in another spelling", true);
  const number = BigInt(value);
  demand(number < Q, "a scalar in another spelling", true);
  return number;
}

export const anything = (value) => value;

export const list = (shape, length) => (value) => {
  demand(Array.isArray(value), "a list is missing");
  demand(length === undefined || value.length === length, "a list of another length");
  return value.map(shape);
};

export const tuple = (...shapes) => (value) => {
  demand(Array.isArray(value) && value.length === shapes.length, "a list of another length");
  return shapes.map((shape, i) => shape(value[i]));
};

/** An object with these members in this order; those in `optional` may be left out. */
export const object = (members, optional = []) => (value) => {
  demand(value !== null && typeof value === "object" && !Array.isArray(value), "an object is missing");
  const keys = Object.keys(value);
  const wanted = Object.keys(members).filter((key) => !optional.includes(key) || keys.includes(key));
  demand(keys.length === wanted.length && keys.every((key, i) => key === wanted[i]), "other members than written down");
  return Object.fromEntries(keys.map((key) => [key, members[key](value[key])]));
};

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function decodeText(bytes) {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Misshapen("it is no UTF-8");
  }
}

/** Read JSON by a shape. Its bytes have to be exactly its compact form, unless `loose` is given the sentence that says they are not. */
export function readJson(source, shape, loose = null) {
  let value;
  try {
    value = JSON.parse(source);
  } catch {
    throw new Misshapen("it is no JSON");
  }
  if (JSON.stringify(value) !== source) {
    demand(loose !== null, "it is not compact JSON");
    loose("it is not compact JSON");
  }
  return shape(value);
}

/** A shape whose every fault is one of spelling. */
const spelt = (shape) => (value) => {
  try {
    return shape(value);
  } catch (error) {
    if (error instanceof Misshapen) error.spelling = true;
    throw error;
  }
};

export const proof = spelt(object({ challenge: scalar, response: scalar }));
export const ciphertext = spelt(object({ alpha: point, beta: point }));

const EXACT = { digits: /^(?:[0-9a-f]{2})*$/, base64: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/ };

export function hex(value) {
  demand(typeof value === "string" && EXACT.digits.test(value), "hexadecimal digits are missing");
  return Uint8Array.from(value.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function base64(value) {
  demand(typeof value === "string" && EXACT.base64.test(value), "Base64 is missing");
  const bytes = Uint8Array.from(atob(value), (c) => c.charCodeAt(0));
  return bytes;
}

export const orNull = (shape) => (value) => (value === null ? null : shape(value));
export const among = (...words) => (value) => (demand(words.includes(value), "another word than may stand here"), value);
export const positive = (value) => (demand(whole(value) > 0, "a number above zero is missing"), value);

/** Bytes of CBOR, of one length where it is given. */
export const bytes = (length) => (value) => {
  demand(value instanceof Uint8Array && (length === undefined || value.length === length), "bytes are missing");
  return value;
};

/** An object with exactly these members, in any order. */
export const members = (shapes) => (value) => {
  demand(value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Uint8Array), "an object is missing");
  const keys = Object.keys(shapes);
  demand(Object.keys(value).length === keys.length && keys.every((key) => Object.hasOwn(value, key)), "other members than written down");
  return Object.fromEntries(keys.map((key) => [key, shapes[key](value[key])]));
};

const TOKEN = /"(?:[^"\\]|\\.)*"(\s*:)?|-?[0-9][0-9.eE+-]*/g;

/** Read a document in JSON: blanks and the order of members are free; every member stands there once, numbers are whole. */
export function readDocument(content, shape) {
  const source = decodeText(content);
  let value;
  try {
    value = JSON.parse(source);
  } catch {
    throw new Misshapen("it is no JSON");
  }
  let named = 0;
  for (const [token, colon] of source.matchAll(TOKEN)) {
    if (colon !== undefined) named++;
    demand(token[0] === '"' || /^-?[0-9]{1,15}$/.test(token), "a number that is not whole");
  }
  demand(countMembers(value) === named, "a member that is given twice");
  return shape(value);
}

const DEEPEST = 32;

function countMembers(value, depth = 0) {
  if (value === null || typeof value !== "object") return 0;
  demand(depth < DEEPEST, "it is nested too deeply");
  const own = Array.isArray(value) ? 0 : 1;
  return Object.values(value).reduce((all, one) => all + own + countMembers(one, depth + 1), 0);
}
