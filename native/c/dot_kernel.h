/* Scores (section 10) on SIMD registers, written once for all of them. dot_avx2.c, dot_avx512.c, dot_avx512_vnni.c and
 * dot_neon.c define, then include:
 *
 *   Q2_DOT_TARGET      the target attribute
 *   VECTOR             bytes of a register
 *   vector, sums       a register of bytes, and one of 32-bit sums
 *   load, load_short   a register of a code; of a code shorter than a register, with zeros behind it
 *   split              4 registers of a query's elements to one for each d mod 4
 *   subtract, sum_of   of a query's elements
 *   expand             a register of a code to four of levels + 4, one for each d mod 4
 *   product            adds four registers of levels + 4 times four of the query to 32-bit sums
 *   weak, weak_2       adds the symbols whose low bit is set, of a register and a mask, or of two, to 32-bit sums
 *   add_sums, fold     adds sums; puts those of two codes into one register
 *   fold_weak          the same of weak's
 *   eight, total       eight codes' totals, from four such registers
 *   any_above          whether a score may be above a limit: quick, and never wrong when it says no
 *   store_scores       the scores
 *
 * Levels are taken as 0, 3, 5, 8, unsigned, as the instructions for products of bytes want it; 4 times the query's sum is taken
 * off at the end. A code is expanded four dimensions a byte apart, so the query is put into that order once and each code costs
 * no more than a shift, a few look-ups in registers and the products. The norm comes out of the same pass.
 *
 * The end of a code is read as its last register, which overlaps the one before: the query has zeros there. A code as a query is
 * one of int8 whose elements are levels. */
#include "q2_internal.h"

enum {
    SHORT = 4,                   /* registers of a code for which the query is held in registers */
    GROUP = 8,                   /* codes at a time: their sums are folded together */
    PIECE = 16384 / (4 * VECTOR) /* registers of a code that a prepared query holds: 16 KiB of it */
};

#define Q2_DOT_INLINE Q2_DOT_TARGET Q2_UNROLLED

/* A part of a query, as it meets register first, first + 1, ... of each code. */
typedef struct {
    vector levels[PIECE][4];
    int32_t bias; /* 4 times the sum of the elements */
    size_t first, count;
} prepared;

typedef struct {
    const uint8_t *query;
    bool of_levels; /* the query is a code */
    size_t n, bytes;
    size_t count; /* registers of a code; the last one begins at byte (start) and overlaps the one before */
    size_t start;
    uint8_t weak[VECTOR]; /* the low bits of the symbols that the last register adds */
} shape;

typedef struct {
    sums product, weak;
} code_sums;

/* Of eight codes, two in each register. */
typedef struct {
    sums product[GROUP / 2], weak[GROUP / 2];
    int32_t bias;
} group_sums;

Q2_DOT_INLINE shape shape_of(const uint8_t *query, bool of_levels, size_t n) {
    shape s = {.query = query, .of_levels = of_levels, .n = n, .bytes = q2_packed_bytes(n)};
    s.count = (s.bytes + VECTOR - 1) / VECTOR;
    s.start = s.bytes < VECTOR ? 0 : s.bytes - VECTOR;
    const size_t known = (s.count - 1) * VECTOR - s.start; /* bytes of the last register that the one before holds too */
    for (size_t i = 0; i < VECTOR; i++) s.weak[i] = i < known || s.start + i >= s.bytes ? 0 : 0x55;
    s.weak[s.bytes - s.start - 1] &= q2_last_byte_mask(n);
    return s;
}

/* The last register's part of a query of int8. */
Q2_DOT_INLINE void last_elements(const shape *s, uint8_t *elements) {
    const size_t from = 4 * VECTOR * (s->count - 1);
    memset(elements, 0, 4 * VECTOR);
    memcpy(elements + (from - 4 * s->start), s->query + from, s->n - from);
}

/* The same of a query that is a code: levels one by one. */
Q2_DOT_INLINE void last_levels(const shape *s, uint8_t *elements) {
    static const int8_t level[4] = {-4, -1, 4, 1};
    memset(elements, 0, 4 * VECTOR);
    for (size_t d = 4 * VECTOR * (s->count - 1); d < s->n; d++) {
        elements[d - 4 * s->start] = (uint8_t)level[s->query[d / 4] >> (6 - 2 * (d % 4)) & 3];
    }
}

Q2_DOT_INLINE void prepare_register(prepared *p, const shape *s, size_t i) {
    uint8_t elements[4 * VECTOR];
    vector *levels = p->levels[i - p->first];
    if (i + 1 == s->count) {
        if (s->of_levels) {
            last_levels(s, elements);
        } else {
            last_elements(s, elements);
        }
        split(elements, levels);
    } else if (s->of_levels) {
        expand(load(s->query + i * VECTOR), levels);
        for (size_t j = 0; j < 4; j++) levels[j] = subtract(levels[j], 4);
    } else {
        split(s->query + 4 * VECTOR * i, levels);
    }
    p->bias += 4 * sum_of(levels);
}

Q2_DOT_TARGET static void prepare(prepared *p, const shape *s, size_t first) {
    p->first = first;
    p->count = s->count - first < PIECE ? s->count - first : PIECE;
    p->bias = 0;
    for (size_t i = first; i < first + p->count; i++) prepare_register(p, s, i);
}

Q2_DOT_INLINE vector load_last(const uint8_t *code, const shape *s) {
    return s->bytes < VECTOR ? load_short(code, s->bytes) : load(code + s->start);
}

/* ---- codes of few registers: the query stays in registers too; (registers) is a constant ---- */

Q2_DOT_INLINE code_sums short_code(const uint8_t *code, const shape *s, vector (*levels)[4], const size_t registers) {
    vector v[SHORT];
    code_sums c = {no_sums(), no_sums()};
    sums second = no_sums();
#pragma GCC unroll 4
    for (size_t i = 0; i < registers; i++) {
        vector expanded[4];
        v[i] = i + 1 < registers ? load(code + i * VECTOR) : load_last(code, s);
        expand(v[i], expanded);
        if (i % 2 == 0) {
            c.product = product(c.product, expanded, levels[i]);
        } else {
            second = product(second, expanded, levels[i]);
            c.weak = weak_2(c.weak, v[i - 1], v[i], i + 1 < registers ? low_bits_of_all() : load(s->weak));
        }
    }
    if (registers % 2 == 1) c.weak = weak(c.weak, v[registers - 1], load(s->weak));
    if (registers > 1) c.product = add_sums(c.product, second);
    return c;
}

Q2_DOT_INLINE void short_group(group_sums *g, const uint8_t *codes, size_t stride, const shape *s, vector (*levels)[4],
                               const size_t registers) {
#pragma GCC unroll 4
    for (size_t i = 0; i < GROUP / 2; i++, codes += 2 * stride) {
        const code_sums a = short_code(codes, s, levels, registers);
        const code_sums b = short_code(codes + stride, s, levels, registers);
        g->product[i] = fold(a.product, b.product);
        g->weak[i] = fold_weak(a.weak, b.weak);
    }
}

/* ---- codes of any length ---- */

/* Adds what the prepared part of the query makes of one code. */
Q2_DOT_INLINE void add_code(code_sums *c, const uint8_t *code, const prepared *p, const shape *s) {
    const size_t whole = p->first + p->count == s->count ? p->count - 1 : p->count;
    vector expanded[4];
    for (size_t i = 0; i < whole; i++) {
        const vector v = load(code + (p->first + i) * VECTOR);
        expand(v, expanded);
        c->product = product(c->product, expanded, p->levels[i]);
        c->weak = weak(c->weak, v, low_bits_of_all());
    }
    if (whole == p->count) return;
    const vector last = load_last(code, s);
    expand(last, expanded);
    c->product = product(c->product, expanded, p->levels[whole]);
    c->weak = weak(c->weak, last, load(s->weak));
}

/* Up to eight codes; what the others' sums would be is 0. */
Q2_DOT_TARGET static void long_group(group_sums *g, prepared *p, const shape *s, const uint8_t *codes, size_t stride,
                                     size_t count) {
    code_sums c[GROUP];
    for (size_t i = 0; i < GROUP; i++) c[i] = (code_sums){no_sums(), no_sums()};
    g->bias = 0;
    for (size_t first = 0; first < s->count; first += PIECE) {
        if (p->first != first) prepare(p, s, first);
        g->bias += p->bias;
        for (size_t i = 0; i < count; i++) add_code(&c[i], codes + i * stride, p, s);
    }
    for (size_t i = 0; i < GROUP / 2; i++) {
        g->product[i] = fold(c[2 * i].product, c[2 * i + 1].product);
        g->weak[i] = fold_weak(c[2 * i].weak, c[2 * i + 1].weak);
    }
}

/* ---- both ---- */

Q2_DOT_INLINE bool group_above(const group_sums *g, size_t n, float limit) {
    return any_above(total(g->product), g->bias, total(g->weak), n, limit);
}

Q2_DOT_INLINE void group_scores(const group_sums *g, size_t n, float *scores) {
    store_scores(total(g->product), g->bias, total(g->weak), n, scores);
}

Q2_DOT_INLINE void hold(vector (*levels)[4], const prepared *p, const size_t registers) {
#pragma GCC unroll 4
    for (size_t i = 0; i < registers; i++) {
#pragma GCC unroll 4
        for (size_t j = 0; j < 4; j++) levels[i][j] = p->levels[i][j];
    }
}

/* Eight at a time until one may be above the limit; then their scores are in scores[0..8). Returns how many came before. */
Q2_DOT_INLINE size_t short_scan(const prepared *p, const shape *s, const uint8_t *codes, size_t stride, size_t count, float limit,
                                float *scores, const size_t registers) {
    vector levels[SHORT][4];
    group_sums g = {.bias = p->bias};
    hold(levels, p, registers);
    for (size_t i = 0; i + GROUP <= count; i += GROUP) {
        short_group(&g, codes + i * stride, stride, s, levels, registers);
        if (!group_above(&g, s->n, limit)) continue;
        group_scores(&g, s->n, scores);
        return i;
    }
    return count / GROUP * GROUP;
}

Q2_DOT_INLINE size_t long_scan(prepared *p, const shape *s, const uint8_t *codes, size_t stride, size_t count, float limit,
                               float *scores) {
    group_sums g;
    for (size_t i = 0; i + GROUP <= count; i += GROUP) {
        long_group(&g, p, s, codes + i * stride, stride, GROUP);
        if (!group_above(&g, s->n, limit)) continue;
        group_scores(&g, s->n, scores);
        return i;
    }
    return count / GROUP * GROUP;
}

Q2_DOT_TARGET static size_t scan(const shape *s, const uint8_t *codes, size_t stride, size_t count, float limit, float *scores) {
    prepared p;
    prepare(&p, s, 0);
    switch (s->count) {
    case 1: return short_scan(&p, s, codes, stride, count, limit, scores, 1);
    case 2: return short_scan(&p, s, codes, stride, count, limit, scores, 2);
    case 3: return short_scan(&p, s, codes, stride, count, limit, scores, 3);
    case 4: return short_scan(&p, s, codes, stride, count, limit, scores, 4);
    default: return long_scan(&p, s, codes, stride, count, limit, scores);
    }
}

Q2_DOT_INLINE void short_many(const prepared *p, const shape *s, const uint8_t *codes, size_t stride, size_t count, float *scores,
                              const size_t registers) {
    vector levels[SHORT][4];
    group_sums g = {.bias = p->bias};
    hold(levels, p, registers);
    for (size_t i = 0; i + GROUP <= count; i += GROUP) {
        short_group(&g, codes + i * stride, stride, s, levels, registers);
        group_scores(&g, s->n, scores + i);
    }
}

/* All but the last count % 8. */
Q2_DOT_INLINE void many_groups(prepared *p, const shape *s, const uint8_t *codes, size_t stride, size_t count, float *scores) {
    group_sums g;
    switch (s->count) {
    case 1: short_many(p, s, codes, stride, count, scores, 1); return;
    case 2: short_many(p, s, codes, stride, count, scores, 2); return;
    case 3: short_many(p, s, codes, stride, count, scores, 3); return;
    case 4: short_many(p, s, codes, stride, count, scores, 4); return;
    default:
        for (size_t i = 0; i + GROUP <= count; i += GROUP) {
            long_group(&g, p, s, codes + i * stride, stride, GROUP);
            group_scores(&g, s->n, scores + i);
        }
    }
}

Q2_DOT_TARGET static void many(const shape *s, const uint8_t *codes, size_t stride, size_t count, float *scores) {
    const size_t done = count / GROUP * GROUP;
    prepared p;
    group_sums g;
    float last[GROUP];
    prepare(&p, s, 0);
    many_groups(&p, s, codes, stride, count, scores);
    if (done == count) return;
    long_group(&g, &p, s, codes + done * stride, stride, count - done);
    group_scores(&g, s->n, last);
    memcpy(scores + done, last, (count - done) * sizeof *last);
}

Q2_DOT_TARGET static void many_dot(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n,
                                   float *scores) {
    const shape s = shape_of(query, false, n);
    many(&s, codes, stride, count, scores);
}

Q2_DOT_TARGET static void many_code_dot(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n,
                                        float *scores) {
    const shape s = shape_of(query, true, n);
    many(&s, codes, stride, count, scores);
}

Q2_DOT_TARGET static size_t scan_dot(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n,
                                     float limit, float *scores) {
    const shape s = shape_of(query, false, n);
    return scan(&s, codes, stride, count, limit, scores);
}

Q2_DOT_TARGET static size_t scan_code_dot(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n,
                                          float limit, float *scores) {
    const shape s = shape_of(query, true, n);
    return scan(&s, codes, stride, count, limit, scores);
}
