"use strict";
// The page itself. What is computed is in the script "core", which also runs in a worker.

const at = id => document.getElementById(id);
const state = {language: "fa", election: null, bytes: null, definition: null, definitionText: null,
               result: null, error: null, warning: null};

const say = () => WORDS[state.language];
const digits = text => state.language === "fa" ? persianDigits(text) : text;
const named = text => state.language === "en" && text.en || text.fa;

function make(tag, className, text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

// ---- what is shown

function show() {
  document.documentElement.lang = state.language;
  document.documentElement.dir = state.language === "fa" ? "rtl" : "ltr";
  document.title = say().title;
  for (const element of document.querySelectorAll("[data-say]"))
    element.textContent = say()[element.dataset.say];
  at("photo-label").hidden = !("BarcodeDetector" in window);
  at("files").hidden = state.embedded;
  at("which").hidden = !state.election;
  if (state.election) {
    const name = state.definition ? named(state.definition.name) : state.election.name;
    at("election-name").textContent = name;
    at("fingerprint").textContent = state.election.fingerprint;
    at("no-definition").hidden = Boolean(state.definition);
  }
  at("error").hidden = !(state.error || state.warning);
  at("error").textContent = say().errors[state.error || state.warning] ?? "";
  at("result").hidden = !state.result;
  if (state.result) showResult(state.result);
}

function showResult(result) {
  const words = say(), readings = readAnswers(state.election, state.definition, result.answers);
  const noted = result.noted;
  const fault = !result.honest ? "lied" : readings.some(each => each.kind === "impossible") ? "impossible"
    : noted === false ? "notNoted" : null;
  const good = fault === null;
  at("verdict").className = good ? "verdict good" : "verdict bad";
  at("mark").textContent = good ? "✓" : "✕";
  at("headline").textContent = words[fault ?? "honest"];
  at("headline-hint").textContent = words[`${fault ?? "honest"}Hint`];
  at("complain").hidden = good;
  at("compare").hidden = !good;
  at("only-both").hidden = !good;
  at("choices-question").hidden = !good;
  at("number-question").textContent = good ? (noted ? words.numberSame : words.compareNumber) : words.number;
  const groups = result.number.match(/.{5}/g);
  at("number").replaceChildren(...groups.map(group => make("span", "group", digits(group))));
  at("ballot").replaceChildren(...readings.map(showReading));
  const rows = [["code", result.tracking], ["made", result.made ?? words.none],
                ["seconds", digits(String(result.ms))]];
  at("facts").replaceChildren(...rows.flatMap(([name, value]) =>
    [make("dt", "", words[name]), make("dd", "code", value)]));
}

function showReading(reading) {
  const words = say(), box = make("section", "contest");
  const heading = make("h3", "", named(reading.title));
  heading.append(make("span", reading.kind === "impossible" ? "kind bad" : "kind",
                      words.kinds[reading.kind]));
  const list = make("ul");
  for (const one of reading.chosen) {
    const line = make("li");
    if (one.code) line.append(make("span", "tag", digits(one.code)));
    if (one.name) line.append(make("span", "", named(one.name)));
    else if (reading.kind !== "codes") line.append(make("span", "bad", words.unknown));
    list.append(line);
  }
  box.append(heading);
  if (reading.chosen.length) box.append(list);
  return box;
}

// ---- computing: in a worker, or where that is not allowed in small pieces

const WORKER_END = `
onmessage = async ({data: [bytes, text]}) => {
  try {
    const told = async (done, total) => postMessage({done, total});
    postMessage({found: await checkTicket(bytes, text, told)});
  } catch (error) { postMessage({word: error.word ?? "broken"}); }
};`;

function inWorker(bytes, text, told) {
  return new Promise((resolve, reject) => {
    const source = new Blob([at("core").textContent + WORKER_END], {type: "text/javascript"});
    const address = URL.createObjectURL(source), worker = new Worker(address);
    const end = (act, value) => { worker.terminate(); URL.revokeObjectURL(address); act(value); };
    worker.onerror = event => end(reject, new Error(event.message || "no worker"));
    worker.onmessage = ({data}) => {
      if (data.found) end(resolve, data.found);
      else if (data.word) end(reject, new Trouble(data.word));
      else told(data.done, data.total);
    };
    worker.postMessage([bytes, text]);
  });
}

async function inPieces(bytes, text, told) {
  return checkTicket(bytes, text, async (done, total) => {
    told(done, total);
    await new Promise(resolve => setTimeout(resolve));
  });
}

async function computed(bytes, text, told) {
  try { return await inWorker(bytes, text, told); } catch (error) {
    if (error instanceof Trouble) throw error;
    return inPieces(bytes, text, told);
  }
}

async function check(event) {
  event.preventDefault();
  Object.assign(state, {result: null, error: null, warning: null});
  if (!state.election) state.error = "missing";
  const noted = at("noted").value.trim();
  if (noted && isTrackingOf(noted, {}) === null) state.error = "badNumber";
  show();
  if (state.error) return;
  const started = performance.now();
  at("check").disabled = true;
  at("working").hidden = false;
  try {
    const found = await computed(state.bytes, at("ticket").value, (done, total) => {
      at("progress").max = total;
      at("progress").value = done;
    });
    found.ms = Math.round(performance.now() - started);
    found.noted = noted ? isTrackingOf(noted, found) : null;
    state.result = found;
  } catch (error) { state.error = error.word ?? "broken"; }
  at("check").disabled = false;
  at("working").hidden = true;
  show();
  (state.result ? at("verdict") : at("error")).scrollIntoView({block: "start"});
}

// ---- what comes in

function takeElection(bytes) {
  const election = readElection(bytes);
  Object.assign(state, {election, bytes, definition: null});
  takeDefinition();
}

function takeDefinition(text = state.definitionText) {
  state.definitionText = text;
  if (text === null || !state.election) return;
  state.definition = readDefinition(text, state.election);
  if (!state.definition) state.warning = "otherDefinition";
}

async function takeFiles(files) {
  Object.assign(state, {result: null, error: null, warning: null});
  for (const file of files) {
    const bytes = new Uint8Array(await file.arrayBuffer()), text = new TextDecoder().decode(bytes);
    try {
      if (/^\s*\{[^]*"contests"\s*:/.test(text)) takeDefinition(text);
      else takeElection(bytes);
    } catch (error) { state.error = error.word ?? "broken"; }
  }
  show();
}

async function takePhoto(file) {
  Object.assign(state, {error: null, warning: null});
  try {
    const detector = new BarcodeDetector({formats: ["qr_code"]});
    const codes = await detector.detect(await createImageBitmap(file));
    const own = codes.find(code => code.rawValue.startsWith(TICKET_PREFIX)) ?? codes[0];
    if (own) at("ticket").value = own.rawValue; else state.error = "noCode";
  } catch { state.error = "noCode"; }
  show();
}

function begin() {
  const embedded = id => { const text = at(id)?.textContent; return text ? JSON.parse(text) : null; };
  const election = embedded("election-data");
  state.embedded = election !== null;
  state.definitionText = embedded("definition-data");
  try { if (election !== null) takeElection(utf8(election)); } catch (error) { state.error = error.word; }
  at("language").onclick = () => { state.language = state.language === "fa" ? "en" : "fa"; show(); };
  at("form").onsubmit = check;
  at("chosen").onchange = event => takeFiles(event.target.files);
  at("photo").onchange = event => event.target.files.length && takePhoto(event.target.files[0]);
  document.ondragover = event => event.preventDefault();
  document.ondrop = event => { event.preventDefault(); takeFiles(event.dataTransfer.files); };
  if (location.hash === "#en") state.language = "en";
  show();
}

begin();
