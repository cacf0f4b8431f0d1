// What devices signed beside an archive: records, roots, authorizations, handles, receipts, decisions.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { cbor } from "./cbor.mjs";
import { isHybrid, isIssued, isSigned, isValid, readCertificate } from "./certificates.mjs";
import { deviceOf, readRoot } from "./register.mjs";
import { Misshapen, among, base64, hash, hex, list, members, orNull, readDocument, text, whole } from "./shapes.mjs";

const items = (shapes) => members({ items: list(members(shapes)) });
const ofLength = (length) => (value) => {
  const read = hex(value);
  if (read.length !== length) throw new Misshapen("bytes of another length");
  return read;
};

const BOXES = items({
  device: text, cast: whole, spoiled: whole, records_root: hash, spent_root: hash, signature: orNull(hex),
  records: list(members({ kind: among("cast", "spoiled"), digest: hash, sealed: base64, signature: hex })),
});
const CHALLENGED = items({ device: text, ballot: text, seed: ofLength(32), answers: list(list(whole)) });
const SPENT = items({ device: text, spent: list(members({ hash, voucher: hex })), handles: list(hash), signature: orNull(hex) });
const STATIONS = items({
  device: text, issued: whole, claimed: whole, provisional: whole, hashes: list(hash),
  receipts: orNull(list(members({ hash, terminal: text }))), receipts_root: hash, signature: hex,
});
const LOST = items({ terminal: text, hash, signature: hex });
const EXCLUDED = items({ digest: hash, handle: ofLength(16), salt: ofLength(16) });
const DECISIONS = members({
  format: text, version: whole, election: text, fingerprint: text, undecided: among("refuse", "exclude"), lot: orNull(hash),
  read: list(members({ device: text, content: hash })), decisions: list(members({ handle: ofLength(16), decision: among("include", "exclude"), reason: text })),
  signatures: list(members({ role: text, certificate: base64, signature: hex })),
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
  constructor(files, election, codes, { register, takeovers, rescues, missing }, maker, time) {
    this.time = time;
    this.register = register;
    this.rescued = new Map(rescues.map((one) => [one.device, one]));
    this.files = files;
    this.election = election;
    this.counted = new Set(codes);
    this.takenOver = new Map(takeovers.map((one) => [one.spare, one.branch]));
    // A station that is finally missing vouches with its key of the register; nothing else of it is known.
    this.gone = missing.map((one) => deviceOf(register, one.device)).filter((one) => one?.role === "identity-station")
      .map((one) => ({ key: hexToBytes(one.key), branch: this.takenOver.get(one.id) ?? one.branch }));
    this.stationless = new Set(this.gone.map((one) => one.branch));
    this.maker = maker;
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
      return readDocument(bytes, shape);
    } catch (error) {
      if (!(error instanceof Misshapen)) throw error;
      this.fail(name === "stations.json" ? "supplement-issued" : "supplement-unreadable", name, error.message);
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
        if (!this.root || !isIssued(read, this.root) || read.name !== device || !isValid(read, this.time)) {
          throw new Misshapen("it does not lead to the root, was not valid then, or is another device's");
        }
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

  /** Who a file in devices/ names, for the register: its SHA-256, and the role in it where it can be read. */
  described(id) {
    const der = this.files.get(`devices/${id}.der`);
    let role = null;
    try {
      role = readCertificate(der).role;
    } catch (error) {
      if (!(error instanceof Misshapen)) throw error;
    }
    return { id, fingerprint: bytesToHex(sha256(der)), role };
  }

  run() {
    this.root = readRoot(this.files.get("root.der"));
    if (!this.files.has("root.der")) this.fail("supplement-unreadable", "root.der", "it is missing");
    const boxes = this.read("boxes.json", BOXES)?.items;
    const stations = this.read("stations.json", STATIONS)?.items;
    const spent = this.read("spent.json", SPENT)?.items;
    const challenged = this.read("challenged.json", CHALLENGED)?.items;
    const lost = this.read("lost.json", LOST, { items: [] })?.items;
    let excluded = this.read("excluded.json", EXCLUDED, { items: [] })?.items;
    const decisions = this.read("decisions.json", DECISIONS, "none");
    const given = [boxes, stations, spent, challenged, lost, excluded, decisions];
    Object.assign(this, { boxes: boxes ?? [], stations: stations ?? [], spent: spent ?? [], excluded: excluded ?? [], decisions: decisions === "none" ? null : decisions ?? undefined });
    if (given.some((one) => !one)) return this;
    for (const [reason, given] of [["summary", boxes], ["issued", stations], ["authorizations", spent]]) {
      for (const device of twice(given.map((one) => one.device))) this.fail(`supplement-${reason}`, device, "it is listed twice");
    }
    this.checkDecisions();
    if (twice(excluded.map((one) => one.digest)).size) {
      this.fail("supplement-decision", "decisions.json", "a ballot is left out twice");
      Object.assign(this, { decisions: undefined, unsigned: undefined, handles: new Map(), excluded: [] });
      excluded = [];
    }
    this.terminalsOf = new Map();
    for (const one of spent) for (const handle of new Set(one.handles)) this.terminalsOf.set(handle, (this.terminalsOf.get(handle) ?? 0) + 1);
    this.checkBoxes(boxes, excluded, challenged);
    this.checkRescued(boxes, spent);
    this.checkOpened(challenged);
    this.checkUncounted(excluded);
    this.checkStations(stations, this.spentAgain(spent));
    this.checkSpent(spent, boxes, stations);
    this.checkReceipts(stations, spent, lost);
    return this;
  }

  /** Whether every file is there that a supplement has. */
  get complete() {
    return ["root.der", "boxes.json", "challenged.json", "stations.json", "spent.json", "lost.json"].every((name) => this.files.has(name));
  }

  /** What is compared over all batches. */
  summary() {
    const branch = (one) => this.certificates.get(one.device)?.branch;
    // Lists that contradict each other do so whoever signed them.
    const listed = this.decisions ?? (this.decisions === undefined ? this.unsigned : null);
    return {
      stations: (this.stations ?? []).map((one) => ({ device: one.device, branch: branch(one), issued: one.issued, claimed: one.claimed })),
      boxes: (this.boxes ?? []).map((one) => ({ device: one.device, branch: branch(one), cast: one.cast, spoiled: one.spoiled, records: one.records_root, spent: one.spent_root })),
      handles: [...new Set((this.spent ?? []).flatMap((one) => one.handles))],
      excluded: [...new Set((this.excluded ?? []).map((one) => bytesToHex(one.handle)))],
      decisions: listed ? {
        lot: listed.lot, read: [...new Set(listed.read.map((one) => one.device))], entries: listed.decisions.map((one) => [bytesToHex(one.handle), one.decision, one.reason]),
      } : listed,
      lost: Object.fromEntries(this.lostOf ?? []),
      handedIn: [...new Set([...(this.boxes ?? []), ...(this.stations ?? [])].map((one) => one.device))],
    };
  }

  checkDecisions() {
    const given = this.decisions;
    this.handles = new Map();
    if (!given) return;
    for (const one of given.decisions) this.handles.set(bytesToHex(one.handle), one.decision);
    const message = cbor([given.format, given.version, given.election, given.fingerprint, given.undecided,
      given.lot === null ? null : hexToBytes(given.lot), given.read.map((one) => [one.device, hexToBytes(one.content)]), given.decisions.map((one) => [one.handle, one.decision, one.reason])]);
    this.deciders = given.signatures.map(({ certificate }) => bytesToHex(sha256(certificate)));
    const read = given.read.map((one) => `${one.device} ${one.content}`);
    const roles = ["reconciliation-officer", "supervision-observer"];
    const held = this.root && given.format === "amin-provisional-decisions" && given.election === this.election.uuid
      && given.fingerprint === this.election.fingerprint && given.signatures.length === 2
      && read.every((one, i) => !i || read[i - 1] < one)
      && given.signatures.every(({ role, certificate, signature }, i) => {
        const read = readCertificate(certificate);
        return role === roles[i] && read.role === role && isIssued(read, this.root) && isValid(read, this.time)
          && isHybrid(read, "amin provisional decisions", message, signature);
      });
    if (held) return;
    this.fail("supplement-decision", "decisions.json", "two offices did not sign it");
    this.unsigned = given;
    this.decisions = undefined;
    this.handles = new Map();
  }

  isExcluded(handle) {
    const decided = this.handles.get(handle);
    if (!this.decisions || handle === ORDINARY) return false;
    if (decided === undefined) return this.decisions.undecided === "exclude";
    return decided === "exclude" || this.terminalsOf.get(recordedHandle(hexToBytes(handle))) > 1;
  }

  /** A card that was used at two terminals has a ballot at both, and one of them counts at most. */
  checkUncounted(excluded) {
    if (!this.decisions) return;
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
          continue;
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
        || rescued !== this.rescued.has(box.device) || (rescued && !isFound(this.rescued.get(box.device).found, box))
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
    const reopened = new Set(excluded.filter((one) => this.opens(one, casts)).map((one) => one.digest));
    for (const [digest, found] of casts) {
      if (this.counted.has(digest) || reopened.has(digest) || found.some(({ box }) => spoiled.has(`${box.device} ${digest}`))) continue;
      this.fail("supplement-missing", digest, "neither counted nor excluded");
    }
    for (const one of excluded) {
      const { digest } = one;
      if (!this.opens(one, casts)) this.fail("supplement-decision", digest, "no signed decision excludes it, or nobody cast it");
      if (this.counted.has(digest)) this.fail("supplement-decision", digest, "it is counted, and excluded");
    }
    this.right.records = [...casts.values()].length;
  }

  /** Whether a cast ballot's commitment opens to a handle that a decision leaves out. */
  opens({ digest, handle, salt }, casts) {
    const sealed = casts.get(digest)?.[0].record.sealed;
    const commitment = labelled("amin provisional handle v1", hexToBytes(digest), handle, salt);
    return sealed && bytesToHex(sealed.subarray(sealed.length - 32)) === commitment && this.isExcluded(bytesToHex(handle));
  }

  /** A rescued box is what its act found; the last root in the act is one that the device signed, or there is none. */
  checkRescued(boxes, spent) {
    for (const box of boxes) {
      const act = box.signature === null ? this.rescued.get(box.device) : undefined;
      const certificate = this.certificates.get(box.device);
      if (!act || !certificate) continue;
      const { last } = act;
      const summary = last && cbor([this.election.fingerprint, box.device, last.cast, last.spoiled, last.records, last.spent]);
      if (last && !isHybrid(certificate, "amin ballot box", summary, last.signature)) this.fail("supplement-summary", box.device, "it did not sign its last root");
      else if (!last) this.told.push({ reason: "rescue-without-root", entry: box.device, what: "no root was found that the device signed", count: box.cast });
      else if (!isFound(last, box)) {
        const records = Math.abs(last.cast + last.spoiled - box.cast - box.spoiled);
        this.tell("rescue-differs", box.device, "the records are not those of its last root", Math.max(1, records));
      }
      const handles = spent.find((one) => one.device === box.device)?.handles ?? [];
      if (sortedRoot(handles) !== bytesToHex(act.handles)) this.fail("supplement-authorizations", box.device, "other handles than its act has");
    }
  }

  /** Each challenged ballot is what its seed and answers give, byte for byte. */
  checkOpened(challenged) {
    for (const one of challenged) {
      if (this.maker.make(one.seed, one.answers) !== one.ballot) this.fail("supplement-challenge", one.device, "seed and answers give another ballot");
    }
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
        this.fail("supplement-authorizations", one.device, "other receipts than it signed");
      }
      this.issuedIn.set(branch, (this.issuedIn.get(branch) ?? 0) + one.issued + one.claimed);
      this.provisionalIn.set(branch, (this.provisionalIn.get(branch) ?? 0) + one.provisional);
      // Claims that were never written on a card may all have been provisional ones.
      const written = new Set(one.hashes).size - Math.max(0, one.provisional - one.claimed);
      this.ordinaryIn.set(branch, (this.ordinaryIn.get(branch) ?? 0) + Math.min(one.issued + one.claimed - one.provisional, written));
    }
    for (const [branch, cast] of this.castIn) {
      if (!this.stationless.has(branch) && cast - (again.get(branch) ?? 0) > (this.issuedIn.get(branch) ?? 0)) this.fail("supplement-issued", branch, "more ballots than authorizations");
    }
  }

  checkSpent(spent, boxes, stations) {
    const decided = new Set([...this.handles.keys()].map((handle) => recordedHandle(hexToBytes(handle))));
    const near = [...this.gone, ...stations.map((one) => ({ ...this.certificates.get(one.device), hashes: new Set(one.hashes) })).filter((one) => one.key)];
    const seen = new Map();
    const branches = new Map();
    const inBranch = (name) => {
      if (!branches.has(name)) branches.set(name, { handles: new Set(), spent: new Set(), unlisted: 0, double: 0 });
      return branches.get(name);
    };
    for (const one of spent) {
      const certificate = this.certificate(one.device, "ballot-terminal");
      const box = boxes.find((item) => item.device === one.device);
      if (!box) this.fail("supplement-authorizations", one.device, "it has no box");
      if (!certificate || !box) continue;
      if (sortedRoot(one.spent.map((item) => item.hash)) !== box.spent_root) {
        this.fail("supplement-authorizations", one.device, "other authorizations than its root has");
      }
      if (one.spent.length !== box.cast && !this.rescued.has(one.device)) {
        this.fail("supplement-authorizations", one.device, "not as many votes as spent authorizations");
      }
      const { branch } = certificate;
      const found = inBranch(branch);
      for (const { hash: name, voucher } of one.spent) {
        const message = cbor([this.election.uuid, branch, hexToBytes(name)]);
        const by = near.find((station) => station.branch === branch && isSigned(station, "amin voucher", message, voucher));
        if (!by) this.fail("supplement-authorizations", name, "no station of the branch vouches for it");
        if (by?.hashes && !by.hashes.has(name)) found.unlisted++;
        if (found.spent.has(name)) found.double++;
        found.spent.add(name);
        seen.set(name, one.device);
      }
      const message = cbor([this.election.uuid, one.device, certificate.branch, hexToBytes(sortedRoot(one.handles))]);
      // The handles of a rescued box are those of its act.
      const unsigned = one.signature === null ? !this.rescued.has(one.device) : !isHybrid(certificate, "amin recorded handles", message, one.signature);
      if (unsigned) {
        this.fail("supplement-authorizations", one.device, "it did not sign its handles");
      }
      for (const handle of one.handles) {
        if (this.decisions !== undefined && !decided.has(handle) && this.decisions?.undecided !== "exclude") {
          this.fail("supplement-authorizations", handle, "nobody decided on a provisional ballot");
        }
      }
      for (const handle of one.handles) found.handles.add(handle);
    }
    for (const box of boxes) {
      if (!spent.some((one) => one.device === box.device)) this.fail("supplement-authorizations", box.device, "its authorizations are missing");
    }
    for (const [branch, { handles, spent: used, unlisted, double }] of branches) {
      if (!this.stationless.has(branch)) this.checkHandles(branch, handles, used, near);
      this.tell("spent-unlisted", branch, "authorizations that the station which vouches does not list", unlisted);
      this.tell("spent-twice", branch, "authorizations that were spent twice", double);
    }
    this.spentBy = new Map(spent.filter((one) => boxes.some((box) => box.device === one.device)).map((one) => [one.device, new Set(one.spent.map((item) => item.hash))]));
    this.spentCount = seen.size;
  }

  /** A branch's handles are no more than its stations say, and no vote hides one. */
  checkHandles(branch, handles, used, near) {
    const provisional = this.provisionalIn.get(branch) ?? 0;
    if (handles.size > provisional) this.fail("supplement-authorizations", branch, "more provisional ballots than authorizations");
    const listed = [...used].filter((name) => near.some((one) => one.branch === branch && one.hashes.has(name)));
    const hidden = provisional ? Math.max(0, listed.length - handles.size - (this.ordinaryIn.get(branch) ?? 0)) : 0;
    this.tell("handles-missing", branch, "votes without a handle beyond the ordinary authorizations", hidden);
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
      this.fail("supplement-authorizations", "lost.json", "not exactly the receipts without a vote");
    }
    let proven = 0;
    this.lostOf = new Map();
    for (const one of lost) {
      // A terminal that is not in has its key in the register alone.
      const known = this.register?.content.devices.find((device) => device.id === one.terminal);
      const certificate = this.certificates.get(one.terminal) ?? (known ? { key: hexToBytes(known.key) } : null);
      const message = cbor([this.election.uuid, one.terminal, hexToBytes(one.hash)]);
      if (certificate && isSigned(certificate, "amin receipt", message, one.signature)) {
        proven++;
        this.lostOf.set(one.terminal, (this.lostOf.get(one.terminal) ?? 0) + 1);
      }
    }
    this.tell("receipt-invalid", "lost.json", "receipts that no terminal signed", lost.length - proven);
    for (const one of stations) if (one.receipts === null) this.tell("receipts-closed", one.device, "headquarters could not open its receipts", 1);
    for (const [terminal, count] of this.lostOf) {
      if (this.certificates.get(terminal)) this.tell("votes-lost", terminal, "votes that are proven lost", count);
    }
    this.receipts = { covered: covered.size, votes: this.spentCount };
  }
}

/** Whether a box has these numbers and roots. */
const isFound = (found, box) => found.cast === box.cast && found.spoiled === box.spoiled && bytesToHex(found.records) === box.records_root
  && bytesToHex(found.spent) === box.spent_root;

function receiptRoot(receipts) {
  return sortedRoot(receipts.map((one) => bytesToHex(sha256(cbor(["amin receipt held", hexToBytes(one.hash), one.terminal])))));
}
