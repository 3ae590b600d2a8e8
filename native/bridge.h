/* The calls that Go makes, shaped for cgo: results come back by value, so that no Go variable needs an address, and data
 * comes as bytes, since cgo looks through the memory behind a void pointer at every call. */
#ifndef Q2_BRIDGE_H
#define Q2_BRIDGE_H

#include "c/q2.h"

typedef struct { uint64_t key; uint32_t transitions; uint32_t status; } q2_go_keyed;
typedef struct { uint32_t distance; uint32_t status; } q2_go_distance;
typedef struct { size_t found; uint32_t status; } q2_go_nearest;
typedef struct { float score; uint32_t status; } q2_go_score;

static inline q2_go_keyed q2_go_quantise(const uint8_t *tensor, size_t seq_len, size_t n, uint32_t dtype, uint8_t *packed) {
    q2_go_keyed result = {0, 0, 0};
    result.status = q2_quantise(tensor, seq_len, n, (q2_dtype)dtype, packed, &result.key, &result.transitions);
    return result;
}

static inline uint32_t q2_go_quantise_rows(const uint8_t *rows, size_t row_stride, size_t count, size_t n, uint32_t dtype,
                                           uint8_t *packed, size_t packed_stride, uint64_t *keys, uint32_t *transitions,
                                           uint8_t *row_status) {
    return q2_quantise_rows(rows, row_stride, count, n, (q2_dtype)dtype, packed, packed_stride, keys, transitions, row_status);
}

static inline q2_go_keyed q2_go_key(const uint8_t *packed, size_t n) {
    q2_go_keyed result = {0, 0, 0};
    result.status = q2_key(packed, n, &result.key, &result.transitions);
    return result;
}

static inline q2_go_distance q2_go_lee_distance(const uint8_t *a, const uint8_t *b, size_t n) {
    q2_go_distance result = {0, 0};
    result.status = q2_lee_distance(a, b, n, &result.distance);
    return result;
}

static inline uint32_t q2_go_lee_distances(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n,
                                           uint32_t *distances) {
    return q2_lee_distances(query, codes, stride, count, n, distances);
}

static inline q2_go_nearest q2_go_lee_nearest(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n,
                                              size_t k, uint64_t *ids, uint32_t *distances) {
    q2_go_nearest result = {0, 0};
    result.status = q2_lee_nearest(query, codes, stride, count, n, k, ids, distances, &result.found);
    return result;
}

static inline q2_go_nearest q2_go_lee_nearest_many(const uint8_t *queries, size_t query_stride, size_t query_count,
                                                    const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k,
                                                    uint64_t *ids, uint32_t *distances) {
    q2_go_nearest result = {0, 0};
    result.status = q2_lee_nearest_many(queries, query_stride, query_count, codes, stride, count, n, k, ids, distances, &result.found);
    return result;
}

static inline q2_go_distance q2_go_l1_distance(const uint8_t *a, const uint8_t *b, size_t n) {
    q2_go_distance result = {0, 0};
    result.status = q2_l1_distance(a, b, n, &result.distance);
    return result;
}

static inline uint32_t q2_go_l1_distances(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n,
                                          uint32_t *distances) {
    return q2_l1_distances(query, codes, stride, count, n, distances);
}

static inline q2_go_nearest q2_go_l1_nearest(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n,
                                               size_t k, uint64_t *ids, uint32_t *distances) {
    q2_go_nearest result = {0, 0};
    result.status = q2_l1_nearest(query, codes, stride, count, n, k, ids, distances, &result.found);
    return result;
}

static inline q2_go_nearest q2_go_l1_nearest_many(const uint8_t *queries, size_t query_stride, size_t query_count,
                                                    const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k,
                                                    uint64_t *ids, uint32_t *distances) {
    q2_go_nearest result = {0, 0};
    result.status = q2_l1_nearest_many(queries, query_stride, query_count, codes, stride, count, n, k, ids, distances, &result.found);
    return result;
}

static inline q2_go_score q2_go_code_dot(const uint8_t *a, const uint8_t *b, size_t n) {
    q2_go_score result = {0, 0};
    result.status = q2_code_dot(a, b, n, &result.score);
    return result;
}

static inline uint32_t q2_go_code_dot_scores(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n,
                                          float *scores) {
    return q2_code_dot_scores(query, codes, stride, count, n, scores);
}

static inline q2_go_nearest q2_go_code_dot_nearest(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n,
                                               size_t k, uint64_t *ids, float *scores) {
    q2_go_nearest result = {0, 0};
    result.status = q2_code_dot_nearest(query, codes, stride, count, n, k, ids, scores, &result.found);
    return result;
}

static inline q2_go_nearest q2_go_code_dot_nearest_many(const uint8_t *queries, size_t query_stride, size_t query_count,
                                                    const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k,
                                                    uint64_t *ids, float *scores) {
    q2_go_nearest result = {0, 0};
    result.status = q2_code_dot_nearest_many(queries, query_stride, query_count, codes, stride, count, n, k, ids, scores, &result.found);
    return result;
}

static inline uint32_t q2_go_dot_query(const float *x, size_t n, int8_t *query) { return q2_dot_query(x, n, query); }

static inline q2_go_score q2_go_dot(const int8_t *query, const uint8_t *code, size_t n) {
    q2_go_score result = {0, 0};
    result.status = q2_dot(query, code, n, &result.score);
    return result;
}

static inline uint32_t q2_go_dot_scores(const int8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n,
                                          float *scores) {
    return q2_dot_scores(query, codes, stride, count, n, scores);
}

static inline q2_go_nearest q2_go_dot_nearest(const int8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n,
                                               size_t k, uint64_t *ids, float *scores) {
    q2_go_nearest result = {0, 0};
    result.status = q2_dot_nearest(query, codes, stride, count, n, k, ids, scores, &result.found);
    return result;
}

static inline q2_go_nearest q2_go_dot_nearest_many(const int8_t *queries, size_t query_stride, size_t query_count,
                                                    const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k,
                                                    uint64_t *ids, float *scores) {
    q2_go_nearest result = {0, 0};
    result.status = q2_dot_nearest_many(queries, query_stride, query_count, codes, stride, count, n, k, ids, scores, &result.found);
    return result;
}

#endif
