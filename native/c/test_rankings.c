/* L1 distance and both scores (section 10) on every kernel against their definitions: pairs, one to many, nearest and nearest of
 * many queries, around the edges of registers, groups, pieces and blocks; with ties, extremes, dirty bits beyond n, all offsets
 * and strides, and queries, codes and results next to guard pages. */
#include "test_reference.h"
#include "test_isa.h"
#include "test_memory.h"
#include "random_rows.h"

#include <math.h>

enum { MOST_QUERIES = 131, MOST_CODES = 2700, MOST_K = 610, LONGEST = 1 << 20 };

typedef struct {
    double rank; /* ascending from the nearest: a distance, or a score negated */
    uint64_t id;
} neighbour;

typedef struct {
    size_t n, queries, query_stride, count, stride, k;
} sizes;

/* One ranking. Values are 32 bits: distances or scores. */
typedef struct {
    const char *name;
    bool scores, int8;
    q2_status (*pair)(const void *query, const uint8_t *code, size_t n, void *value);
    q2_status (*many)(const void *query, const uint8_t *codes, size_t stride, size_t count, size_t n, void *values);
    q2_status (*nearest)(const void *query, const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k, uint64_t *ids,
                         void *values, size_t *found);
    q2_status (*nearest_many)(const void *queries, size_t query_stride, size_t query_count, const uint8_t *codes, size_t stride,
                              size_t count, size_t n, size_t k, uint64_t *ids, void *values, size_t *found);
    double (*slow)(const void *query, const uint8_t *code, size_t n);
} ranking;

#define RANKING(name, one, all)                                                                                                  \
    static q2_status name##_pair(const void *q, const uint8_t *c, size_t n, void *v) { return one(q, c, n, v); }                  \
    static q2_status name##_many(const void *q, const uint8_t *c, size_t stride, size_t count, size_t n, void *v) {               \
        return all(q, c, stride, count, n, v);                                                                                    \
    }                                                                                                                             \
    static q2_status name##_nearest(const void *q, const uint8_t *c, size_t stride, size_t count, size_t n, size_t k,             \
                                    uint64_t *ids, void *v, size_t *found) {                                                      \
        return q2_##name##_nearest(q, c, stride, count, n, k, ids, v, found);                                                     \
    }                                                                                                                             \
    static q2_status name##_nearest_many(const void *q, size_t qs, size_t qc, const uint8_t *c, size_t stride, size_t count,      \
                                         size_t n, size_t k, uint64_t *ids, void *v, size_t *found) {                             \
        return q2_##name##_nearest_many(q, qs, qc, c, stride, count, n, k, ids, v, found);                                        \
    }                                                                                                                             \
    static double name##_slow(const void *q, const uint8_t *c, size_t n) { return (double)slow_##name(q, c, n); }

RANKING(l1, q2_l1_distance, q2_l1_distances)
RANKING(code_dot, q2_code_dot, q2_code_dot_scores)
RANKING(dot, q2_dot, q2_dot_scores)

static const ranking rankings[] = {
    {"l1", false, false, l1_pair, l1_many, l1_nearest, l1_nearest_many, l1_slow},
    {"code dot", true, false, code_dot_pair, code_dot_many, code_dot_nearest, code_dot_nearest_many, code_dot_slow},
    {"dot", true, true, dot_pair, dot_many, dot_nearest, dot_nearest_many, dot_slow},
};

static guarded query_memory, code_memory, value_memory;
static uint64_t ids[MOST_QUERIES * MOST_K];
static uint32_t values[MOST_QUERIES * MOST_K];

static size_t query_bytes(const ranking *r, size_t n) { return r->int8 ? n : (n + 3) / 4; }

static size_t extent(size_t count, size_t stride, size_t length) { return count == 0 ? 0 : (count - 1) * stride + length; }

static double value_of(const ranking *r, uint32_t bits) { return r->scores ? (double)q2_float_of(bits) : (double)bits; }

static double rank_of(const ranking *r, double value) { return r->scores ? -value : value; }

static void fill_random(uint8_t *bytes, size_t count, uint64_t *state) {
    for (size_t i = 0; i < count; i++) bytes[i] = (uint8_t)random_next(state);
}

/* Random, or one byte all along: the largest sums of both signs, and of either norm. */
static void fill_query(uint8_t *bytes, size_t count, uint64_t *state) {
    static const uint8_t extremes[] = {0x00, 0xFF, 0xAA, 0x55, 0x80, 0x7F};
    fill_random(bytes, count, state);
    if (random_next(state) % 4 == 0) memset(bytes, extremes[random_next(state) % sizeof extremes], count);
}

/* Two codes in four repeat an earlier one, some with a bit changed, and a few are one byte all along: ties are the rule. */
static void fill_codes(uint8_t *codes, size_t stride, size_t count, size_t length, uint64_t *state) {
    for (size_t i = 0; i < count; i++) {
        uint8_t *code = codes + i * stride;
        fill_query(code, length, state);
        if (i > 0 && random_next(state) % 2) {
            memcpy(code, codes + random_next(state) % i * stride, length);
            if (random_next(state) % 2) code[random_next(state) % length] ^= 1;
        }
    }
}

static int by_rank_then_id(const void *a, const void *b) {
    const neighbour *x = a, *y = b;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* The definition's neighbours, which pair and one-to-many agree with, sorted. */
static void check_values(const char *isa, const ranking *r, const sizes *s, const uint8_t *query, const uint8_t *codes,
                         neighbour *all) {
    uint32_t *out = (uint32_t *)(void *)guarded_end(value_memory, 4 * s->count);
    memset(value_memory.pages, 0xEE, value_memory.size);
    CHECK(r->many(query, codes, s->stride, s->count, s->n, out) == Q2_OK, "%s %s", isa, r->name);
    for (size_t i = 0; i < s->count; i++) {
        const uint8_t *code = codes + i * s->stride;
        const double want = r->slow(query, code, s->n), got = value_of(r, out[i]);
        uint32_t pair = 0xEEEEEEEE;
        CHECK(got == want && !signbit(got) == !signbit(want + 0.0), "%s %s: n %zu count %zu code %zu: %.9g, not %.9g", isa, r->name,
              s->n, s->count, i, got, want);
        if (i % 16 == 0) {
            CHECK(r->pair(query, code, s->n, &pair) == Q2_OK && pair == out[i], "%s %s: n %zu pair %zu", isa, r->name, s->n, i);
        }
        all[i] = (neighbour){rank_of(r, want), i};
    }
    if (s->count > 0 && out > (uint32_t *)(void *)value_memory.pages) CHECK(out[-1] == 0xEEEEEEEE, "%s: written before the values", isa);
    qsort(all, s->count, sizeof *all, by_rank_then_id);
}

static void check_row(const char *isa, const ranking *r, const sizes *s, const neighbour *all, const uint64_t *row_ids,
                      const uint32_t *row_values, size_t found) {
    CHECK(found == (s->k < s->count ? s->k : s->count), "%s %s: found %zu", isa, r->name, found);
    for (size_t i = 0; i < s->k; i++) {
        const bool kept = i < found;
        CHECK(row_ids[i] == (kept ? all[i].id : 0xEEEEEEEEEEEEEEEEu), "%s %s: n %zu queries %zu count %zu k %zu: place %zu: id %llu",
              isa, r->name, s->n, s->queries, s->count, s->k, i, (unsigned long long)row_ids[i]);
        if (kept) CHECK(rank_of(r, value_of(r, row_values[i])) == all[i].rank, "%s %s: n %zu place %zu", isa, r->name, s->n, i);
        if (!kept) CHECK(row_values[i] == 0xEEEEEEEE, "%s %s: written past what was found", isa, r->name);
    }
}

static void check_sizes(const char *isa, const ranking *r, sizes s, uint64_t *state) {
    static neighbour all[MOST_CODES];
    static uint64_t one_ids[MOST_K];
    static uint32_t one_values[MOST_K];
    const size_t length = (s.n + 3) / 4, bytes = query_bytes(r, s.n), size = extent(s.queries, s.query_stride, bytes);
    uint8_t *queries = random_next(state) % 4 ? guarded_end(query_memory, size) : guarded_start(query_memory);
    uint8_t *codes = random_next(state) % 4 ? guarded_end(code_memory, extent(s.count, s.stride, length)) : guarded_start(code_memory);
    for (size_t q = 0; q < s.queries; q++) fill_query(queries + q * s.query_stride, bytes, state);
    fill_codes(codes, s.stride, s.count, length, state);
    memset(ids, 0xEE, sizeof *ids * (s.queries * s.k + 1));
    memset(values, 0xEE, sizeof *values * (s.queries * s.k + 1));
    size_t found = 77;
    CHECK(r->nearest_many(queries, s.query_stride, s.queries, codes, s.stride, s.count, s.n, s.k, ids, values, &found) == Q2_OK, "%s", isa);
    for (size_t q = 0; q < s.queries; q++) {
        const uint8_t *query = queries + q * s.query_stride;
        size_t one_found = 77;
        check_values(isa, r, &s, query, codes, all);
        check_row(isa, r, &s, all, ids + q * s.k, values + q * s.k, found);
        memset(one_ids, 0xEE, sizeof one_ids);
        memset(one_values, 0xEE, sizeof one_values);
        CHECK(r->nearest(query, codes, s.stride, s.count, s.n, s.k, one_ids, one_values, &one_found) == Q2_OK, "%s", isa);
        check_row(isa, r, &s, all, one_ids, one_values, one_found);
    }
    CHECK(ids[s.queries * s.k] == 0xEEEEEEEEEEEEEEEEu && values[s.queries * s.k] == 0xEEEEEEEE, "%s: past the last row", isa);
}

/* Every length at which a word, a register or a piece of a code ends, and its neighbours; few codes, so that it stays quick. */
static void check_lengths(const char *isa, const ranking *r, uint64_t *state) {
    for (size_t n = 1; n <= 1100; n++) {
        const size_t length = (n + 3) / 4;
        check_sizes(isa, r, (sizes){n, 1 + n % 2, query_bytes(r, n) + n % 5, 1 + n % 11, length + n % 7, 1 + n % 4}, state);
    }
    static const size_t longer[] = {2047, 2048, 2049, 4095, 4097, 5120, 16383, 16384, 16385, 16640, 32769, 65537};
    for (size_t i = 0; i < sizeof longer / sizeof *longer; i++) {
        const size_t n = longer[i], length = (n + 3) / 4;
        check_sizes(isa, r, (sizes){n, 2, query_bytes(r, n), n > 16000 ? 9 : 18, length + i, 5}, state);
    }
    for (size_t n = LONGEST - 1; n <= LONGEST; n++) {
        check_sizes(isa, r, (sizes){n, 1, query_bytes(r, n), 2, (n + 3) / 4, 2}, state);
    }
}

static void check_blocks(const char *isa, const ranking *r, uint64_t *state) {
    static const size_t queries[] = {0, 1, 2, 3, 7, 8, 9, 63, 64, 65, 130};
    static const size_t counts[] = {0, 1, 7, 8, 9, 15, 16, 17, 63, 64, 65, 255, 256, 257, 599};
    static const size_t ks[] = {1, 2, 10, 64, 65, 609};
    for (size_t q = 0; q < sizeof queries / sizeof *queries; q++) {
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
            if (queries[q] > 9 && counts[c] > 300) continue;
            const size_t n = 9 + (q * 13 + c) % 9, bytes = query_bytes(r, n);
            check_sizes(isa, r, (sizes){n, queries[q], bytes + c % 2, counts[c], (n + 3) / 4 + q % 3, ks[(q + c) % 6]}, state);
        }
    }
    check_sizes(isa, r, (sizes){1024, 9, query_bytes(r, 1024), 299, 256, 10}, state);
    check_sizes(isa, r, (sizes){384, 66, query_bytes(r, 384), 70, 96, 10}, state);
}

/* The same lengths with as many queries as make a block of them: codes that end in every part of a register and a piece. */
static void check_block_lengths(const char *isa, const ranking *r, uint64_t *state) {
    static const size_t longer[] = {1151, 1152, 1153, 2047, 2048, 2049, 2111, 2113, 3071, 3073, 4095, 4097, 5120};
    for (size_t n = 1; n <= 1100; n += n < 300 || (n > 1000 && n < 1060) ? 1 : 5) {
        check_sizes(isa, r, (sizes){n, 8 + n % 3, query_bytes(r, n) + n % 5, 8 + n % 11, (n + 3) / 4 + n % 7, 1 + n % 4}, state);
    }
    for (size_t i = 0; i < sizeof longer / sizeof *longer; i++) {
        check_sizes(isa, r, (sizes){longer[i], 9, query_bytes(r, longer[i]), 66, (longer[i] + 3) / 4 + i, 5}, state);
    }
}

/* More codes than are taken in blocks, so that the rest goes by in a stream: codes of every number of registers, and many scores
 * that are close to the limit. */
static void check_streams(const char *isa, const ranking *r, uint64_t *state) {
    static const size_t lengths[] = {9, 100, 250, 384, 700, 1024, 1030, 1600};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        const size_t n = lengths[i];
        check_sizes(isa, r, (sizes){n, 1, query_bytes(r, n), 2500 + 25 * i, (n + 3) / 4 + i % 3, 1 + 80 * i}, state);
    }
}

/* Each eight codes score a two-thousandth above the eight before: a quick test with too wide a margin would pass them over. */
static void check_close_scores(const char *isa, const ranking *r) {
    enum { N = 1024, BEFORE = 2048, STEPS = 60 };
    uint8_t *query = guarded_start(query_memory), *codes = guarded_start(code_memory);
    memset(query, r->int8 ? 1 : 0xFF, query_bytes(r, N)); /* C everywhere */
    memset(codes, 0xAA, (size_t)(BEFORE + 8 * STEPS) * (N / 4));
    for (size_t i = 0; i < BEFORE + 8 * STEPS; i++) {
        uint8_t *code = codes + i * (N / 4);
        for (size_t d = 0; d < 64; d++) { /* B becomes C, of the same norm */
            const bool up = i >= BEFORE && d <= (i - BEFORE) / 8;
            code[d / 4] = (uint8_t)((d % 4 == 0 ? 0 : code[d / 4]) | (up ? 3 : 1) << (6 - 2 * (d % 4)));
        }
    }
    for (size_t step = 1; step <= STEPS; step++) {
        size_t found = 0;
        const size_t count = BEFORE + 8 * step;
        CHECK(r->nearest(query, codes, N / 4, count, N, 1, ids, values, &found) == Q2_OK && found == 1, "%s %s", isa, r->name);
        CHECK(ids[0] == count - 8, "%s %s: step %zu: id %zu", isa, r->name, step, (size_t)ids[0]);
    }
}

/* Queries and codes at every address within a line. */
static void check_offsets(const char *isa, const ranking *r, uint64_t *state) {
    static const size_t lengths[] = {5, 64, 127, 129, 300};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        const size_t n = lengths[i], length = (n + 3) / 4;
        for (size_t offset = 0; offset < 64; offset++) {
            uint8_t *query = guarded_start(query_memory) + offset, *code = guarded_start(code_memory) + 63 - offset;
            uint32_t bits = 0;
            fill_query(query, query_bytes(r, n), state);
            fill_query(code, length, state);
            CHECK(r->pair(query, code, n, &bits) == Q2_OK && value_of(r, bits) == r->slow(query, code, n), "%s %s: n %zu offset %zu",
                  isa, r->name, n, offset);
        }
    }
}

/* All codes alike: the nearest are the first, whatever the blocks. */
static void check_ties(const char *isa, const ranking *r) {
    static uint8_t codes[MOST_CODES * 24];
    size_t found = 0;
    memset(codes, 0x5A, sizeof codes);
    CHECK(r->nearest_many(codes, 96, 20, codes, 24, MOST_CODES, 96, 7, ids, values, &found) == Q2_OK && found == 7, "%s", isa);
    for (size_t i = 0; i < 20 * 7; i++) CHECK(ids[i] == i % 7, "%s %s: id %zu", isa, r->name, (size_t)ids[i]);
}

/* Scores of exactly 0 are +0, whatever the query's sign: a zero query is as near to every code. */
static void check_zero(const char *isa) {
    static const int8_t query[96];
    static uint8_t codes[20 * 24];
    float scores[20];
    uint64_t state = 5;
    fill_random(codes, sizeof codes, &state);
    CHECK(q2_dot_scores(query, codes, 24, 20, 96, scores) == Q2_OK, "%s", isa);
    for (size_t i = 0; i < 20; i++) CHECK(q2_bits_of(scores[i]) == 0, "%s: %g", isa, (double)scores[i]);
}

static void check_refused(const ranking *r, q2_status status, const size_t *found, int line) {
    CHECK(status == Q2_ERR_ARGUMENT && *found == 77 && ids[0] == 1 && values[0] == 2, "%s line %d: status %d", r->name, line, (int)status);
}

#define REFUSED(...) check_refused(r, r->nearest_many(__VA_ARGS__), &found, __LINE__)
#define REFUSED_ONE(...) check_refused(r, r->nearest(__VA_ARGS__), &found, __LINE__)
#define REFUSED_MANY(...) check_refused(r, r->many(__VA_ARGS__), &found, __LINE__)
#define REFUSED_PAIR(...) check_refused(r, r->pair(__VA_ARGS__), &found, __LINE__)

static void check_arguments(const char *isa, const ranking *r) {
    static const uint8_t bytes[64] = {0};
    const size_t least = query_bytes(r, 8);
    size_t found = 77;
    ids[0] = 1;
    values[0] = 2;
    REFUSED(bytes, 8, 3, bytes, 2, 3, 0, 1, ids, values, &found);
    REFUSED(bytes, SIZE_MAX / 4, 3, bytes, SIZE_MAX / 4, 3, Q2_MAX_DIM + 1, 1, ids, values, &found);
    REFUSED(bytes, 8, 3, bytes, 2, 3, 8, 0, ids, values, &found);
    REFUSED(bytes, 8, 3, bytes, 2, 3, 8, Q2_MAX_NEAREST + 1, ids, values, &found);
    REFUSED(bytes, least - 1, 3, bytes, 2, 3, 8, 1, ids, values, &found);
    REFUSED(bytes, 8, 3, bytes, 1, 3, 8, 1, ids, values, &found);
    REFUSED(bytes, least, SIZE_MAX / least + 2, bytes, 2, 3, 8, 1, ids, values, &found);
    REFUSED(bytes, 8, 3, bytes, 2, SIZE_MAX / 2 + 2, 8, 1, ids, values, &found);
    REFUSED(bytes, 8, SIZE_MAX / 16 + 1, bytes, 2, 3, 8, 2, ids, values, &found);
    REFUSED(NULL, 8, 3, bytes, 2, 3, 8, 1, ids, values, &found);
    REFUSED(bytes, 8, 3, NULL, 2, 3, 8, 1, ids, values, &found);
    REFUSED(bytes, 8, 3, bytes, 2, 3, 8, 1, NULL, values, &found);
    REFUSED(bytes, 8, 3, bytes, 2, 3, 8, 1, ids, NULL, &found);
    REFUSED_ONE(bytes, bytes, 2, 3, 0, 1, ids, values, &found);
    REFUSED_ONE(bytes, bytes, 1, 3, 8, 1, ids, values, &found);
    REFUSED_ONE(bytes, bytes, 2, 3, 8, 0, ids, values, &found);
    REFUSED_ONE(NULL, bytes, 2, 3, 8, 1, ids, values, &found);
    REFUSED_ONE(bytes, bytes, 2, 3, 8, 1, ids, NULL, &found);
    REFUSED_MANY(bytes, bytes, 2, 3, 0, values);
    REFUSED_MANY(bytes, bytes, 1, 3, 8, values);
    REFUSED_MANY(NULL, bytes, 2, 3, 8, values);
    REFUSED_MANY(bytes, NULL, 2, 3, 8, values);
    REFUSED_MANY(bytes, bytes, 2, 3, 8, NULL);
    REFUSED_PAIR(bytes, bytes, 0, values);
    REFUSED_PAIR(bytes, bytes, Q2_MAX_DIM + 1, values);
    REFUSED_PAIR(bytes, bytes, SIZE_MAX, values);
    REFUSED_PAIR(NULL, bytes, 8, values);
    REFUSED_PAIR(bytes, NULL, 8, values);
    REFUSED_PAIR(bytes, bytes, 8, NULL);
    CHECK(r->nearest_many(bytes, 8, 3, bytes, 2, 3, 8, 1, ids, values, NULL) == Q2_ERR_ARGUMENT, "%s: found NULL", isa);
    CHECK(r->nearest_many(NULL, 8, 3, NULL, 2, 0, 8, 1, NULL, NULL, &found) == Q2_OK && found == 0, "%s: no codes", isa);
    CHECK(r->nearest_many(NULL, 8, 0, NULL, 2, 3, 8, 2, NULL, NULL, &found) == Q2_OK && found == 2, "%s: no queries", isa);
    CHECK(r->nearest(NULL, NULL, 2, 0, 8, 2, NULL, NULL, &found) == Q2_OK && found == 0, "%s: no codes", isa);
    CHECK(r->many(NULL, NULL, 2, 0, 8, NULL) == Q2_OK, "%s: no codes", isa);
}

static void check_isa(const char *isa) {
    uint64_t state = 12;
    check_zero(isa);
    for (size_t i = 0; i < sizeof rankings / sizeof *rankings; i++) {
        check_arguments(isa, &rankings[i]);
        check_ties(isa, &rankings[i]);
        check_offsets(isa, &rankings[i], &state);
        check_block_lengths(isa, &rankings[i], &state);
        check_blocks(isa, &rankings[i], &state);
        check_streams(isa, &rankings[i], &state);
        if (rankings[i].scores) check_close_scores(isa, &rankings[i]);
        check_lengths(isa, &rankings[i], &state);
    }
}

int main(void) {
    query_memory = guarded_new((size_t)2 * LONGEST);
    code_memory = guarded_new((size_t)2 * LONGEST);
    value_memory = guarded_new(4 * MOST_CODES);
    return each_isa(check_isa);
}
