// The screen: choose, wait, read the verdict. It opens no connection and stores nothing.

import { WORDS, digits } from "./words.mjs";

const element = (id) => document.getElementById(id);

let language = (navigator.language || "fa").startsWith("en") ? "en" : "fa";
let workers = [];
let reports = [];
let state = "choose";
let began = 0;

const say = (key) => WORDS[language][key];
const number = (value) => digits(value, language);

function make(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

/** Archives of a choice of files, each with its strong proofs. */
export function archives(files) {
  const place = (file) => (file.webkitRelativePath || file.name).replace(/[^/]*$/, "");
  return files.filter((file) => file.name.endsWith(".bel")).map((archive) => ({
    name: archive.webkitRelativePath || archive.name,
    archive,
    strong: files.find((file) => file.name === "decryptions.json" && place(file) === place(archive) + "supplement/") ?? null,
  }));
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

function stopWorkers() {
  for (const worker of workers) worker.terminate();
  workers = [];
}

async function start(files) {
  const list = archives([...files]);
  element("problem").textContent = list.length ? "" : say("nothing");
  if (!list.length) return;
  show("running");
  element("cancel").focus();
  began = performance.now();
  reports = [];
  const wasm = await wasmBytes();
  const done = new Map();
  const total = list.reduce((all, one) => all + one.archive.size, 0) || 1;
  const tell = () => {
    const at = [...done.values()].reduce((all, one) => all + one, 0);
    const share = at / total;
    element("bar").value = share;
    const left = share > 0.02 ? ((performance.now() - began) / 1000) * (1 / share - 1) : null;
    element("left").textContent = left === null ? "" : `${say("remaining")}: ${
      left > 90 ? `${number(Math.ceil(left / 60))} ${say("minutes")}` : `${number(Math.ceil(left))} ${say("seconds")}`}`;
  };
  const url = URL.createObjectURL(new Blob([element("worker").textContent], { type: "text/javascript" }));
  const waiting = [...list];
  const cores = Math.max(1, Math.min(navigator.hardwareConcurrency || 1, list.length));
  await Promise.all(Array.from({ length: cores }, () => new Promise((finish) => {
    const worker = new Worker(url);
    workers.push(worker);
    let one = null;
    const next = () => {
      one = waiting.shift();
      if (one) worker.postMessage({ wasm, archive: one.archive, strong: one.strong });
      else finish();
    };
    worker.onmessage = ({ data }) => {
      if (data.kind === "progress") done.set(one.name, data.at);
      else {
        done.set(one.name, one.archive.size);
        reports.push(data.kind === "done" ? { name: one.name, ...data.report } : { name: one.name, failed: data.what });
        next();
      }
      tell();
    };
    worker.onerror = () => {
      reports.push({ name: one?.name ?? "", failed: "memory" });
      next();
    };
    next();
  })));
  stopWorkers();
  URL.revokeObjectURL(url);
  if (state !== "running") return;
  reports.sort((a, b) => (a.name < b.name ? -1 : 1));
  show("verdict");
  verdict();
  element("outcome").focus();
}

function listOf(title, lines) {
  const part = make("section");
  part.append(make("h3", title));
  const all = make("ul");
  for (const line of lines) all.append(make("li", line));
  part.append(all);
  return part;
}

function verdict() {
  const good = reports.length > 0 && reports.every((one) => !one.failed && one.faults === 0);
  element("outcome").textContent = good ? say("right") : say("wrong");
  element("outcome").className = good ? "right" : "wrong";
  element("details").replaceChildren(...reports.map((one) => {
    const part = make("article");
    part.append(make("h2", one.title ?? one.name));
    if (one.failed) {
      part.append(make("p", say(one.failed)));
      return part;
    }
    part.append(make("p", `${number(one.ballots)} ${say("ballots")}`));
    const facts = make("dl");
    for (const [word, value] of [["fingerprint", one.fingerprint], ["tests", one.digest]]) {
      if (!value) continue;
      const code = make("dd");
      code.append(make("code", value));
      facts.append(make("dt", say(word)), code);
    }
    part.append(facts);
    const grouped = new Map();
    for (const { reason } of one.findings) grouped.set(reason, (grouped.get(reason) ?? 0) + 1);
    if (grouped.size) {
      part.append(listOf(say("findings"), [...grouped].map(([reason, count]) => `${say("reasons")[reason] ?? reason} (${number(count)})`)));
      const exact = make("pre", one.findings.slice(0, 20).map((f) => `${f.reason}\t${f.entry}\t${f.what}`).join("\n"));
      exact.dir = "ltr";
      exact.tabIndex = 0;
      part.append(exact);
      if (one.faults > 20) part.append(make("p", say("more").replace("{count}", number(one.faults - 20))));
    }
    if (one.told.length) {
      part.append(listOf(say("told"), one.told.map((t) => `${say("reasons")[t.reason] ?? t.reason} (${number(t.count)})`)));
    }
    return part;
  }));
  element("when").textContent = `${say("checked")} ${new Date().toLocaleString(language === "fa" ? "fa-IR" : "en-GB")}`;
  look();
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

function save() {
  const lines = [say("title"), element("outcome").textContent, element("when").textContent];
  for (const one of reports) {
    lines.push("", one.name, `${say("tests")}: ${one.digest ?? ""}`, `${say("fingerprint")}: ${one.fingerprint ?? ""}`,
      `${one.ballots ?? 0} ${say("ballots")}`, ...(one.findings ?? []).map((f) => `${f.reason}\t${f.entry}\t${f.what}`));
  }
  const link = make("a");
  link.href = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "text/plain" }));
  link.download = "check.txt";
  link.click();
}

function begin() {
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => { language = button.dataset.language; speak(); });
  }
  for (const id of ["file", "folder"]) {
    element(id).addEventListener("change", (event) => start(event.target.files));
    element(`${id}-button`).addEventListener("click", () => element(id).click());
  }
  element("cancel").addEventListener("click", () => {
    stopWorkers();
    show("choose");
    element("problem").textContent = say("stopped");
    element("file-button").focus();
  });
  element("again").addEventListener("click", () => {
    for (const id of ["file", "folder"]) element(id).value = "";
    show("choose");
    element("file-button").focus();
  });
  element("print").addEventListener("click", () => window.print());
  element("save").addEventListener("click", save);
  element("code").addEventListener("input", look);
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    start(event.dataTransfer.files);
  });
  show("choose");
  speak();
}

begin();
