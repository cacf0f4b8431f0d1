// Operators' cards: certificates with one key (RSA-2048 or P-256) under the root, and what the cards sign.

import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import { cbor } from "./cbor.mjs";
import { isUnderRoot, readCardCertificate } from "./certificates.mjs";
import { Misshapen } from "./shapes.mjs";

const SHA256_INFO = hexToBytes("3031300d060960864801650304020105000420");

/** A card's certificate, or null where it is none of this root's. */
export function readCard(der, root) {
  try {
    const card = readCardCertificate(der);
    return isUnderRoot(card, root) ? card : null;
  } catch (error) {
    if (error instanceof Misshapen) return null;
    throw error;
  }
}

/** Whether a card signed a message: ECDSA with P-256, or RSA with PKCS #1 v1.5; both over SHA-256. */
export function isCardSigned(card, message, signature) {
  const digest = sha256(message);
  return card.rsa ? isRsa(card.rsa, digest, signature) : isEcdsa(card.point, digest, signature);
}

function isEcdsa(point, digest, signature) {
  try {
    return p256.verify(signature, digest, point, { prehash: false, lowS: false, format: "der" });
  } catch {
    return false;
  }
}

function isRsa({ modulus, exponent }, digest, signature) {
  const length = 256;
  if (signature.length !== length) return false;
  const value = BigInt("0x" + bytesToHex(signature));
  if (value >= modulus) return false;
  let power = 1n;
  let square = value;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) power = (power * square) % modulus;
    square = (square * square) % modulus;
  }
  const info = concatBytes(SHA256_INFO, digest);
  const wanted = concatBytes(Uint8Array.of(0, 1), new Uint8Array(length - 3 - info.length).fill(255), Uint8Array.of(0), info);
  return power.toString(16).padStart(2 * length, "0") === bytesToHex(wanted);
}

/** What cards sign of a statement. */
export const cardMessage = (context, ...rest) => cbor([context, ...rest]);
