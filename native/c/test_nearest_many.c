/* q2_lee_nearest_many on every kernel against the definition on the circle: around the edges of its blocks of queries, codes
 * and words, with ties, dirty bits beyond n, padded and odd strides, and codes and queries that end at a guard page. */
#include "test_reference.h"
#include "test_isa.h"
#include "test_memory.h"
#include "random_rows.h"

enum { MOST_QUERIES = 131, MOST_CODES = 300, MOST_K = 310, LONGEST = (1 << 20) / 4 };

typedef struct {
    uint32_t distance;
    uint64_t id;
} neighbour;

typedef struct {
    size_t n, queries, query_stride, count, stride, k;
} sizes;

static guarded query_memory, code_memory;
static uint64_t ids[MOST_QUERIES * MOST_K];
static uint32_t distances[MOST_QUERIES * MOST_K];

static void fill_random(uint8_t *bytes, size_t count, uint64_t *state) {
    for (size_t i = 0; i < count; i++) bytes[i] = (uint8_t)random_next(state);
}

/* Three codes in four repeat an earlier one, some with a bit changed: ties are the rule, also across blocks. */
static void fill_repeating(uint8_t *codes, const sizes *s, uint64_t *state) {
    const size_t length = (s->n + 3) / 4;
    for (size_t i = 0; i < s->count; i++) {
        uint8_t *code = codes + i * s->stride;
        if (i == 0 || random_next(state) % 4 == 0) {
            fill_random(code, length, state);
        } else {
            memcpy(code, codes + random_next(state) % i * s->stride, length);
            if (random_next(state) % 2) code[random_next(state) % length] ^= 1;
        }
    }
}

static int by_distance_then_id(const void *a, const void *b) {
    const neighbour *x = a, *y = b;
    if (x->distance != y->distance) return x->distance < y->distance ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static void check_query(const char *isa, const sizes *s, const uint8_t *query, const uint8_t *codes, size_t q, size_t found) {
    static neighbour all[MOST_CODES];
    for (size_t i = 0; i < s->count; i++) all[i] = (neighbour){slow_lee(query, codes + i * s->stride, s->n), i};
    qsort(all, s->count, sizeof *all, by_distance_then_id);
    for (size_t i = 0; i < s->k; i++) {
        const bool kept = i < found;
        const uint64_t id = kept ? all[i].id : 0xEEEEEEEEEEEEEEEEu;
        const uint32_t distance = kept ? all[i].distance : 0xEEEEEEEEu;
        CHECK(ids[q * s->k + i] == id && distances[q * s->k + i] == distance,
              "%s: n %zu queries %zu count %zu k %zu: query %zu place %zu: id %llu distance %u, not %llu %u", isa, s->n, s->queries,
              s->count, s->k, q, i, (unsigned long long)ids[q * s->k + i], distances[q * s->k + i], (unsigned long long)id,
              distance);
    }
}

static size_t extent(size_t count, size_t stride, size_t length) { return count == 0 ? 0 : (count - 1) * stride + length; }

static void check_sizes(const char *isa, sizes s, uint64_t *state) {
    const size_t length = (s.n + 3) / 4;
    uint8_t *queries = guarded_end(query_memory, extent(s.queries, s.query_stride, length));
    uint8_t *codes = guarded_end(code_memory, extent(s.count, s.stride, length));
    fill_random(queries, extent(s.queries, s.query_stride, length), state);
    fill_repeating(codes, &s, state);
    memset(ids, 0xEE, sizeof ids);
    memset(distances, 0xEE, sizeof distances);
    size_t found = 77;
    const q2_status status = q2_lee_nearest_many(queries, s.query_stride, s.queries, codes, s.stride, s.count, s.n, s.k, ids,
                                                 distances, &found);
    CHECK(status == Q2_OK && found == (s.k < s.count ? s.k : s.count), "%s: status %d, found %zu", isa, (int)status, found);
    for (size_t q = 0; q < s.queries; q++) check_query(isa, &s, queries + q * s.query_stride, codes, q, found);
    CHECK(ids[s.queries * s.k] == 0xEEEEEEEEEEEEEEEEu && distances[s.queries * s.k] == 0xEEEEEEEEu, "%s: past the last row", isa);
}

/* Every length at which a word, a vector or a piece of a code ends, and its neighbours; few codes, so that it stays quick. */
static void check_lengths(const char *isa, uint64_t *state) {
    for (size_t n = 1; n <= 1100; n++) {
        const size_t length = (n + 3) / 4, queries = 8 + n % 3, count = 1 + n % 21;
        check_sizes(isa, (sizes){n, queries, length + n % 5, count, length + n % 7, 1 + n % 4}, state);
    }
    static const size_t longer[] = {2047, 2048, 2049, 4095, 4097, 5120, 8191, 16385, 65537};
    for (size_t i = 0; i < sizeof longer / sizeof *longer; i++) {
        const size_t length = (longer[i] + 3) / 4;
        check_sizes(isa, (sizes){longer[i], 9, length, 18, length + i, 5}, state);
    }
    check_sizes(isa, (sizes){(1 << 20) - 1, 8, LONGEST, 3, LONGEST, 2}, state);
}

static void check_blocks(const char *isa, uint64_t *state) {
    static const size_t queries[] = {0, 1, 2, 3, 7, 8, 9, 63, 64, 65, 127, 130};
    static const size_t counts[] = {0, 1, 8, 15, 16, 17, 63, 64, 65, 127, 129, 200, 299};
    static const size_t ks[] = {1, 2, 10, 64, 65, 309};
    for (size_t q = 0; q < sizeof queries / sizeof *queries; q++) {
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
            const size_t n = 40 + (q * 13 + c) % 9, length = (n + 3) / 4;
            check_sizes(isa, (sizes){n, queries[q], length + c % 2, counts[c], length + q % 3, ks[(q + c) % 6]}, state);
        }
    }
    check_sizes(isa, (sizes){1024, 64, 256, 299, 256, 10}, state);
    check_sizes(isa, (sizes){384, 66, 96, 299, 96, 10}, state);
}

/* All codes alike: the nearest are the first, whatever the blocks. */
static void check_ties(const char *isa) {
    static uint8_t codes[MOST_CODES * 24];
    size_t found = 0;
    memset(codes, 0x5A, sizeof codes);
    CHECK(q2_lee_nearest_many(codes, 24, 20, codes, 24, MOST_CODES, 96, 7, ids, distances, &found) == Q2_OK && found == 7, "%s", isa);
    for (size_t i = 0; i < 20 * 7; i++) CHECK(ids[i] == i % 7 && distances[i] == 0, "%s: id %zu", isa, (size_t)ids[i]);
}

static void check_refused(q2_status status, const size_t *found, int line) {
    CHECK(status == Q2_ERR_ARGUMENT && *found == 77 && ids[0] == 1 && distances[0] == 2, "line %d: status %d", line, (int)status);
}

#define REFUSED(...) check_refused(q2_lee_nearest_many(__VA_ARGS__), &found, __LINE__)

static void check_arguments(const char *isa) {
    static const uint8_t bytes[64] = {0};
    size_t found = 77;
    ids[0] = 1;
    distances[0] = 2;
    REFUSED(bytes, 2, 3, bytes, 2, 3, 0, 1, ids, distances, &found);
    REFUSED(bytes, 2, 3, bytes, 2, 3, Q2_MAX_DIM + 1, 1, ids, distances, &found);
    REFUSED(bytes, 2, 3, bytes, 2, 3, 8, 0, ids, distances, &found);
    REFUSED(bytes, 2, 3, bytes, 2, 3, 8, Q2_MAX_NEAREST + 1, ids, distances, &found);
    REFUSED(bytes, 1, 3, bytes, 2, 3, 8, 1, ids, distances, &found);
    REFUSED(bytes, 2, 3, bytes, 1, 3, 8, 1, ids, distances, &found);
    REFUSED(bytes, 2, SIZE_MAX / 2 + 2, bytes, 2, 3, 8, 1, ids, distances, &found);
    REFUSED(bytes, 2, 3, bytes, 2, SIZE_MAX / 2 + 2, 8, 1, ids, distances, &found);
    REFUSED(bytes, 2, SIZE_MAX / 16 + 1, bytes, 2, 3, 8, 2, ids, distances, &found);
    REFUSED(NULL, 2, 3, bytes, 2, 3, 8, 1, ids, distances, &found);
    REFUSED(bytes, 2, 3, NULL, 2, 3, 8, 1, ids, distances, &found);
    REFUSED(bytes, 2, 3, bytes, 2, 3, 8, 1, NULL, distances, &found);
    REFUSED(bytes, 2, 3, bytes, 2, 3, 8, 1, ids, NULL, &found);
    REFUSED(bytes, 2, 0, bytes, 1, 3, 8, 1, ids, distances, &found);
    CHECK(q2_lee_nearest_many(bytes, 2, 3, bytes, 2, 3, 8, 1, ids, distances, NULL) == Q2_ERR_ARGUMENT, "%s: found NULL", isa);
    CHECK(q2_lee_nearest_many(NULL, 2, 3, NULL, 2, 0, 8, 1, NULL, NULL, &found) == Q2_OK && found == 0, "%s: no codes", isa);
    CHECK(q2_lee_nearest_many(NULL, 2, 0, NULL, 2, 3, 8, 2, NULL, NULL, &found) == Q2_OK && found == 2, "%s: no queries", isa);
}

static void check_isa(const char *isa) {
    uint64_t state = 11;
    check_arguments(isa);
    check_ties(isa);
    check_blocks(isa, &state);
    check_lengths(isa, &state);
}

int main(void) {
    query_memory = guarded_new((size_t)8 * LONGEST);
    code_memory = guarded_new((size_t)3 * LONGEST);
    return each_isa(check_isa);
}
