// Signed documents: an envelope in CBOR or JSON, and what its signers sign.

import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { cbor, readCbor } from "./cbor.mjs";
import { isHybrid, readCertificate } from "./certificates.mjs";
import { Misshapen, base64, bytes, decodeText, list, members, object, readJson, text, whole } from "./shapes.mjs";

const LARGEST_CERTIFICATE = 8192;
const MOST_SIGNERS = 4;

/** What is refused, with the ending of its reason. */
export class Refused extends Error {
  constructor(reason, what) {
    super(what);
    this.reason = reason;
  }
}

/** Run a reader; what is misshapen is refused as `format`. */
export function reading(read) {
  try {
    return read();
  } catch (error) {
    if (error instanceof Misshapen) throw new Refused("format", error.message);
    throw error;
  }
}

const CBOR_ENVELOPE = members({ format: text, content: bytes(), version: whole, signatures: list(bytes()), certificates: list(bytes()) });
const JSON_ENVELOPE = object({ format: text, version: whole, content: text, certificates: list(base64), signatures: list(base64) });

/** An envelope in CBOR. Throws Refused with `format` or `version`. */
export function readCborEnvelope(data, format, version) {
  return reading(() => opened(CBOR_ENVELOPE(readCbor(data)), format, version));
}

/** An envelope in JSON, in its one spelling; its content is a text. */
export function readJsonEnvelope(data, format, version) {
  return reading(() => {
    const source = decodeText(data);
    const file = readJson(source, JSON_ENVELOPE, () => {});
    if (JSON.stringify(file, spelt, 1) + "\n" !== source) throw new Misshapen("another spelling");
    return { ...opened(file, format, version), content: utf8ToBytes(file.content) };
  });
}

/** Bytes as Base64, where JSON is written again to be compared. */
function spelt(key, value) {
  return this[key] instanceof Uint8Array ? btoa(String.fromCharCode(...this[key])) : value;
}

function opened(file, format, version) {
  if (file.format !== format) throw new Misshapen("it is another document");
  if (file.version !== version) throw new Refused("version", "another version");
  const { certificates, signatures } = file;
  if (certificates.length !== signatures.length || certificates.length < 1 || certificates.length > MOST_SIGNERS
    || certificates.some((one) => one.length > LARGEST_CERTIFICATE) || signatures.some((one) => one.length !== 64 + 3309)) {
    throw new Misshapen("other signatures than an envelope has");
  }
  return file;
}

/** The signers whose signatures hold, as read certificates, or null if one does not hold or signs twice. `isKnown` judges a certificate. */
export function signersOf(file, context, isKnown) {
  const content = typeof file.content === "string" ? utf8ToBytes(file.content) : file.content;
  const message = cbor([file.format, file.version, sha256(content), file.certificates.map((one) => sha256(one))]);
  const found = [];
  for (const [i, der] of file.certificates.entries()) {
    let signer;
    try {
      signer = readCertificate(der);
    } catch (error) {
      if (error instanceof Misshapen) return null;
      throw error;
    }
    if (!isKnown(signer) || !isHybrid(signer, context, message, file.signatures[i])) return null;
    if (found.some((one) => same(one.key, signer.key) || same(one.altKey, signer.altKey))) return null;
    found.push(signer);
  }
  return found;
}

export const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
