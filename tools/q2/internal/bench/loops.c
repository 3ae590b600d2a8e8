//go:build cgo && !(armbe || arm64be || mips || mips64 || ppc || ppc64 || s390 || s390x || sparc || sparc64)

#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif
#include "loops.h"

#include <time.h>

#include "../../../../native/c/bench_read_limit.h"
#include "../../../../native/c/bench_yardstick.h"

enum { NEAREST = 10, MOST_QUERIES = 64 };

/* Without a reader a compiler might leave a norm out. */
static volatile float norm_sink;
static volatile uint64_t read_sink;

static double now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

double q2_bench_quantise(const uint8_t *rows, size_t count, size_t n, uint32_t dtype, size_t passes) {
    static _Alignas(64) uint8_t packed[1 << 18];
    const size_t bytes = q2_row_bytes((q2_dtype)dtype, n);
    uint64_t key;
    const double start = now(CLOCK_MONOTONIC);
    for (size_t pass = 0; pass < passes; pass++) {
        for (size_t i = 0; i < count; i++) q2_quantise(rows + i * bytes, 1, n, (q2_dtype)dtype, packed, &key, NULL);
    }
    return now(CLOCK_MONOTONIC) - start;
}

size_t q2_bench_norm_variants(void) { return WIDE_NORMS; }

double q2_bench_norm(size_t variant, const uint8_t *rows, size_t count, size_t n, size_t passes) {
    const wide_norm norm = bench_wide_norm(q2_active_kernel(), variant);
    if (norm == NULL) return -1;
    const double start = now(CLOCK_MONOTONIC);
    for (size_t pass = 0; pass < passes; pass++) {
        for (size_t i = 0; i < count; i++) norm_sink = norm(rows + i * 4 * n, n);
    }
    return now(CLOCK_MONOTONIC) - start;
}

void q2_bench_fallbacks(const uint8_t *rows, size_t count, size_t n, size_t *undecided, size_t *pinned) {
    static uint8_t packed[1 << 18];
    const q2_quantise_table *table = q2_active_kernel()->quantise;
    const q2_quantiser *fp32 = &table->dtype[Q2_FP32];
    *undecided = *pinned = 0;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *row = rows + i * 4 * n;
        if (q2_certified(table, fp32->bounds(row, n), row, n, Q2_FP32, packed, NULL)) continue;
        ++*undecided;
        *pinned += fp32->refined == NULL || !q2_certified(table, fp32->refined(row, n), row, n, Q2_FP32, packed, NULL);
    }
}

double q2_bench_rows(const uint8_t *rows, size_t count, size_t n, uint8_t *packed, uint64_t *keys) {
    const double start = now(CLOCK_THREAD_CPUTIME_ID);
    q2_quantise_rows(rows, 4 * n, count, n, Q2_FP32, packed, q2_packed_bytes(n), keys, NULL, NULL);
    return now(CLOCK_THREAD_CPUTIME_ID) - start;
}

size_t q2_bench_read_ways(void) {
    const bench_read_way *ways;
    return bench_read_ways(&ways);
}

const char *q2_bench_read_name(size_t way) {
    const bench_read_way *ways;
    bench_read_ways(&ways);
    return ways[way].name;
}

double q2_bench_read(size_t way, const uint8_t *bytes, size_t length) {
    const bench_read_way *ways;
    bench_read_ways(&ways);
    const double start = now(CLOCK_THREAD_CPUTIME_ID);
    read_sink = ways[way].read(bytes, length);
    return now(CLOCK_THREAD_CPUTIME_ID) - start;
}

double q2_bench_nearest(const uint8_t *query, const uint8_t *codes, size_t count, size_t n) {
    uint64_t ids[NEAREST];
    uint32_t distances[NEAREST];
    size_t found;
    const double start = now(CLOCK_THREAD_CPUTIME_ID);
    q2_lee_nearest(query, codes, n / 4, count, n, NEAREST, ids, distances, &found);
    return now(CLOCK_THREAD_CPUTIME_ID) - start;
}

double q2_bench_nearest_many(const uint8_t *query, size_t queries, const uint8_t *codes, size_t count, size_t n) {
    static uint64_t ids[MOST_QUERIES * NEAREST];
    static uint32_t distances[MOST_QUERIES * NEAREST];
    size_t found;
    const double start = now(CLOCK_THREAD_CPUTIME_ID);
    q2_lee_nearest_many(query, n / 4, queries, codes, n / 4, count, n, NEAREST, ids, distances, &found);
    return now(CLOCK_THREAD_CPUTIME_ID) - start;
}

double q2_bench_count(size_t bytes) {
    enum { IN_L1 = 16 << 10, CODES = IN_L1 / COUNT_BYTES * COUNT_BYTES, PASSES = 20000 };
    static _Alignas(64) uint8_t codes[CODES];
    const count_limit count = bench_count_limit(q2_active_kernel());
    if (count == NULL) return -1;
    const double start = now(CLOCK_THREAD_CPUTIME_ID);
    for (size_t pass = 0; pass < PASSES; pass++) read_sink = count(codes, CODES);
    return (now(CLOCK_THREAD_CPUTIME_ID) - start) / PASSES / COUNT_QUERIES / CODES * (double)bytes;
}

/* The functions for many queries take the way for one where there is one. */
double q2_bench_search(uint32_t ranking, const uint8_t *query, size_t queries, const uint8_t *codes, size_t count, size_t n) {
    static uint64_t ids[MOST_QUERIES * NEAREST];
    static uint32_t distances[MOST_QUERIES * NEAREST];
    static float scores[MOST_QUERIES * NEAREST];
    const size_t bytes = n / 4;
    size_t found;
    const double start = now(CLOCK_THREAD_CPUTIME_ID);
    switch (ranking) {
    case 0: q2_lee_nearest_many(query, bytes, queries, codes, bytes, count, n, NEAREST, ids, distances, &found); break;
    case 1: q2_l1_nearest_many(query, bytes, queries, codes, bytes, count, n, NEAREST, ids, distances, &found); break;
    case 2: q2_code_dot_nearest_many(query, bytes, queries, codes, bytes, count, n, NEAREST, ids, scores, &found); break;
    default: q2_dot_nearest_many((const int8_t *)query, n, queries, codes, bytes, count, n, NEAREST, ids, scores, &found);
    }
    return now(CLOCK_THREAD_CPUTIME_ID) - start;
}

const char *q2_bench_compiler(void) {
#if defined(__clang__)
    return "clang " __clang_version__;
#else
    return "gcc " __VERSION__;
#endif
}
