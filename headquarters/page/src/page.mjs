// The screen: choose, wait, read the verdict. It opens no connection and stores nothing.

import { isBesideIndex, isListed } from "./places.mjs";
import { scan } from "./scan.mjs";
import { WORDS, digits } from "./words.mjs";

const element = (id) => document.getElementById(id);

let language = (navigator.language || "fa").startsWith("en") ? "en" : "fa";
let pool = null;
let reports = [];
let whole = null;
let ground = null;
let when = null;
let state = "choose";

const say = (key) => WORDS[language][key];
const number = (value) => digits(value, language);

function make(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

const place = (file) => (file.webkitRelativePath || file.name).replace(/^[^/]*\/(?=.)/, (top) => (file.webkitRelativePath ? "" : top));

/** Archives of a choice of files: `{name, folder, archive, files}`, files by their names inside the archive's folder. */
export function archives(files) {
  return files.filter((file) => file.name.endsWith(".bel")).map((archive) => {
    const name = place(archive);
    const folder = name.slice(0, name.length - archive.name.length);
    const inside = files.filter((file) => place(file).startsWith(folder)).map((file) => [place(file).slice(folder.length), file]);
    return { name, folder, archive, files: new Map(inside) };
  });
}

function show(which) {
  state = which;
  for (const id of ["choose", "running", "verdict"]) element(id).hidden = id !== which;
}

function speak() {
  document.documentElement.lang = language;
  document.documentElement.dir = say("dir");
  document.title = say("title");
  for (const one of document.querySelectorAll("[data-word]")) one.textContent = say(one.dataset.word);
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
  if (state === "verdict") verdict();
}

async function wasmBytes() {
  const text = element("core").textContent.trim();
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

/** From here on one archive is divided among all cores; smaller ones are checked side by side. */
const LARGE = 1 << 20;

/** Workers that answer one question at a time; `stop` ends them all. */
class Pool {
  constructor(cores) {
    this.cores = cores;
    this.url = URL.createObjectURL(new Blob([element("worker").textContent], { type: "text/javascript" }));
    this.workers = Array.from({ length: cores }, () => null);
    this.stopped = false;
  }

  ask(i, data, note = () => {}) {
    if (this.stopped) return Promise.resolve({ kind: "failed", what: "stopped" });
    const worker = (this.workers[i] ??= new Worker(this.url));
    return new Promise((finish) => {
      worker.onmessage = ({ data: said }) => (said.kind === "progress" ? note(said.at) : finish(said));
      worker.onerror = () => finish({ kind: "failed", what: "memory" });
      worker.onmessageerror = worker.onerror;
      worker.postMessage(data);
    });
  }

  stop() {
    this.stopped = true;
    for (const worker of this.workers) worker?.terminate();
    URL.revokeObjectURL(this.url);
  }
}

/** Bar and remaining time over all that is read, by whoever reads it. */
class Progress {
  constructor(total) {
    this.total = total || 1;
    this.began = performance.now();
    this.at = new Map();
  }

  /** `weight`: the share of an archive that this worker's reading stands for. */
  note(key, at, weight) {
    this.at.set(key, at * weight);
    const share = Math.min(1, [...this.at.values()].reduce((all, one) => all + one, 0) / this.total);
    element("bar").value = share;
    const left = share > 0.02 ? ((performance.now() - this.began) / 1000) * (1 / share - 1) : null;
    element("left").textContent = left === null ? "" : `${say("remaining")}: ${
      left > 90 ? `${number(Math.ceil(left / 60))} ${say("minutes")}` : `${number(Math.ceil(left))} ${say("seconds")}`}`;
  }
}

/** Check one archive with the workers `who`; the first one reports, the others add what is wrong with their share of the proofs. */
async function checkArchive(pool, who, one, common, progress) {
  const { archive, files } = one;
  const said = await Promise.all(who.map((worker, mine) => {
    const key = `${one.name} ${mine}`;
    const given = mine ? new Map([[archive.name, archive]]) : files;
    const kind = mine ? "share" : "archive";
    return pool.ask(worker, { kind, name: archive.name, files: given, share: { of: who.length, mine }, batch: batchOf(one), ...common },
      (at) => progress.note(key, at, 1 / who.length)).then((answer) => (progress.note(key, archive.size, 1 / who.length), answer));
  }));
  const failed = said.find((answer) => answer.kind !== "done");
  if (failed) return { name: one.name, failed: failed.what };
  const [report, ...shares] = said.map((answer) => answer.report);
  for (const share of shares) {
    report.faults += share.faults;
    report.findings.push(...share.findings);
  }
  return { name: one.name, folder: one.folder, ...report };
}

const batchOf = (one) => one.folder.replace(/\/$/, "") || ".";

async function start(files) {
  const list = archives(files);
  // A slip of whoever types is no broken rule.
  const stops = problem(list);
  element("problem").textContent = stops;
  if (stops) return;
  show("running");
  element("cancel").focus();
  const total = list.reduce((all, one) => all + one.archive.size, 0);
  pool = new Pool(Math.max(1, Math.min(navigator.hardwareConcurrency || 1, 16)));
  const mine = pool;
  const progress = new Progress(total);
  progress.note("", 0, 1);
  const found = await checkAll(list, files, mine, progress);
  mine.stop();
  if (state !== "running" || pool !== mine) return;
  [reports, whole, ground] = found;
  when = new Date();
  show("verdict");
  verdict();
  element("outcome").focus();
}

async function checkAll(list, files, pool, progress) {
  const chosen = new Map(files.map((file) => [place(file), file]));
  const isPublication = chosen.has("index.json");
  const small = new Map([...chosen].filter(([name]) => isBesideIndex(name)));
  const number = numberTyped();
  const common = { wasm: await wasmBytes(), ground: null };
  if (isPublication) {
    const opened = await pool.ask(0, { kind: "open", files: small, number });
    if (opened.kind !== "done") return [[], { failed: opened.what }, null];
    common.ground = opened.report;
  }
  // What else lies in the folder is nothing of the publication: no ballot in it was counted.
  const isNone = isPublication && !common.ground.index;
  const listed = isNone ? [] : list.filter((one) => isListed(common.ground?.index, one.name));
  const done = [];
  const waiting = listed.filter((one) => one.archive.size < LARGE);
  await Promise.all(pool.workers.map(async (_, worker) => {
    for (let one = waiting.shift(); one; one = waiting.shift()) done.push(await checkArchive(pool, [worker], one, common, progress));
  }));
  for (const one of listed.filter(({ archive }) => archive.size >= LARGE)) {
    done.push(await checkArchive(pool, [...pool.workers.keys()], one, common, progress));
  }
  done.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (!isPublication) return [done, null, null];
  const named = done.filter((one) => !one.failed).map((one) => [batchOf(one), one]);
  const said = await pool.ask(0, { kind: "index", files: small, reports: named, ground: common.ground, number, earlier: element("kept").files[0] ?? null });
  return [done, said.kind === "done" ? said.report : { failed: said.what }, common.ground];
}

const NUMBER_LENGTH = 64;

/** The election's number as it was typed, on a Latin, Persian or Arabic keyboard: its hex digits in small letters, or "". */
function numberTyped() {
  return element("number").value.replace(/[^0-9a-fA-F۰-۹٠-٩]/g, "").replace(/[۰-۹٠-٩]/g, (d) => d.charCodeAt(0) & 15).toLowerCase();
}

/** Why what was chosen and typed cannot be checked, or "". */
function problem(list) {
  if (!list.length) return say("nothing");
  const typed = numberTyped().length;
  return element("number").value.trim() !== "" && typed !== NUMBER_LENGTH ? fill("mistyped", { length: NUMBER_LENGTH, count: typed }) : "";
}

function listOf(title, lines) {
  const part = make("section");
  part.append(make("h3", title));
  const all = make("ul");
  for (const line of lines) all.append(make("li", line));
  part.append(all);
  return part;
}

function parted(title, one) {
  const part = make("article");
  part.append(make("h2", title));
  if (one.failed) {
    part.append(make("p", say(one.failed)));
    return part;
  }
  if (one.ballots !== undefined) part.append(make("p", `${number(one.ballots)} ${say("ballots")}`));
  if (one.receipts) part.append(make("p", say("covered").replace("{covered}", number(one.receipts.covered)).replace("{votes}", number(one.receipts.votes))));
  if (one.supplement === false) part.append(make("p", say("bare")));
  const facts = make("dl");
  for (const [word, value] of [["number", one.number?.replace(/(.{4})(?=.)/g, "$1 ")], ["fingerprint", one.fingerprint], ["tests", one.digest]]) {
    if (!value) continue;
    const code = make("dd");
    code.append(make("code", value));
    facts.append(make("dt", say(word)), code);
  }
  part.append(facts);
  const grouped = new Map();
  for (const { reason } of one.findings) grouped.set(sentence(reason), (grouped.get(sentence(reason)) ?? 0) + 1);
  if (grouped.size) {
    part.append(listOf(say("findings"), [...grouped].map(([line, count]) => `${line} (${number(count)})`)));
    const exact = make("pre", one.findings.slice(0, 20).map((f) => `${f.reason}\t${f.entry}\t${f.what}`).join("\n"));
    exact.dir = "ltr";
    exact.tabIndex = 0;
    part.append(exact);
    const more = (one.faults ?? one.findings.length) - 20;
    if (more > 0) part.append(make("p", say("more").replace("{count}", number(more))));
  }
  if (one.elected?.length) part.append(listOf(say("elected"), one.elected.map(person)));
  if (one.told.length) part.append(listOf(say("told"), one.told.map((t) => `${sentence(t.reason)} \u2068${t.entry}\u2069 (${number(t.count)})`)));
  return part;
}

/** Somebody who is elected, with contest, code and votes. */
const person = ({ contest, code, name, votes }) => `\u2068${contest}\u2069: ${number(code)} \u2068${name[language] || name.fa}\u2069 (${number(votes)})`;

const sentence = (reason) => say("reasons")[reason] ?? say("reasons")[reason.replace(/-.*/, "-")] ?? reason;

function isGood() {
  return reports.length > 0 && reports.every((one) => !one.failed && one.faults === 0) && (!whole || (!whole.failed && whole.findings.length === 0));
}

/** What kind of right it is: with the number, without it, or not final yet. */
function outcome() {
  if (!isGood()) return "wrong";
  if (whole?.interim) return "interim";
  return whole?.anchored ? "right" : "unanchored";
}

/** A sentence with its values in the reader's digits. */
const fill = (key, values) => Object.entries(values).reduce((line, [name, value]) => line.replace(`{${name}}`, number(value)), say(key));

/** What was checked, from what was there. */
function checkedSentence() {
  const good = reports.filter((one) => !one.failed);
  const ballots = good.reduce((all, one) => all + one.ballots, 0);
  const depth = whole && !whole.failed && ground?.believed ? "checkedWhole" : good.some((one) => one.supplement) ? "checkedSigned" : "checkedBare";
  return fill(depth, { ballots, archives: good.length });
}

/** What breaks no rule and is worth knowing, by number. */
function toldSentence() {
  const told = [...reports, whole ?? {}].flatMap((one) => one.told ?? []);
  return told.length ? fill("toldSome", { count: told.length }) : say("toldNone");
}

function verdict() {
  const kind = outcome();
  element("outcome").textContent = say(kind);
  element("outcome").className = kind === "wrong" ? "wrong" : "right";
  element("meaning").textContent = { unanchored: say("unanchoredMeans"), interim: say("interimMeans"), wrong: say("wrongMeans") }[kind] ?? "";
  element("checked").textContent = checkedSentence();
  element("told").textContent = toldSentence();
  const parts = reports.map((one) => parted(one.title ?? one.name, one));
  if (whole) parts.unshift(parted(say("index"), whole));
  element("details").replaceChildren(...parts);
  element("when").textContent = `${say("checkedAt")} ${when.toLocaleString(language === "fa" ? "fa-IR" : "en-GB")}`;
  element("witness").hidden = !ground?.believed;
  look();
}

/** Ask a worker of its own one thing. */
async function askOnce(data) {
  const one = new Pool(1);
  const said = await one.ask(0, data);
  one.stop();
  return said.kind === "done" ? said.report : null;
}

async function compareReport() {
  const text = element("report").value;
  const { register, rescues, missing } = ground;
  const summary = reports.map(({ boxes, stations }) => ({ boxes, stations }));
  const said = await askOnce({ kind: "report", text, ground: { register, rescues, missing }, reports: summary });
  const facts = said?.device ? ` (${said.device}: ${said.numbers.map(number).join(" + ")})` : "";
  element("report-answer").textContent = said ? `${say({ right: "reportRight", told: "told", wrong: "wrong" }[said.kind])}: ${sentence(said.reason)}${facts}` : say("unreadable");
}

async function scanNumber(file) {
  const text = file && (await scan(file));
  const found = text && (await askOnce({ kind: "number", text }));
  if (found) element("number").value = found.replace(/(.{4})(?=.)/g, "$1 ");
  element("scanned").textContent = say(found ? "scanned" : "noSymbol");
}

async function scanReport(file) {
  const text = file && (await scan(file));
  element("report-answer").textContent = text ? "" : say("noSymbol");
  if (!text) return;
  element("report").value = text;
  await compareReport();
}

/** The digest of a tracking code (43 characters of Base64) as the archive's names have it. */
export function codeDigest(text) {
  const code = text.replace(/\s+/g, "");
  if (!/^[A-Za-z0-9+/]{43}$/.test(code)) return null;
  return [...atob(code + "=")].map((c) => c.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

function look() {
  const text = element("code").value;
  const digest = codeDigest(text);
  const found = digest !== null && reports.some((one) => one.codes?.includes(digest) && one.faults === 0);
  element("answer").textContent = text.trim() === "" ? "" : found ? say("found") : say("missing");
}

/** The certificate of a check as a text: what was found, in what, and when. */
function certificate() {
  const lines = [say("title"), element("outcome").textContent, element("meaning").textContent, "", checkedSentence(), toldSentence(), say("unknowable"), "",
    element("when").textContent, ""];
  const row = (word, value) => value && lines.push(`${say(word)}: ${value}`);
  row("number", whole?.number);
  row("index", ground?.digest);
  for (const one of [...reports, ...(whole ? [{ ...whole, name: say("index") }] : [])]) {
    lines.push("", `— ${one.name}`);
    row("tests", one.digest);
    row("fingerprint", one.fingerprint);
    if (one.ballots !== undefined) lines.push(`${number(one.ballots)} ${say("ballots")}`);
    if (one.failed) lines.push(say(one.failed));
    for (const each of one.elected ?? []) lines.push(`${say("elected")}: ${person(each)}`);
    for (const found of one.findings ?? []) lines.push(`${found.reason}\t${found.entry}\t${found.what}`);
    for (const told of one.told ?? []) lines.push(`${say("told")}: ${told.reason}\t${told.entry}\t${told.count}\t${sentence(told.reason)}`);
  }
  return lines.join("\n") + "\n";
}

function save() {
  const link = make("a");
  link.href = URL.createObjectURL(new Blob([certificate()], { type: "text/plain;charset=utf-8" }));
  link.download = "check.txt";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function begin() {
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => { language = button.dataset.language; speak(); });
  }
  for (const id of ["file", "folder"]) {
    element(id).addEventListener("change", (event) => {
      const files = [...event.target.files];
      // The same may be chosen once more.
      event.target.value = "";
      start(files);
    });
    element(`${id}-button`).addEventListener("click", () => element(id).click());
  }
  for (const [id, use] of [["scan", scanNumber], ["photo", scanReport]]) {
    element(id).addEventListener("change", (event) => use(event.target.files[0]).finally(() => (event.target.value = "")));
    element(`${id}-button`).addEventListener("click", () => element(id).click());
  }
  element("kept").addEventListener("change", (event) => { element("kept-name").textContent = event.target.files[0]?.name ?? ""; });
  element("kept-button").addEventListener("click", () => element("kept").click());
  element("report-button").addEventListener("click", compareReport);
  element("cancel").addEventListener("click", () => {
    pool?.stop();
    show("choose");
    element("problem").textContent = say("stopped");
    element("file-button").focus();
  });
  element("again").addEventListener("click", () => {
    for (const id of ["code", "report"]) element(id).value = "";
    element("report-answer").textContent = "";
    show("choose");
    element("file-button").focus();
  });
  element("print").addEventListener("click", () => window.print());
  element("save").addEventListener("click", save);
  element("code").addEventListener("input", look);
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    start([...event.dataTransfer.files]);
  });
  show("choose");
  speak();
}

begin();
