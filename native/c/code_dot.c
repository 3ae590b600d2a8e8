/* q2_code_dot and its kin: a code against codes (section 10). */
#include "q2_internal.h"

static q2_scored scored(const uint8_t *queries, size_t query_stride, size_t query_count, const uint8_t *codes, size_t stride,
                        size_t count, size_t n) {
    return (q2_scored){true, queries, q2_packed_bytes(n), query_stride, query_count, codes, stride, count, n};
}

q2_status q2_code_dot(const uint8_t *a, const uint8_t *b, size_t n, float *score) {
    const q2_scored s = scored(a, SIZE_MAX, 1, b, SIZE_MAX, 1, n);
    return q2_scores_of(q2_active_kernel()->code_dot, &s, score);
}

q2_status q2_code_dot_scores(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, float *scores) {
    const q2_scored s = scored(query, SIZE_MAX, 1, codes, stride, count, n);
    return q2_scores_of(q2_active_kernel()->code_dot, &s, scores);
}

q2_status q2_code_dot_nearest(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k,
                              uint64_t *ids, float *scores, size_t *found) {
    const q2_scored s = scored(query, SIZE_MAX, 1, codes, stride, count, n);
    return q2_highest_scores(q2_active_kernel()->code_dot, &s, k, ids, scores, found);
}

q2_status q2_code_dot_nearest_many(const uint8_t *queries, size_t query_stride, size_t query_count, const uint8_t *codes,
                                   size_t stride, size_t count, size_t n, size_t k, uint64_t *ids, float *scores,
                                   size_t *found) {
    const q2_scored s = scored(queries, query_stride, query_count, codes, stride, count, n);
    return q2_highest_scores(q2_active_kernel()->code_dot, &s, k, ids, scores, found);
}
