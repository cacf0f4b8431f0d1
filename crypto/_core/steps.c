/* Whole steps of a verification on encoded points, for CPython: the arithmetic is core.c's, which browsers have too.
 * Public values only, variable time.
 */
#include "core.c"
#include <string.h>

/* 2 sqrt(-A-2), sqrt(A+2), A^2-4 and its power (p+3)/8, for Curve25519's A. */
#define A 486662
static const fe C2 = {{0x40955fe8afc0c, 0x452df46a0b31b, 0x7e27bf62d0e9e, 0x6bbd27b08dc03, 0x1e4ddbe8c1400}};
static const fe SQRT_A2 = {{0x248ef9c884415, 0x0e509526c7d34, 0x7d29bbd8d6847, 0x157e10fd3bd6b, 0x6be4f497f9a9c}};
static const fe A24 = {{0x3724c21c20, 0, 0, 0, 0}};
static const fe A24_ROOT = {{0x0ed884c45adcb, 0x568f5c6b14ae9, 0x74d65c188a384, 0x708a0ed134b6f, 0x5e603a43d8530}};

/* r = a square root of a times 1, -1 or one of their roots: a^((p+3)/8). */
static void nearly_root(fe *r, const fe *a) {
    fe t;
    power_250(r, &t, a);
    squares(r, r, 2);
    fe_mul(r, r, a);             /* 2^252 - 3 */
    fe_mul(r, r, a);
}

/* Turn r into a root of a if r^2 is a or -a; 0 if it is neither. Both reduced enough for fe_equal. */
static int to_root(fe *r, const fe *a) {
    fe t, minus;
    fe_square(&t, r);
    if (fe_equal(&t, a)) return 1;
    fe_sub(&minus, &ZERO, a);
    if (!fe_equal(&t, &minus)) return 0;
    fe_mul(r, r, &SQRT_M1);
    return 1;
}

static void times_a(fe *r, const fe *a) {   /* 486662 a */
    const fe k = {{A, 0, 0, 0, 0}};
    fe_mul(r, a, &k);
}

/* Whether a decoded point (Z = 1) is in the group of order q and not the identity.
 *
 * The curve's points are a cyclic group of order 8q, so those of order q (and the identity) are what is 8 times another
 * point. On v^2 = u(u^2 + Au + 1), u = (1+y)/(1-y): a point is twice another, R, if u is a square, and R follows from
 * two square roots by the isogeny of degree 2 and its dual. R is 4 times a point if the Tate pairing with the point
 * (1, sqrt(A+2)) of order 4, here (u_R (m - sqrt(A+2))^2)^((p-1)/4) with m = v_R/u_R, is 1. Which of both halves R is
 * found does not matter: they differ by the point of order 2, which is 4 times another. (Koshelev 2022, Pornin 2022.)
 */
static int is_member(const point *p) {
    const fe *x = &p->x, *y = &p->y;
    fe w, n, r, dx, nx, z, m, dm, t, u, pole;
    if (fe_is_zero(x) || fe_is_zero(y)) return 0;   /* orders 1, 2 and 4 */
    fe_sub(&w, &ONE, y);
    fe_add(&t, &ONE, y);
    fe_mul(&n, &t, &w);
    nearly_root(&r, &n);
    if (!to_root(&r, &n)) return 0;
    /* X = nx/dx on the other curve, 2u + A - 2 sqrt(-A-2) r/(wx). */
    fe_mul(&dx, &w, x);
    fe_mul(&nx, &t, x);
    fe_add(&nx, &nx, &nx);
    times_a(&u, &dx);
    fe_add(&nx, &nx, &u);
    fe_mul(&u, &C2, &r);
    fe_sub(&nx, &nx, &u);
    fe_mul(&z, &nx, &dx);
    nearly_root(&m, &z);
    dm = dx;
    if (!to_root(&m, &z)) {
        /* The other X is (A^2-4)/X, and exactly one of them is a square. */
        fe_mul(&m, &m, &A24_ROOT);
        fe_mul(&z, &z, &A24);
        if (!to_root(&m, &z)) return 0;
        dm = nx;
        fe_sub(&r, &ZERO, &r);
    }
    /* u_R = (m^2 - 2rm/w - A)/2 with m over dm; all times fourth powers. */
    fe_square(&t, &m);
    fe_mul(&t, &t, &w);
    fe_mul(&u, &r, &m);
    fe_mul(&u, &u, &dm);
    fe_add(&u, &u, &u);
    fe_sub(&t, &t, &u);
    fe_square(&u, &dm);
    fe_mul(&u, &u, &w);
    times_a(&u, &u);
    fe_sub(&t, &t, &u);
    fe_mul(&u, &SQRT_A2, &dm);
    fe_sub(&u, &m, &u);
    fe_square(&u, &u);
    fe_mul(&t, &t, &u);
    fe_add(&pole, &w, &w);
    fe_square(&u, &pole);
    fe_mul(&u, &u, &pole);
    fe_mul(&t, &t, &u);
    power_250(&z, &u, &t);
    squares(&z, &z, 2);
    fe_mul(&z, &z, &t);          /* 2^252 - 3 */
    fe_square(&z, &z);
    fe_mul(&z, &z, &t);          /* (p-1)/4 = 2^253 - 5 */
    return fe_equal(&z, &ONE);
}

/* ---- points that were tested once -------------------------------------------------------------------------------- */

#define KEPT 16384

/* Members by their encodings, in this thread: what sums them up afterwards needs no second root. One that is in another's
 * place is decoded again. Only what a caller wants kept comes in, so never a point that belongs to somebody's choice. */
static _Thread_local struct { u8 in[32]; u8 there; fe x; } kept[KEPT];

static void keep(const u8 in[32], const point *p) {
    const u32 at = (u32)(load(in) % KEPT);
    memcpy(kept[at].in, in, 32);
    kept[at].x = p->x;
    kept[at].there = 1;
}

/* What decode_one does, without a root where the point was kept. */
static int decode_again(point *r, const u8 in[32]) {
    const u32 at = (u32)(load(in) % KEPT);
    if (!kept[at].there || memcmp(kept[at].in, in, 32)) return decode_one(r, in);
    r->x = kept[at].x;
    fe_from_bytes(&r->y, in);
    r->z = ONE;
    fe_mul(&r->t, &r->x, &r->y);
    return 1;
}

/* What decode does, without roots for points that were kept. */
EXPORT u32 decode_kept(u32 n, const u8 *in, point *out, u8 *ok) {
    u32 good = 0;
    for (u32 i = 0; i < n; i++) { ok[i] = (u8)decode_again(&out[i], in + 32 * i); good += ok[i]; }
    return good;
}

/* Say of each of n encodings whether it is a point of the group of order q, in its only spelling and not the identity,
 * and keep those that are if they are to be kept. Returns how many are. */
EXPORT u32 members(u32 n, const u8 *in, u8 *ok, int keeping) {
    u32 good = 0;
    for (u32 i = 0; i < n; i++) {
        point p;
        ok[i] = (u8)(decode_one(&p, in + 32 * i) && is_member(&p));
        if (ok[i] && keeping) keep(in + 32 * i, &p);
        good += ok[i];
    }
    return good;
}

/* ---- many sums at once ------------------------------------------------------------------------------------------- */

#define COMB 5
#define COMB_WINDOWS 52              /* 52 * 5 > 253 */
#define COMB_DIGITS (1 << (COMB - 1))
#define COMB_FROM 24                 /* sums from which on two tables are worth their making */

/* Multiples 1 … 16 of 32^i p, for every window i. */
static void comb_table(cached *out, const point *p) {
    point base = *p, m;
    for (int i = 0; i < COMB_WINDOWS; i++, out += COMB_DIGITS) {
        to_cached(&out[0], &base);
        m = base;
        for (int k = 1; k < COMB_DIGITS; k++) { add_cached(&m, &m, &out[0], 0); to_cached(&out[k], &m); }
        twice(&base, &m, 1);
    }
}

/* r += s*p by its table; s below 2^255. */
static void comb_add(point *r, const u8 *s, const cached *table) {
    int carried = 0;
    for (u32 i = 0; i < COMB_WINDOWS; i++, table += COMB_DIGITS) {
        int d = (int)window_bits(s, i, COMB) + carried;
        carried = d > COMB_DIGITS;
        if (carried) d -= 2 * COMB_DIGITS;
        if (d) add_cached(r, r, &table[(d < 0 ? -d : d) - 1], d < 0);
    }
}

/* Bytes of work for n sums. */
EXPORT u32 sums_work(u32 n) {
    return (u32)(n * (sizeof(point) + sizeof(fe)) + 2 * COMB_WINDOWS * COMB_DIGITS * sizeof(cached));
}

/* out[i] = s[i]*A + c[i]*B; A (G where it is 0) and B are lists, or one point for all where a_each or b_each is 0.
 * Scalars below 2^255. Returns 0 if one of them is no point. */
EXPORT u32 sums_of_two(u32 n, const u8 *s, const u8 *a, u32 a_each, const u8 *c, const u8 *b, u32 b_each, u8 *out,
                       void *work) {
    cached *left = work, *right = left + COMB_WINDOWS * COMB_DIGITS;
    point *sums = (point *)(right + COMB_WINDOWS * COMB_DIGITS), p = BASE, q;
    const int combed = n >= COMB_FROM && !a_each && !b_each;
    if (a && !a_each && !decode_again(&p, a)) return 0;
    if (!b_each && !decode_again(&q, b)) return 0;
    if (combed) { comb_table(left, &p); comb_table(right, &q); }
    else if (!a_each) odd_multiples(left, &p, BASE_ODD);
    for (u32 i = 0; i < n; i++) {
        if (combed) {
            set_identity(&sums[i]);
            comb_add(&sums[i], s + 32 * i, left);
            comb_add(&sums[i], c + 32 * i, right);
            continue;
        }
        if (a_each) {
            if (!decode_again(&p, a + 32 * i)) return 0;
            odd_multiples(left, &p, BASE_ODD);
        }
        if (b_each && !decode_again(&q, b + 32 * i)) return 0;
        two_multiples(&sums[i], s + 32 * i, left, c + 32 * i, &q);
    }
    encode_many(n, sums, out, sums + n);
    return 1;
}

/* out[i] = a[i] + b[i], or a[i] - b[i]; work as for sums_of_two. Returns 0 if one of them is no point. */
EXPORT u32 add_many(u32 n, const u8 *a, const u8 *b, int negative, u8 *out, void *work) {
    point *sums = work, p, q;
    for (u32 i = 0; i < n; i++) {
        cached k;
        if (!decode_again(&p, a + 32 * i) || !decode_again(&q, b + 32 * i)) return 0;
        to_cached(&k, &q);
        add_cached(&sums[i], &p, &k, negative);
    }
    encode_many(n, sums, out, sums + n);
    return 1;
}
