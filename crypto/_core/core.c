/* Sums of multiples on Ed25519 for public data: variable time, no secrets.
 *
 * Curve -x^2 + y^2 = 1 + d x^2 y^2 over p = 2^255 - 19 (RFC 8032). A field element is five limbs of 51 bits; the
 * comment "<2^n" at a function is the bound of its limbs. Formulas: Hisil, Wong, Carter, Dawson 2008 (extended
 * coordinates, a = -1). The same file is compiled for CPython (cffi) and for browsers (wasm32).
 *
 * Buffers of callers: an encoded point is 32 bytes (RFC 8032), a scalar 32 bytes little-endian below 2^256, a decoded
 * point POINT_BYTES bytes of this file's own.
 */
#include <stddef.h>
#include <stdint.h>

typedef uint64_t u64;
typedef int64_t i64;
typedef uint8_t u8;
typedef uint32_t u32;
typedef unsigned __int128 u128;

#ifndef EXPORT
#define EXPORT
#endif

typedef struct { u64 v[5]; } fe;
typedef struct { fe x, y, z, t; } point;        /* x = X/Z, y = Y/Z, T = XY/Z */
typedef struct { fe sum, dif, z2, t2d; } cached; /* Y+X, Y-X, 2Z, 2dT */

/* WebAssembly has no wide product, and a call for one costs as much as the product itself. */
#ifdef __wasm__
static inline u128 wide(u64 a, u64 b) {
    u64 al = (u32)a, ah = a >> 32, bl = (u32)b, bh = b >> 32;
    u64 ll = al * bl, lh = al * bh, hl = ah * bl, hh = ah * bh;
    u64 middle = (ll >> 32) + (u32)lh + (u32)hl;
    return (u128)(hh + (lh >> 32) + (hl >> 32) + (middle >> 32)) << 64 | (middle << 32 | (u32)ll);
}
#else
static inline u128 wide(u64 a, u64 b) { return (u128)a * b; }
#endif

#define MASK ((1ULL << 51) - 1)

static const fe ZERO = {{0, 0, 0, 0, 0}};
static const fe ONE = {{1, 0, 0, 0, 0}};
static const fe D = {{0x34dca135978a3, 0x1a8283b156ebd, 0x5e7a26001c029, 0x739c663a03cbb, 0x52036cee2b6ff}};
static const fe D2 = {{0x69b9426b2f159, 0x35050762add7a, 0x3cf44c0038052, 0x6738cc7407977, 0x2406d9dc56dff}};
static const fe SQRT_M1 = {{0x61b274a0ea0b0, 0x0d5a5fc8f189d, 0x7ef5e9cbd0c60, 0x78595a6804c9e, 0x2b8324804fc1d}};
static const point BASE = {
    {{0x62d608f25d51a, 0x412a4b4f6592a, 0x75b7171a4b31d, 0x1ff60527118fe, 0x216936d3cd6e5}},
    {{0x6666666666658, 0x4cccccccccccc, 0x1999999999999, 0x3333333333333, 0x6666666666666}},
    {{1, 0, 0, 0, 0}},
    {{0x68ab3a5b7dda3, 0x00eea2a5eadbb, 0x2af8df483c27e, 0x332b375274732, 0x67875f0fd78b7}}};

/* Limbs <2^52 after any of these but add (<2^53 of reduced inputs). */
static inline void fe_add(fe *r, const fe *a, const fe *b) {
    for (int i = 0; i < 5; i++) r->v[i] = a->v[i] + b->v[i];
}

static inline void carry(fe *r) {
    u64 c;
    c = r->v[0] >> 51; r->v[0] &= MASK; r->v[1] += c;
    c = r->v[1] >> 51; r->v[1] &= MASK; r->v[2] += c;
    c = r->v[2] >> 51; r->v[2] &= MASK; r->v[3] += c;
    c = r->v[3] >> 51; r->v[3] &= MASK; r->v[4] += c;
    c = r->v[4] >> 51; r->v[4] &= MASK; r->v[0] += 19 * c;
}

/* a - b + 4p: inputs <2^53, result <2^52. */
static inline void fe_sub(fe *r, const fe *a, const fe *b) {
    r->v[0] = a->v[0] + 0x1fffffffffffb4 - b->v[0];
    for (int i = 1; i < 5; i++) r->v[i] = a->v[i] + 0x1ffffffffffffc - b->v[i];
    carry(r);
}

/* Inputs <2^54, result <2^52. */
static void fe_mul(fe *r, const fe *a, const fe *b) {
    const u64 a0 = a->v[0], a1 = a->v[1], a2 = a->v[2], a3 = a->v[3], a4 = a->v[4];
    const u64 b0 = b->v[0], b1 = b->v[1], b2 = b->v[2], b3 = b->v[3], b4 = b->v[4];
    const u64 c1 = 19 * b1, c2 = 19 * b2, c3 = 19 * b3, c4 = 19 * b4;
    u128 t0 = wide(a0, b0) + wide(a1, c4) + wide(a2, c3) + wide(a3, c2) + wide(a4, c1);
    u128 t1 = wide(a0, b1) + wide(a1, b0) + wide(a2, c4) + wide(a3, c3) + wide(a4, c2);
    u128 t2 = wide(a0, b2) + wide(a1, b1) + wide(a2, b0) + wide(a3, c4) + wide(a4, c3);
    u128 t3 = wide(a0, b3) + wide(a1, b2) + wide(a2, b1) + wide(a3, b0) + wide(a4, c4);
    u128 t4 = wide(a0, b4) + wide(a1, b3) + wide(a2, b2) + wide(a3, b1) + wide(a4, b0);
    t1 += (u64)(t0 >> 51);
    t2 += (u64)(t1 >> 51);
    t3 += (u64)(t2 >> 51);
    t4 += (u64)(t3 >> 51);
    u64 r0 = ((u64)t0 & MASK) + 19 * (u64)(t4 >> 51);
    r->v[1] = ((u64)t1 & MASK) + (r0 >> 51);
    r->v[0] = r0 & MASK;
    r->v[2] = (u64)t2 & MASK;
    r->v[3] = (u64)t3 & MASK;
    r->v[4] = (u64)t4 & MASK;
}

static void fe_square(fe *r, const fe *a) {
    const u64 a0 = a->v[0], a1 = a->v[1], a2 = a->v[2], a3 = a->v[3], a4 = a->v[4];
    const u64 d0 = 2 * a0, d1 = 2 * a1, d2 = 2 * a2, n3 = 19 * a3, n4 = 19 * a4;
    u128 t0 = wide(a0, a0) + wide(d1, n4) + wide(d2, n3);
    u128 t1 = wide(d0, a1) + wide(d2, n4) + wide(a3, n3);
    u128 t2 = wide(d0, a2) + wide(a1, a1) + wide(2 * a3, n4);
    u128 t3 = wide(d0, a3) + wide(d1, a2) + wide(a4, n4);
    u128 t4 = wide(d0, a4) + wide(d1, a3) + wide(a2, a2);
    t1 += (u64)(t0 >> 51);
    t2 += (u64)(t1 >> 51);
    t3 += (u64)(t2 >> 51);
    t4 += (u64)(t3 >> 51);
    u64 r0 = ((u64)t0 & MASK) + 19 * (u64)(t4 >> 51);
    r->v[1] = ((u64)t1 & MASK) + (r0 >> 51);
    r->v[0] = r0 & MASK;
    r->v[2] = (u64)t2 & MASK;
    r->v[3] = (u64)t3 & MASK;
    r->v[4] = (u64)t4 & MASK;
}

static void squares(fe *r, const fe *a, int n) {
    fe_square(r, a);
    while (--n) fe_square(r, r);
}

/* a^(2^250 - 1), and a^11 beside it. */
static void power_250(fe *r, fe *a11, const fe *a) {
    fe a2, a9, t, u, w;
    fe_square(&a2, a);
    squares(&t, &a2, 2);
    fe_mul(&a9, &t, a);
    fe_mul(a11, &a9, &a2);
    fe_square(&t, a11);
    fe_mul(&t, &t, &a9);        /* 2^5 - 1 */
    squares(&u, &t, 5);
    fe_mul(&t, &u, &t);         /* 2^10 - 1 */
    squares(&u, &t, 10);
    fe_mul(&u, &u, &t);         /* 2^20 - 1 */
    squares(&w, &u, 20);
    fe_mul(&u, &w, &u);         /* 2^40 - 1 */
    squares(&u, &u, 10);
    fe_mul(&t, &u, &t);         /* 2^50 - 1 */
    squares(&u, &t, 50);
    fe_mul(&u, &u, &t);         /* 2^100 - 1 */
    squares(&w, &u, 100);
    fe_mul(&u, &w, &u);         /* 2^200 - 1 */
    squares(&u, &u, 50);
    fe_mul(r, &u, &t);          /* 2^250 - 1 */
}

static void fe_invert(fe *r, const fe *a) {
    fe t, a11;
    power_250(&t, &a11, a);
    squares(&t, &t, 5);
    fe_mul(r, &t, &a11);
}

static void fe_reduce(fe *r, const fe *a) {
    fe t = *a;
    carry(&t);
    carry(&t);
    u64 q = (t.v[0] + 19) >> 51;
    for (int i = 1; i < 5; i++) q = (t.v[i] + q) >> 51;
    t.v[0] += 19 * q;
    for (int i = 0; i < 4; i++) { t.v[i + 1] += t.v[i] >> 51; t.v[i] &= MASK; }
    t.v[4] &= MASK;
    *r = t;
}

static u64 load(const u8 *b) {
    u64 r = 0;
    for (int i = 7; i >= 0; i--) r = r << 8 | b[i];
    return r;
}

static void fe_from_bytes(fe *r, const u8 b[32]) {
    r->v[0] = load(b) & MASK;
    r->v[1] = load(b + 6) >> 3 & MASK;
    r->v[2] = load(b + 12) >> 6 & MASK;
    r->v[3] = load(b + 19) >> 1 & MASK;
    r->v[4] = load(b + 24) >> 12 & MASK;
}

static void fe_to_bytes(u8 b[32], const fe *a) {
    fe t;
    fe_reduce(&t, a);
    u64 w[4] = {t.v[0] | t.v[1] << 51, t.v[1] >> 13 | t.v[2] << 38, t.v[2] >> 26 | t.v[3] << 25, t.v[3] >> 39 | t.v[4] << 12};
    for (int i = 0; i < 32; i++) b[i] = (u8)(w[i / 8] >> 8 * (i % 8));
}

static int fe_is_zero(const fe *a) {
    fe t;
    fe_reduce(&t, a);
    return (t.v[0] | t.v[1] | t.v[2] | t.v[3] | t.v[4]) == 0;
}

static int fe_equal(const fe *a, const fe *b) {
    fe t;
    fe_sub(&t, a, b);
    return fe_is_zero(&t);
}

static int fe_is_odd(const fe *a) {
    fe t;
    fe_reduce(&t, a);
    return (int)(t.v[0] & 1);
}

static void set_identity(point *r) { r->x = ZERO; r->y = ONE; r->z = ONE; r->t = ZERO; }

static int is_identity(const point *p) { return fe_is_zero(&p->x) && fe_equal(&p->y, &p->z); }

static void to_cached(cached *r, const point *p) {
    fe_add(&r->sum, &p->y, &p->x);
    fe_sub(&r->dif, &p->y, &p->x);
    fe_add(&r->z2, &p->z, &p->z);
    fe_mul(&r->t2d, &p->t, &D2);
}

static void add_cached(point *r, const point *p, const cached *q, int negative) {
    fe a, b, c, d, e, f, g, h;
    fe_sub(&a, &p->y, &p->x);
    fe_add(&b, &p->y, &p->x);
    fe_mul(&a, &a, negative ? &q->sum : &q->dif);
    fe_mul(&b, &b, negative ? &q->dif : &q->sum);
    fe_mul(&c, &p->t, &q->t2d);
    fe_mul(&d, &p->z, &q->z2);
    fe_sub(&e, &b, &a);
    fe_add(&h, &b, &a);
    if (negative) { fe_add(&f, &d, &c); fe_sub(&g, &d, &c); }
    else { fe_sub(&f, &d, &c); fe_add(&g, &d, &c); }
    fe_mul(&r->x, &e, &f);
    fe_mul(&r->y, &g, &h);
    fe_mul(&r->z, &f, &g);
    fe_mul(&r->t, &e, &h);
}

static void add(point *r, const point *p, const point *q) {
    cached c;
    to_cached(&c, q);
    add_cached(r, p, &c, 0);
}

static void twice(point *r, const point *p, int with_t) {
    fe a, b, c, e, f, g, h;
    fe_square(&a, &p->x);
    fe_square(&b, &p->y);
    fe_square(&c, &p->z);
    fe_add(&c, &c, &c);
    fe_add(&h, &a, &b);
    fe_add(&e, &p->x, &p->y);
    fe_square(&e, &e);
    fe_sub(&e, &h, &e);
    fe_sub(&g, &a, &b);
    fe_add(&f, &c, &g);
    fe_mul(&r->x, &e, &f);
    fe_mul(&r->y, &g, &h);
    fe_mul(&r->z, &f, &g);
    if (with_t) fe_mul(&r->t, &e, &h);
}

/* The point of a canonical y below p and a sign; 0 if there is none, or if x = 0 is spelt with a sign. */
static int decode_one(point *r, const u8 in[32]) {
    u8 again[32];
    fe u, v, v3, t, w;
    int sign = in[31] >> 7;
    fe_from_bytes(&r->y, in);
    fe_to_bytes(again, &r->y);
    again[31] |= (u8)(sign << 7);
    for (int i = 0; i < 32; i++) if (again[i] != in[i]) return 0;
    fe_square(&u, &r->y);
    fe_mul(&v, &u, &D);
    fe_sub(&u, &u, &ONE);
    fe_add(&v, &v, &ONE);
    fe_square(&v3, &v);
    fe_mul(&v3, &v3, &v);
    fe_square(&t, &v3);
    fe_mul(&t, &t, &v);
    fe_mul(&t, &t, &u);          /* u v^7 */
    power_250(&w, &(fe){{0}}, &t);
    squares(&w, &w, 2);
    fe_mul(&w, &w, &t);          /* (u v^7)^((p-5)/8) */
    fe_mul(&w, &w, &v3);
    fe_mul(&r->x, &w, &u);
    fe_square(&t, &r->x);
    fe_mul(&t, &t, &v);
    if (!fe_equal(&t, &u)) {
        fe_sub(&u, &ZERO, &u);
        if (!fe_equal(&t, &u)) return 0;
        fe_mul(&r->x, &r->x, &SQRT_M1);
    }
    if (fe_is_odd(&r->x) != sign) {
        if (fe_is_zero(&r->x)) return 0;
        fe_sub(&r->x, &ZERO, &r->x);
    }
    r->z = ONE;
    fe_mul(&r->t, &r->x, &r->y);
    return 1;
}

/* Digits of a scalar below 2^256 in non-adjacent form of the width w; their number. */
static int digits(signed char out[258], const u8 s[32], int w) {
    int top = 0;
    u64 x[5] = {load(s), load(s + 8), load(s + 16), load(s + 24), 0};
    for (int i = 0; i < 258; i++) out[i] = 0;
    int carried = 0;
    for (int i = 0; i < 258;) {
        u64 bits = x[i / 64] >> i % 64;
        if (i % 64 > 64 - w && i / 64 < 4) bits |= x[i / 64 + 1] << (64 - i % 64);
        int d = (int)(bits & ((1u << w) - 1)) + carried;
        if (!(d & 1)) { i++; continue; }
        carried = d > 1 << (w - 1);
        if (carried) d -= 1 << w;
        out[i] = (signed char)d;
        top = i + 1;
        i += w;
    }
    return top;
}

#define WIDTH 5
#define ODD (1 << (WIDTH - 2))
#define BASE_WIDTH 7
#define BASE_ODD (1 << (BASE_WIDTH - 2))

static void odd_multiples(cached *out, const point *p, int n) {
    point two, t = *p;
    cached step;
    twice(&two, p, 1);
    to_cached(&step, &two);
    to_cached(&out[0], &t);
    for (int i = 1; i < n; i++) { add_cached(&t, &t, &step, 0); to_cached(&out[i], &t); }
}

static cached base_table[BASE_ODD];
static int base_ready = 0;

/* s*fixed + c*p, where the odd multiples of fixed are given; either may be left out (0). */
static void two_multiples(point *r, const u8 *s, const cached *fixed, const u8 *c, const point *p) {
    signed char ds[258], dc[258];
    cached table[ODD];
    int ns = fixed ? digits(ds, s, BASE_WIDTH) : 0, nc = p ? digits(dc, c, WIDTH) : 0;
    if (p) odd_multiples(table, p, ODD);
    set_identity(r);
    for (int i = (ns > nc ? ns : nc) - 1; i >= 0; i--) {
        int a = i < ns ? ds[i] : 0, b = i < nc ? dc[i] : 0;
        twice(r, r, a || b || i == 0);
        if (a) add_cached(r, r, &fixed[(a < 0 ? -a : a) / 2], a < 0);
        if (b) add_cached(r, r, &table[(b < 0 ? -b : b) / 2], b < 0);
    }
}

static const u8 ORDER[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                             0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10};

static int in_group_one(const point *p) {
    point t;
    two_multiples(&t, 0, 0, ORDER, p);
    return is_identity(&t);
}

static void prepare(void) {
    if (!base_ready) { odd_multiples(base_table, &BASE, BASE_ODD); base_ready = 1; }
}

/* ---- what callers see -------------------------------------------------------------------------------------------- */

EXPORT u32 point_bytes(void) { return sizeof(point); }

EXPORT u32 multiples_bytes(void) { return BASE_ODD * sizeof(cached); }

/* Decode n points; ok[i] is 1 where there is one. Returns how many there are. */
EXPORT u32 decode(u32 n, const u8 *in, point *out, u8 *ok) {
    u32 good = 0;
    for (u32 i = 0; i < n; i++) { ok[i] = (u8)decode_one(&out[i], in + 32 * i); good += ok[i]; }
    return good;
}

/* Say of each point whether it is in the group of order q (the identity is). Returns how many are. */
EXPORT u32 in_group(u32 n, const point *points, u8 *ok) {
    u32 good = 0;
    for (u32 i = 0; i < n; i++) { ok[i] = (u8)in_group_one(&points[i]); good += ok[i]; }
    return good;
}

/* One round of the bucket test: add point i to bucket where[i] of 256 (set to the identity here) and test all sums.
 * A point outside the group is missed by a round with a chance of at most 1/256. */
EXPORT u32 buckets_in_group(u32 n, const point *points, const u8 *where, point *buckets) {
    for (int b = 0; b < 256; b++) set_identity(&buckets[b]);
    for (u32 i = 0; i < n; i++) add(&buckets[where[i]], &buckets[where[i]], &points[i]);
    for (int b = 0; b < 256; b++) if (!in_group_one(&buckets[b])) return 0;
    return 1;
}

/* Encode n points, with one inversion for all; work holds n field elements (40 bytes each). */
EXPORT void encode_many(u32 n, const point *points, u8 *out, void *work) {
    fe *before = work, product = ONE, inverse, z;
    for (u32 i = 0; i < n; i++) { before[i] = product; fe_mul(&product, &product, &points[i].z); }
    fe_invert(&inverse, &product);
    for (u32 i = n; i-- > 0;) {
        fe x, y;
        fe_mul(&z, &inverse, &before[i]);
        fe_mul(&inverse, &inverse, &points[i].z);
        fe_mul(&x, &points[i].x, &z);
        fe_mul(&y, &points[i].y, &z);
        fe_to_bytes(out + 32 * i, &y);
        out[32 * i + 31] |= (u8)(fe_is_odd(&x) << 7);
    }
}

/* Odd multiples of a point that many commitments share (multiples_bytes() bytes); G's with no point. */
EXPORT void prepare_multiples(const point *p, cached *out) { odd_multiples(out, p ? p : &BASE, BASE_ODD); }

/* out[i] = s[i]*F + c[i]*P[i]; F by its odd multiples. */
EXPORT void commitments(u32 n, const u8 *s, const cached *fixed, const u8 *c, const point *points, point *out) {
    for (u32 i = 0; i < n; i++) two_multiples(&out[i], s + 32 * i, fixed, c + 32 * i, &points[i]);
}

/* out[i] = s[i]*A[i] + c[i]*P[i]. */
EXPORT void pair_commitments(u32 n, const u8 *s, const point *a, const u8 *c, const point *points, point *out) {
    cached table[BASE_ODD];
    for (u32 i = 0; i < n; i++) {
        odd_multiples(table, &a[i], BASE_ODD);
        two_multiples(&out[i], s + 32 * i, table, c + 32 * i, &points[i]);
    }
}

/* out[i] = s[i]*G. */
EXPORT void base_multiples(u32 n, const u8 *s, point *out) {
    prepare();
    for (u32 i = 0; i < n; i++) two_multiples(&out[i], s + 32 * i, base_table, 0, 0);
}

EXPORT void add_points(u32 n, const point *a, const point *b, int negative, point *out) {
    for (u32 i = 0; i < n; i++) { cached c; to_cached(&c, &b[i]); add_cached(&out[i], &a[i], &c, negative); }
}

EXPORT u32 is_identity_point(const point *p) { return (u32)is_identity(p); }

EXPORT u32 same_points(const point *a, const point *b) {
    fe x, y, u, w;
    fe_mul(&x, &a->x, &b->z); fe_mul(&y, &b->x, &a->z);
    fe_mul(&u, &a->y, &b->z); fe_mul(&w, &b->y, &a->z);
    return (u32)(fe_equal(&x, &y) && fe_equal(&u, &w));
}

/* Bytes of work that msm needs for n terms with windows of w bits. */
EXPORT u32 msm_work(u32 n, u32 w) { return (u32)(n * sizeof(cached) + (1u << (w - 1)) * sizeof(point)); }

static u32 window_bits(const u8 s[32], u32 at, u32 w) {
    u32 bit = at * w, value = 0;
    for (u32 i = 0; i < 4; i++) if (bit / 8 + i < 32) value |= (u32)s[bit / 8 + i] << 8 * i;
    return value >> bit % 8 & ((1u << w) - 1);
}

/* Digit of a window, from 1 - 2^(w-1) to 2^(w-1). A window above half of its unit carries into the next; one of exactly
 * half does so if it is carried into itself, so the first lower window that is not half decides. */
static int window_digit(const u8 s[32], u32 at, u32 w) {
    u32 half = 1u << (w - 1), low = at;
    int d = (int)window_bits(s, at, w);
    while (low-- > 0) {
        u32 below = window_bits(s, low, w);
        if (below == half) continue;
        d += below > half;
        break;
    }
    return d > (int)half ? d - (1 << w) : d;
}

/* out = sum of scalars[i]*points[i], scalars below 2^255, by Pippenger's buckets with windows of w bits (2 to 16). */
EXPORT void msm(u32 n, const u8 *scalars, const point *points, u32 w, void *work, point *out) {
    cached *table = work;
    point *bucket = (point *)(table + n), total;
    u32 half = 1u << (w - 1);
    set_identity(&total);
    for (u32 i = 0; i < n; i++) to_cached(&table[i], &points[i]);
    for (u32 at = (255 + w) / w + 1; at-- > 0;) {
        point sum, run;
        for (u32 b = 0; b < half; b++) set_identity(&bucket[b]);
        for (u32 i = 0; i < n; i++) {
            int d = window_digit(scalars + 32 * i, at, w);
            if (!d) continue;
            point *b = &bucket[(d < 0 ? -d : d) - 1];
            add_cached(b, b, &table[i], d < 0);
        }
        set_identity(&sum);
        set_identity(&run);
        for (u32 b = half; b-- > 0;) { add(&run, &run, &bucket[b]); add(&sum, &sum, &run); }
        for (u32 k = 0; k < w; k++) twice(&total, &total, k == w - 1);
        add(&total, &total, &sum);
    }
    *out = total;
}

/* ---- whole steps on encoded points, for CPython ------------------------------------------------------------------ */

/* out = s*A + c*B (A is G where it is 0). Returns 0 if A or B is no point. */
EXPORT u32 sum_of_two(const u8 *s, const u8 *a, const u8 *c, const u8 *b, u8 *out) {
    point p, q, r;
    cached table[BASE_ODD];
    fe work;
    prepare();
    if (!decode_one(&q, b) || (a && !decode_one(&p, a))) return 0;
    if (a) odd_multiples(table, &p, BASE_ODD);
    two_multiples(&r, s, a ? table : base_table, c, &q);
    encode_many(1, &r, out, &work);
    return 1;
}
