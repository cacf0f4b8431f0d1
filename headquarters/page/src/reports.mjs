// The code of a closing report: what a witness saw on paper, compared with what is published.

import { hexToBytes, bytesToHex } from "@noble/hashes/utils.js";
import { readCbor } from "./cbor.mjs";
import { isSigned } from "./certificates.mjs";
import { Refused, reading } from "./envelope.mjs";
import { deviceOf } from "./register.mjs";
import { Misshapen, bytes, list, members, text, whole } from "./shapes.mjs";

const PREFIX = "AMINR1:";
const LONGEST = 1024;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SAID = members({ number: bytes(32), device: text, numbers: list(whole, 2), roots: list(bytes(32)) });

function base32(source) {
  let bits = 0;
  let value = 0;
  const found = [];
  for (const letter of source) {
    const digit = ALPHABET.indexOf(letter);
    if (digit < 0) throw new Misshapen("no Base32");
    value = ((value << 5) | digit) & 0xfff;
    bits += 5;
    if (bits >= 8) found.push((value >> (bits -= 8)) & 255);
  }
  if ([1, 3, 6].includes(source.length % 8) || value & ((1 << bits) - 1)) throw new Misshapen("no Base32");
  return Uint8Array.from(found);
}

/** Read a code as a camera or a person gives it: small letters, blanks and hyphens do not matter. Throws Refused. */
export function readReport(source) {
  return reading(() => {
    const plain = source.length > LONGEST ? "" : source.replace(/[\s-]/g, "").toUpperCase();
    if (!plain.startsWith(PREFIX)) throw new Misshapen("it is no code of a report");
    const data = base32(plain.slice(PREFIX.length));
    if (data.length <= 64) throw new Misshapen("a part is missing");
    const signed = data.subarray(0, data.length - 64);
    const said = SAID(readCbor(signed));
    return { device: said.device, numbers: said.numbers, roots: said.roots.map(bytesToHex), number: bytesToHex(said.number), signed, signature: data.slice(-64) };
  });
}

/** Compare a report with what is published of its device: `{kind, reason, device, numbers}`. */
export function checkReport(source, ground, reports) {
  try {
    const said = readReport(source);
    const facts = { device: said.device, numbers: said.numbers };
    const { register } = ground;
    if (said.number !== register.number) throw new Refused("election", "another election's number");
    const device = deviceOf(register, said.device);
    if (!device) throw new Refused("device", "the register does not name the device");
    if (!isSigned({ key: hexToBytes(device.key) }, "amin closing report", said.signed, said.signature)) throw new Refused("signature", "the device did not sign it");
    const box = reports.flatMap((one) => one.boxes ?? []).find((one) => one.device === said.device);
    const station = reports.flatMap((one) => one.stations ?? []).find((one) => one.device === said.device);
    const same = box ? said.numbers[0] === box.cast && said.numbers[1] === box.spoiled && said.roots.length === 2
      && said.roots[0] === box.records && said.roots[1] === box.spent
      : station ? said.numbers[0] === station.issued && said.numbers[1] === station.claimed && said.roots.length === 0 : null;
    if (same) return { kind: "right", reason: "right-report", ...facts };
    if (same === false) {
      const isRescued = ground.rescues.some((one) => one.device === said.device);
      return isRescued ? { kind: "told", reason: "rescue-differs", ...facts } : { kind: "wrong", reason: "report-differs", ...facts };
    }
    const missing = ground.missing.find((one) => one.device === said.device);
    const beyond = missing && missing.at_most !== null && said.numbers[0] > missing.at_most && device.role === "ballot-terminal";
    if (beyond) return { kind: "wrong", reason: "report-bounds", ...facts };
    return { kind: "told", reason: missing ? "missing-report" : "register-pending", ...facts };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { kind: "wrong", reason: `report-${error.reason}`, device: null, numbers: [] };
  }
}
