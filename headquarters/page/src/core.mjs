// Points of Ed25519 in the memory of the compiled core (crypto/_core/core.c).

import { randomBytes } from "./numbers.mjs";

const DIGITS = "0123456789abcdef";

/** The 32 bytes (RFC 8032) of a point as text: 64 hex digits of the bytes reversed. */
export function pointBytes(text) {
  const bytes = new Uint8Array(32);
  for (let i = 0; i < 32; i++) bytes[31 - i] = parseInt(text.substr(2 * i, 2), 16);
  return bytes;
}

export function scalarBytes(value) {
  const bytes = new Uint8Array(32);
  const text = value.toString(16).padStart(64, "0");
  for (let i = 0; i < 32; i++) bytes[31 - i] = parseInt(text.substr(2 * i, 2), 16);
  return bytes;
}

/** Lists of decoded points, kept in one growing memory until `release`. */
export class Core {
  static async load(bytes) {
    const { instance } = await WebAssembly.instantiate(bytes);
    return new Core(instance.exports);
  }

  constructor(exports) {
    this.c = exports;
    this.size = exports.point_bytes();
    this.top = (exports.__heap_base.value + 63) & ~63;
    this.g = this.fixed(0);
    this.one = this.multiples([1n]);
  }

  take(bytes) {
    const at = this.top;
    this.top = (at + bytes + 63) & ~63;
    const missing = this.top - this.c.memory.buffer.byteLength;
    if (missing > 0) this.c.memory.grow(Math.ceil(missing / 65536) + 16);
    return at;
  }

  /** Run `work` and give back the memory it took. */
  scope(work) {
    const top = this.top;
    try {
      return work();
    } finally {
      this.top = top;
    }
  }

  bytes(at, length) {
    return new Uint8Array(this.c.memory.buffer, at, length);
  }

  /** Odd multiples of a point for many commitments; G's for 0. */
  fixed(point) {
    const at = this.take(this.c.multiples_bytes());
    this.c.prepare_multiples(point, at);
    return at;
  }

  scalars(values) {
    const at = this.take(32 * values.length + 1);
    const view = this.bytes(at, 32 * values.length);
    values.forEach((value, i) => view.set(scalarBytes(value), 32 * i));
    return at;
  }

  /** Decode points as text; `ok[i]` is 1 where there is one. */
  decode(texts) {
    const n = texts.length;
    const into = this.take(this.size * n + 1);
    const ok = new Uint8Array(n);
    this.scope(() => {
      const from = this.take(32 * n + 1);
      const view = this.bytes(from, 32 * n);
      texts.forEach((text, i) => view.set(pointBytes(text), 32 * i));
      const good = this.take(n + 1);
      this.c.decode(n, from, into, good);
      ok.set(this.bytes(good, n));
    });
    return { at: into, n, ok };
  }

  point(list, i) {
    return list + this.size * i;
  }

  /** The texts of n points. */
  encode(n, points) {
    return this.scope(() => {
      const into = this.take(32 * n + 1);
      const work = this.take(40 * n + 1);
      this.c.encode_many(n, points, into, work);
      const view = this.bytes(into, 32 * n);
      const texts = [];
      for (let i = 0; i < n; i++) {
        let text = "";
        for (let k = 31; k >= 0; k--) text += DIGITS[view[32 * i + k] >> 4] + DIGITS[view[32 * i + k] & 15];
        texts.push(text);
      }
      return texts;
    });
  }

  /** Which of n points are outside the group of order q; buckets first where that is cheaper. */
  outside(n, points) {
    return this.scope(() => {
      if (n >= 3000) {
        const where = this.take(n);
        const buckets = this.take(256 * this.size);
        let held = true;
        for (let round = 0; held && round < 16; round++) {
          this.bytes(where, n).set(randomBytes(n));
          held = this.c.buckets_in_group(n, points, where, buckets) === 1;
        }
        if (held) return [];
      }
      const ok = this.take(n + 1);
      if (this.c.in_group(n, points, ok) === n) return [];
      const view = this.bytes(ok, n);
      return [...view.keys()].filter((i) => !view[i]);
    });
  }

  /** Points s[i]·F + c[i]·P[i], F by its odd multiples. */
  commitments(s, fixed, c, points) {
    const into = this.take(this.size * s.length + 1);
    this.scope(() => this.c.commitments(s.length, this.scalars(s), fixed, this.scalars(c), points, into));
    return into;
  }

  /** Points s[i]·A[i] + c[i]·P[i]. */
  pairs(s, a, c, points) {
    const into = this.take(this.size * s.length + 1);
    this.scope(() => this.c.pair_commitments(s.length, this.scalars(s), a, this.scalars(c), points, into));
    return into;
  }

  multiples(s) {
    const into = this.take(this.size * s.length + 1);
    this.scope(() => this.c.base_multiples(s.length, this.scalars(s), into));
    return into;
  }

  add(n, a, b, negative = 0) {
    const into = this.take(this.size * n + 1);
    this.c.add_points(n, a, b, negative, into);
    return into;
  }

  identity() {
    return this.sum([], this.take(1));
  }

  /** Sum of scalar times point. */
  sum(scalars, points) {
    const n = scalars.length;
    const into = this.take(this.size);
    const width = n < 16 ? 3 : Math.max(4, Math.min(13, Math.floor(Math.log2(n)) - 1));
    this.scope(() => {
      const work = this.take(this.c.msm_work(n, width));
      this.c.msm(n, this.scalars(scalars), points, width, work, into);
    });
    return into;
  }

  /** Copy decoded points one behind the other. */
  gather(places) {
    const into = this.take(this.size * places.length + 1);
    const all = new Uint8Array(this.c.memory.buffer);
    places.forEach((place, i) => all.copyWithin(into + this.size * i, place, place + this.size));
    return into;
  }

  same(a, b) {
    return this.c.same_points(a, b) === 1;
  }

  isIdentity(a) {
    return this.c.is_identity_point(a) === 1;
  }
}
