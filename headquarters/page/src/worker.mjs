// Check one archive away from the screen.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { ArchiveCheck } from "./archive.mjs";
import { Core } from "./core.mjs";
import { checkIndex, statedActs } from "./publication.mjs";
import { SupplementCheck } from "./supplement.mjs";

const SHOWN = 200;
const LARGEST = 1 << 28;

/** Read a file in pieces of a few MiB, and hash them on the way. */
export function blobSource(blob) {
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
      if (at === hashed) {
        hash.update(piece.subarray(at - from, at - from + length));
        hashed = at + length;
      }
      return piece.subarray(at - from, at - from + length);
    },
    digest: () => (hashed === blob.size ? bytesToHex(hash.digest()) : null),
  };
}

/** Check the archive of a folder (`files`: name → Blob) and what lies in its supplement. */
export async function check({ wasm, name, files, spares, rescued }, progress) {
  const source = blobSource(files.get(name));
  const beside = await contents(files, "supplement/");
  const strong = beside.get("decryptions.json") ?? null;
  const done = await new ArchiveCheck(await Core.load(wasm), { strong, progress }).run(source);
  const report = {
    findings: done.findings, told: done.told, ballots: done.ballots, fingerprint: done.election?.fingerprint ?? null,
    title: done.election?.name ?? null, digest: source.digest(), codes: [...done.seen], sums: done.counts ?? null,
    trustees: done.setup?.keys ?? [], credentials: [...(done.used ?? [])], devices: [], receipts: null, supplement: false,
  };
  if (done.election && beside.has("boxes.json")) {
    const supplement = new SupplementCheck(beside, done.election, done.seen, new Map(spares), new Set(rescued)).run();
    report.supplement = true;
    report.findings = [...report.findings, ...supplement.findings];
    report.told = [...report.told, ...supplement.told];
    report.receipts = supplement.receipts ?? null;
    report.devices = [...supplement.certificates.values()].filter(Boolean)
      .map((one) => ({ id: one.name, role: one.role, branch: one.branch, fingerprint: one.fingerprint }));
    report.root = supplement.root?.fingerprint ?? null;
    report.deciders = supplement.deciders ?? [];
    report.issued = supplement.issued ?? 0;
    if (!strong) report.findings.push({ reason: "decryption-proof", entry: "supplement/decryptions.json", what: "it is missing" });
  }
  report.faults = report.findings.length;
  report.findings = report.findings.slice(0, SHOWN);
  return report;
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

export async function judge({ files, reports, number }) {
  const read = await contents(files, "");
  return checkIndex(read, new Map(reports), number || null);
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
    if (data.kind === "acts") return { kind: "done", report: statedActs(await contents(data.files, "")) };
    return { kind: "done", report: data.kind === "index" ? await judge(data) : await check(data, progress) };
  } catch (error) {
    const memory = error instanceof RangeError || /memory/i.test(String(error?.message));
    return { kind: "failed", what: memory ? "memory" : "unreadable", why: String(error?.stack ?? error) };
  }
}

if (typeof self !== "undefined" && typeof document === "undefined") {
  self.onmessage = async ({ data }) => self.postMessage(await answer(data));
}
