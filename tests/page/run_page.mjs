// Run the worker of the finished page in Node.js: archives are lines of standard input, reports are lines of JSON.

import { webcrypto as crypto } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import vm from "node:vm";
import { isBesideIndex, isListed } from "../../headquarters/page/src/places.mjs";

const html = await readFile(process.argv[2], "utf8");
const inside = (id) => html.match(new RegExp(`<script type="text/plain" id="${id}">([^]*?)</script>`))[1].replaceAll("<\\/script", "</script");
const wasm = Uint8Array.from(Buffer.from(inside("core"), "base64"));

/** Only what a browser's worker has; nothing that could open a connection. */
function worker() {
  let answer;
  const self = { postMessage: (message) => message.kind !== "progress" && answer(message) };
  const context = vm.createContext({ self, WebAssembly, Uint8Array, ArrayBuffer, TextDecoder, TextEncoder, crypto, btoa, atob, Blob, console });
  vm.runInContext(inside("worker"), context);
  return (data) => new Promise((resolve) => {
    answer = resolve;
    self.onmessage({ data });
  });
}

const files = async (folder, into = new Map(), before = "") => {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await files(path, into, `${before}${entry.name}/`);
    else into.set(before + entry.name, new Blob([await readFile(path)]));
  }
  return into;
};

const SHARES = Number(process.env.PAGE_SHARES ?? "1");

/** One archive, its proofs divided among so many workers, as the page divides them among cores. */
async function divided(data) {
  const [first, ...others] = await Promise.all(Array.from({ length: SHARES }, (_, mine) =>
    worker()({ kind: mine ? "share" : "archive", share: { of: SHARES, mine }, ...data })));
  for (const one of others) {
    if (one.kind !== "done") return one;
    first.report.faults += one.report.faults;
    first.report.findings.push(...one.report.findings);
  }
  return first;
}

/** One archive, or (a line that ends with index.json, and a number behind a tab) a whole publication. */
for await (const line of createInterface({ input: process.stdin })) {
  const [path, number] = line.split("\t");
  const ask = worker();
  if (!path.endsWith("index.json")) {
    const around = new Map([["archive.bel", new Blob([await readFile(path)])]]);
    const beside = await readFile(join(dirname(path), "supplement", "decryptions.json")).catch(() => null);
    if (beside) around.set("supplement/decryptions.json", new Blob([beside]));
    console.log(JSON.stringify({ path, ...(await divided({ wasm, name: "archive.bel", files: around })) }));
    continue;
  }
  const all = await files(dirname(path));
  const small = new Map([...all].filter(([name]) => isBesideIndex(name)));
  const opened = await ask({ kind: "open", files: small, number });
  if (opened.kind !== "done") throw new Error(JSON.stringify(opened));
  const ground = opened.report;
  const reports = [];
  for (const name of [...all.keys()].filter((one) => one.endsWith("election.bel") && isListed(ground.index, one))) {
    const folder = name.slice(0, -"election.bel".length);
    const batch = folder.replace(/\/$/, "") || ".";
    const inside = new Map([...all].filter(([one]) => one.startsWith(folder)).map(([one, blob]) => [one.slice(folder.length), blob]));
    const said = await ask({ kind: "archive", wasm, name: "election.bel", files: inside, ground, batch });
    if (said.kind !== "done") throw new Error(JSON.stringify(said));
    reports.push([batch, said.report]);
  }
  const whole = await ask({ kind: "index", files: small, reports, ground, number });
  console.log(JSON.stringify({ path, whole, reports: reports.map(([name, { findings, told, receipts }]) => ({ name, findings, told, receipts })) }));
}
