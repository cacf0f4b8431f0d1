// Numbers mod q and what is hashed to them.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

export const Q = 2n ** 252n + 27742317777372353535851937790883648493n;

export const mod = (value) => ((value % Q) + Q) % Q;

export function power(base, exponent) {
  let result = 1n;
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = (b * b) % Q) if (e & 1n) result = (result * b) % Q;
  return result;
}

export const inverse = (value) => power(value, Q - 2n);

export const hashHex = (data) => bytesToHex(sha256(typeof data === "string" ? utf8ToBytes(data) : data));

export const hashScalar = (text) => BigInt("0x" + hashHex(text)) % Q;

/** SHA-256 in Base64 without "=", 43 characters. */
export function hashBase64(data) {
  const bytes = sha256(typeof data === "string" ? utf8ToBytes(data) : data);
  return btoa(String.fromCharCode(...bytes)).slice(0, 43);
}

export function littleEndian(bytes) {
  let text = "";
  for (let i = bytes.length - 1; i >= 0; i--) text += bytes[i].toString(16).padStart(2, "0");
  return text ? BigInt("0x" + text) : 0n;
}

/** Random bytes after everything was read, 65,536 at a time as browsers give them. */
export function randomBytes(n) {
  const bytes = new Uint8Array(n);
  for (let at = 0; at < n; at += 65536) crypto.getRandomValues(bytes.subarray(at, Math.min(n, at + 65536)));
  return bytes;
}

export const randomWeight = () => littleEndian(randomBytes(16));
