// The index of all archives, judged by the register and by the number that was published before the day.

import { isHybrid, isIssued, isValid, readCertificate } from "./certificates.mjs";
import { FIRST } from "./day-acts.mjs";
import { readDeviceActs } from "./device-acts.mjs";
import { Refused } from "./envelope.mjs";
import { checkResult } from "./published-result.mjs";
import { checkEvidence } from "./evidence.mjs";
import { checkSeats, readLots } from "./lots.mjs";
import { hashHex } from "./numbers.mjs";
import { openMissing, openRulings } from "./office-lists.mjs";
import { EVIDENCE_FILE, isEvidence } from "./places.mjs";
import { deviceOf, readRegister, readRoot } from "./register.mjs";
import { Misshapen, among, flag, hash, list, members, orNull, positive, readDocument, text, whole } from "./shapes.mjs";
import { merkleRoot } from "./supplement.mjs";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";

/** Counts of a question: a list, or numbers of rows by the integers of a slot. */
const counts = (value) => (Array.isArray(value) ? list(whole)(value)
  : members(Object.fromEntries(Object.keys(Object(value)).map((key) => [key, whole])))(value));
const INDEX = members({
  format: among("amin-archive-index"), version: (value) => among(2)(value), uuid: text, fingerprint: text, minimum: positive, ballots: whole, interim: flag,
  predecessor: orNull(hash), documents: list(members({ name: text, sha256: hash })), missing: list(text),
  batches: list(members({ name: text, archive: text, sha256: hash, branches: list(text), devices: list(text), ballots: whole })),
  sums: list(counts),
});

const collector = () => {
  const findings = [];
  const told = [];
  const count = (reason, entry, what, number) => told.push({ reason, entry, what, count: number });
  return {
    findings, told, count,
    fail: (reason, entry, what) => findings.push({ reason, entry, what }),
    tell: (reason, entry, what, number = 1) => number && count(reason, entry, what, number),
  };
};

/** Read what is judged before the archives (`files`: name → bytes): who is believed, and what was said about devices. */
export function openPublication(files, number) {
  const { findings, fail } = collector();
  const ground = { register: null, believed: false, takeovers: [], rescues: [], revocations: new Map(), missing: [], rulings: null, index: null, findings, number: null, digest: hashHex(files.get("index.json") ?? new Uint8Array(0)) };
  try {
    ground.index = readDocument(files.get("index.json") ?? new Uint8Array(0), INDEX);
  } catch (error) {
    if (!(error instanceof Misshapen)) throw error;
    fail("index-unreadable", "index.json", error.message);
    return ground;
  }
  const root = readRoot(files.get("root.der"));
  if (files.has("root.der")) ground.register = openRegister(files.get("register.json"), root, number, fail);
  else fail("register-missing", "root.der", "there is no root");
  ground.number = files.has("register.json") ? hashHex(files.get("register.json")) : null;
  const { register } = ground;
  if (!register) return ground;
  ground.believed = !number || number === ground.number;
  // Whoever made the register: what devices signed is compared with the acts that name it.
  const note = ground.believed ? fail : () => {};
  Object.assign(ground, readDeviceActs(files, register, note));
  const listed = (name, open) => {
    try {
      return files.has(name) ? open(register, files.get(name)) : null;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      note(`list-${error.reason}`, name, error.message);
      return null;
    }
  };
  ground.missing = listed("missing.json", openMissing)?.devices ?? [];
  ground.rulings = listed("rulings.json", openRulings);
  ground.revocations = new Map((ground.rulings?.revocations ?? []).map((one) => [one.certificate, one.since]));
  return ground;
}

function openRegister(data, root, number, fail) {
  const name = "register.json";
  if (data === undefined) {
    if (number) fail("register-missing", name, "there is no register");
    return null;
  }
  const isOther = number && number !== hashHex(data);
  if (isOther) fail("register-number", name, "another number");
  try {
    if (root === null) throw new Refused("signature", "there is no root");
    return readRegister(data, root);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (!isOther) fail(`register-${error.reason}`, name, error.message);
    return null;
  }
}

/** Findings of index and register over archives that were checked (`reports`: batch name → report); `kept`: the SHA-256 of an index that the reader kept, or null. */
export function checkIndex(files, reports, ground, number, kept) {
  const { findings, told, fail, tell, count } = collector();
  const { index, register, believed } = ground;
  findings.push(...ground.findings);
  const outcome = { findings, told, number: ground.number, interim: index?.interim ?? false, anchored: Boolean(believed && number) };
  if (!index) return outcome;
  const signer = checkSignature(files, [...reports.values()].filter((one) => one.sound).map((one) => one.time), fail);
  checkDocuments(index, files, fail);
  const chain = [ground.digest];
  checkPredecessors(index, files, signer, fail, chain);
  if (kept && !chain.includes(kept)) fail("index-branched", kept, "the index that was kept is none of its predecessors");
  checkBatches(index, reports, fail);
  checkDecisionLists(index, reports, fail);
  checkSums(index, reports, fail);
  if (believed) outcome.elected = new RegisterCheck(files, reports, ground, { findings, fail, tell, count }).run(signer);
  return outcome;
}

/** The signer that lies beside the index, or null: earlier indexes have to be of the same. */
function checkSignature(files, times, fail) {
  const root = readRoot(files.get("root.der"));
  try {
    const signer = readCertificate(files.get("signer.der") ?? new Uint8Array(0));
    const held = root && signer.role === "headquarters" && isIssued(signer, root) && times.every((time) => isValid(signer, time))
      && isHybrid(signer, "amin archive index", files.get("index.json"), files.get("index.sig") ?? new Uint8Array(0));
    if (!held) fail("index-signature", "index.sig", "not signed under the root");
    return signer;
  } catch (error) {
    if (!(error instanceof Misshapen)) throw error;
    fail("index-signature", "index.sig", "not signed under the root");
    return null;
  }
}

function checkDocuments(index, files, fail) {
  const listed = new Set(index.documents.map((one) => one.name));
  for (const name of files.keys()) {
    const isDocument = /^(acts\/.*|missing\.json|rulings\.json|lot-decisions\.json)$/.test(name) || isEvidence(name);
    if (isDocument && !listed.has(name)) fail("index-document", name, "it is not listed");
  }
  for (const { name, sha256: wanted } of index.documents) {
    if (!files.has(name) || hashHex(files.get(name)) !== wanted) fail("index-document", name, "it is missing, or another one");
  }
}

/** Every index before this one is there, signed by the same office, and nothing that it had is gone; their names come to `chain`. */
function checkPredecessors(index, files, signer, fail, chain) {
  let later = index;
  for (let name = index.predecessor; name !== null; name = later.predecessor) {
    const bytes = files.get(`earlier/${name}.json`);
    let earlier;
    try {
      if (!bytes || hashHex(bytes) !== name || !signer
        || !isHybrid(signer, "amin archive index", bytes, files.get(`earlier/${name}.sig`) ?? new Uint8Array(0))) throw new Misshapen("it is missing, or not signed");
      earlier = readDocument(bytes, INDEX);
      if (!earlier.interim) throw new Misshapen("it is no interim index");
    } catch (error) {
      if (!(error instanceof Misshapen)) throw error;
      return fail("index-predecessor", name, error.message);
    }
    chain.push(name);
    if (["uuid", "fingerprint", "minimum"].some((key) => earlier[key] !== later[key])) fail("index-subtracted", "index.json", "of another election, or another minimum");
    const kept = later.batches.map((one) => JSON.stringify(one));
    for (const one of earlier.batches) if (!kept.includes(JSON.stringify(one))) fail("index-subtracted", one.name, "a batch is gone or changed");
    const documents = new Map(later.documents.map((one) => [one.name, one.sha256]));
    // Lists grow, and repeat what they had; what lies in a folder stays as it is.
    for (const { name: file, sha256: was } of earlier.documents) {
      if (!documents.has(file) || (file.includes("/") && documents.get(file) !== was)) fail("index-subtracted", file, "a document is gone or changed");
    }
    for (const one of earlier.missing) if (!later.missing.includes(one)) fail("index-subtracted", one, "a missing device is gone");
    later = earlier;
  }
}

/** Archives and supplements are those of the index, and nothing is in two of them. */
function checkBatches(index, reports, fail) {
  const seen = new Map();
  const once = (kind, name, entry) => {
    if (!seen.has(kind)) seen.set(kind, new Set());
    if (seen.get(kind).has(name)) fail("index-duplicate", entry, `a ${kind} twice`);
    seen.get(kind).add(name);
  };
  let ballots = 0;
  for (const batch of index.batches) {
    once("batch", batch.name, batch.name);
    for (const branch of batch.branches) once("branch", branch, branch);
    const report = reports.get(batch.name);
    if (!report || report.digest !== batch.sha256) {
      fail("index-archive", batch.name, "its archive is missing, or another one than was signed for");
      continue;
    }
    if (report.fingerprint !== index.fingerprint || report.uuid !== index.uuid) fail("index-election", batch.name, "an archive of another election");
    if (report.ballots !== batch.ballots) fail("index-sums", batch.name, "another number of ballots");
    if (index.batches.length > 1 && report.ballots < index.minimum) fail("index-minimum", batch.name, "too few ballots");
    ballots += report.ballots;
    for (const credential of report.credentials ?? []) once("credential", credential, credential);
    const there = (report.devices ?? []).map((one) => one.id);
    for (const device of there) once("device", device, device);
    if (!report.supplement || !report.complete || JSON.stringify([...there].sort()) !== JSON.stringify([...batch.devices].sort())) {
      fail("index-archive", batch.name, "no supplement, or of other devices than it lists");
    }
  }
  if (ballots !== index.ballots) fail("index-sums", "ballots", "another number of ballots");
}

/** Decisions repeat each other, and what they leave out is left out of one batch. */
function checkDecisionLists(index, reports, fail) {
  const batches = index.batches.map((one) => reports.get(one.name)).filter((one) => one?.supplement && one.sound);
  const grown = (one) => [one.entries.length, one.read.length, one.lot === null ? 0 : 1];
  const lists = batches.map((one) => one.decisions).filter(Boolean).sort((a, b) => grown(b).map((size, i) => size - grown(a)[i]).find((more) => more) ?? 0);
  const [longest] = lists;
  if (batches.length > 1 && batches.some((one) => one.decisions === undefined)) return fail("index-decisions", "decisions.json", "decisions that do not hold");
  const repeats = (later, earlier) => {
    const said = new Set(later.entries.map((one) => JSON.stringify(one)));
    return earlier.entries.every((one) => said.has(JSON.stringify(one))) && (earlier.lot === null || earlier.lot === later.lot)
      && earlier.read.every((device) => later.read.includes(device));
  };
  if (!lists.every((one, i) => !i || repeats(lists[i - 1], one))) return fail("index-decisions", "decisions.json", "a list that does not repeat an earlier one, or was made without a device that it was made with");
  if (batches.some((one) => !one.decisions && one.excluded?.length)) return fail("index-decisions", "excluded.json", "left out without decisions");
  for (const [handle, decision] of longest?.entries ?? []) {
    const where = batches.filter((one) => one.excluded?.includes(handle)).length;
    if (decision === "exclude" && where !== 1) fail("index-decisions", handle, "left out of no batch, or of two");
  }
}

/** The index's sums are those of the archives together. */
function checkSums(index, reports, fail) {
  const batches = index.batches.map((one) => reports.get(one.name));
  if (!batches.length || batches.some((one) => !one?.sums)) return;
  const shape = ({ sums }) => JSON.stringify(sums.map((one) => (Array.isArray(one) ? one.length : null)));
  if (batches.some((one) => shape(one) !== shape(batches[0]))) return fail("index-sums", "sums", "archives of other questions");
  const total = batches[0].sums.map((_, i) => {
    const parts = batches.map((one) => one.sums[i]);
    return Array.isArray(parts[0]) ? parts[0].map((__, k) => parts.reduce((all, one) => all + one[k], 0)) : mergeRows(parts);
  });
  const named = (sums) => JSON.stringify(sums.map((one) => (Array.isArray(one) ? one : Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))));
  if (named(total) !== named(index.sums)) fail("index-sums", "sums", "numbers that do not add up");
}

function mergeRows(parts) {
  const total = {};
  for (const part of parts) for (const [key, value] of Object.entries(part)) total[key] = (total[key] ?? 0) + value;
  return total;
}

/** What the register says about a publication. */
class RegisterCheck {
  /** `tell` is silent about none; `count` says it. */
  constructor(files, reports, ground, { findings, fail, tell, count }) {
    Object.assign(this, ground, { files, reports, findings, fail, tell, count });
    this.said = ground.register.content;
    this.branchOf = new Map(this.said.devices.map((one) => [one.id, one.branch]));
    for (const one of ground.takeovers) this.branchOf.set(one.spare, one.branch);
    this.in = new Map();
    for (const batch of this.index.batches) for (const id of reports.get(batch.name)?.handedIn ?? []) this.in.set(id, batch);
  }

  /** Says who is elected. */
  run(signer) {
    const { said, index, files, findings, fail, tell } = this;
    if (said.election !== index.uuid || said.fingerprint !== index.fingerprint) fail("register-election", "index.json", "of another election");
    if (said.minimum !== index.minimum) fail("register-minimum", "index.json", "another minimum");
    if (!said.signers.index.some((der) => hashHex(der) === signer?.fingerprint)) fail("register-signer", "signer.der", "the register does not name this signer");
    if (hashHex(files.get("definition.json") ?? new Uint8Array(0)) !== said.definition) fail("register-definition", "definition.json", "another definition");
    if (said.rehearsal) tell("register-rehearsal", "index.json", "a rehearsal: no vote counts");
    for (const batch of index.batches) this.checkBatch(batch, this.reports.get(batch.name));
    this.checkDevices();
    this.checkMissing();
    this.checkTakeovers();
    this.checkRulings();
    return checkResult(files, this.register, index, this.reports, this.checkLots(), { findings, fail, tell });
  }

  checkBatch(batch, report) {
    const { said, fail, tell } = this;
    const groups = new Map(said.groups.flatMap((group) => group.map((branch) => [branch, group])));
    for (const branch of batch.branches) {
      if (!groups.get(branch)?.every((one) => batch.branches.includes(one))) fail("register-group", branch, "not registered, or its group is not whole");
    }
    if (!report) return;
    if (report.supplement && report.root !== this.register.root.fingerprint) fail("register-root", "root.der", "another root");
    const offices = [said.signers.reconciliation, said.signers.observer].map((all) => all.map((der) => hashHex(der)));
    if ((report.deciders ?? []).some((one, i) => !offices[i]?.includes(one))) fail("register-signer", "decisions.json", "decisions of offices that are not registered");
    for (const device of report.devices ?? []) {
      const known = deviceOf(this.register, device.id);
      if (known && known.branch === null && !this.branchOf.get(device.id)) fail("register-spare", device.id, "nothing gave it a branch");
      else if (!known || known.certificate !== device.fingerprint || known.role !== device.role || !batch.branches.includes(this.branchOf.get(device.id))) {
        fail("register-device", device.id, "the register does not name it so");
      }
    }
    if (JSON.stringify(report.trustees) !== JSON.stringify(said.trustees)) fail("register-trustees", "election.bel", "other trustees");
    const evidence = this.files.get(batch.name === "." ? EVIDENCE_FILE : `${batch.name}/${EVIDENCE_FILE}`);
    if (evidence) checkEvidence(evidence, this.index.minimum, report.issued ?? 0, "evidence.json", { fail, tell });
  }

  /** Who is expected, and neither in nor missing. */
  checkDevices() {
    const { index, fail, tell } = this;
    const listed = new Set(this.missing.map((one) => one.device));
    this.expected = [...this.branchOf].filter(([, branch]) => branch !== null).map(([id]) => id);
    const pending = this.expected.filter((id) => !this.in.has(id) && !listed.has(id));
    this.pending = pending;
    for (const id of pending) tell("register-pending", id, "it is not in yet");
    if (pending.length && !index.interim) fail("index-final", "index.json", "it calls itself final, and devices are still pending");
    const mixed = new Set(index.batches.flatMap((one) => one.branches));
    for (const group of this.said.groups) {
      if (group.some((one) => mixed.has(one)) && pending.some((id) => group.includes(this.branchOf.get(id)))) {
        fail("index-early", group[0], "it was mixed while a device of its group is pending");
      }
    }
    if (JSON.stringify(index.missing) !== JSON.stringify([...listed].sort())) fail("list-changed", "index.json", "other missing devices than the list has");
  }

  checkMissing() {
    const reports = [...this.reports.values()];
    const stations = reports.flatMap((one) => one.stations ?? []);
    const boxes = reports.flatMap((one) => one.boxes ?? []);
    for (const one of this.missing) {
      const { device } = one;
      const branch = this.branchOf.get(device);
      if (!this.expected.includes(device)) {
        this.fail("list-device", "missing.json", "a device that is not registered, or not expected");
        continue;
      }
      if (this.in.has(device)) {
        this.fail("missing-present", device, "it is in");
        continue;
      }
      const known = deviceOf(this.register, device);
      const near = this.expected.filter((id) => this.branchOf.get(id) === branch && deviceOf(this.register, id).role === "identity-station");
      const issued = stations.filter((item) => item.branch === branch).reduce((all, item) => all + item.issued + item.claimed, 0);
      const cast = boxes.filter((item) => item.branch === branch).reduce((all, item) => all + item.cast, 0);
      const most = known.role === "identity-station" ? 0 : near.every((id) => this.in.has(id)) ? Math.max(0, issued - cast) : null;
      const receipts = reports.reduce((all, item) => all + (item.lost?.[device] ?? 0), 0);
      // The list knows what has come in; an interim index does not hold all of it yet.
      const unsound = reports.some((item) => !item.sound && item.boxes?.some((box) => box.branch === branch || box.branch === undefined));
      const open = unsound || this.pending.some((id) => this.branchOf.get(id) === branch);
      if (!open && (one.at_most !== most || one.receipts !== receipts)) this.fail("missing-bound", device, "other bounds than follow");
      if (one.at_most === null) this.tell("missing-unbounded", device, "nothing says how many votes it had");
      else this.count("device-missing", device, "so many votes can be lost", one.at_most);
      this.tell("missing-receipts", device, "receipts of a missing device came back", one.receipts);
      if (one.report) this.tell("missing-report", device, "a closing report of it exists");
    }
    const gone = this.missing.filter((one) => deviceOf(this.register, one.device)?.role === "identity-station").map((one) => this.branchOf.get(one.device));
    for (const branch of new Set(gone)) {
      const cast = boxes.filter((item) => item.branch === branch).reduce((all, item) => all + item.cast, 0);
      if (branch) this.count("authorizations-unknown", branch, "a station of the branch is missing", cast);
    }
  }

  /** A take-over follows an act of the device that it replaces, where its acts are published. */
  checkTakeovers() {
    const chains = Object.assign({}, ...[...this.reports.values()].map((one) => one.chains ?? {}));
    for (const act of this.takeovers) {
      this.tell("spare-used", act.spare, "a spare took over");
      if (!act.witnessed) this.tell("spare-unwitnessed", act.spare, "no other registered device of the branch signed it");
      const since = this.revocations.get(deviceOf(this.register, act.spare).certificate) ?? Infinity;
      if (since <= act.at) this.tell("spare-revoked", act.spare, "it was revoked before it took over");
      const chain = chains[act.replaces];
      if (chain?.acts && ![FIRST, ...chain.hashes].includes(bytesToHex(act.predecessor))) this.fail("acts-chain", act.spare, "it follows no act of the device it replaces");
      const box = [...this.reports.values()].flatMap((one) => one.boxes ?? []).find((one) => one.device === act.replaces);
      if (box) this.tell("acts-set-back", act.replaces, "fewer votes came in than the take-over saw", Math.max(0, act.cast - box.cast));
    }
    for (const act of this.rescues) this.count("device-rescued", act.device, "its records were rescued", act.found.cast);
  }

  checkRulings() {
    for (const one of this.rulings?.closings ?? []) this.tell("closed-twice", one.device, "two offices chose one of its closings");
    for (const one of this.rulings?.revocations ?? []) this.tell("card-revoked", one.certificate.slice(0, 16), "a card or device was revoked");
  }

  checkLots() {
    const { index, files, fail } = this;
    const handles = new Set(index.batches.flatMap((one) => this.reports.get(one.name)?.handles ?? []));
    const after = {
      seats: index.interim ? null : hashHex(files.get("index.json")),
      decisions: merkleRoot([...handles].sort().map(hexToBytes)),
    };
    const lots = readLots(files, this.register, after, fail);
    checkSeats(files, this.register, lots.seats, fail);
    for (const batch of index.batches) {
      const lot = this.reports.get(batch.name)?.decisions?.lot ?? null;
      if (lot !== null && lot !== lots.decisions?.hash) fail("lot-decisions", "decisions.json", "a lot that is not published");
    }
    return lots.seats?.value ?? "";
  }
}
