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

/** Compiled once for all workers of this process, so that its fast code is not made anew for every archive. */
const compiled = await WebAssembly.compile(wasm);
const assembly = { instantiate: async () => ({ instance: { exports: remembering((await WebAssembly.instantiate(compiled)).exports) } }) };

/** Changed archives have nearly all points in common: whether one is of the group is asked once, by its bytes. */
const MOST_KNOWN = 200_000;
const ofGroup = new Map();
function remembering(core) {
  const size = core.point_bytes();
  const once = (point, ok) => {
    const name = Buffer.from(core.memory.buffer, point, size).toString("latin1");
    if (ofGroup.size > MOST_KNOWN) ofGroup.clear();
    if (!ofGroup.has(name)) ofGroup.set(name, core.in_group(1, point, ok));
    return ofGroup.get(name);
  };
  const in_group = (n, points, ok) => {
    let good = 0;
    for (let i = 0; i < n; i++) {
      const held = once(points + size * i, ok + i);
      new Uint8Array(core.memory.buffer)[ok + i] = held;
      good += held;
    }
    return good;
  };
  // A device that has no more memory to give.
  const grow = () => { throw new RangeError("WebAssembly.Memory.grow(): Maximum memory size exceeded"); };
  const full = { memory: { get buffer() { return core.memory.buffer; }, grow }, __heap_base: { value: core.memory.buffer.byteLength } };
  return { ...core, in_group, ...(process.env.PAGE_FULL ? full : {}) };
}

/** Only what a browser's worker has; nothing that could open a connection. */
function worker() {
  let answer;
  const self = { postMessage: (message) => message.kind !== "progress" && answer(message) };
  const context = vm.createContext({ self, WebAssembly: assembly, Uint8Array, ArrayBuffer, TextDecoder, TextEncoder, crypto, btoa, atob, Blob, console });
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

/** What was said of the archives of a publication: a line with a third field judges it again, with what that file puts in other places. */
const judged = new Map();

async function publication(path, number, ask) {
  const all = await files(dirname(path));
  const small = new Map([...all].filter(([name]) => isBesideIndex(name)));
  const opened = await ask({ kind: "open", files: small, number });
  if (opened.kind !== "done") throw new Error(JSON.stringify(opened));
  const ground = opened.report;
  const reports = [];
  for (const name of [...all.keys()].filter((one) => one.endsWith("election.bel") && ground.index && isListed(ground.index, one))) {
    const folder = name.slice(0, -"election.bel".length);
    const batch = folder.replace(/\/$/, "") || ".";
    const inside = new Map([...all].filter(([one]) => one.startsWith(folder)).map(([one, blob]) => [one.slice(folder.length), blob]));
    const said = await ask({ kind: "archive", wasm, name: "election.bel", files: inside, ground, batch });
    if (said.kind !== "done") throw new Error(JSON.stringify(said));
    reports.push([batch, said.report]);
  }
  judged.set(path, { small, ground, reports });
  return judged.get(path);
}

/** A publication whose archives were judged, with another result, or other contests, sums and rules. */
async function changed(path, number, place, ask) {
  const { small, ground, reports } = judged.get(path) ?? (await publication(path, number, ask));
  const { files: other = {}, register = {}, index = {}, report = {}, more = {} } = JSON.parse(await readFile(place, "utf8"));
  const beside = new Map(small);
  for (const [name, text] of Object.entries(other)) text === null ? beside.delete(name) : beside.set(name, new Blob([text]));
  const content = { ...ground.register.content, ...register };
  const about = { ...ground, index: { ...ground.index, ...index }, register: { ...ground.register, content } };
  const [[, like]] = reports;
  const every = [...reports.map(([batch, one]) => [batch, { ...one, ...report }]), ...Object.entries(more).map(([batch, one]) => [batch, { ...like, ...one }])];
  return ask({ kind: "index", files: beside, reports: every, ground: about, number });
}

const first = worker();

/** An archive; or a line with index.json and, behind tabs, the number, what stands in other places (`changed`), an index that was kept, the code of a report. */
for await (const line of createInterface({ input: process.stdin })) {
  const [path, number, place, kept, code] = line.split("\t");
  const ask = first;
  if (!path.endsWith("index.json")) {
    const around = new Map([["archive.bel", new Blob([await readFile(path)])]]);
    const beside = await readFile(join(dirname(path), "supplement", "decryptions.json")).catch(() => null);
    if (beside) around.set("supplement/decryptions.json", new Blob([beside]));
    console.log(JSON.stringify({ path, ...(await divided({ wasm, name: "archive.bel", files: around })) }));
    continue;
  }
  if (place) {
    console.log(JSON.stringify({ path, whole: await changed(path, number, place, ask) }));
    continue;
  }
  const { small, ground, reports } = (code && judged.get(path)) || (await publication(path, number, ask));
  if (code) {
    console.log(JSON.stringify({ path, whole: await ask({ kind: "report", text: code, ground, reports: reports.map(([, one]) => one) }) }));
    continue;
  }
  const earlier = kept ? new Blob([await readFile(kept)]) : null;
  const whole = await ask({ kind: "index", files: small, reports, ground, number, earlier });
  console.log(JSON.stringify({ path, whole, reports: reports.map(([name, { findings, told, receipts }]) => ({ name, findings, told, receipts })) }));
}
