// Canonical CBOR (RFC 8949, section 4.2.1), written only: numbers, byte strings, texts, lists, null.

import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";

function head(major, length) {
  if (length < 24) return Uint8Array.of((major << 5) | length);
  if (length < 0x100) return Uint8Array.of((major << 5) | 24, length);
  if (length < 0x10000) return Uint8Array.of((major << 5) | 25, length >> 8, length & 255);
  const bytes = new Uint8Array(5);
  bytes[0] = (major << 5) | 26;
  new DataView(bytes.buffer).setUint32(1, length);
  return bytes;
}

export function cbor(value) {
  if (value === null) return Uint8Array.of(0xf6);
  if (Number.isSafeInteger(value) && value >= 0 && value < 2 ** 32) return head(0, value);
  if (value instanceof Uint8Array) return concatBytes(head(2, value.length), value);
  if (typeof value === "string") {
    const bytes = utf8ToBytes(value);
    return concatBytes(head(3, bytes.length), bytes);
  }
  if (Array.isArray(value)) return concatBytes(head(4, value.length), ...value.map(cbor));
  throw new TypeError("nothing that is signed holds this");
}
