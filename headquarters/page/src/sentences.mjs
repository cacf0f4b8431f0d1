// Sentences with their values, as documents hold them: the text, its values, and the same in English.

const PLACES = 10000n;
const PERMILLE = 1000n;
const MOST_NAMES = 12;

/** A fraction in lowest terms, its denominator above zero. */
export function fraction(n, d = 1n) {
  let [a, b] = [n < 0n ? -n : n, d];
  while (b) [a, b] = [b, a % b];
  return { n: n / a || 0n, d: d / a };
}
export const less = (a, b) => a.n * b.d < b.n * a.d;
export const floor = ({ n, d }) => (n - (((n % d) + d) % d)) / d;
export const plus = (a, b) => fraction(a.n * b.d + b.n * a.d, a.d * b.d);
export const minus = (a, b) => plus(a, { n: -b.n, d: b.d });
export const exactly = ({ n, d }) => (d === 1n ? String(n) : `${n}/${d}`);

const grouped = (value) => String(value).replace(/\B(?=([0-9]{3})+(?![0-9]))/g, ",");

/** Cut off after four places; an ellipsis where more follow. */
const cut = {
  plain: exactly,
  english({ n, d }) {
    const size = n < 0n ? -n : n;
    const scaled = (size * PLACES) / d;
    const after = String(scaled % PLACES).padStart(4, "0").replace(/0+$/, "");
    return `${n < 0n ? "−" : ""}${grouped(scaled / PLACES)}${after && `.${after}`}${(size * PLACES) % d ? "…" : ""}`;
  },
};

/** Rounded to the nearest, an exact half to the even one. */
function rounded({ n, d }) {
  const below = floor({ n, d });
  const twice = 2n * (n - below * d);
  return twice > d || (twice === d && below % 2n) ? below + 1n : below;
}

const percent = {
  plain: exactly,
  english({ n, d }) {
    if (rounded({ n: n * PERMILLE, d }) % 10n === 0n) return `${grouped(rounded({ n: n * 100n, d }))} %`;
    const tenths = rounded({ n: n * PERMILLE, d });
    return `${grouped(tenths / 10n)}.${tenths % 10n} %`;
  },
};

const listed = {
  plain: (values) => values.map(plain),
  english: (values) => (values.length < 2 ? values.map(english).join("") : `${values.slice(0, -1).map(english).join(", ")} and ${english(values.at(-1))}`),
};

class Value {
  constructor(how, value) {
    this.how = how;
    this.value = value;
  }
}

export const exact = (value) => new Value(cut, value);
export const share = (value) => new Value(percent, value);
export const items = (values) => new Value(listed, values);
/** Names in a row; a long row ends in how many more there are. */
export const names = (values) => items(values.length > MOST_NAMES ? [...values.slice(0, MOST_NAMES), sentence("{more} more", { more: values.length - MOST_NAMES })] : values);

class Sentence {
  constructor(source, values, many) {
    Object.assign(this, { source, values, many });
  }
}

export const sentence = (source, values = {}) => new Sentence(source, values, null);
export const plural = (one, many, count, values = {}) => new Sentence(one, { count, ...values }, many);

const CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
// eslint-disable-next-line no-control-regex
const BREAKS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;
const tame = (text) => text.replace(CONTROLS, "").replace(BREAKS, " ");

/** A value as documents hold it: names by language, fractions as "n/d". */
export function plain(value) {
  if (value instanceof Value) return value.how.plain(value.value);
  if (value instanceof Sentence) {
    return { message: value.source, values: Object.fromEntries(Object.entries(value.values).map(([key, one]) => [key, plain(one)])) };
  }
  return value;
}

function english(value) {
  if (value instanceof Value) return value.how.english(value.value);
  if (value instanceof Sentence) {
    const source = value.many !== null && value.values.count !== 1 ? value.many : value.source;
    return source.replace(/\{(\w+)\}/g, (_, key) => english(value.values[key]));
  }
  if (typeof value === "number") return grouped(value);
  return tame(typeof value === "string" ? value : value.en || value.fa);
}

/** A sentence of a document, with its English. */
export const said = (one) => ({ ...plain(one), text: english(one) });
