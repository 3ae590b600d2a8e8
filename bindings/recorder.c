/* A libq2 that does nothing but remember the addresses it was given: the bindings' tests link it in libq2's place, to see that C gets the caller's own memory. */
#include <stddef.h>
#include <stdint.h>

const void *q2_recorded[4];

static int record(const void *a, const void *b, const void *c, const void *d) {
    q2_recorded[0] = a;
    q2_recorded[1] = b;
    q2_recorded[2] = c;
    q2_recorded[3] = d;
    return 0;
}

int q2_quantise(const void *tensor, size_t seq_len, size_t n, int dtype, uint8_t *packed, uint64_t *key, uint32_t *transitions) {
    (void)seq_len, (void)n, (void)dtype;
    return record(tensor, packed, key, transitions);
}
int q2_quantise_rows(const void *rows, size_t row_stride, size_t count, size_t n, int dtype, uint8_t *packed, size_t packed_stride, uint64_t *keys,
                     uint32_t *transitions, uint8_t *row_status) {
    (void)row_stride, (void)count, (void)n, (void)dtype, (void)packed_stride, (void)transitions;
    return record(rows, packed, keys, row_status);
}
int q2_key(const uint8_t *packed, size_t n, uint64_t *key, uint32_t *transitions) {
    (void)n;
    return record(packed, key, transitions, NULL);
}
/* The four functions of a ranking. */
#define RANKING(query_type, result_type, one, all, nearest, nearest_many)                                                                                    \
    int one(const query_type *a, const uint8_t *b, size_t n, result_type *result) {                                                                          \
        (void)n;                                                                                                                                             \
        return record(a, b, result, NULL);                                                                                                                   \
    }                                                                                                                                                        \
    int all(const query_type *query, const uint8_t *codes, size_t stride, size_t count, size_t n, result_type *results) {                                    \
        (void)stride, (void)count, (void)n;                                                                                                                  \
        return record(query, codes, results, NULL);                                                                                                          \
    }                                                                                                                                                        \
    int nearest(const query_type *query, const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k, uint64_t *ids, result_type *results, size_t *found) { \
        (void)stride, (void)count, (void)n, (void)k;                                                                                                         \
        *found = 0;                                                                                                                                          \
        return record(query, codes, ids, results);                                                                                                           \
    }                                                                                                                                                        \
    int nearest_many(const query_type *queries, size_t query_stride, size_t query_count, const uint8_t *codes, size_t stride, size_t count, size_t n,         \
                     size_t k, uint64_t *ids, result_type *results, size_t *found) {                                                                         \
        (void)query_stride, (void)query_count;                                                                                                               \
        return nearest(queries, codes, stride, count, n, k, ids, results, found);                                                                            \
    }
RANKING(uint8_t, uint32_t, q2_lee_distance, q2_lee_distances, q2_lee_nearest, q2_lee_nearest_many)
RANKING(uint8_t, uint32_t, q2_l1_distance, q2_l1_distances, q2_l1_nearest, q2_l1_nearest_many)
RANKING(uint8_t, float, q2_code_dot, q2_code_dot_scores, q2_code_dot_nearest, q2_code_dot_nearest_many)
RANKING(int8_t, float, q2_dot, q2_dot_scores, q2_dot_nearest, q2_dot_nearest_many)

int q2_dot_query(const float *x, size_t n, int8_t *query) {
    (void)n;
    return record(x, query, NULL, NULL);
}
const char *q2_status_text(int status) {
    (void)status;
    return "recorded";
}
const char *q2_version(void) { return "recorder"; }
const char *q2_isa(void) { return "recorder"; }
int q2_force_isa(const char *name) {
    (void)name;
    return 0;
}
