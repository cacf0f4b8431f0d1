"use strict";
// The ballot that a seed and answers give: encryption, proofs and signature of Belenios 1 (docs/adr/0005).

const SEED_SIZE = 32;

class Trouble extends Error {                    // `word` names the sentence that is shown
  constructor(word) { super(word); this.word = word; }
}

// ---- the election

function readElection(bytes) {
  if (bytes[bytes.length - 1] === 10) bytes = bytes.subarray(0, bytes.length - 1);
  let value;
  try { value = JSON.parse(new TextDecoder("utf-8", {fatal: true, ignoreBOM: true}).decode(bytes)); }
  catch { throw new Trouble("noElection"); }
  if (value?.version !== 1 || value.group !== "Ed25519" || !Array.isArray(value.questions))
    throw new Trouble("noElection");
  const key = pointOf(String(value.public_key));
  if (key === null || typeof value.uuid !== "string") throw new Trouble("noElection");
  const digest = sha256(bytes);
  return {uuid: value.uuid, name: String(value.name), key, keyText: value.public_key, digest,
          fingerprint: base64(digest), questions: value.questions.map(readQuestion)};
}

function readQuestion(value) {
  const slot = value?.type === "NonHomomorphic", inner = slot ? value.value : value;
  const names = inner?.answers;
  if (!Array.isArray(names) || names.length < (slot ? 2 : 1) || (!slot && value.type !== undefined))
    throw new Trouble("noElection");
  if (slot) return {slot, names, title: String(inner.question), width: names.length};
  const blank = value.blank === true, limits = [0, value.min, value.max, names.length];
  if (!limits.every((limit, i) => Number.isInteger(limit) && (i === 0 || limit >= limits[i - 1])))
    throw new Trouble("noElection");
  const sums = [];
  for (let sum = value.min; sum <= value.max; sum++) sums.push(sum);
  return {slot, names, title: String(value.question), blank, width: names.length + blank, sums};
}

// ---- scalars from the seed: 1 + (64 bytes of SHAKE-256 mod (q - 1))

function scalarsOf(seed, context) {
  const start = new Shake256().absorb(
    joined(utf8("amin-scalars-1"), seed, bytesOf(BigInt(context.length), 8), context));
  let next = 0n;
  return () => 1n + numberOf(start.copy().absorb(bytesOf(next++, 8)).read(64)) % (Q - 1n);
}

// ---- proofs

const proofOf = (challenge, response) => ({challenge: challenge.toString(), response: response.toString()});

function proveKnowledge(prefix, secret, draw) {
  const nonce = draw();
  const challenge = hashToScalar(prefix + pointText(timesG(nonce)));
  return proofOf(challenge, modQ(nonce - secret * challenge));
}

// One of the claims holds: claim = [randomness, what it encrypts, what is claimed].
function proveOneOf(prefix, timesKey, claims, draw) {
  const right = claims.findIndex(([, real, claimed]) => real === claimed);
  if (right < 0) throw new Trouble("impossible");
  const nonce = draw();
  const proofs = claims.map((_, i) => i === right ? [0n, 0n] : [draw(), draw()]);
  const hashed = claims.flatMap(([randomness, real, claimed], i) => {
    const [challenge, response] = proofs[i];
    const exponent = i === right ? nonce : response + challenge * randomness;
    const shift = timesG(challenge * BigInt(real - claimed));
    return [pointText(timesG(exponent)), pointText(add(timesKey(exponent), shift))];
  });
  const others = proofs.reduce((sum, [challenge]) => sum + challenge, 0n);
  const challenge = modQ(hashToScalar(prefix + hashed.join(",")) - others);
  proofs[right] = [challenge, modQ(nonce - claims[right][0] * challenge)];
  return proofs.map(([c, r]) => proofOf(c, r));
}

// ---- answers

function encrypt(timesKey, message, randomness) {
  const alpha = timesG(randomness), beta = add(timesKey(randomness), message);
  return {alpha, beta, json: {alpha: pointText(alpha), beta: pointText(beta)}};
}

const hashedText = json => `${json.alpha},${json.beta}`;

function sealSlot(election, timesKey, integers, context, draw) {
  const randomness = draw();
  const choices = encrypt(timesKey, embedded(integers), randomness).json;
  const prefix = `raweg|${context}|${election.keyText},${hashedText(choices)}|`;
  return {choices, proof: proveKnowledge(prefix, randomness, draw)};
}

async function sealChoices(question, timesKey, flags, context, draw, tick) {
  const secrets = flags.map(value => [draw(), value]);
  const sealed = [];
  for (const [randomness, value] of secrets) {
    sealed.push(encrypt(timesKey, value ? G : O, randomness));
    await tick(1);
  }
  const choices = sealed.map(each => each.json);
  const individual_proofs = [];
  for (const [i, [randomness, value]] of secrets.entries()) {
    const prefix = `prove|${context}|${hashedText(choices[i])}|`;
    individual_proofs.push(
      proveOneOf(prefix, timesKey, [[randomness, value, 0], [randomness, value, 1]], draw));
    await tick(3);
  }
  const summed = question.blank ? secrets.slice(1) : secrets;
  const rest = [modQ(summed.reduce((sum, [r]) => sum + r, 0n)), summed.reduce((sum, [, v]) => sum + v, 0)];
  const all = `${context}|${choices.map(hashedText).join(",")}`;
  const sums = question.sums.map(sum => [...rest, sum]);
  if (question.blank) {
    const overall_proof = proveOneOf(`bproof1|${all}|`, timesKey, [[...secrets[0], 1], ...sums], draw);
    await tick(3);
    const blank_proof =
      proveOneOf(`bproof0|${all}|`, timesKey, [[...secrets[0], 0], [...rest, 0]], draw);
    return {choices, individual_proofs, overall_proof, blank_proof};
  }
  const total = {alpha: pointText(sealed.map(each => each.alpha).reduce(add)),
                 beta: pointText(sealed.map(each => each.beta).reduce(add))};
  const overall_proof = proveOneOf(`prove|${all}|${hashedText(total)}|`, timesKey, sums, draw);
  return {choices, individual_proofs, overall_proof};
}

// ---- the ballot

// Its exact text. `answers`: a list of integers for each question. `told(done, total)` is awaited often.
async function makeBallot(election, answers, seed, told) {
  const total = election.questions.reduce((sum, q) => sum + (q.slot ? 4 : 4 * q.width + 3), 0);
  let done = 0;
  const tick = async steps => { done += steps; await told(done, total); };
  const timesKey = multiplesOf(election.key);
  const draw = scalarsOf(seed, utf8(`ballot|${election.fingerprint}|${JSON.stringify(answers)}`));
  const secret = draw();
  const credential = pointText(timesG(secret));
  const context = `${election.fingerprint}|${credential}`;
  const sealed = [];
  for (const [i, question] of election.questions.entries()) {
    if (question.slot) {
      sealed.push(sealSlot(election, timesKey, answers[i], context, draw));
      await tick(4);
    } else sealed.push(await sealChoices(question, timesKey, answers[i], context, draw, tick));
  }
  const ballot = {election_uuid: election.uuid, election_hash: election.fingerprint, credential,
                  answers: sealed};
  const hash = base64(sha256(utf8(JSON.stringify(ballot))));
  ballot.signature = {hash, proof: proveKnowledge(`sig|${hash}|`, secret, draw)};
  await told(total, total);
  return JSON.stringify(ballot);
}

// ---- the challenge ticket (kiosk/challenge.py)

const TICKET_PREFIX = "AMIN1:";

function readTicket(election, text) {
  const tight = text.slice(0, 20000).replace(/[\s\-\u200b-\u200f\u2066-\u2069\ufeff]/g, "").toUpperCase();
  if (!/^AMIN1:[A-Z2-7]+$/.test(tight)) throw new Trouble("noTicket");
  const data = base32(tight.slice(TICKET_PREFIX.length));
  const body = data.subarray(0, -4), check = sha256(joined(utf8(TICKET_PREFIX), body)).subarray(0, 4);
  if (data.length <= 4 || !same(check, data.subarray(-4))) throw new Trouble("misread");
  if (body[0] !== 1) throw new Trouble("newer");
  if (!same(body.subarray(1, 9), election.digest.subarray(0, 8))) throw new Trouble("otherElection");
  let at = 9;
  const take = length => body.subarray(at, at += length);
  const seed = take(SEED_SIZE), digest = take(32);
  const answers = election.questions.map(question => {
    if (question.slot) return [...Array(question.width - 2).fill(0), ...take(2)];
    const bits = [...take(question.width + 7 >> 3)].flatMap(
      byte => [7, 6, 5, 4, 3, 2, 1, 0].map(place => byte >> place & 1));
    if (bits.slice(question.width).some(Boolean)) throw new Trouble("misread");
    return bits.slice(0, question.width);
  });
  if (at !== body.length) throw new Trouble("misread");
  return {seed, digest, answers};
}

function base32(text) {
  const bits = text.length * 5, length = bits >> 3, spare = BigInt(bits - 8 * length);
  let number = 0n;
  for (const sign of text) number = number << 5n | BigInt("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(sign));
  if (spare > 4n || number & (1n << spare) - 1n) throw new Trouble("misread");
  return bytesOf(number >> spare, length);
}

const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

const trackingNumber = digest => (numberOf(digest) % 10n ** 30n).toString().padStart(30, "0");

// Everything in one step: what the ticket says, and whether it is what the terminal had sealed.
async function checkTicket(electionBytes, text, told) {
  const election = readElection(electionBytes), ticket = readTicket(election, text);
  const found = {answers: ticket.answers, tracking: base64(ticket.digest),
                 number: trackingNumber(ticket.digest), made: null, honest: false};
  try {
    const digest = sha256(utf8(await makeBallot(election, ticket.answers, ticket.seed, told)));
    found.made = base64(digest);
    found.honest = same(digest, ticket.digest);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error; // answers of which nobody can make a ballot
  }
  return found;
}
