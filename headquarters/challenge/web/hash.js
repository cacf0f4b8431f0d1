"use strict";
// SHA-256 (FIPS 180-4) and SHAKE-256 (FIPS 202), because a page that is opened from a file has no WebCrypto
// to rely on. Both work on Uint8Array.

const utf8 = text => new TextEncoder().encode(text);

function joined(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { all.set(part, at); at += part.length; }
  return all;
}

function numberOf(bytes) {                       // big-endian
  let hex = "0x0";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return BigInt(hex);
}

function bytesOf(number, length) {               // big-endian
  const hex = number.toString(16).padStart(2 * length, "0");
  return Uint8Array.from({length}, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

// The first 32 bits after the point of the square and cube roots of the first primes: the constants of SHA-256.
function rootConstants(count, power) {
  const found = [];
  for (let n = 2; found.length < count; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
    if (!prime) continue;
    const target = BigInt(n) << BigInt(32 * power);
    let low = 0n, high = 1n << 40n;              // the largest root with root^power <= target
    while (high - low > 1n) {
      const middle = (low + high) >> 1n;
      if (middle ** BigInt(power) <= target) low = middle; else high = middle;
    }
    found.push(Number(low & 0xffffffffn));
  }
  return found;
}

const SHA_START = rootConstants(8, 2);
const SHA_ROUND = rootConstants(64, 3);

function sha256(data) {
  const padded = new Uint8Array((data.length + 9 + 63) >> 6 << 6);
  padded.set(data);
  padded[data.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(data.length) * 8n);
  const turn = (x, n) => x >>> n | x << (32 - n);
  const state = SHA_START.slice(), w = new Int32Array(64);
  for (let block = 0; block < padded.length; block += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getInt32(block + 4 * i);
    for (let i = 16; i < 64; i++) {
      const p = w[i - 15], q = w[i - 2];
      w[i] = w[i - 16] + (turn(p, 7) ^ turn(p, 18) ^ p >>> 3)
           + w[i - 7] + (turn(q, 17) ^ turn(q, 19) ^ q >>> 10);
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const one = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (e & f ^ ~e & g) + SHA_ROUND[i] + w[i] | 0;
      const two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + (a & b ^ a & c ^ b & c) | 0;
      h = g; g = f; f = e; e = d + one | 0; d = c; c = b; b = a; a = one + two | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((x, i) => { state[i] = state[i] + x | 0; });
  }
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((x, i) => digest.setInt32(4 * i, x));
  return new Uint8Array(digest.buffer);
}

// Round constants from the shift register of FIPS 202, 3.2.5.
const KECCAK_ROUND = (() => {
  let register = 1;
  return Array.from({length: 24}, () => {
    let constant = 0n;
    for (let j = 0; j < 7; j++) {
      if (register & 1) constant |= 1n << BigInt((1 << j) - 1);
      register = register << 1 ^ (register & 0x80 ? 0x171 : 0);
    }
    return constant;
  });
})();

function keccak(lanes) {                         // BigUint64Array(25); lane (x, y) is at x + 5y
  const turn = (x, n) => n ? BigInt.asUintN(64, x << n) | x >> (64n - n) : x;
  for (const constant of KECCAK_ROUND) {
    const c = [0, 1, 2, 3, 4].map(x =>
      lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20]);
    for (let i = 0; i < 25; i++) lanes[i] ^= c[(i + 4) % 5] ^ turn(c[(i + 1) % 5], 1n);
    let x = 1, y = 0, moving = lanes[1];         // rho and pi along their one long cycle
    for (let t = 0; t < 24; t++) {
      [x, y] = [y, (2 * x + 3 * y) % 5];
      [moving, lanes[x + 5 * y]] =
        [lanes[x + 5 * y], turn(moving, BigInt((t + 1) * (t + 2) / 2 % 64))];
    }
    for (let row = 0; row < 25; row += 5) {
      const r = lanes.slice(row, row + 5);
      for (let i = 0; i < 5; i++) lanes[row + i] = r[i] ^ ~r[(i + 1) % 5] & r[(i + 2) % 5];
    }
    lanes[0] ^= constant;
  }
}

class Shake256 {                                 // absorbs; then `read` once
  constructor() { this.lanes = new BigUint64Array(25); this.filled = 0; }

  copy() {
    const twin = new Shake256();
    twin.lanes.set(this.lanes);
    twin.filled = this.filled;
    return twin;
  }

  absorb(data) {
    for (const byte of data) {
      this.mix(byte);
      if (++this.filled === 136) { keccak(this.lanes); this.filled = 0; }
    }
    return this;
  }

  mix(byte, at = this.filled) { this.lanes[at >> 3] ^= BigInt(byte) << BigInt(8 * (at & 7)); }

  read(length) {                                 // up to 136 bytes
    this.mix(0x1f);
    this.mix(0x80, 135);
    keccak(this.lanes);
    return Uint8Array.from({length}, (_, i) => Number(this.lanes[i >> 3] >> BigInt(8 * (i & 7)) & 0xffn));
  }
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function base64(digest) {                        // 32 bytes as 43 signs, without "="
  const number = numberOf(digest) << 2n;
  return Array.from({length: 43}, (_, i) => BASE64[Number(number >> BigInt(6 * (42 - i)) & 63n)]).join("");
}
