// Election, trustees and credentials.

import { hashBase64, hashScalar, inverse, mod, power } from "./numbers.mjs";
import { Misshapen, flag, list, object, point, proof, readJson, text, whole } from "./shapes.mjs";

const HOMOMORPHIC = object({ answers: list(text), blank: flag, min: whole, max: whole, question: text }, ["blank"]);
const SLOT = object({ type: text, value: object({ answers: list(text), question: text }) });

function question(value) {
  if (value?.type !== undefined) {
    const read = SLOT(value);
    return { slot: true, type: read.type, size: read.value.answers.length, title: read.value.question, answers: read.value.answers };
  }
  const read = HOMOMORPHIC(value);
  return { slot: false, size: read.answers.length, blank: read.blank === true, spelled: read.blank, min: read.min, max: read.max,
           title: read.question, answers: read.answers };
}

const ELECTION = object({
  version: whole, description: text, name: text, group: text, public_key: point, questions: list(question), uuid: text,
  administrator: text, credential_authority: text,
}, ["administrator", "credential_authority"]);

export function readElection(bytes, source) {
  const election = readJson(source, ELECTION, () => {});
  return { ...election, fingerprint: hashBase64(bytes) };
}

/** What breaks a rule of the election object itself. */
export function* electionFaults(election) {
  if (election.version !== 1) yield "another version";
  if (election.group !== "Ed25519") yield "another group";
  if (!/^[1-9A-HJ-NP-Za-km-z]{14,}$/.test(election.uuid)) yield "another uuid";
  if (!election.questions.length) yield "no question";
  for (const q of election.questions) {
    if (q.slot ? q.type !== "NonHomomorphic" || q.size < 1 || q.size > 30 : q.size < 1 || q.spelled === false || q.min > q.max || q.max > q.size) {
      yield "a question that cannot be";
    }
  }
}

const PUBLIC_KEY = object({ pok: proof, public_key: point, signature: proof, name: text }, ["signature", "name"]);
const SIGNED = object({ message: text, signature: proof });
const THRESHOLD = object({
  threshold: whole, certs: list(SIGNED), coefexps: list(SIGNED), signatures: list(proof), verification_keys: list(PUBLIC_KEY),
});

function trustee(value) {
  if (!Array.isArray(value) || value.length !== 2) throw new Misshapen("a trustee of an unknown kind");
  if (value[0] === "Single") return { kind: "Single", key: PUBLIC_KEY(value[1]), raw: value[1] };
  if (value[0] === "Pedersen") return { kind: "Pedersen", ...THRESHOLD(value[1]), raw: value[1] };
  throw new Misshapen("a trustee of an unknown kind");
}

export const readTrustees = (source) => readJson(source, list(trustee));
export const readCredentials = (source) => readJson(source, list(point));

const CERT = object({
  context: object({ group: text, size: whole, threshold: whole, index: whole }), verification: point, encryption: point,
});
const COEFFICIENTS = object({ coefexps: list(point) });

/** Public keys by owner number, and every rule that trustees and credentials break. */
export class Setup {
  constructor(core, election, trustees, credentials) {
    this.core = core;
    this.election = election;
    this.items = [];
    this.keys = [];
    this.faults = [];
    this.outside = false;
    this.credentials = credentials;
    for (const item of trustees) {
      const first = this.keys.length + 1;
      if (item.kind === "Single") {
        this.checkSingle(item.key);
        this.keys.push(item.key.public_key);
        this.items.push({ kind: "Single", first, size: 1, key: item.key.public_key });
      } else {
        const key = this.checkThreshold(item);
        for (const one of item.verification_keys) this.keys.push(one.public_key);
        this.items.push({ kind: "Pedersen", first, size: item.verification_keys.length, threshold: item.threshold, key });
      }
    }
    this.checkSum();
  }

  /** Points of these texts in one list, or null where one is outside the group or the identity. */
  members(texts) {
    const list = this.core.decode(texts);
    if (list.ok.some((good) => !good)) return null;
    const bad = this.core.outside(list.n, list.at);
    for (let i = 0; i < list.n; i++) if (this.core.isIdentity(this.core.point(list.at, i))) bad.push(i);
    return bad.length ? null : list;
  }

  fail(what) {
    this.faults.push(what);
  }

  /** s·G + c·X as text. */
  commitment(given, point) {
    return this.core.encode(1, this.core.commitments([given.response], this.core.g, [given.challenge], point))[0];
  }

  checkSingle(key) {
    const list = this.members([key.public_key]);
    if (!list) return void (this.outside = true);
    const again = this.commitment(key.pok, list.at);
    if (hashScalar(`pok|Ed25519|${key.public_key}|${again}`) !== key.pok.challenge) this.fail("a trustee's proof of knowledge");
  }

  isSigned(signed, keyPoint) {
    return hashScalar(`sigmsg|${signed.message}|${this.commitment(signed.signature, keyPoint)}`) === signed.signature.challenge;
  }

  checkThreshold(item) {
    const n = item.certs.length;
    const same = [item.coefexps, item.signatures, item.verification_keys].every((one) => one.length === n);
    if (!same || item.threshold < 1 || item.threshold > n) return this.fail("threshold trustees that do not fit together"), null;
    let certs, coefficients;
    try {
      certs = item.certs.map((one) => readJson(one.message, CERT));
      coefficients = item.coefexps.map((one) => readJson(one.message, COEFFICIENTS).coefexps);
    } catch (error) {
      if (!(error instanceof Misshapen)) throw error;
      return this.fail(error.message), null;
    }
    const fits = certs.every(({ context }, i) => context.group === "Ed25519" && context.size === n
      && context.threshold === item.threshold && context.index === i + 1);
    if (!fits || coefficients.some((one) => one.length !== item.threshold)) {
      return this.fail("threshold trustees that do not fit together"), null;
    }
    const points = this.members([...certs.flatMap((one) => [one.verification, one.encryption]), ...coefficients.flat(),
                                 ...item.verification_keys.map((one) => one.public_key)]);
    if (!points) return void (this.outside = true);
    const verification = (i) => this.core.point(points.at, 2 * i);
    const coefficient = (i, m) => this.core.point(points.at, 2 * n + item.threshold * i + m);
    const share = (i) => this.core.point(points.at, 2 * n + item.threshold * n + i);
    const rawCerts = JSON.stringify(item.raw.certs);
    for (let i = 0; i < n; i++) {
      if (!this.isSigned(item.certs[i], verification(i))) this.fail("a threshold trustee's certificate");
      if (!this.isSigned(item.coefexps[i], verification(i))) this.fail("a threshold trustee's coefficients");
      const signedText = `certs_sig|{"certs":${rawCerts},"coefexps":${JSON.stringify(coefficients[i])}}`;
      const whole = hashScalar(`sigmsg|${signedText}|${this.commitment(item.signatures[i], verification(i))}`);
      if (whole !== item.signatures[i].challenge) this.fail("a threshold trustee's signature of all certificates");
    }
    const all = [];
    for (let i = 0; i < n; i++) for (let m = 0; m < item.threshold; m++) all.push(coefficient(i, m));
    for (let j = 0; j < n; j++) {
      const key = item.verification_keys[j];
      const powers = all.map((_, k) => power(BigInt(j + 1), BigInt(k % item.threshold)));
      const expected = this.core.sum(powers, this.core.gather(all));
      if (!this.core.same(expected, share(j))) this.fail("a threshold trustee's share");
      const again = this.commitment(key.pok, share(j));
      if (hashScalar(`pok|Ed25519|${key.public_key}|${again}`) !== key.pok.challenge) this.fail("a trustee's proof of knowledge");
      if (key.signature === undefined) this.fail("a share that nobody signed");
      else if (!this.isSigned({ message: key.public_key, signature: key.signature }, verification(j))) this.fail("a share's signature");
    }
    const constant = all.filter((_, k) => k % item.threshold === 0);
    return this.core.encode(1, this.core.sum(constant.map(() => 1n), this.core.gather(constant)))[0];
  }

  checkSum() {
    if (new Set(this.keys).size !== this.keys.length) this.fail("a trustee's key twice");
    if (!this.members([this.election.public_key])) return void (this.outside = true);
    const keys = this.items.map((item) => item.key);
    if (keys.includes(null) || keys.includes(undefined)) return;
    const list = this.core.decode(keys);
    if (list.ok.some((good) => !good)) return;
    const total = this.core.encode(1, this.core.sum(keys.map(() => 1n), list.at))[0];
    if (total !== this.election.public_key) this.fail("the election's key is not the sum of the trustees' keys");
  }
}

export function* credentialFaults(credentials) {
  if (new Set(credentials).size !== credentials.length) yield "a credential twice";
}

/** Lagrange's coefficient of index j among `indices`, at 0. */
export function lagrange(j, indices) {
  let over = 1n;
  let under = 1n;
  for (const m of indices) {
    if (m === j) continue;
    over = mod(over * BigInt(m));
    under = mod(under * BigInt(m - j));
  }
  return mod(over * inverse(under));
}
