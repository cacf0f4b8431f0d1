// What devices signed beside an archive: records, roots, authorizations, handles, receipts, decisions.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { cbor } from "./cbor.mjs";
import { isHybrid, isIssued, isSigned, readCertificate } from "./certificates.mjs";
import { Misshapen, anything, decodeText, hash, list, object, readJson, text, whole } from "./shapes.mjs";

const HEX = /^([0-9a-f]{2})*$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

export function hex(value) {
  if (typeof value !== "string" || !HEX.test(value)) throw new Misshapen("hexadecimal digits are missing");
  return hexToBytes(value);
}

export function base64(value) {
  if (typeof value !== "string" || !BASE64.test(value)) throw new Misshapen("Base64 is missing");
  let bytes;
  try {
    bytes = Uint8Array.from(atob(value), (c) => c.charCodeAt(0));
  } catch {
    throw new Misshapen("Base64 is missing");
  }
  return bytes;
}

const orNull = (shape) => (value) => (value === null ? null : shape(value));
const items = (members) => object({ items: list(object(members)) });

const BOXES = items({
  device: text, cast: whole, spoiled: whole, records_root: hash, spent_root: hash, signature: orNull(hex),
  records: list(object({ kind: text, digest: hash, sealed: base64, signature: hex })),
});
const CHALLENGED = items({ device: text, ballot: text, seed: hex, answers: anything });
const SPENT = items({ device: text, spent: list(object({ hash, voucher: hex })), handles: list(hash), signature: orNull(hex) });
const STATIONS = items({
  device: text, issued: whole, claimed: whole, provisional: whole, hashes: list(hash),
  receipts: orNull(list(object({ hash, terminal: text }))), receipts_root: hash, signature: hex,
});
const LOST = items({ terminal: text, hash, signature: hex });
const EXCLUDED = items({ digest: hash, handle: hex, salt: hex });
const DECISIONS = object({
  format: text, version: whole, election: text, fingerprint: text, undecided: text, lot: orNull(hash),
  decisions: list(object({ handle: hex, decision: text, reason: text })),
  signatures: list(object({ role: text, certificate: base64, signature: hex })),
});

/** Merkle root of 32-byte values as hex, in sorted order (RFC 9162, 2.1). */
export function merkleRoot(values) {
  const leaves = values.map((value) => sha256(concatBytes(Uint8Array.of(0), value)));
  const up = (part) => {
    if (part.length === 1) return part[0];
    let half = 1;
    while (2 * half < part.length) half *= 2;
    return sha256(concatBytes(Uint8Array.of(1), up(part.slice(0, half)), up(part.slice(half))));
  };
  return bytesToHex(leaves.length ? up(leaves) : sha256(new Uint8Array(0)));
}

const sortedRoot = (texts) => merkleRoot([...texts].sort().map(hexToBytes));
const labelled = (label, ...rest) => bytesToHex(sha256(concatBytes(utf8ToBytes(label), Uint8Array.of(0), ...rest)));

/** Stands in an ordinary record where a provisional one has its handle. */
const ORDINARY = "0".repeat(32);
const twice = (names) => {
  const seen = new Set();
  return new Set(names.filter((name) => seen.size === seen.add(name).size));
};

/** What a terminal keeps of a handle. */
const recordedHandle = (handle) => labelled("amin recorded handle", handle);

/** Checks a supplement's files (`files`: name → bytes) beside an archive that was checked. */
export class SupplementCheck {
  constructor(files, election, codes, takenOver, rescued) {
    this.rescued = rescued;
    this.files = files;
    this.election = election;
    this.counted = new Set(codes);
    this.takenOver = takenOver;
    this.findings = [];
    this.told = [];
    this.certificates = new Map();
    this.right = {};
  }

  fail(reason, entry, what) {
    this.findings.push({ reason, entry, what });
  }

  tell(reason, entry, what, count) {
    if (count) this.told.push({ reason, entry, what, count });
  }

  read(name, shape, missing = undefined) {
    const bytes = this.files.get(name);
    if (bytes === undefined && missing !== undefined) return missing;
    try {
      if (bytes === undefined) throw new Misshapen("it is missing");
      return readJson(decodeText(bytes), shape, () => {});
    } catch (error) {
      if (!(error instanceof Misshapen)) throw error;
      this.fail("supplement-unreadable", name, error.message);
      return null;
    }
  }

  /** A device's certificate under the root, with a role; its branch is the register's, or that of a take-over. */
  certificate(device, role) {
    if (!this.certificates.has(device)) {
      let found = null;
      const bytes = this.files.get(`devices/${device}.der`);
      try {
        if (bytes === undefined) throw new Misshapen("it is missing");
        const read = readCertificate(bytes);
        if (!isIssued(read, this.root) || read.name !== device) throw new Misshapen("it does not lead to the root, or is another device's");
        found = { ...read, branch: this.takenOver.get(device) ?? read.branch };
      } catch (error) {
        if (!(error instanceof Misshapen)) throw error;
        this.fail("supplement-certificate", device, error.message);
      }
      this.certificates.set(device, found);
    }
    const found = this.certificates.get(device);
    if (found && found.role !== role) {
      this.fail("supplement-certificate", device, "another role");
      return null;
    }
    return found;
  }

  run() {
    try {
      this.root = readCertificate(this.files.get("root.der") ?? new Uint8Array(0));
      if (!isIssued(this.root, this.root)) throw new Misshapen("it does not sign itself");
    } catch (error) {
      if (!(error instanceof Misshapen)) throw error;
      this.fail("supplement-unreadable", "root.der", error.message);
      return this;
    }
    const boxes = this.read("boxes.json", BOXES)?.items;
    const stations = this.read("stations.json", STATIONS)?.items;
    const spent = this.read("spent.json", SPENT)?.items;
    const challenged = this.read("challenged.json", CHALLENGED)?.items;
    const lost = this.read("lost.json", LOST, { items: [] })?.items;
    const excluded = this.read("excluded.json", EXCLUDED, { items: [] })?.items;
    const decisions = this.read("decisions.json", DECISIONS, "none");
    if ([boxes, stations, spent, challenged, lost, excluded, decisions].some((one) => !one)) return this;
    for (const [reason, given] of [["summary", boxes], ["issued", stations], ["authorizations", spent]]) {
      for (const device of twice(given.map((one) => one.device))) this.fail(`supplement-${reason}`, device, "it is listed twice");
    }
    this.decisions = decisions === "none" ? null : decisions;
    this.checkDecisions();
    this.terminalsOf = new Map();
    for (const one of spent) for (const handle of new Set(one.handles)) this.terminalsOf.set(handle, (this.terminalsOf.get(handle) ?? 0) + 1);
    this.checkBoxes(boxes, excluded, challenged);
    this.checkUncounted(excluded);
    this.checkStations(stations, this.spentAgain(spent));
    this.checkSpent(spent, boxes, stations);
    this.checkReceipts(stations, spent, lost);
    return this;
  }

  checkDecisions() {
    const given = this.decisions;
    this.handles = new Map();
    if (!given) return;
    for (const one of given.decisions) this.handles.set(bytesToHex(one.handle), one.decision);
    const message = cbor([given.format, given.version, given.election, given.fingerprint, given.undecided,
      given.lot === null ? null : hexToBytes(given.lot), given.decisions.map((one) => [one.handle, one.decision, one.reason])]);
    this.deciders = given.signatures.map(({ certificate }) => bytesToHex(sha256(certificate)));
    const roles = ["reconciliation-officer", "supervision-observer"];
    const held = given.format === "amin-provisional-decisions" && given.election === this.election.uuid
      && given.fingerprint === this.election.fingerprint && given.signatures.length === 2
      && given.signatures.every(({ role, certificate, signature }, i) => {
        const read = readCertificate(certificate);
        return role === roles[i] && read.role === role && isIssued(read, this.root)
          && isHybrid(read, "amin provisional decisions", message, signature);
      });
    if (!held) this.fail("supplement-decision", "decisions.json", "two offices did not sign it");
  }

  isExcluded(handle) {
    const decided = this.handles.get(handle);
    if (this.decisions === null || handle === ORDINARY) return false;
    if (decided === undefined) return this.decisions.undecided === "exclude";
    return decided === "exclude" || this.terminalsOf.get(recordedHandle(hexToBytes(handle))) > 1;
  }

  /** A card that was used at two terminals has a ballot at both, and one of them counts at most. */
  checkUncounted(excluded) {
    if (this.decisions === null) return;
    const leftOut = new Map();
    const decided = new Map([...this.handles].map(([handle, decision]) => [recordedHandle(hexToBytes(handle)), decision]));
    for (const one of excluded) {
      const name = recordedHandle(one.handle);
      leftOut.set(name, (leftOut.get(name) ?? 0) + 1);
    }
    for (const [handle, terminals] of this.terminalsOf) {
      const decision = decided.get(handle);
      if (decision === undefined && this.decisions.undecided !== "exclude") continue;
      if ((leftOut.get(handle) ?? 0) !== terminals - (decision === "include" ? 1 : 0)) {
        this.fail("supplement-decision", handle, "more or fewer of its ballots are left out than was decided");
      }
    }
  }

  /** By branch: spendings beyond the first of their authorization. */
  spentAgain(spent) {
    const seen = new Map();
    const again = new Map();
    for (const one of spent) {
      const branch = this.certificate(one.device, "ballot-terminal")?.branch;
      if (branch === undefined) continue;
      if (!seen.has(branch)) seen.set(branch, new Set());
      for (const name of new Set(one.spent.map((item) => item.hash))) {
        if (seen.get(branch).has(name)) again.set(branch, (again.get(branch) ?? 0) + 1);
        seen.get(branch).add(name);
      }
    }
    return again;
  }

  checkBoxes(boxes, excluded, challenged) {
    const phi = this.election.fingerprint;
    const casts = new Map();
    const spoiled = new Set();
    this.castIn = new Map();
    for (const box of boxes) {
      const certificate = this.certificate(box.device, "ballot-terminal");
      if (!certificate) continue;
      for (const record of box.records) {
        const message = cbor([phi, box.device, record.kind, hexToBytes(record.digest), sha256(record.sealed)]);
        if (!isSigned(certificate, "amin ballot record", message, record.signature)) {
          this.fail("supplement-signature", record.digest, "its device did not sign it");
        }
        if (record.kind === "cast") casts.set(record.digest, [...(casts.get(record.digest) ?? []), { box, record }]);
        else spoiled.add(`${box.device} ${record.digest}`);
      }
      const count = (kind) => box.records.filter((one) => one.kind === kind).length;
      this.castIn.set(certificate.branch, (this.castIn.get(certificate.branch) ?? 0) + count("cast"));
      const summary = cbor([phi, box.device, box.cast, box.spoiled, hexToBytes(box.records_root), hexToBytes(box.spent_root)]);
      const rescued = box.signature === null;
      if (box.cast !== count("cast") || box.spoiled !== count("spoiled")
        || sortedRoot(box.records.map((one) => one.digest)) !== box.records_root
        || rescued !== this.rescued.has(box.device)
        || (!rescued && !isHybrid(certificate, "amin ballot box", summary, box.signature))) {
        this.fail("supplement-summary", box.device, "the signed root is of other records");
      }
    }
    for (const code of this.counted) {
      if (casts.get(code)?.length !== 1) this.fail("supplement-cover", code, "no terminal signed this ballot, or two did");
    }
    const opened = new Set(challenged.map((one) => `${one.device} ${bytesToHex(sha256(utf8ToBytes(one.ballot)))}`));
    for (const key of spoiled) if (!opened.has(key)) this.fail("supplement-challenge", key.split(" ")[1], "it is not opened");
    for (const key of opened) if (!spoiled.has(key)) this.fail("supplement-challenge", key.split(" ")[1], "it was not challenged there");
    const reopened = new Set(excluded.map((one) => one.digest));
    for (const [digest, found] of casts) {
      if (this.counted.has(digest) || reopened.has(digest) || found.some(({ box }) => spoiled.has(`${box.device} ${digest}`))) continue;
      this.fail("supplement-missing", digest, "neither counted nor excluded");
    }
    for (const digest of twice(excluded.map((one) => one.digest))) this.fail("supplement-decision", digest, "it is excluded twice");
    for (const { digest, handle, salt } of excluded) {
      const sealed = casts.get(digest)?.[0].record.sealed;
      const commitment = labelled("amin provisional handle v1", hexToBytes(digest), handle, salt);
      if (!sealed || bytesToHex(sealed.subarray(sealed.length - 32)) !== commitment || !this.isExcluded(bytesToHex(handle))) {
        this.fail("supplement-decision", digest, "no signed decision excludes it, or nobody cast it");
      }
      if (this.counted.has(digest)) this.fail("supplement-decision", digest, "it is counted, and excluded");
    }
    this.right.records = [...casts.values()].length;
  }

  checkStations(stations, again) {
    this.issuedIn = new Map();
    this.provisionalIn = new Map();
    this.ordinaryIn = new Map();
    this.issued = stations.reduce((sum, one) => sum + one.issued, 0);
    for (const one of stations) {
      const certificate = this.certificate(one.device, "identity-station");
      if (!certificate) continue;
      const branch = certificate.branch;
      const message = cbor([this.election.uuid, one.device, branch, one.issued, one.claimed, one.provisional,
        hexToBytes(sortedRoot(one.hashes)), hexToBytes(one.receipts_root)]);
      if (!isHybrid(certificate, "amin issued authorizations", message, one.signature)) {
        this.fail("supplement-issued", one.device, "its station did not sign these numbers");
      }
      if (one.receipts !== null && one.receipts_root !== receiptRoot(one.receipts)) {
        this.fail("supplement-receipts", one.device, "other receipts than it signed");
      }
      this.issuedIn.set(branch, (this.issuedIn.get(branch) ?? 0) + one.issued + one.claimed);
      this.provisionalIn.set(branch, (this.provisionalIn.get(branch) ?? 0) + one.provisional);
      // Claims that were never written on a card may all have been provisional ones.
      const written = new Set(one.hashes).size - Math.max(0, one.provisional - one.claimed);
      this.ordinaryIn.set(branch, (this.ordinaryIn.get(branch) ?? 0) + Math.min(one.issued + one.claimed - one.provisional, written));
    }
    for (const [branch, cast] of this.castIn) {
      if (cast - (again.get(branch) ?? 0) > (this.issuedIn.get(branch) ?? 0)) this.fail("supplement-issued", branch, "more ballots than authorizations");
    }
  }

  checkSpent(spent, boxes, stations) {
    const decided = new Set([...this.handles.keys()].map((handle) => recordedHandle(hexToBytes(handle))));
    const listed = new Set(stations.flatMap((one) => one.hashes));
    const seen = new Map();
    const handlesIn = new Map();
    let unlisted = 0;
    let double = 0;
    for (const one of spent) {
      const certificate = this.certificate(one.device, "ballot-terminal");
      const box = boxes.find((item) => item.device === one.device);
      if (!certificate || !box) continue;
      if (sortedRoot(one.spent.map((item) => item.hash)) !== box.spent_root) {
        this.fail("supplement-authorizations", one.device, "other authorizations than its root has");
      }
      if (one.spent.length !== box.cast && !this.rescued.has(one.device)) {
        this.fail("supplement-authorizations", one.device, "not as many votes as spent authorizations");
      }
      const near = stations.map((item) => this.certificates.get(item.device)).filter((c) => c && c.branch === certificate.branch);
      for (const { hash: name, voucher } of one.spent) {
        const message = cbor([this.election.uuid, certificate.branch, hexToBytes(name)]);
        if (!near.some((station) => isSigned(station, "amin voucher", message, voucher))) {
          this.fail("supplement-authorizations", name, "no station of the branch vouches for it");
        }
        if (!listed.has(name)) unlisted++;
        if (seen.has(name)) double++;
        seen.set(name, one.device);
      }
      const message = cbor([this.election.uuid, one.device, certificate.branch, hexToBytes(sortedRoot(one.handles))]);
      // The handles of a rescued box are those of its act.
      const unsigned = one.signature === null ? !this.rescued.has(one.device) : !isHybrid(certificate, "amin recorded handles", message, one.signature);
      if (unsigned) {
        this.fail("supplement-authorizations", one.device, "it did not sign its handles");
      }
      for (const handle of one.handles) {
        if (!decided.has(handle) && this.decisions?.undecided !== "exclude") {
          this.fail("supplement-authorizations", handle, "nobody decided on a provisional ballot");
        }
      }
      if (!handlesIn.has(certificate.branch)) handlesIn.set(certificate.branch, { handles: new Set(), spent: new Set() });
      const inBranch = handlesIn.get(certificate.branch);
      for (const handle of one.handles) inBranch.handles.add(handle);
      for (const { hash: name } of one.spent) if (listed.has(name)) inBranch.spent.add(name);
    }
    for (const box of boxes) {
      if (!spent.some((one) => one.device === box.device)) this.fail("supplement-authorizations", box.device, "its authorizations are missing");
    }
    let hidden = 0;
    for (const [branch, { handles, spent: used }] of handlesIn) {
      if (handles.size > (this.provisionalIn.get(branch) ?? 0)) this.fail("supplement-authorizations", branch, "more provisional ballots than authorizations");
      if (this.provisionalIn.get(branch)) hidden += Math.max(0, used.size - handles.size - (this.ordinaryIn.get(branch) ?? 0));
    }
    this.tell("handles-missing", "spent.json", "votes without a handle beyond the ordinary authorizations", hidden);
    this.tell("spent-unlisted", "stations.json", "authorizations that no station lists", unlisted);
    this.tell("spent-twice", "spent.json", "authorizations that were spent twice", double);
    this.spentBy = new Map(spent.map((one) => [one.device, new Set(one.spent.map((item) => item.hash))]));
    this.spentCount = seen.size;
  }

  checkReceipts(stations, spent, lost) {
    const held = stations.flatMap((one) => one.receipts ?? []);
    const missing = new Set();
    const covered = new Set();
    for (const one of held) {
      const name = `${one.terminal} ${one.hash}`;
      // A terminal that is missing spent nothing that anybody knows of.
      if (this.spentBy.get(one.terminal)?.has(one.hash)) covered.add(one.hash);
      else missing.add(name);
    }
    const said = new Set(lost.map((one) => `${one.terminal} ${one.hash}`));
    if ([...missing].some((one) => !said.has(one)) || [...said].some((one) => !missing.has(one))) {
      this.fail("supplement-receipts", "lost.json", "not exactly the receipts without a vote");
    }
    let proven = 0;
    for (const one of lost) {
      const certificate = this.certificates.get(one.terminal);
      const message = cbor([this.election.uuid, one.terminal, hexToBytes(one.hash)]);
      if (certificate && isSigned(certificate, "amin receipt", message, one.signature)) proven++;
    }
    this.tell("votes-lost", "lost.json", "votes that are proven lost", proven);
    this.receipts = { covered: covered.size, votes: this.spentCount };
  }
}

function receiptRoot(receipts) {
  return sortedRoot(receipts.map((one) => bytesToHex(sha256(cbor(["amin receipt held", hexToBytes(one.hash), one.terminal])))));
}
