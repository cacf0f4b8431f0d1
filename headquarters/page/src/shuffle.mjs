// Shuffles and their proofs (Terelius and Wikström, as Belenios writes them).

import { hashHex, hashScalar, mod, randomWeight } from "./numbers.mjs";
import { ciphertext, hash, list, object, point, readJson, scalar, tuple, whole } from "./shapes.mjs";

const PROOF = tuple(
  tuple(point, point, point, tuple(point, point), list(point)),
  tuple(scalar, scalar, scalar, scalar, list(scalar), list(scalar)),
  list(point), list(point),
);
const SHUFFLE = object({ ciphertexts: list(list(ciphertext)), proofs: list(PROOF) });
const OWNED = object({ owner: whole, payload: hash });

export const readShuffle = (source) => readJson(source, SHUFFLE);
export const readOwned = (source) => readJson(source, OWNED);

/** The generators h (i = -1), h_0, h_1, … of commitments, as points of the core; made once, outside of any scope. */
export class Generators {
  constructor(core) {
    this.core = core;
    this.made = [];
  }

  /** Make those of n rows. */
  prepare(n) {
    while (this.made.length <= n) this.made.push(this.make(this.made.length - 1));
  }

  get(i) {
    return this.made[i + 1];
  }

  make(i) {
    let value = BigInt("0x" + hashHex(`ggen|${i}`)) >> 2n;
    for (;; value++) {
      const at = this.core.decode([value.toString(16).padStart(64, "0")]);
      if (at.ok[0]) return this.core.sum([8n], at.at);
    }
  }
}

const joined = (texts) => texts.map((text) => text + ",").join("");
const pairs = (list) => joined(list.map((one) => `${one.alpha},${one.beta}`));

/** All points of a question's shuffle as text: its output, then its proof. */
export function shufflePoints(output, [[t1, t2, t3, [t41, t42], hats], , commitments, chain]) {
  return [...output.flatMap((one) => [one.alpha, one.beta]), t1, t2, t3, t41, t42, ...hats, ...commitments, ...chain];
}

/** Whether a question was mixed: one random combination of all equations is the identity. */
export function isShuffled(core, generators, election, key, input, output, proof, inputPoints, points) {
  const [[t1, t2, t3, [t41, t42], hats], [s1, s2, s3, s4, sHat, sPrime], commitments, chain] = proof;
  const n = input.length;
  if ([output, hats, sHat, sPrime, commitments, chain].some((one) => one.length !== n)) return false;
  const text1 = pairs(input) + pairs(output) + joined(commitments);
  const h0 = hashHex(`shuffle-challenges|${election.fingerprint}|${text1}`);
  const u = commitments.map((_, i) => hashScalar(h0 + hashHex(String(i))));
  const c = hashScalar(`shuffle-challenge|${election.fingerprint}|${joined([t1, t2, t3, t41, t42])}${joined(hats)}${text1}`
    + `${joined(chain)}${election.public_key}`);
  const places = [];
  const scalars = [];
  const term = (scalar, place) => {
    scalars.push(mod(scalar));
    places.push(place);
  };
  const size = core.size;
  const out = (i) => points + size * 2 * i;
  const at = points + size * 2 * n;
  const hat = at + 5 * size;
  const commitment = hat + n * size;
  const link = commitment + n * size;
  const [w1, w2, w3, w41, w42] = [1n, randomWeight(), randomWeight(), randomWeight(), randomWeight()];
  const product = u.reduce((all, one) => mod(all * one), 1n);
  let base = w1 * s1 + w2 * s2 + w3 * s3 - w42 * s4;
  let h = w2 * c * product;
  // t1 = -c·C + s1·G; t2 = -c·(last - U·h) + s2·G; t3, t41, t42 and t̂ follow, each with a weight of its own.
  for (const [k, weight] of [w1, w2, w3, w41, w42].entries()) term(-weight, at + k * size);
  if (n) term(-w2 * c, link + (n - 1) * size);
  else h -= w2 * c;
  for (let i = 0; i < n; i++) {
    const weight = randomWeight();
    term(-w1 * c - w3 * c * u[i], commitment + i * size);
    term(w1 * c + w3 * sPrime[i], generators.get(i));
    term(-w41 * c * u[i], inputPoints + size * (2 * i + 1));
    term(w41 * sPrime[i], out(i) + size);
    term(-w42 * c * u[i], inputPoints + size * 2 * i);
    term(w42 * sPrime[i], out(i));
    term(-weight, hat + i * size);
    term(-weight * c, link + i * size);
    base += weight * sHat[i];
    if (i) term(weight * sPrime[i], link + (i - 1) * size);
    else h += weight * sPrime[i];
  }
  term(h, generators.get(-1));
  term(-w41 * s4, key);
  term(base, core.one);
  return core.isIdentity(core.sum(scalars, core.gather(places)));
}


