// Lists of two offices (missing devices, rulings) and lots: envelopes in JSON, signed by headquarters and the observer.

import { isIssued } from "./certificates.mjs";
import { Refused, readJsonEnvelope, reading, signersOf } from "./envelope.mjs";
import { hashHex } from "./numbers.mjs";
import { ascending, deviceOf } from "./register.mjs";
import { among, flag, hash, list, members, orNull, readDocument, text, whole } from "./shapes.mjs";

const MISSING = members({
  number: hash,
  devices: list(members({ device: text, ground: among("lost", "stolen", "destroyed", "unreadable"), at_most: orNull(whole), receipts: whole, report: flag })),
});
const RULINGS = members({
  number: hash, closings: list(members({ device: text, digest: hash })),
  revocations: list(members({ certificate: hash, ground: among("lost", "stolen", "dismissed"), since: whole })),
});
const LOT = members({ number: hash, lot: among("seats", "decisions"), source: text, value: text, after: hash, at: whole });

/** Open an envelope of both offices, whom the register names in `list`. Throws Refused. */
function open(register, data, format, context, signers, shape, limit) {
  if (data.length > limit) throw new Refused("format", "too large");
  const file = readJsonEnvelope(data, format, 1);
  const named = register.content.signers[signers].map((der) => hashHex(der));
  const roles = ["headquarters", "supervision-observer"];
  const found = signersOf(file, context, (one) => named.includes(one.fingerprint) && isIssued(one, register.root));
  if (found === null || found.length !== 2 || found.some((one, i) => one.role !== roles[i])) {
    throw new Refused("signature", "the two offices did not sign it");
  }
  const said = reading(() => readDocument(file.content, shape));
  if (said.number !== register.number) throw new Refused("election", "it names another election's number");
  return said;
}

export function openMissing(register, data) {
  const said = open(register, data, "amin-missing", "amin missing devices", "missing", MISSING, 1 << 25);
  const names = said.devices.map((one) => one.device);
  if (!ascending(names)) throw new Refused("order", "an entry is there twice, or out of order");
  return said;
}

export function openRulings(register, data) {
  const said = open(register, data, "amin-rulings", "amin rulings", "missing", RULINGS, 1 << 25);
  const pairs = said.closings.map((one) => one.device);
  const certificates = said.revocations.map((one) => one.certificate);
  if (!ascending(pairs) || !ascending(certificates)) throw new Refused("order", "an entry is there twice, or out of order");
  if (!pairs.every((one) => deviceOf(register, one))) throw new Refused("device", "a device that is not registered");
  return said;
}

/** The value of a lot (`seats` or `decisions`). What it was recorded after is compared by whoever knows it. */
export function openLot(register, data, kind) {
  const said = open(register, data, "amin-lot", "amin lot", "lot", LOT, 128 << 10);
  const { value } = said;
  const single = [...value].length <= 200 && value !== "" && value === value.trim() && !/[|\p{Cc}\p{Zl}\p{Zp}]/u.test(value);
  if (!single) throw new Refused("format", "no value of a lot");
  if (said.lot !== kind) throw new Refused("kind", "it is the other lot");
  const source = kind === "seats" ? register.content.seats.lot : register.content.decision_lot;
  if (said.source !== source) throw new Refused("source", "another public source");
  return said;
}
