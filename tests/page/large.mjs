// Check one archive with so many threads, each of which is a worker of the finished page: `large.mjs PAGE ARCHIVE THREADS`.

import { readFile } from "node:fs/promises";
import { Worker } from "node:worker_threads";

const [, , page, place, threads] = process.argv;
const html = await readFile(page, "utf8");
const inside = (id) => html.match(new RegExp(`<script type="text/plain" id="${id}">([^]*?)</script>`))[1].replaceAll("<\\/script", "</script");
const wasm = Uint8Array.from(Buffer.from(inside("core"), "base64"));

/** What a browser's worker has, and the page's script. */
const script = `const { parentPort, workerData } = require("node:worker_threads");
const { openAsBlob } = require("node:fs");
globalThis.self = { postMessage: (message) => parentPort.postMessage(message) };
${inside("worker")}
openAsBlob(workerData.place).then((archive) => self.onmessage({ data: { ...workerData, files: new Map([["election.bel", archive]]) } }));`;

const of = Number(threads);
const began = performance.now();
let notes = 0;
const said = await Promise.all(Array.from({ length: of }, (_, mine) => new Promise((resolve, reject) => {
  const kind = mine ? "share" : "archive";
  // A file stays on the disk, as in a browser, and is no part of what is measured.
  const worker = new Worker(script, { eval: true, workerData: { kind, name: "election.bel", wasm, ground: null, share: { of, mine }, place } });
  worker.on("error", reject);
  worker.on("message", (message) => (message.kind === "progress" ? notes++ : (worker.terminate(), resolve(message))));
})));
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
const [first] = said;
console.log(JSON.stringify({
  where: "Node.js", workers: of, ballots: first.report?.ballots, faults: said.map((one) => one.report?.faults ?? one.what),
  wall_s: Math.round((performance.now() - began) / 100) / 10, cpu_s: Math.round((userCPUTime + systemCPUTime) / 1e5) / 10,
  most_MB: Math.round(maxRSS * 1024 / 1e6), progress: notes,
}));
