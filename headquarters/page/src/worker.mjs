// Check one archive away from the screen.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { ArchiveCheck } from "./archive.mjs";
import { Core } from "./core.mjs";

const SHOWN = 200;

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

export async function check({ wasm, archive, strong }, progress) {
  const source = blobSource(archive);
  const proofs = strong ? new Uint8Array(await strong.arrayBuffer()) : null;
  const done = await new ArchiveCheck(await Core.load(wasm), { strong: proofs, progress }).run(source);
  return {
    findings: done.findings.slice(0, SHOWN), faults: done.findings.length, told: done.told, ballots: done.ballots,
    fingerprint: done.election?.fingerprint ?? null, title: done.election?.name ?? null, digest: source.digest(),
    codes: [...done.seen],
  };
}

if (typeof self !== "undefined" && typeof document === "undefined") {
  self.onmessage = async ({ data }) => {
    let last = 0;
    const progress = (at, size, type) => {
      if (at - last > 1 << 18 || type !== "Ballot") {
        last = at;
        self.postMessage({ kind: "progress", at, size });
      }
    };
    try {
      self.postMessage({ kind: "done", report: await check(data, progress) });
    } catch (error) {
      const memory = error instanceof RangeError || /memory/i.test(String(error?.message));
      self.postMessage({ kind: "failed", what: memory ? "memory" : "unreadable" });
    }
  };
}
