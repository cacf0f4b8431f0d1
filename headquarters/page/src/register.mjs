// The register: who is believed after the day. Its SHA-256 is the election's number.

import { readCertificate, isIssued } from "./certificates.mjs";
import { Refused, readJsonEnvelope, reading, signersOf } from "./envelope.mjs";
import { hashHex } from "./numbers.mjs";
import { Misshapen, among, anything, base64, flag, hash, list, members, orNull, positive, readDocument, text } from "./shapes.mjs";

const REGISTER = members({
  election: text, fingerprint: text, rehearsal: flag, definition: hash,
  seats: members({ denominator: text, remainder: text, lot: text }), decision_lot: text, minimum: positive, groups: list(list(text)),
  packages: list(members({ revision: positive, branches: list(text), sha256: hash })), root: base64, trustees: list(text),
  devices: list(members({ id: text, role: among("identity-station", "ballot-terminal"), branch: orNull(text), key: hash, certificate: hash })),
  operators: list(members({ branch: text, certificates: list(hash) })),
  reserves: list(members({ district: text, branches: list(text), certificates: list(hash) })),
  signers: members({ index: list(base64), reconciliation: list(base64), observer: list(base64), missing: list(base64), lot: list(base64) }),
  split_keys: anything, registry: anything, evaluator: anything, branch_authorities: anything,
});

/** Read register.json as of a root (read certificate). Throws Refused with `format`, `version`, `signature`, `root` or `contradiction`. */
export function readRegister(data, root) {
  const file = readJsonEnvelope(data, "amin-register", 2);
  const signers = signersOf(file, "amin register", (one) => one.role === "headquarters" && isIssued(one, root));
  if (signers === null || signers.length !== 1) throw new Refused("signature", "headquarters did not sign it");
  const content = reading(() => readDocument(file.content, REGISTER));
  if (hashHex(content.root) !== root.fingerprint) throw new Refused("root", "it names another root");
  if (!isConsistent(content)) throw new Refused("contradiction", "it contradicts itself");
  return { content, number: hashHex(data), root };
}

export const ascending = (names) => names.every((name, i) => i === 0 || names[i - 1] < name);
const unique = (names) => new Set(names).size === names.length;

function isConsistent(said) {
  const branches = said.groups.flat();
  const districts = said.reserves.flatMap((one) => one.branches);
  const named = [...said.devices.map((one) => one.branch).filter((one) => one !== null), ...said.operators.map((one) => one.branch),
    ...districts, ...said.packages.flatMap((one) => one.branches)];
  return unique(branches) && unique(districts) && named.every((one) => branches.includes(one))
    && [said.devices.map((one) => one.id), said.operators.map((one) => one.branch), said.reserves.map((one) => one.district)].every(ascending)
    && [...said.operators, ...said.reserves].every((one) => ascending(one.certificates))
    && unique(said.devices.map((one) => one.key)) && unique(said.devices.map((one) => one.certificate))
    && unique(said.devices.map((one) => one.id.toLowerCase()));
}

export const deviceOf = (register, id) => register.content.devices.find((one) => one.id === id);

/** Whether a card may act in a branch: "operator", "reserve" of its district, or null. */
export function placeOfCard(register, branch, fingerprint) {
  const { operators, reserves } = register.content;
  if (operators.some((one) => one.branch === branch && one.certificates.includes(fingerprint))) return "operator";
  if (reserves.some((one) => one.branches.includes(branch) && one.certificates.includes(fingerprint))) return "reserve";
  return null;
}

/** A root's certificate, or null. */
export function readRoot(der) {
  try {
    const root = readCertificate(der ?? new Uint8Array(0));
    return isIssued(root, root) ? root : null;
  } catch (error) {
    if (error instanceof Misshapen) return null;
    throw error;
  }
}
