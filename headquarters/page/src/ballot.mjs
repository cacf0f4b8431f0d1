// One ballot: header, signature, and the proof of every answer.

import { hashBase64, hashScalar, mod } from "./numbers.mjs";
import { Misshapen, ciphertext, list, object, point, proof, readJson, text } from "./shapes.mjs";

const SLOT = object({ choices: ciphertext, proof });
const CHOICES = object({
  choices: list(ciphertext), individual_proofs: list(list(proof)), overall_proof: list(proof), blank_proof: list(proof),
}, ["blank_proof"]);

/** An answer, or the Misshapen that it is: a fault of one answer hides none of the others. */
function answer(value) {
  try {
    return Array.isArray(value?.choices) ? CHOICES(value) : SLOT(value);
  } catch (error) {
    if (error instanceof Misshapen) return error;
    throw error;
  }
}

const BALLOT = object({
  election_uuid: text, election_hash: text, credential: point, answers: list(answer),
  signature: object({ hash: text, proof }),
});

export const readBallot = (loose) => (source) => readJson(source, BALLOT, loose);

/** All points of a ballot as text: credential, then the ciphertexts of its answers. */
export function ballotPoints(ballot) {
  const points = [ballot.credential];
  for (const one of ballot.answers) {
    if (one instanceof Misshapen) continue;
    for (const c of Array.isArray(one.choices) ? one.choices : [one.choices]) points.push(c.alpha, c.beta);
  }
  return points;
}

function fits(answer, question) {
  if (question.slot) return !Array.isArray(answer.choices);
  const choices = question.size + (question.blank ? 1 : 0);
  return Array.isArray(answer.choices) && answer.choices.length === choices && answer.individual_proofs.length === choices
    && answer.individual_proofs.every((one) => one.length === 2)
    && answer.overall_proof.length === question.max - question.min + 1 + (question.blank ? 1 : 0)
    && (answer.blank_proof === undefined) === !question.blank && (!question.blank || answer.blank_proof.length === 2);
}

/** Checks ballots of one election. */
export class BallotCheck {
  constructor(core, election) {
    this.core = core;
    this.election = election;
    const key = core.decode([election.public_key]).at;
    this.y = core.fixed(key);
    const powers = [];
    const most = Math.max(1, ...election.questions.filter((q) => !q.slot).map((q) => q.max));
    for (let m = 0; m <= most; m++) powers.push(BigInt(m));
    this.constants = core.multiples(powers);
  }

  /** beta - m·G. */
  less(beta, m) {
    return this.core.add(1, beta, this.core.point(this.constants, m), 1);
  }

  /** Yield `[reason, what]` of a ballot that was read; its points are decoded at `points` and in the group. */
  *faults(ballot, source, points) {
    const { election } = this;
    if (ballot.election_uuid !== election.uuid || ballot.election_hash !== election.fingerprint) {
      yield ["ballot-header", "made for another election"];
    }
    const unsigned = source.slice(0, source.lastIndexOf(',"signature":')) + "}";
    if (hashBase64(unsigned) !== ballot.signature.hash) yield ["signature", "signs the hash of something else"];
    if (points === null) return;
    const signed = this.core.encode(1, this.core.commitments([ballot.signature.proof.response], this.core.g,
      [ballot.signature.proof.challenge], points))[0];
    if (hashScalar(`sig|${ballot.signature.hash}|${signed}`) !== ballot.signature.proof.challenge) {
      yield ["signature", "the signature does not fit"];
    }
    if (ballot.answers.length !== election.questions.length) return void (yield ["ballot-proof", "another number of answers"]);
    const start = `${election.fingerprint}|${ballot.credential}`;
    let at = 1;
    const slots = [];
    for (const [i, one] of ballot.answers.entries()) {
      const question = election.questions[i];
      if (one instanceof Misshapen) {
        yield [one.spelling ? "format" : "ballot-proof", `question ${i + 1}: ${one.message}`];
        continue;
      }
      const here = this.core.point(points, at);
      at += Array.isArray(one.choices) ? 2 * one.choices.length : 2;
      if (!fits(one, question)) yield ["ballot-proof", `question ${i + 1}: another shape of answer`];
      else if (question.slot) slots.push([i, one, here]);
      else yield* this.choiceFaults(i, one, question, here, start);
    }
    const again = this.core.encode(slots.length, this.core.commitments(slots.map(([, one]) => one.proof.response), this.core.g,
      slots.map(([, one]) => one.proof.challenge), this.core.gather(slots.map(([, , here]) => here))));
    for (const [k, [i, one]] of slots.entries()) {
      const { alpha, beta } = one.choices;
      if (hashScalar(`raweg|${start}|${election.public_key},${alpha},${beta}|${again[k]}`) !== one.proof.challenge) {
        yield ["ballot-proof", `question ${i + 1}: the proof of a slot does not hold`];
      }
    }
  }

  /** Commitments s·G + c·alpha and s·Y + c·beta of several proofs, as texts in turn. */
  commitments(proofs, alphas, betas) {
    const s = proofs.map((one) => one.response);
    const c = proofs.map((one) => one.challenge);
    const a = this.core.encode(s.length, this.core.commitments(s, this.core.g, c, this.core.gather(alphas)));
    const b = this.core.encode(s.length, this.core.commitments(s, this.y, c, this.core.gather(betas)));
    return a.map((text, i) => `${text},${b[i]}`);
  }

  holds(proofs, alphas, betas, before) {
    const total = proofs.reduce((all, one) => mod(all + one.challenge), 0n);
    return hashScalar(before + this.commitments(proofs, alphas, betas).join(",")) === total;
  }

  *choiceFaults(i, answer, question, points, start) {
    const { core } = this;
    const n = answer.choices.length;
    const alpha = (k) => core.point(points, 2 * k);
    const beta = (k) => core.point(points, 2 * k + 1);
    const texts = answer.choices.map((one) => `${one.alpha},${one.beta}`);
    for (let k = 0; k < n; k++) {
      const good = this.holds(answer.individual_proofs[k], [alpha(k), alpha(k)], [beta(k), this.less(beta(k), 1)],
                              `prove|${start}|${texts[k]}|`);
      if (!good) yield ["ballot-proof", `question ${i + 1}: the proof of a single choice does not hold`];
    }
    const context = `${start}|${texts.join(",")}`;
    const first = question.blank ? 1 : 0;
    const rest = [...Array(n - first).keys()].map((k) => k + first);
    const ones = rest.map(() => 1n);
    const sumAlpha = core.sum(ones, core.gather(rest.map(alpha)));
    const sumBeta = core.sum(ones, core.gather(rest.map(beta)));
    const values = [];
    for (let m = question.min; m <= question.max; m++) values.push(m);
    const alphas = values.map(() => sumAlpha);
    const betas = values.map((m) => this.less(sumBeta, m));
    if (!question.blank) {
      const [a, b] = core.encode(2, core.gather([sumAlpha, sumBeta]));
      if (!this.holds(answer.overall_proof, alphas, betas, `prove|${context}|${a},${b}|`)) {
        yield ["ballot-proof", `question ${i + 1}: the proof of the number of choices does not hold`];
      }
      return;
    }
    if (!this.holds(answer.blank_proof, [alpha(0), sumAlpha], [beta(0), sumBeta], `bproof0|${context}|`)) {
      yield ["ballot-proof", `question ${i + 1}: the proof of the blank vote does not hold`];
    }
    if (!this.holds(answer.overall_proof, [alpha(0), ...alphas], [this.less(beta(0), 1), ...betas], `bproof1|${context}|`)) {
      yield ["ballot-proof", `question ${i + 1}: the proof of the number of choices does not hold`];
    }
  }
}
