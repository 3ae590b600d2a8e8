/* L1, code dot and dot, in all their forms: any bytes as codes and queries with any stride, every kernel against the
 * definitions. */
#include "fuzz_input.h"

typedef struct {
    size_t n, length, count, stride, k, queries;
    const uint8_t *codes;
    const int8_t *dot; /* queries of n int8; the others' queries are the first codes */
} problem;

/* Values of one query: ranks ascend from the nearest. */
typedef struct {
    const double *want;
    size_t count, k;
} expected;

/* Each result is not after its follower in (rank, id), and no code left out comes before the last one. */
static void check_nearest(const expected *e, const uint64_t *ids, const double *ranks, size_t found) {
    FUZZ_CHECK(found == (e->k < e->count ? e->k : e->count));
    for (size_t i = 0; i < found; i++) {
        FUZZ_CHECK(ids[i] < e->count && ranks[i] == e->want[ids[i]]);
        if (i > 0) FUZZ_CHECK(ranks[i - 1] < ranks[i] || (ranks[i - 1] == ranks[i] && ids[i - 1] < ids[i]));
    }
    size_t before_last = 0;
    for (size_t j = 0; found > 0 && j < e->count; j++) {
        before_last += e->want[j] < ranks[found - 1] || (e->want[j] == ranks[found - 1] && j < ids[found - 1]);
    }
    FUZZ_CHECK(found == 0 || before_last == found - 1);
}

static void ranks_of_distances(const uint32_t *distances, size_t count, double *ranks) {
    for (size_t i = 0; i < count; i++) ranks[i] = (double)distances[i];
}

static void ranks_of_scores(const float *scores, size_t count, double *ranks) {
    for (size_t i = 0; i < count; i++) ranks[i] = -(double)scores[i];
}

/* The four forms of one ranking against (slow); the many-queries form is held against the definition too. */
#define CHECK_RANKING(name, one, all, query_type, value_type, to_ranks, sign, first_query, query_stride)                          \
    static void check_##name(const problem *p) {                                                                                  \
        uint64_t *ids = (uint64_t *)(void *)fuzz_output(8 * p->k * p->queries);                                                   \
        value_type *values = (value_type *)(void *)fuzz_output(4 * p->count), *near = (value_type *)(void *)fuzz_output(4 * p->k * p->queries); \
        double *want = (double *)(void *)fuzz_output(8 * p->count), *ranks = (double *)(void *)fuzz_output(8 * (p->count + p->k)); \
        size_t found = 0, found_many = 0;                                                                                         \
        FUZZ_CHECK(q2_##name##_nearest_many(first_query, query_stride, p->queries, p->codes, p->stride, p->count, p->n, p->k, ids, near, \
                                            &found_many) == Q2_OK);                                                               \
        for (size_t q = 0; q < p->queries; q++) {                                                                                 \
            const query_type *query = (first_query) + q * (query_stride);                                                         \
            for (size_t i = 0; i < p->count; i++) want[i] = sign(double)slow_##name(query, p->codes + i * p->stride, p->n);       \
            const expected e = {want, p->count, p->k};                                                                            \
            to_ranks(near + q * p->k, found_many, ranks);                                                                         \
            check_nearest(&e, ids + q * p->k, ranks, found_many);                                                                 \
            FUZZ_CHECK(all(query, p->codes, p->stride, p->count, p->n, values) == Q2_OK);                                         \
            to_ranks(values, p->count, ranks);                                                                                    \
            FUZZ_CHECK(memcmp(ranks, want, 8 * p->count) == 0);                                                                   \
            FUZZ_CHECK(q2_##name##_nearest(query, p->codes, p->stride, p->count, p->n, p->k, ids + q * p->k, near + q * p->k, &found) == Q2_OK); \
            to_ranks(near + q * p->k, found, ranks);                                                                              \
            check_nearest(&e, ids + q * p->k, ranks, found);                                                                      \
            value_type pair;                                                                                                      \
            FUZZ_CHECK(one(query, p->codes, p->n, &pair) == Q2_OK && memcmp(&pair, values, 4) == 0);                              \
        }                                                                                                                         \
        free(ranks);                                                                                                              \
        free(want);                                                                                                               \
        free(near);                                                                                                               \
        free(values);                                                                                                             \
        free(ids);                                                                                                                \
    }

CHECK_RANKING(l1, q2_l1_distance, q2_l1_distances, uint8_t, uint32_t, ranks_of_distances, +, p->codes, p->stride)
CHECK_RANKING(code_dot, q2_code_dot, q2_code_dot_scores, uint8_t, float, ranks_of_scores, -, p->codes, p->stride)
CHECK_RANKING(dot, q2_dot, q2_dot_scores, int8_t, float, ranks_of_scores, -, p->dot, p->n)

/* The bytes at hand as floats. */
static void check_dot_query(const problem *p) {
    const size_t n = p->n < p->length ? p->n : p->length;
    float *x = (float *)(void *)fuzz_output(4 * n);
    int8_t *query = (int8_t *)fuzz_output(n), *want = (int8_t *)fuzz_output(n);
    memcpy(x, p->codes, p->length < 4 * n ? p->length : 4 * n);
    const q2_status status = slow_dot_query(x, n, want);
    FUZZ_CHECK(q2_dot_query(x, n, query) == status);
    for (size_t d = 0; d < n; d++) FUZZ_CHECK(query[d] == (status == Q2_OK ? want[d] : 0x5A));
    free(want);
    free(query);
    free(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input in = {data, size};
    problem p = {.n = fuzz_word(&in) % 600 + 1, .count = fuzz_byte(&in) % 40 + 1, .k = fuzz_byte(&in) % 50 + 1};
    p.length = (p.n + 3) / 4;
    p.stride = p.length + fuzz_byte(&in) % 9;
    p.queries = 1 + fuzz_byte(&in) % 12;
    if (p.queries > p.count) p.queries = p.count;
    uint8_t *codes = fuzz_copy(&in, (p.count - 1) * p.stride + p.length);
    uint8_t *dot = fuzz_copy(&in, p.queries * p.n);
    p.codes = codes;
    p.dot = (const int8_t *)dot;
    check_dot_query(&p);
    size_t i = 0;
    for (const q2_kernel *kernel; (kernel = next_kernel(&i)) != NULL;) {
        q2_use_kernel(kernel);
        check_l1(&p);
        check_code_dot(&p);
        check_dot(&p);
    }
    free(dot);
    free(codes);
    return 0;
}
