// Check one archive away from the screen.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { ArchiveCheck } from "./archive.mjs";
import { Core } from "./core.mjs";
import { BallotMaker } from "./challenges.mjs";
import { checkDayActs } from "./day-acts.mjs";
import { hashHex } from "./numbers.mjs";
import { checkIndex, openPublication } from "./publication.mjs";
import { checkReport, readReport } from "./reports.mjs";
import { SupplementCheck } from "./supplement.mjs";

const SHOWN = 200;
const LARGEST = 1 << 28;

/** Read a file in pieces of a few MiB, and hash them on the way. */
export function blobSource(blob, whole = true) {
  const hash = sha256.create();
  let hashed = 0;
  let from = 0;
  let piece = new Uint8Array(0);
  return {
    size: blob.size,
    async read(at, length) {
      if (at < from || at + length > from + piece.length) {
        from = at;
        piece = new Uint8Array(await blob.slice(at, at + Math.max(length, 4 << 20)).arrayBuffer());
      }
      if (whole && at === hashed) {
        hash.update(piece.subarray(at - from, at - from + length));
        hashed = at + length;
      }
      return piece.subarray(at - from, at - from + length);
    },
    digest: () => (hashed === blob.size ? bytesToHex(hash.digest()) : null),
  };
}

/** What an archive is judged by where no index lies beside it. */
const ALONE = { register: null, believed: false, takeovers: [], rescues: [], missing: [], revocations: new Map(), index: null };

/** Check the archive of a folder (`files`: name → Blob) and what lies in its supplement, as batch `batch` of a publication. */
export async function check({ wasm, name, files, ground, batch, share: part }, progress) {
  const source = blobSource(files.get(name));
  const beside = await contents(files, "supplement/");
  const strong = beside.get("decryptions.json") ?? null;
  const core = await Core.load(wasm);
  const done = await new ArchiveCheck(core, { strong, progress, share: part }).run(source);
  const report = {
    findings: done.findings, told: done.told, ballots: done.ballots, fingerprint: done.election?.fingerprint ?? null, uuid: done.election?.uuid ?? null,
    title: done.election?.name ?? null, digest: source.digest(), codes: [...done.seen], sums: done.counts ?? null, crooked: done.crooked ?? [],
    trustees: done.setup?.keys ?? [], credentials: [...(done.used ?? [])], devices: [], receipts: null, supplement: false,
  };
  if (done.election && beside.has("boxes.json")) addSupplement(report, beside, done, core, ground ?? ALONE, batch, strong, source.time ?? 0);
  report.time = source.time ?? null;
  report.faults = report.findings.length;
  report.findings = report.findings.slice(0, SHOWN);
  return report;
}

/** Whether what belongs to an archive is judged: nothing but its strong proofs is at fault. */
const isProven = (findings) => findings.every((one) => one.reason === "decryption-proof");

function addSupplement(report, beside, done, core, ground, batch, strong, time) {
  const supplement = new SupplementCheck(beside, done.election, done.seen, ground, new BallotMaker(core, done.election, done.slots), time).run();
  const note = {
    fail: (reason, entry, what) => report.findings.push({ reason, entry, what }),
    tell: (reason, entry, what, count) => count && report.told.push({ reason, entry, what, count }),
  };
  // Of an archive that is wrong itself nothing is said about what belongs to it; its strong proofs lie beside it.
  report.sound = isProven(done.findings);
  if (report.sound) {
    report.findings.push(...supplement.findings);
    report.told.push(...supplement.told);
  }
  const known = [...beside.keys()].map((name) => /^devices\/([^/]+)\.der$/.exec(name)?.[1]).filter(Boolean).map((id) => supplement.described(id));
  Object.assign(report, {
    supplement: true, complete: supplement.complete, receipts: supplement.receipts ?? null, root: hashHex(beside.get("root.der") ?? new Uint8Array(0)), deciders: supplement.deciders ?? [],
    devices: known, issued: supplement.issued ?? 0,
    ...supplement.summary(),
  });
  if (!strong) note.fail("decryption-proof", "supplement/decryptions.json", "it is missing");
  const listed = ground.index?.batches.find((one) => one.name === batch)?.devices;
  if (ground.believed && listed) report.chains = checkDayActs(beside.get("acts.json"), listed, ground, supplement, note);
}

/** The files below a place, read whole. Throws RangeError for what is too large to be one of them. */
export async function contents(files, place) {
  const read = new Map();
  for (const [name, blob] of files) {
    if (!name.startsWith(place) || name.endsWith(".bel")) continue;
    if (blob.size > LARGEST) throw new RangeError("memory");
    read.set(name.slice(place.length), new Uint8Array(await blob.arrayBuffer()));
  }
  return read;
}

/** Judge one worker's share of the proofs of an archive. */
async function share({ wasm, name, files, share: part }, progress) {
  const done = await new ArchiveCheck(await Core.load(wasm), { progress, share: part }).run(blobSource(files.get(name), false));
  return { faults: done.findings.length, findings: done.findings.slice(0, SHOWN) };
}

/** The SHA-256 of an index that the reader kept, or null. */
const kept = async (blob) => blob && hashHex(new Uint8Array(await blob.arrayBuffer()));

const judge = async ({ files, reports, ground, number, earlier }) =>
  checkIndex(await contents(files, ""), new Map(reports), ground, number || null, await kept(earlier ?? null));

/** The election's number in a scanned text: its 64 digits, or a closing report that has it; else null. */
function numberOf(scanned) {
  const digits = /(?:[0-9a-f]{4}[\s-]*){16}/i.exec(scanned);
  if (digits) return digits[0].replace(/[^0-9a-f]/gi, "").toLowerCase();
  try {
    return readReport(scanned).number;
  } catch {
    return null;
  }
}

async function answer(data) {
  let last = 0;
  const progress = (at, size, type) => {
    if (at - last > 1 << 18 || type !== "Ballot") {
      last = at;
      self.postMessage({ kind: "progress", at, size });
    }
  };
  try {
    if (data.kind === "open") return { kind: "done", report: openPublication(await contents(data.files, ""), data.number || null) };
    if (data.kind === "report") return { kind: "done", report: checkReport(data.text, data.ground, data.reports) };
    if (data.kind === "number") return { kind: "done", report: numberOf(data.text) };
    if (data.kind === "share") return { kind: "done", report: await share(data, progress) };
    return { kind: "done", report: data.kind === "index" ? await judge(data) : await check(data, progress) };
  } catch (error) {
    const memory = error instanceof RangeError || /memory/i.test(String(error?.message));
    return { kind: "failed", what: memory ? "memory" : "unreadable", why: String(error?.stack ?? error) };
  }
}

if (typeof self !== "undefined" && typeof document === "undefined") {
  self.onmessage = async ({ data }) => self.postMessage(await answer(data));
}
