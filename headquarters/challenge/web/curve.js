"use strict";
// The group of Ed25519 (RFC 8032, 5.1) as Belenios writes it. Points are extended coordinates [X, Y, Z, T]
// with x = X/Z, y = Y/Z, xy = T/Z. The formulas of addition are complete: no special cases.

const P = 2n ** 255n - 19n;
const Q = 2n ** 252n + 27742317777372353535851937790883648493n;
const O = [0n, 1n, 1n, 0n];

const modP = x => { const r = x % P; return r < 0n ? r + P : r; };
const modQ = x => { const r = x % Q; return r < 0n ? r + Q : r; };

function power(base, exponent) {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = result * result % P;
    if (bit === "1") result = result * base % P;
  }
  return result;
}

const inverse = x => power(modP(x), P - 2n);
const D = modP(-121665n * inverse(121666n));
const D2 = 2n * D % P;
const ROOT_OF_MINUS_1 = power(2n, (P - 1n) / 4n);

function add(a, b) {
  const A = (a[1] - a[0]) * (b[1] - b[0]) % P, B = (a[1] + a[0]) * (b[1] + b[0]) % P;
  const C = a[3] * b[3] % P * D2 % P, E = B - A, H = B + A;
  const twice = 2n * a[2] * b[2] % P, F = twice - C, G = twice + C;
  return [E * F % P, G * H % P, F * G % P, E * H % P];
}

// The even x of a point with this y; null if no point of the curve has it (RFC 8032, 5.1.3).
function evenX(y) {
  const yy = y * y % P, u = modP(yy - 1n), v = modP(D * yy + 1n);
  const v3 = v * v % P * v % P;
  let x = u * v3 % P * power(u * v3 % P * v3 % P * v % P, (P - 5n) / 8n) % P;
  const check = v * x % P * x % P;
  if (check !== u) {
    if (check !== modP(-u)) return null;
    x = x * ROOT_OF_MINUS_1 % P;
  }
  return x & 1n ? P - x : x;
}

const pointAt = (x, y) => [x, y, 1n, x * y % P];
const G = (() => { const y = 4n * inverse(5n) % P; return pointAt(evenX(y), y); })();

function timesSlowly(scalar, point) {            // doubling and adding, for points used once
  let result = O;
  for (const bit of scalar.toString(2)) {
    result = add(result, result);
    if (bit === "1") result = add(result, point);
  }
  return result;
}

const isIdentity = point => modP(point[0]) === 0n && modP(point[1] - point[2]) === 0n;
const inGroup = point => isIdentity(timesSlowly(Q, point));

// Multiples of one point from a table of 64 rows, one for each four bits of the scalar.
function multiplesOf(point) {
  const rows = [];
  for (let row = 0, step = point; row < 64; row++) {
    const line = [O];
    for (let i = 0; i < 15; i++) line.push(add(line[i], step));
    rows.push(line);
    step = add(line[15], step);
  }
  return scalar => {
    let result = O;
    for (let row = 0, rest = modQ(scalar); row < 64; row++, rest >>= 4n)
      result = add(result, rows[row][Number(rest & 15n)]);
    return result;
  };
}

const timesG = multiplesOf(G);

function pointText(point) {                      // S(P): y and the sign of x, 64 hex digits
  const z = inverse(point[2]), x = modP(point[0] * z), y = modP(point[1] * z);
  return (y | (x & 1n) << 255n).toString(16).padStart(64, "0");
}

function pointOf(text) {                         // null unless a point of the group of order q, not the identity
  if (!/^[0-9a-f]{64}$/.test(text)) return null;
  const number = BigInt("0x" + text), sign = number >> 255n, y = number & (1n << 255n) - 1n;
  const x = y < P ? evenX(y) : null;
  if (x === null || (x === 0n && sign)) return null;
  const point = pointAt(sign ? P - x : x, y);
  return inGroup(point) && !isIdentity(point) ? point : null;
}

// The point of a slot's integers: y = number * 2^14 + e with the smallest e that gives a point of the group.
function embedded(integers) {
  const start = numberOf(integers) << 14n;
  for (let y = start; y < start + 16384n; y++) {
    const x = evenX(y);
    if (x !== null && inGroup(pointAt(x, y))) return pointAt(x, y);
  }
  throw new Error("no point for these integers");
}

const hashToScalar = text => numberOf(sha256(utf8(text))) % Q;
