// Certificates (X.509) with two keys and two signatures, and what signs with them.

import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import { Misshapen } from "./shapes.mjs";

const HYBRID = utf8ToBytes("amin-hybrid-signature-v1");
const SHORT = utf8ToBytes("amin-signature-v1");
const ED25519 = "06032b6570";
const P256 = "06072a8648ce3d020106082a8648ce3d030107";
const RSA = "06092a864886f70d0101010500";
const ALT_KEY = "0603551d48";
const ALT_ALGORITHM = "0603551d49";
const ALT_VALUE = "0603551d4a";
const COMMON_NAME = "0603550403";
const UNIT = "060355040b";
const ROLE = privateOid(156836623045988774782717746435682868330n);

/** The DER of 2.25.n. */
function privateOid(n) {
  const groups = [];
  for (let rest = n; rest > 0n; rest >>= 7n) groups.unshift(Number(rest & 127n));
  const content = [2 * 40 + 25, ...groups.map((group, i) => (i < groups.length - 1 ? group | 128 : group))];
  return bytesToHex(Uint8Array.of(6, content.length, ...content));
}

/** One DER element at a place: `{tag, from, content, end}`; lengths in their one spelling. */
function element(bytes, at, limit) {
  if (at + 2 > limit) throw new Misshapen("no certificate");
  const tag = bytes[at];
  let length = bytes[at + 1];
  let content = at + 2;
  if (length > 0x7f) {
    const count = length & 0x7f;
    if (count < 1 || count > 3 || content + count > limit) throw new Misshapen("no certificate");
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + bytes[content++];
    if (length < 0x80 || (count > 1 && length < 256 ** (count - 1))) throw new Misshapen("no certificate");
  }
  if (content + length > limit) throw new Misshapen("no certificate");
  return { tag, from: at, content, end: content + length };
}

function children(bytes, parent) {
  const found = [];
  for (let at = parent.content; at < parent.end; at = found.at(-1).end) found.push(element(bytes, at, parent.end));
  return found;
}

function encode(tag, content) {
  const n = content.length;
  if (n < 0x80) return concatBytes(Uint8Array.of(tag, n), content);
  if (n < 0x100) return concatBytes(Uint8Array.of(tag, 0x81, n), content);
  return concatBytes(Uint8Array.of(tag, 0x82, n >> 8, n & 255), content);
}

const slice = (bytes, one) => bytes.subarray(one.from, one.end);
const inner = (bytes, one) => bytes.subarray(one.content, one.end);
const text = (bytes, one) => new TextDecoder("utf-8", { fatal: true }).decode(inner(bytes, one));

function names(bytes, name) {
  const found = {};
  for (const set of children(bytes, name)) {
    for (const pair of children(bytes, set)) {
      const [type, value] = children(bytes, pair);
      found[bytesToHex(slice(bytes, type))] = text(bytes, value);
    }
  }
  return found;
}

function time(bytes, one) {
  const said = text(bytes, one);
  const [, year, rest] = (one.tag === 0x17 ? /^(\d\d)(\d{10})Z$/ : /^(\d{4})(\d{10})Z$/).exec(said) ?? [];
  if (!rest) throw new Misshapen("no certificate");
  const full = one.tag === 0x17 ? (Number(year) < 50 ? 2000 : 1900) + Number(year) : Number(year);
  const [month, day, hour, minute, second] = rest.match(/../g).map(Number);
  return Date.UTC(full, month - 1, day, hour, minute, second) / 1000;
}

/** Read a certificate of a signer with two keys. Throws Misshapen. */
export function readCertificate(der) {
  try {
    return read(der);
  } catch (error) {
    if (error instanceof Misshapen) throw error;
    throw new Misshapen("no certificate");
  }
}

/** The parts of a certificate with one spelling of lengths and eight parts inside. */
function parted(der) {
  const whole = element(der, 0, der.length);
  if (whole.end !== der.length || der.length > 8192) throw new Misshapen("no certificate");
  const [tbs, algorithm, signature] = children(der, whole);
  const parts = children(der, tbs);
  if (parts.length !== 8 || parts[0].tag !== 0xa0 || parts[7].tag !== 0xa3) throw new Misshapen("no certificate");
  const [list] = children(der, parts[7]);
  const extensions = children(der, list).map((one) => {
    const fields = children(der, one);
    return { one, oid: bytesToHex(slice(der, fields[0])), value: fields.at(-1) };
  });
  return { parts, algorithm, signature, tbs, extensions };
}

const bits = (der, one) => {
  const content = inner(der, one);
  if (content[0] !== 0) throw new Misshapen("no certificate");
  return content.subarray(1);
};

/** Who it is of, from when to when, and for what. */
function described(der, issuer, validity, subject, extensions) {
  const [begins, ends] = children(der, validity).map((one) => time(der, one));
  const subjectNames = names(der, subject);
  const role = extensions.find((one) => one.oid === ROLE)?.value;
  const fields = role ? children(der, element(der, role.content, role.end)).map((one) => text(der, one)) : [null, ""];
  return {
    der, issuer: bytesToHex(slice(der, issuer)), subject: bytesToHex(slice(der, subject)), begins, ends,
    name: subjectNames[COMMON_NAME] ?? "", unit: subjectNames[UNIT] ?? "", role: fields[0], branch: fields[1],
    fingerprint: bytesToHex(sha256(der)),
  };
}

function read(der) {
  const { parts, algorithm, signature, tbs, extensions } = parted(der);
  const [version, serial, inside, issuer, validity, subject, publicKey] = parts;
  const [keyAlgorithm, keyBits] = children(der, publicKey);
  const isEd25519 = (one) => bytesToHex(inner(der, one)) === ED25519;
  if (![algorithm, inside, keyAlgorithm].every(isEd25519)) throw new Misshapen("no certificate");
  const extension = (oid) => extensions.find((one) => one.oid === oid)?.value;
  const alt = extension(ALT_KEY);
  const altValue = extension(ALT_VALUE);
  if (!alt || !altValue || !extension(ALT_ALGORITHM)) throw new Misshapen("no certificate");
  const altKey = bits(der, children(der, element(der, alt.content, alt.end))[1]);
  const altSignature = bits(der, element(der, altValue.content, altValue.end));
  const kept = extensions.filter((one) => one.oid !== ALT_VALUE).map((one) => slice(der, one.one));
  const preTbs = encode(0x30, concatBytes(
    ...[version, serial, issuer, validity, subject, publicKey].map((one) => slice(der, one)),
    encode(0xa3, encode(0x30, concatBytes(...kept))),
  ));
  return {
    ...described(der, issuer, validity, subject, extensions), tbs: slice(der, tbs), preTbs, key: bits(der, keyBits), altKey,
    signature: bits(der, signature), altSignature,
  };
}

function isEd(signature, message, key) {
  try {
    return ed25519.verify(signature, message, key, { zip215: false });
  } catch {
    return false;
  }
}

function isMl(signature, message, key, context) {
  try {
    return ml_dsa65.verify(signature, message, key, context ? { context } : {});
  } catch {
    return false;
  }
}

/** Read a certificate of an operator's card: one key (RSA-2048 or P-256), signed by the root's Ed25519 key alone. Throws Misshapen. */
export function readCardCertificate(der) {
  try {
    return readCard(der);
  } catch (error) {
    if (error instanceof Misshapen) throw error;
    throw new Misshapen("no certificate");
  }
}

function readCard(der) {
  const { parts, algorithm, signature, tbs, extensions } = parted(der);
  const [, , inside, issuer, validity, subject, publicKey] = parts;
  if (![algorithm, inside].every((one) => bytesToHex(inner(der, one)) === ED25519)) throw new Misshapen("no certificate");
  const [keyAlgorithm, keyBits] = children(der, publicKey);
  const kind = bytesToHex(inner(der, keyAlgorithm));
  const key = bits(der, keyBits);
  const common = { ...described(der, issuer, validity, subject, extensions), tbs: slice(der, tbs), signature: bits(der, signature), key };
  if (kind === P256 && key.length === 65) return { ...common, point: key };
  if (kind !== RSA) throw new Misshapen("no certificate");
  const [modulus, exponent] = children(key, element(key, 0, key.length)).map((one) => BigInt("0x" + bytesToHex(inner(key, one))));
  if (modulus >> 2047n !== 1n) throw new Misshapen("no certificate");
  return { ...common, rsa: { modulus, exponent } };
}

/** Whether a card's certificate is of this root. */
export const isUnderRoot = (card, root) => card.issuer === root.subject && isEd(card.signature, card.tbs, root.key);

/** Whether a certificate is valid at a time, in seconds since 1970. */
export const isValid = (certificate, time) => certificate.begins <= time && time <= certificate.ends;

/** Whether a certificate is of this root: both signatures. */
export function isIssued(certificate, root) {
  return certificate.issuer === root.subject && isEd(certificate.signature, certificate.tbs, root.key)
    && isMl(certificate.altSignature, certificate.preTbs, root.altKey);
}

function framed(label, context, rest) {
  const bytes = utf8ToBytes(context);
  return concatBytes(label, Uint8Array.of(0, bytes.length), bytes, ...rest);
}

/** Whether a signature with one key holds. */
export const isSigned = (certificate, context, message, signature) =>
  isEd(signature, framed(SHORT, context, [message]), certificate.key);

/** Whether a signature with both keys holds. */
export function isHybrid(certificate, context, message, signature) {
  if (signature.length !== 64 + 3309) return false;
  const pair = sha256(concatBytes(certificate.key, certificate.altKey));
  const covered = framed(HYBRID, context, [pair, message]);
  return isEd(signature.subarray(0, 64), covered, certificate.key)
    && isMl(signature.subarray(64), covered, certificate.altKey, HYBRID);
}
