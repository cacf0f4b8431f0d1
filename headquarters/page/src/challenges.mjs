// Challenged ballots: seed and answers give the ballot's text again, byte for byte.

import { shake256 } from "@noble/hashes/sha3.js";
import { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { Q, hashBase64, hashScalar, mod } from "./numbers.mjs";

const LABEL = utf8ToBytes("amin-scalars-1");

function long(value) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

/** The scalars of a seed, one after the other. */
function* scalars(seed, context) {
  const bytes = utf8ToBytes(context);
  const start = concatBytes(LABEL, seed, long(bytes.length), bytes);
  for (let i = 0; ; i++) yield 1n + (BigInt("0x" + bytesToHex(shake256(concatBytes(start, long(i)), { dkLen: 64 }))) % (Q - 1n));
}

const shown = ({ challenge, response }) => ({ challenge: String(challenge), response: String(response) });

/** Makes ballots of one election from what a challenge reveals. */
export class BallotMaker {
  constructor(core, election, slots) {
    this.core = core;
    this.election = election;
    this.slots = slots;
    this.key = core.decode([election.public_key]).at;
    this.y = core.fixed(this.key);
  }

  /** Whether the answers fit the questions: integers of a byte for a slot, flags for a choice. */
  fits(answers) {
    const isFlag = (one) => one === 0 || one === 1;
    const isByte = (one) => Number.isInteger(one) && one >= 0 && one < 256;
    return Array.isArray(answers) && answers.length === this.election.questions.length && this.election.questions.every((question, i) => {
      const one = answers[i];
      if (!Array.isArray(one)) return false;
      if (question.slot) return one.length === question.size && one.every(isByte);
      const sum = one.slice(question.blank ? 1 : 0).reduce((all, flag) => all + flag, 0);
      const counted = sum >= question.min && sum <= question.max;
      const fine = question.blank && one[0] === 1 ? sum === 0 : counted;
      return one.length === question.size + (question.blank ? 1 : 0) && one.every(isFlag) && fine;
    });
  }

  /** The ballot's text, or null where the answers make none. */
  make(seed, answers) {
    if (seed.length !== 32 || !this.fits(answers)) return null;
    return this.core.scope(() => this.made(seed, answers));
  }

  made(seed, answers) {
    const { election } = this;
    const draw = scalars(seed, `ballot|${election.fingerprint}|${JSON.stringify(answers)}`);
    const next = () => draw.next().value;
    const secret = next();
    const credential = this.text(this.core.multiples([secret]));
    const start = `${election.fingerprint}|${credential}`;
    const given = election.questions.map((question, i) => (question.slot ? this.slot(question, answers[i], start, next)
      : this.choice(question, answers[i], start, next)));
    const body = { election_uuid: election.uuid, election_hash: election.fingerprint, credential, answers: given };
    const hash = hashBase64(JSON.stringify(body));
    const nonce = next();
    const challenge = hashScalar(`sig|${hash}|${this.text(this.core.multiples([nonce]))}`);
    const proof = shown({ challenge, response: mod(nonce - challenge * secret) });
    return JSON.stringify({ ...body, signature: { hash, proof } });
  }

  text(point) {
    return this.core.encode(1, point)[0];
  }

  /** s·G + c·alpha and s·Y + c·beta as a text. */
  pair(s, c, alpha, beta) {
    return `${this.text(this.core.commitments([s], this.core.g, [c], alpha))},${this.text(this.core.commitments([s], this.y, [c], beta))}`;
  }

  slot(question, integers, start, next) {
    const randomness = next();
    const nonce = next();
    const plain = this.core.decode([this.slots.embed(integers)]).at;
    const alpha = this.text(this.core.multiples([randomness]));
    const beta = this.text(this.core.commitments([randomness], this.y, [1n], plain));
    const commitment = this.text(this.core.multiples([nonce]));
    const challenge = hashScalar(`raweg|${start}|${this.election.public_key},${alpha},${beta}|${commitment}`);
    return { choices: { alpha, beta }, proof: shown({ challenge, response: mod(nonce - challenge * randomness) }) };
  }

  /** Prove that one of several cases holds: `{alpha, beta, randomness}`, of which the t-th is true. */
  prove(cases, t, before, next) {
    const nonce = next();
    const proofs = cases.map((_, k) => (k === t ? null : { challenge: next(), response: next() }));
    const commitments = cases.map(({ alpha, beta }, k) => (k === t
      ? `${this.text(this.core.multiples([nonce]))},${this.text(this.core.commitments([nonce], this.y, [0n], this.key))}`
      : this.pair(proofs[k].response, proofs[k].challenge, alpha, beta)));
    const total = hashScalar(before + commitments.join(","));
    const challenge = mod(total - proofs.reduce((all, one) => all + (one?.challenge ?? 0n), 0n));
    proofs[t] = { challenge, response: mod(nonce - challenge * cases[t].randomness) };
    return proofs.map(shown);
  }

  choice(question, flags, start, next) {
    const { core } = this;
    const randomness = flags.map(() => next());
    const alphas = randomness.map((r) => core.multiples([r]));
    const ms = core.multiples([...Array(question.max + 2).keys()].map(BigInt));
    const betas = randomness.map((r, k) => core.commitments([r], this.y, [BigInt(flags[k])], core.one));
    const less = (beta, m) => core.add(1, beta, core.point(ms, m), 1);
    const texts = flags.map((_, k) => `${this.text(alphas[k])},${this.text(betas[k])}`);
    const case_ = (k, m) => ({ alpha: alphas[k], beta: less(betas[k], m), randomness: randomness[k] });
    const individual = flags.map((flag, k) => this.prove([case_(k, 0), case_(k, 1)], flag, `prove|${start}|${texts[k]}|`, next));
    const first = question.blank ? 1 : 0;
    const rest = flags.slice(first);
    const gathered = (points) => core.sum(rest.map(() => 1n), core.gather(points.slice(first)));
    const alpha = gathered(alphas);
    const beta = gathered(betas);
    const sum = { randomness: mod(randomness.slice(first).reduce((all, r) => all + r, 0n)), count: rest.reduce((all, one) => all + one, 0) };
    const values = [];
    for (let m = question.min; m <= question.max; m++) values.push({ alpha, beta: less(beta, m), randomness: sum.randomness });
    const context = `${start}|${texts.join(",")}`;
    const choices = texts.map((one) => ({ alpha: one.split(",")[0], beta: one.split(",")[1] }));
    const place = sum.count - question.min;
    if (!question.blank) {
      const overall = this.prove(values, place, `prove|${context}|${this.text(alpha)},${this.text(beta)}|`, next);
      return { choices, individual_proofs: individual, overall_proof: overall };
    }
    const overall = this.prove([case_(0, 1), ...values], flags[0] === 1 ? 0 : place + 1, `bproof1|${context}|`, next);
    const nothing = { alpha, beta, randomness: sum.randomness };
    const blank = this.prove([case_(0, 0), nothing], flags[0] === 0 ? 0 : 1, `bproof0|${context}|`, next);
    return { choices, individual_proofs: individual, overall_proof: overall, blank_proof: blank };
  }
}
