/* Stands in for libq2 in tests of bindings: each function flips the first byte of every memory it is given, inputs too, and does
 * nothing else. A caller whose array shows the flip knows that its own memory was given, and no copy. */
#include "q2.h"

static void mark(const void *memory) {
    if (memory != NULL) *(uint8_t *)(uintptr_t)memory ^= 0xff;
}

q2_status q2_quantise(const void *tensor, size_t seq_len, size_t n, q2_dtype dtype, uint8_t *packed, uint64_t *key, uint32_t *transitions) {
    (void)seq_len, (void)n, (void)dtype, (void)key, (void)transitions;
    mark(tensor), mark(packed);
    return Q2_OK;
}

q2_status q2_quantise_rows(const void *rows, size_t row_stride, size_t count, size_t n, q2_dtype dtype, uint8_t *packed, size_t packed_stride,
                           uint64_t *keys, uint32_t *transitions, uint8_t *row_status) {
    (void)row_stride, (void)count, (void)n, (void)dtype, (void)packed_stride;
    mark(rows), mark(packed), mark(keys), mark(transitions), mark(row_status);
    return Q2_OK;
}

q2_status q2_key(const uint8_t *packed, size_t n, uint64_t *key, uint32_t *transitions) {
    (void)n, (void)key, (void)transitions;
    mark(packed);
    return Q2_OK;
}

q2_status q2_lee_distance(const uint8_t *a, const uint8_t *b, size_t n, uint32_t *distance) {
    (void)n, (void)distance;
    mark(a), mark(b);
    return Q2_OK;
}

q2_status q2_lee_distances(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, uint32_t *distances) {
    (void)stride, (void)count, (void)n;
    mark(query), mark(codes), mark(distances);
    return Q2_OK;
}

q2_status q2_lee_nearest(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k, uint64_t *ids,
                         uint32_t *distances, size_t *found) {
    (void)stride, (void)count, (void)n, (void)k;
    mark(query), mark(codes), mark(ids), mark(distances);
    *found = 0;
    return Q2_OK;
}

q2_status q2_lee_nearest_many(const uint8_t *queries, size_t query_stride, size_t query_count, const uint8_t *codes, size_t stride,
                              size_t count, size_t n, size_t k, uint64_t *ids, uint32_t *distances, size_t *found) {
    (void)query_stride, (void)query_count;
    return q2_lee_nearest(queries, codes, stride, count, n, k, ids, distances, found);
}

/* The other rankings: distances and scores alike. */
#define RANKING(query_type, result_type, one, all, nearest, nearest_many)                                                              \
    q2_status one(const query_type *a, const uint8_t *b, size_t n, result_type *result) {                                             \
        (void)n;                                                                                                                       \
        mark(a), mark(b), mark(result);                                                                                                \
        return Q2_OK;                                                                                                                  \
    }                                                                                                                                  \
    q2_status all(const query_type *query, const uint8_t *codes, size_t stride, size_t count, size_t n, result_type *results) {       \
        (void)stride, (void)count, (void)n;                                                                                            \
        mark(query), mark(codes), mark(results);                                                                                       \
        return Q2_OK;                                                                                                                  \
    }                                                                                                                                  \
    q2_status nearest(const query_type *query, const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k, uint64_t *ids,   \
                      result_type *results, size_t *found) {                                                                           \
        (void)stride, (void)count, (void)n, (void)k;                                                                                   \
        mark(query), mark(codes), mark(ids), mark(results);                                                                            \
        *found = 0;                                                                                                                    \
        return Q2_OK;                                                                                                                  \
    }                                                                                                                                  \
    q2_status nearest_many(const query_type *queries, size_t query_stride, size_t query_count, const uint8_t *codes, size_t stride,    \
                           size_t count, size_t n, size_t k, uint64_t *ids, result_type *results, size_t *found) {                     \
        (void)query_stride, (void)query_count;                                                                                         \
        return nearest(queries, codes, stride, count, n, k, ids, results, found);                                                      \
    }

RANKING(uint8_t, uint32_t, q2_l1_distance, q2_l1_distances, q2_l1_nearest, q2_l1_nearest_many)
RANKING(uint8_t, float, q2_code_dot, q2_code_dot_scores, q2_code_dot_nearest, q2_code_dot_nearest_many)
RANKING(int8_t, float, q2_dot, q2_dot_scores, q2_dot_nearest, q2_dot_nearest_many)

q2_status q2_dot_query(const float *x, size_t n, int8_t *query) {
    (void)n;
    mark(x), mark(query);
    return Q2_OK;
}

const char *q2_version(void) { return "marks"; }
uint32_t q2_abi_version(void) { return Q2_ABI_VERSION; }
const char *q2_isa(void) { return "marks"; }
q2_status q2_force_isa(const char *name) { return name == NULL ? Q2_OK : Q2_ERR_UNSUPPORTED; }
