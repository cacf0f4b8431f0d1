// Decryptions: the archive's own proofs, the strong ones beside it, and what decrypted points mean.

import { sha512 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { pointBytes } from "./core.mjs";
import { hashScalar, mod, Q } from "./numbers.mjs";
import { Misshapen, hash, list, object, point, proof, readJson, scalar, text, whole } from "./shapes.mjs";

const DECRYPTION = object({ decryption_factors: list(list(point)), decryption_proofs: list(list(proof)) });

export const readDecryption = (source) => readJson(source, DECRYPTION);

/** Rows `[row]` whose proof does not hold: factors and alphas of a question, decoded. */
export function wrongProofs(core, election, keyText, key, alphas, factors, proofs) {
  const s = proofs.map((one) => one.response);
  const c = proofs.map((one) => one.challenge);
  const n = s.length;
  const a = core.encode(n, core.commitments(s, core.g, c, core.gather(proofs.map(() => key))));
  const b = core.encode(n, core.pairs(s, alphas, c, factors));
  const start = `decrypt|${election.fingerprint}|${keyText}|`;
  return [...proofs.keys()].filter((i) => hashScalar(`${start}${a[i]},${b[i]}`) !== c[i]);
}

const LABEL = utf8ToBytes("amin-strong-decryption-1");
const PROOFS = object({
  format: text, version: whole, event: hash,
  proofs: list(object({ owner: whole, challenge: scalar, response: scalar })),
});

export function readStrong(source) {
  const read = readJson(source, PROOFS);
  if (read.format !== "amin-decryption-proofs" || read.version !== 1) throw new Misshapen("another format or version");
  if (read.proofs.some((one, i) => one.owner < 1 || (i && one.owner <= read.proofs[i - 1].owner))) {
    throw new Misshapen("owners that do not ascend");
  }
  return read;
}

function bigEndian(value, length) {
  return hexToBytes(value.toString(16).padStart(2 * length, "0"));
}

const hashNumber = (...parts) => BigInt("0x" + bytesToHex(sha512(concatBytes(LABEL, ...parts))));

/** Whether one proof holds for all factors (texts and points, question after question, row after row). */
export function isStrong(core, election, event, owner, keyText, key, alphaTexts, alphas, factorTexts, factors, given) {
  const n = alphaTexts.length;
  const seed = sha512(concatBytes(LABEL, Uint8Array.of(0), utf8ToBytes(election.fingerprint), hexToBytes(event),
    bigEndian(owner, 8), pointBytes(keyText), bigEndian(n, 8), ...alphaTexts.map(pointBytes), ...factorTexts.map(pointBytes)));
  const weights = alphaTexts.map((_, i) => hashNumber(Uint8Array.of(1), seed, bigEndian(i, 8)) >> 384n);
  const a = core.sum(weights, alphas);
  const f = core.sum(weights, factors);
  const first = core.commitments([given.response], core.g, [given.challenge], key);
  const second = core.pairs([given.response], a, [given.challenge], f);
  const texts = core.encode(4, core.gather([a, f, first, second]));
  return mod(hashNumber(Uint8Array.of(2), seed, ...texts.map(pointBytes))) === given.challenge % Q;
}

/** The integers of a slot in a point's text (n bytes above the low 14 bits). */
export function slotIntegers(text, n) {
  let value = BigInt("0x" + text) >> 14n;
  const integers = [];
  for (let i = 0; i < n; i++, value >>= 8n) integers.unshift(Number(value & 255n));
  return integers;
}

/** Embeds integers as points, once for each vector. */
export class Slots {
  constructor(core) {
    this.core = core;
    this.known = new Map();
  }

  embed(integers) {
    const name = integers.join();
    let found = this.known.get(name);
    if (found === undefined) {
      let value = integers.reduce((all, one) => (all << 8n) + BigInt(one), 0n) << 14n;
      found = this.core.scope(() => {
        for (; ; value++) {
          const text = value.toString(16).padStart(64, "0");
          const list = this.core.decode([text]);
          if (list.ok[0] && this.core.outside(1, list.at).length === 0) return text;
        }
      });
      this.known.set(name, found);
    }
    return found;
  }

  isCanonical(text, n) {
    return this.embed(slotIntegers(text, n)) === text;
  }
}
