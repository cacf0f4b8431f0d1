// The index of all archives, the register, and the number that was published before the day.

import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { cbor } from "./cbor.mjs";
import { isHybrid, isIssued, readCertificate } from "./certificates.mjs";
import { checkEvidence } from "./evidence.mjs";
import { hashHex } from "./numbers.mjs";
import { EVIDENCE_FILE, isEvidence } from "./places.mjs";
import { Misshapen, anything, decodeText, flag, hash, list, object, readJson, text, whole } from "./shapes.mjs";
import { base64 } from "./supplement.mjs";

const orNull = (shape) => (value) => (value === null ? null : shape(value));

const INDEX = object({
  format: text, version: whole, uuid: text, fingerprint: text, minimum: whole, ballots: whole, interim: flag,
  predecessor: orNull(hash), documents: list(object({ name: text, sha256: hash })), missing: list(text),
  batches: list(object({ name: text, archive: text, sha256: hash, branches: list(text), devices: list(text), ballots: whole })),
  sums: list(anything),
});
const ENVELOPE = object({ format: text, version: whole, content: text, certificates: list(base64), signatures: list(base64) });
const REGISTER = object({
  election: text, fingerprint: text, rehearsal: flag, definition: hash, seats: anything, decision_lot: anything, minimum: whole,
  groups: list(list(text)), packages: anything, root: base64, trustees: list(text),
  devices: list(object({ id: text, role: text, branch: orNull(text), key: hash, certificate: hash })),
  operators: anything, reserves: anything,
  signers: object({ index: list(base64), reconciliation: list(base64), observer: list(base64), missing: list(base64), lot: list(base64) }),
  split_keys: anything, registry: anything, evaluator: anything, branch_authorities: anything,
});

/** What the register (JSON, an envelope) says, its number, and whether its root signed it. */
export function readRegister(bytes) {
  const source = decodeText(bytes);
  const file = readJson(source, ENVELOPE, () => {});
  if (JSON.stringify(JSON.parse(source), null, 1) + "\n" !== source) throw new Misshapen("another spelling");
  const content = readJson(file.content, REGISTER, () => {});
  const root = readCertificate(content.root);
  const message = cbor([file.format, file.version, sha256(utf8ToBytes(file.content)), file.certificates.map((one) => sha256(one))]);
  const signed = file.format === "amin-register" && file.signatures.length === 1 && file.certificates.length === 1
    && file.certificates.every((der, i) => {
      const signer = readCertificate(der);
      return signer.role === "headquarters" && isIssued(signer, root) && isHybrid(signer, "amin register", message, file.signatures[i]);
    });
  return { content, root, number: hashHex(bytes), signed };
}

/** The branch that a take-over gives a spare, read out of its statement; the act itself is not judged here. */
export function takenOver(files) {
  const found = new Map();
  for (const [name, bytes] of files) {
    if (!name.startsWith("acts/") || !name.endsWith(".takeover")) continue;
    const said = new TextDecoder("latin1").decode(bytes);
    const at = said.indexOf("fbranch");
    if (at < 0) continue;
    const length = bytes[at + 7] - 0x60;
    if (length > 0 && length < 24) found.set(name.slice(5, -9), said.substr(at + 8, length));
  }
  return found;
}

/** What acts say of devices: spares with the branch they took over, and who was rescued. */
export function statedActs(files) {
  const rescued = [...files.keys()].filter((name) => /^acts\/[^/]+\.rescue$/.test(name)).map((name) => name.slice(5, -7));
  return { spares: [...takenOver(files)], rescued };
}

/** Findings of index and register over archives that were checked (`reports`: batch name → report). */
export function checkIndex(files, reports, number) {
  const findings = [];
  const told = [];
  const right = {};
  const fail = (reason, entry, what) => findings.push({ reason, entry, what });
  const outcome = { findings, told, right, number: null, interim: false, rehearsal: false };
  let index;
  const bytes = files.get("index.json");
  try {
    index = readJson(decodeText(bytes), INDEX, () => {});
    if (index.format !== "amin-archive-index" || index.version !== 2) throw new Misshapen("another format or version");
  } catch (error) {
    if (!(error instanceof Misshapen)) throw error;
    fail("index-unreadable", "index.json", error.message);
    return outcome;
  }
  outcome.interim = index.interim;
  let register = null;
  try {
    register = files.has("register.json") ? readRegister(files.get("register.json")) : null;
    if (register && !register.signed) fail("register-signature", "register.json", "headquarters did not sign it");
  } catch (error) {
    if (!(error instanceof Misshapen)) throw error;
    fail("register-format", "register.json", error.message);
  }
  outcome.number = register?.number ?? null;
  outcome.rehearsal = register?.content.rehearsal ?? false;
  if (number && register && number !== register.number) fail("register-number", "register.json", "another number");
  if (number && !register) fail("register-missing", "register.json", "there is no register");
  let signer = null;
  try {
    const root = register?.root ?? readCertificate(files.get("root.der") ?? new Uint8Array(0));
    signer = readCertificate(files.get("signer.der") ?? new Uint8Array(0));
    const held = signer.role === "headquarters" && isIssued(signer, root)
      && isHybrid(signer, "amin archive index", bytes, files.get("index.sig") ?? new Uint8Array(0));
    if (!held) fail("index-signature", "index.sig", "not signed under the root");
  } catch (error) {
    if (!(error instanceof Misshapen)) throw error;
    fail("index-signature", "signer.der", error.message);
  }
  const said = register?.content;
  if (said) {
    if (signer && !said.signers.index.some((der) => hashHex(der) === signer.fingerprint)) fail("register-signer", "signer.der", "the register does not name this signer");
    if (said.election !== index.uuid || said.fingerprint !== index.fingerprint) fail("register-election", "index.json", "of another election");
    for (const name of ["root.der"]) {
      if (files.has(name) && hashHex(files.get(name)) !== register.root.fingerprint) fail("register-root", name, "another root");
    }
    const groups = new Map(said.groups.flatMap((group) => group.map((branch) => [branch, group])));
    for (const batch of index.batches) {
      for (const branch of batch.branches) {
        if (!groups.get(branch)?.every((one) => batch.branches.includes(one))) fail("register-group", branch, "not registered, or its group is not whole");
      }
    }
    if (said.minimum !== index.minimum) fail("register-minimum", "index.json", "another minimum");
    const definition = files.get("definition.json");
    if (definition && hashHex(definition) !== said.definition) fail("register-definition", "definition.json", "another definition");
  }
  const listed = new Set(index.documents.map((one) => one.name));
  for (const name of files.keys()) {
    const isDocument = /^(acts\/.*|missing\.json|rulings\.json|lot-[a-z]+\.json)$/.test(name) || isEvidence(name);
    // A lot is recorded after the index is signed.
    if (isDocument && !listed.has(name) && name !== "lot-seats.json") fail("index-document", name, "it is not listed");
  }
  checkPredecessors(index, files, signer, fail);
  for (const { name, sha256: wanted } of index.documents) {
    if (!files.has(name) || hashHex(files.get(name)) !== wanted) fail("index-document", name, "it is missing, or another one");
  }
  const devices = new Map((said?.devices ?? []).map((one) => [one.id, one]));
  const spareBranches = takenOver(files);
  const used = new Set();
  const branches = new Set();
  let ballots = 0;
  const counted = new Set();
  for (const batch of index.batches) {
    const report = reports.get(batch.name);
    if (!report || report.digest !== batch.sha256) {
      fail("index-archive", batch.name, "its archive is missing, or another one than was signed for");
      continue;
    }
    if (report.fingerprint !== index.fingerprint) fail("index-election", batch.name, "an archive of another election");
    if (report.ballots !== batch.ballots) fail("index-sums", batch.name, "another number of ballots");
    if (index.batches.length > 1 && batch.ballots < index.minimum) fail("index-minimum", batch.name, "too few ballots");
    ballots += report.ballots;
    for (const credential of report.credentials ?? []) {
      if (counted.has(credential)) fail("index-duplicate", batch.name, "a credential twice");
      counted.add(credential);
    }
    for (const branch of batch.branches) {
      if (branches.has(branch)) fail("index-duplicate", batch.name, "a branch twice");
      branches.add(branch);
    }
    const there = (report.devices ?? []).map((one) => one.id).sort();
    if (report.supplement && JSON.stringify(there) !== JSON.stringify([...batch.devices].sort())) fail("index-archive", batch.name, "other devices than it lists");
    if (said && report.supplement && report.root !== register.root.fingerprint) fail("register-root", batch.name, "another root");
    const offices = said ? [...said.signers.reconciliation, ...said.signers.observer].map((der) => hashHex(der)) : null;
    if (offices && (report.deciders ?? []).some((one) => !offices.includes(one))) fail("register-signer", batch.name, "decisions of offices that are not registered");
    const evidence = files.get(batch.name === "." ? EVIDENCE_FILE : `${batch.name}/${EVIDENCE_FILE}`);
    if (said && evidence) {
      const tell = (reason, entry, what, count) => told.push({ reason, entry, what, count });
      checkEvidence(evidence, index.minimum, report.issued ?? 0, batch.name, { fail, tell });
    }
    for (const device of report.devices ?? []) {
      if (used.has(device.id)) fail("index-duplicate", batch.name, "a device twice");
      used.add(device.id);
      const known = devices.get(device.id);
      const near = known?.branch ?? spareBranches.get(device.id);
      if (said && (!known || known.certificate !== device.fingerprint || known.role !== device.role || near !== device.branch)) {
        fail("register-device", device.id, "the register does not name it so");
      }
    }
    if (said && JSON.stringify(report.trustees) !== JSON.stringify(said.trustees)) fail("register-trustees", batch.name, "other trustees");
  }
  if (ballots !== index.ballots) fail("index-sums", "index.json", "another number of ballots");
  checkSums(index, reports, fail);
  if (said) {
    if (said.rehearsal) told.push({ reason: "register-rehearsal", entry: "register.json", what: "a rehearsal: no vote counts", count: 1 });
    right["right-devices"] = used.size;
    const pending = said.devices.filter((one) => one.branch !== null && !used.has(one.id) && !index.missing.includes(one.id));
    if (pending.length && !index.interim) fail("index-final", "index.json", "it calls itself final, and devices are still pending");
    if (pending.length) told.push({ reason: "register-pending", entry: pending.map((one) => one.id).join(" "), what: "devices that are not in", count: pending.length });
    if (index.missing.length) told.push({ reason: "missing-devices", entry: index.missing.join(" "), what: "devices that are finally missing", count: index.missing.length });
  }
  return outcome;
}

/** Every index before this one is there, signed by the same office, and nothing that it had is gone. */
function checkPredecessors(index, files, signer, fail) {
  let later = index;
  for (let name = index.predecessor; name !== null; name = later.predecessor) {
    const bytes = files.get(`earlier/${name}.json`);
    let earlier;
    try {
      if (!bytes || hashHex(bytes) !== name || !signer
        || !isHybrid(signer, "amin archive index", bytes, files.get(`earlier/${name}.sig`) ?? new Uint8Array(0))) throw new Misshapen("it is missing, or not signed");
      earlier = readJson(decodeText(bytes), INDEX, () => {});
      if (!earlier.interim || earlier.uuid !== index.uuid) throw new Misshapen("it is no interim index of this election");
    } catch (error) {
      if (!(error instanceof Misshapen)) throw error;
      return fail("index-predecessor", name, error.message);
    }
    const kept = later.batches.map((one) => JSON.stringify(one));
    const documents = new Map(later.documents.map((one) => [one.name, one.sha256]));
    // Lists grow, and repeat what they had; what lies in a folder stays as it is.
    const changed = ({ name, sha256: was }) => !documents.has(name) || (name.includes("/") && documents.get(name) !== was);
    const gone = earlier.batches.some((one) => !kept.includes(JSON.stringify(one)))
      || earlier.documents.some(changed) || earlier.missing.some((one) => !later.missing.includes(one));
    if (gone) fail("index-subtracted", name, "something that an earlier index had is gone");
    later = earlier;
  }
}

/** The index's sums are those of the archives together. */
function checkSums(index, reports, fail) {
  const batches = index.batches.map((one) => reports.get(one.name));
  if (batches.some((one) => !one?.sums)) return;
  index.sums.forEach((given, i) => {
    const parts = batches.map((one) => one.sums[i]);
    if (parts.some((one) => one === undefined)) return fail("index-sums", `question ${i + 1}`, "numbers that do not add up");
    const total = Array.isArray(parts[0]) ? parts[0].map((_, k) => parts.reduce((all, one) => all + one[k], 0)) : mergeRows(parts);
    const same = Array.isArray(total) ? JSON.stringify(total) === JSON.stringify(given)
      : Object.keys(total).length === Object.keys(given).length && Object.entries(total).every(([key, value]) => given[key] === value);
    if (!same) fail("index-sums", `question ${i + 1}`, "numbers that do not add up");
  });
}

function mergeRows(parts) {
  const total = {};
  for (const part of parts) for (const [key, value] of Object.entries(part)) total[key] = (total[key] ?? 0) + value;
  return total;
}

