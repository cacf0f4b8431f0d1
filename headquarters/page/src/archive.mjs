// Verify one archive from its first byte to its result.

import { BallotCheck, ballotPoints, readBallot } from "./ballot.mjs";
import { events, mayFollow } from "./container.mjs";
import { Slots, isStrong, readDecryption, readStrong, slotIntegers, wrongProofs } from "./decryption.mjs";
import { hashHex } from "./numbers.mjs";
import { Setup, credentialFaults, electionFaults, lagrange, readCredentials, readElection, readTrustees } from "./setup.mjs";
import { Misshapen, anything, ciphertext, decodeText, list, object, readJson } from "./shapes.mjs";
import { Generators, isShuffled, readOwned, readShuffle, shufflePoints } from "./shuffle.mjs";

const SETUP = object({ election: anything, trustees: anything, credentials: anything });
const TALLY = list(list(ciphertext));
const SIZED = object({ num_tallied: anything, total_weight: anything, encrypted_tally: anything });
const RESULT = object({ result: anything });

const IDENTITY = "0".repeat(63) + "1";
const texts = (ciphertexts) => ciphertexts.flatMap((one) => [one.alpha, one.beta]);
const reversed = (text) => text.match(/../g).reverse().join("");

/** Verifies an archive; findings are `{reason, entry, what}`, told ones with `told`. */
export class ArchiveCheck {
  /** `share`: of how many workers this one is which; the first says what is wrong with files and chain, each says it of its own proofs. */
  constructor(core, { strong = null, progress = () => {}, share = { of: 1, mine: 0 } } = {}) {
    this.core = core;
    this.share = share;
    this.unit = 0;
    this.reporting = share.mine === 0;
    this.findings = [];
    this.told = [];
    this.strongSource = strong;
    this.progress = progress;
    this.ballots = 0;
    this.generators = new Generators(core);
    this.slots = new Slots(core);
    this.sums = null;
    this.alphas = new Set();
    this.seen = new Set();
    this.shuffles = [];
    this.decryptions = [];
    this.result = null;
    this.points = [];
    this.digests = [];
  }

  fail(reason, entry, what) {
    if (this.reporting) this.findings.push({ reason, entry, what });
  }

  /** Run a piece of work if it is this worker's turn; every worker counts the same pieces. */
  turn(work) {
    if (this.unit++ % this.share.of !== this.share.mine) return undefined;
    const { reporting } = this;
    this.reporting = true;
    try {
      return work();
    } finally {
      this.reporting = reporting;
    }
  }

  /** Points of texts that another worker judges, or null where one is no point. */
  decoded(texts) {
    const list = this.core.decode(texts);
    return list.ok.some((good) => !good) ? null : list.at;
  }

  tell(reason, entry, what, count = 1) {
    this.told.push({ reason, entry, what, count });
  }

  /** Read an object by a shape; what is wrong with it is a finding of `format`. */
  read(entry, reader) {
    try {
      return reader(decodeText(entry.bytes));
    } catch (error) {
      if (!(error instanceof Misshapen)) throw error;
      this.fail("format", entry.name, error.message);
      return null;
    }
  }

  /** Points of texts, or null after a finding of `group`; the identity counts as outside unless it is allowed. */
  members(entry, texts, identity = false) {
    const { core } = this;
    const list = core.decode(texts);
    const bad = list.ok.some((good) => !good) ? [0] : core.outside(list.n, list.at);
    if (!bad.length && !identity) {
      for (const text of texts) if (text === IDENTITY) bad.push(text);
    }
    if (bad.length) {
      this.fail("group", entry.name, "not an element of the group of order q");
      return null;
    }
    return list.at;
  }

  /** Read an archive (`{size, read(offset, length)}`) and check it; `stopped` may say that nobody waits any longer. */
  async run(source, stopped = () => false) {
    let before = "";
    let finished = false;
    const light = this.share.mine > 0;
    for await (const event of events(source, (...finding) => this.fail(...finding), light)) {
      if (!mayFollow(before, event.type, this.mixed())) this.fail("chain", event.name, `${event.type} may not follow ${before || "nothing"}`);
      before = event.type;
      if (event.type === "Result" && event.objects) finished = true;
      if (event.objects) this.take(event);
      if (stopped()) return this;
      this.progress(event.at, source.size, event.type);
    }
    if (!finished) this.fail("incomplete", "@end", "there is no result");
    if (!light) this.conclude(finished);
    return this;
  }

  mixed() {
    return !this.election || this.election.questions.some((q) => q.slot);
  }

  take(event) {
    const at = event.type;
    if (at === "Setup") this.takeSetup(event);
    else if (at === "Ballot") this.core.scope(() => (this.share.mine ? this.shareBallot(event.objects[0]) : this.takeBallot(event.objects[0])));
    else if (at === "EndBallots") this.ended = true;
    else if (at === "EncryptedTally") this.takeTally(event);
    else if (at === "Shuffle") this.takeShuffle(event);
    else if (at === "PartialDecryption") this.takeDecryption(event);
    else if (at === "Result") this.takeResult(event);
    if (at === "EncryptedTally" || at === "EndShuffles") this.beforeDecryption = event.hash;
  }

  takeSetup({ name, objects: [election, trustees, credentials, setup] }) {
    if (this.election) return;
    const said = this.read(setup, (source) => readJson(source, SETUP));
    if (said && (said.election !== hashHex(election.bytes) || said.trustees !== hashHex(trustees.bytes)
      || said.credentials !== hashHex(credentials.bytes))) this.fail("chain", setup.name, "does not name the objects in front of it");
    const read = this.read(election, (source) => readElection(election.bytes, source));
    const people = this.read(trustees, readTrustees);
    const listed = this.read(credentials, readCredentials);
    this.credentials = listed && new Set(listed);
    if (listed && !this.share.mine) this.core.scope(() => this.members(credentials, listed));
    if (listed) for (const what of credentialFaults(listed)) this.fail("setup", credentials.name, what);
    if (!read) return;
    const faults = [...electionFaults(read)];
    for (const what of faults) this.fail("setup", election.name, what);
    this.election = read;
    if (people) {
      this.setup = new Setup(this.core, read, people, listed);
      for (const what of this.setup.faults) this.fail("setup", trustees.name, what);
      if (this.setup.outside) this.fail("group", trustees.name, "not an element of the group of order q");
    }
    const key = this.core.decode([read.public_key]);
    this.key = key.ok[0] ? key.at : null;
    if (!this.key || faults.length) return;
    this.checker = new BallotCheck(this.core, read);
    this.sums = read.questions.map((q) => (q.slot ? [] : Array(2 * (q.size + (q.blank ? 1 : 0))).fill(null)));
  }

  takeBallot(entry) {
    this.ballots++;
    const ballot = this.read(entry, readBallot((what) => this.fail("format", entry.name, what)));
    if (!ballot) return;
    const digest = hashHex(entry.bytes);
    if (this.seen.has(digest)) this.fail("ballot-duplicate", entry.name, "this ballot was there before");
    this.seen.add(digest);
    if (this.credentials && !this.credentials.has(ballot.credential)) this.fail("credential", entry.name, "its credential is not listed");
    this.used ??= new Set();
    if (this.used.has(ballot.credential)) this.fail("ballot-duplicate", entry.name, "a second ballot of its credential");
    this.used.add(ballot.credential);
    const texts = ballotPoints(ballot);
    for (let i = 1; i < texts.length; i += 2) {
      if (this.alphas.has(texts[i])) this.fail("ballot-duplicate", entry.name, "a ciphertext that was there before");
      this.alphas.add(texts[i]);
    }
    const points = this.turn(() => this.judge(ballot, texts, entry));
    if (!this.checker) return;
    if (points !== null) this.collect(ballot);
  }

  /** A ballot's points and proofs; its points, or null where one is none. */
  judge(ballot, texts, entry) {
    const points = this.members(entry, texts);
    if (!this.checker) return null;
    for (const [reason, what] of this.checker.faults(ballot, decodeText(entry.bytes), points)) this.fail(reason, entry.name, what);
    return points;
  }

  /** A ballot in a worker that only judges proofs. */
  shareBallot(entry) {
    this.turn(() => {
      let ballot;
      try {
        ballot = readBallot(() => {})(decodeText(entry.bytes));
      } catch (error) {
        // The first worker says so.
        if (error instanceof Misshapen) return;
        throw error;
      }
      this.judge(ballot, ballotPoints(ballot), entry);
    });
  }

  /** Add to the tally that has to come out what a ballot answers in its question's form. */
  collect(ballot) {
    const { questions } = this.election;
    if (ballot.answers.length !== questions.length) return;
    ballot.answers.forEach((one, i) => {
      if (one instanceof Misshapen) return;
      const { slot, blank } = questions[i];
      const { choices, blank_proof: blankProof } = one;
      if (slot !== !Array.isArray(choices)) return;
      if (slot) this.sums[i].push(choices);
      else if (choices.length * 2 === this.sums[i].length && (blankProof !== undefined) === blank) {
        choices.forEach((c, k) => {
          for (const side of [0, 1]) {
            const place = 2 * k + side;
            const text = side ? c.beta : c.alpha;
            this.sums[i][place] = this.sums[i][place] === null ? text : this.added(this.sums[i][place], text);
          }
        });
      }
    });
  }

  added(a, b) {
    const list = this.core.decode([a, b]);
    return this.core.encode(1, this.core.add(1, list.at, this.core.point(list.at, 1)))[0];
  }

  expectedTally() {
    return this.election.questions.map((q, i) => {
      if (!q.slot) {
        const flat = this.sums[i];
        const pairs = [];
        for (let k = 0; k < flat.length; k += 2) pairs.push({ alpha: flat[k] ?? IDENTITY, beta: flat[k + 1] ?? IDENTITY });
        return pairs;
      }
      const named = this.sums[i].map((one) => [reversed(one.alpha) + reversed(one.beta), one]);
      return named.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, one]) => one);
    });
  }

  takeTally({ objects: [tally, sized] }) {
    const read = this.read(tally, (source) => readJson(source, TALLY));
    const said = this.read(sized, (source) => readJson(source, SIZED));
    if (said && (said.num_tallied !== this.ballots || said.total_weight !== this.ballots)) {
      this.fail("tally", sized.name, "its counts do not follow from the ballots");
    }
    if (said && said.encrypted_tally !== hashHex(tally.bytes)) this.fail("tally", sized.name, "another tally");
    if (!this.sums) return;
    const expected = this.share.mine === 0 && JSON.stringify(this.expectedTally());
    if (expected && hashHex(expected) !== hashHex(tally.bytes)) this.fail("tally", tally.name, "does not follow from the ballots");
    if (!read || read.length !== this.election.questions.length) return;
    this.stage = read.map((one) => one);
    // Questions whose last ciphertexts are known not to be of the group: nothing that rests on them is computed.
    this.outside = new Set();
    read.forEach((one, i) => {
      const identity = !this.election.questions[i].slot;
      const held = this.turn(() => this.core.scope(() => this.members(tally, texts(one), identity) !== null));
      if (held === false) this.outside.add(i);
    });
  }

  takeShuffle({ objects: [shuffle, owned] }) {
    const said = this.read(owned, readOwned);
    if (said && said.payload !== hashHex(shuffle.bytes)) this.fail("chain", owned.name, "does not name the object in front of it");
    if (said) this.shuffles.push({ owner: said.owner, name: owned.name });
    const read = this.read(shuffle, readShuffle);
    const mixedBefore = this.stage;
    if (!read) this.stage = null;
    if (!read || !mixedBefore) return;
    const slots = [...this.election.questions.keys()].filter((i) => this.election.questions[i].slot);
    if (read.ciphertexts.length !== slots.length || read.proofs.length !== slots.length) {
      this.stage = null;
      return this.fail("shuffle", shuffle.name, "another number of questions");
    }
    for (const [k, i] of slots.entries()) {
      const output = read.ciphertexts[k];
      const held = this.turn(() => this.judgeShuffle(shuffle, i, output, read.proofs[k]));
      this.stage[i] = output;
      if (held === false) this.outside.add(i);
      else this.outside.delete(i);
    }
  }

  /** One question of a shuffle; says whether its points are of the group. The memory that they took is given back. */
  judgeShuffle(shuffle, i, output, proof) {
    this.generators.prepare(this.stage[i].length);
    return this.core.scope(() => {
      const points = this.members(shuffle, shufflePoints(output, proof));
      const before = this.outside.has(i) ? null : this.decoded(texts(this.stage[i]));
      const held = points !== null && before !== null && isShuffled(this.core, this.generators, this.election, this.key, this.stage[i],
        output, proof, before, points);
      if (points !== null && before !== null && !held) this.fail("shuffle", shuffle.name, `question ${i + 1}: the proof does not hold`);
      return points !== null;
    });
  }

  /** The points of a question's last ciphertexts, or null; decoded once. */
  stagePoints(i) {
    this.last ??= [];
    return (this.last[i] ??= this.outside.has(i) ? null : this.decoded(texts(this.stage[i])));
  }

  takeDecryption({ objects: [decryption, owned] }) {
    if (this.share.mine > 0) return;
    const said = this.read(owned, readOwned);
    if (said && said.payload !== hashHex(decryption.bytes)) this.fail("chain", owned.name, "does not name the object in front of it");
    const read = this.read(decryption, readDecryption);
    const one = { owner: said?.owner, name: owned.name, entry: decryption.name, read: null, points: null };
    this.decryptions.push(one);
    one.readable = read !== null;
    this.beforeDecryptionFirst ??= this.beforeDecryption;
    if (!read || !said || !this.stage) return;
    if (!this.setup) return;
    const keyText = this.setup.keys[said.owner - 1];
    if (keyText === undefined) return this.fail("decryption", owned.name, "of nobody");
    const fits = [read.decryption_factors, read.decryption_proofs].every((lists) => lists.length === this.stage.length
      && lists.every((rows, i) => rows.length === this.stage[i].length));
    if (!fits) return this.fail("decryption", decryption.name, "another shape");
    const key = this.core.decode([keyText]);
    const points = this.members(decryption, read.decryption_factors.flat(), true);
    if (!key.ok[0] || points === null) return;
    one.read = read;
    one.points = points;
    one.wrong = false;
    let at = 0;
    for (let i = 0; i < this.stage.length; i++) {
      const n = this.stage[i].length;
      const alphaPoints = this.alphaPoints(i);
      if (alphaPoints !== null) {
        const rows = this.core.scope(() => wrongProofs(this.core, this.election, keyText, key.at, alphaPoints,
          this.core.point(points, at), read.decryption_proofs[i]));
        for (const row of rows) {
          one.wrong = true;
          this.fail("decryption", decryption.name, `question ${i + 1}, row ${row + 1}: the proof does not hold`);
        }
      }
      at += n;
    }
  }

  alphaPoints(i) {
    this.alphaLists ??= [];
    const points = this.stagePoints(i);
    if (points === null) return null;
    return (this.alphaLists[i] ??= this.core.gather(this.stage[i].map((_, row) => this.core.point(points, 2 * row))));
  }

  takeResult({ objects: [result] }) {
    const read = this.read(result, (source) => readJson(source, RESULT));
    this.result = read && { name: result.name, rows: read.result };
  }

  checkOwners() {
    const items = this.setup.items;
    const owners = this.shuffles.map((one) => one.owner);
    const total = this.setup.keys.length;
    const singles = items.filter((item) => item.kind === "Single").map((item) => item.first);
    const pedersen = items.filter((item) => item.kind === "Pedersen");
    const inside = (item, list) => list.filter((o) => o >= item.first && o < item.first + item.size);
    if (this.mixed()) {
      const good = pedersen.length === 0
        ? owners.length === singles.length && owners.every((o, i) => o === i + 1)
        : new Set(owners).size === owners.length && owners.every((o) => o >= 1 && o <= total)
          && singles.every((o) => owners.includes(o)) && pedersen.every((item) => inside(item, owners).length >= item.threshold);
      if (!good) this.fail("shuffle", "@end", "shuffles are missing, twice, or by somebody else");
    }
    const by = this.decryptions.filter((one) => one.readable).map((one) => one.owner);
    const enough = new Set(by).size === by.length && singles.every((o) => by.includes(o))
      && pedersen.every((item) => inside(item, by).length >= item.threshold);
    if (!enough) this.fail("decryption", "@end", "decryptions are missing, twice, or by somebody else");
  }

  conclude(finished) {
    if (!finished || !this.election || !this.setup) return;
    this.checkOwners();
    if (!this.stage) return;
    const strong = this.checkStrong();
    if (this.result) this.checkResult(strong);
    if (this.strongSource === null) this.tell("decryption-unproven", "PartialDecryption", "no strong proofs of the decryptions");
  }

  /** Whether every decryption has its strong proof; faults are findings. */
  checkStrong() {
    if (this.strongSource === null) return false;
    const before = this.findings.length;
    this.checkProofs();
    return this.findings.length === before;
  }

  checkProofs() {
    const entry = { name: "supplement/decryptions.json", bytes: this.strongSource };
    let read;
    try {
      read = readStrong(decodeText(entry.bytes));
    } catch (error) {
      if (!(error instanceof Misshapen)) throw error;
      this.fail("decryption-proof", entry.name, error.message);
      return;
    }
    if (read.event !== this.beforeDecryptionFirst) this.fail("decryption-proof", entry.name, "about another archive");
    const owners = this.decryptions.map((one) => one.owner);
    for (const given of read.proofs) if (!owners.includes(given.owner)) this.fail("decryption-proof", entry.name, "of nobody who decrypted");
    const alphaTexts = this.stage.flatMap((rows) => rows.map((one) => one.alpha));
    const lists = this.stage.map((_, i) => this.alphaPoints(i));
    if (lists.includes(null)) return;
    const alphas = this.core.gather(this.stage.flatMap((rows, i) => rows.map((_, row) => this.core.point(lists[i], row))));
    for (const one of this.decryptions) {
      const given = read.proofs.find((item) => item.owner === one.owner);
      if (!given) this.fail("decryption-proof", entry.name, `trustee ${one.owner}: no proof`);
      else if (one.read) {
        const keyText = this.setup.keys[one.owner - 1];
        const held = this.core.scope(() => isStrong(this.core, this.election, read.event, one.owner, keyText,
          this.core.decode([keyText]).at, alphaTexts, alphas, one.read.decryption_factors.flat(), one.points, given));
        if (!held) this.fail("decryption-proof", entry.name, `trustee ${one.owner}: the proof does not hold`);
      }
    }
  }

  checkResult(strong) {
    const shares = this.combined();
    const { name, rows } = this.result;
    if (!shares) return;
    if (rows.length !== this.stage.length) return this.fail("result", name, "another number of questions");
    let at = 0;
    this.counts = [];
    this.crooked = [];
    for (const [i, question] of this.election.questions.entries()) {
      const n = this.stage[i].length;
      const betas = this.core.gather(this.stage[i].map((_, row) => this.core.point(this.stagePoints(i), 2 * row + 1)));
      const plain = this.core.add(n, betas, this.core.point(shares, at), 1);
      at += n;
      const texts = this.core.encode(n, plain);
      if (question.slot) this.checkSlot(i, question, texts, rows[i], strong);
      else this.checkCounts(i, texts, rows[i]);
    }
  }

  checkSlot(i, question, texts, rows, strong) {
    const { name } = this.result;
    const wide = question.size === 30 && question.answers.every((a, k) => a === (k < 28 ? "0" : k === 28 ? "hi" : "lo"));
    const found = texts.map((text) => slotIntegers(text, question.size));
    let crooked = 0;
    texts.forEach((text, row) => {
      const canonical = this.slots.isCanonical(text, question.size);
      if (strong && !canonical) crooked++;
      else if (!canonical || (!strong && wide && found[row].slice(0, 28).some((x) => x !== 0))) {
        this.fail("encoding", name, `question ${i + 1}, row ${row + 1}: a decryption nobody encrypted`);
      }
    });
    this.counts[i] = {};
    this.crooked[i] = {};
    const add = (into, key) => (into[key] = (into[key] ?? 0) + 1);
    texts.forEach((text, row) => {
      const canonical = this.slots.isCanonical(text, question.size);
      add(this.counts[i], canonical ? String(found[row].reduce((all, one) => all * 256n + BigInt(one), 0n)) : "irregular");
      if (!canonical) add(this.crooked[i], found[row].join());
    });
    if (crooked) this.tell("crooked-row", name, `question ${i + 1}: rows that no honest terminal encrypts`, crooked);
    if (!Array.isArray(rows) || rows.length !== found.length) return this.fail("result", name, `question ${i + 1}: another number of rows`);
    found.forEach((integers, row) => {
      if (JSON.stringify(rows[row]) !== JSON.stringify(integers)) {
        this.fail("result", name, `question ${i + 1}, row ${row + 1}: not what was decrypted`);
      }
    });
  }

  checkCounts(i, texts, rows) {
    const { name } = this.result;
    this.counts[i] = rows;
    if (!Array.isArray(rows) || rows.length !== texts.length) return this.fail("result", name, `question ${i + 1}: another number of answers`);
    texts.forEach((text, k) => {
      const said = rows[k];
      const right = Number.isInteger(said) && said <= this.ballots * Math.max(1, this.election.questions[i].max)
        && this.core.scope(() => this.core.encode(1, this.core.multiples([BigInt(said)]))[0] === text);
      if (!right) this.fail("result", name, `question ${i + 1}, answer ${k + 1}: not what was decrypted`);
    });
  }

  /** All trustees' factors together, row after row, or null where that cannot be computed. */
  combined() {
    const total = this.stage.reduce((all, rows) => all + rows.length, 0);
    if (this.stage.some((_, i) => this.stagePoints(i) === null)) return null;
    let sum = null;
    const addUp = (points) => (sum = sum === null ? points : this.core.add(total, sum, points));
    for (const item of this.setup.items) {
      const usable = this.decryptions.filter((one) => one.read && one.owner >= item.first && one.owner < item.first + item.size);
      if (item.kind === "Single") {
        if (!usable.length) return null;
        addUp(usable[0].points);
        continue;
      }
      const chosen = usable.filter((one) => !one.wrong).slice(0, item.threshold);
      if (chosen.length < item.threshold) return null;
      const indices = chosen.map((one) => one.owner - item.first + 1);
      const weights = indices.map((j) => lagrange(j, indices));
      const places = [];
      for (let row = 0; row < total; row++) {
        places.push(this.core.sum(weights, this.core.gather(chosen.map((one) => this.core.point(one.points, row)))));
      }
      addUp(this.core.gather(places));
    }
    return sum;
  }
}


