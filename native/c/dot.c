/* q2_dot and its kin: a query of int8 against codes (section 10). */
#include "q2_internal.h"

static q2_scored scored(const int8_t *queries, size_t query_stride, size_t query_count, const uint8_t *codes, size_t stride,
                        size_t count, size_t n) {
    return (q2_scored){false, (const uint8_t *)queries, n, query_stride, query_count, codes, stride, count, n};
}

q2_status q2_dot(const int8_t *query, const uint8_t *code, size_t n, float *score) {
    const q2_scored s = scored(query, SIZE_MAX, 1, code, SIZE_MAX, 1, n);
    return q2_scores_of(q2_active_kernel()->dot, &s, score);
}

q2_status q2_dot_scores(const int8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, float *scores) {
    const q2_scored s = scored(query, SIZE_MAX, 1, codes, stride, count, n);
    return q2_scores_of(q2_active_kernel()->dot, &s, scores);
}

q2_status q2_dot_nearest(const int8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k,
                         uint64_t *ids, float *scores, size_t *found) {
    const q2_scored s = scored(query, SIZE_MAX, 1, codes, stride, count, n);
    return q2_highest_scores(q2_active_kernel()->dot, &s, k, ids, scores, found);
}

q2_status q2_dot_nearest_many(const int8_t *queries, size_t query_stride, size_t query_count, const uint8_t *codes,
                              size_t stride, size_t count, size_t n, size_t k, uint64_t *ids, float *scores, size_t *found) {
    const q2_scored s = scored(queries, query_stride, query_count, codes, stride, count, n);
    return q2_highest_scores(q2_active_kernel()->dot, &s, k, ids, scores, found);
}
