/* Scores and the highest of them (section 10), for codes and for queries of int8: arguments, environment, blocks and heaps.
 * Heaps hold ranks in the caller's scores until the end. */
#include "float_env.h"
#include "nearest_heap.h"

enum {
    BLOCK = 256,           /* codes at a time */
    BLOCK_BYTES = 1 << 18, /* of them, where several queries look at each block: they stay in the second-level cache */
    TOGETHER = 64          /* queries that look at each block */
};

/* Where there is nothing to rank, pointers and the query's stride do not matter. */
static bool pointers_ok(const q2_scored *s, const void *ids, const void *scores) {
    return s->count == 0 || s->query_count == 0 ||
           (s->queries != NULL && s->codes != NULL && ids != NULL && scores != NULL);
}

/* The stride of one item does not matter: SIZE_MAX where a caller has none. */
static bool sizes_ok(const q2_scored *s, size_t k) {
    return s->n >= 1 && s->n <= Q2_MAX_DIM && k >= 1 && k <= Q2_MAX_NEAREST && q2_codes_ok(s->stride, s->count, s->n) &&
           s->query_stride >= s->query_bytes && q2_extent_ok(s->query_count, s->query_stride, s->query_bytes) &&
           s->query_count <= SIZE_MAX / (k * sizeof(uint64_t));
}

q2_status q2_scores_of(const q2_score_table *table, const q2_scored *s, float *scores) {
    if (!sizes_ok(s, 1) || !pointers_ok(s, scores, scores)) return Q2_ERR_ARGUMENT;
    if (s->count == 0) return Q2_OK;
    const q2_float_env caller = q2_float_env_enter();
    table->many(s->queries, s->codes, s->stride, s->count, s->n, scores);
    q2_float_env_leave(caller);
    return Q2_OK;
}

/* The heap of query q after (seen) codes. */
static q2_heap heap_of(size_t k, uint64_t *ids, float *scores, size_t q, size_t seen) {
    return (q2_heap){ids + q * k, (q2_rank *)(void *)(scores + q * k), seen < k ? seen : k};
}

/* Scores up to here are not kept; every score is above -FLT_MAX. */
static float limit_of(const q2_heap *heap, size_t k) {
    return heap->size < k ? -FLT_MAX : q2_score_of_rank(heap->distances[0]);
}

static void keep(q2_heap *heap, size_t k, const q2_score_table *table, const float *scores, size_t count, uint64_t first_id) {
    for (size_t i = 0; i < count; i++) {
        i = table->first_above(scores, i, count, limit_of(heap, k));
        if (i < count) q2_heap_offer(heap, k, first_id + i, q2_rank_of_score(scores[i]));
    }
}

static void sort(q2_heap *heap) {
    q2_heap_sort(heap);
    for (size_t i = 0; i < heap->size; i++) heap->distances[i] = q2_rank_of_bits(heap->distances[i]);
}

static size_t block_codes(const q2_scored *s) {
    const size_t fitting = s->query_count == 1 ? BLOCK : BLOCK_BYTES / q2_packed_bytes(s->n);
    return fitting > BLOCK ? BLOCK : fitting < 1 ? 1 : fitting;
}

/* All codes against queries first to (last - 1). */
static void scan(const q2_score_table *table, const q2_scored *s, size_t first, size_t last, size_t k, uint64_t *ids,
                 float *scores) {
    const size_t most = block_codes(s);
    float block[BLOCK];
    for (size_t seen = 0; seen < s->count; seen += most) {
        const size_t some = s->count - seen < most ? s->count - seen : most;
        for (size_t q = first; q < last; q++) {
            q2_heap heap = heap_of(k, ids, scores, q, seen);
            table->many(s->queries + q * s->query_stride, s->codes + seen * s->stride, s->stride, some, s->n, block);
            keep(&heap, k, table, block, some, seen);
        }
    }
    for (size_t q = first; q < last; q++) {
        q2_heap heap = heap_of(k, ids, scores, q, s->count);
        sort(&heap);
    }
}

q2_status q2_highest_scores(const q2_score_table *table, const q2_scored *s, size_t k, uint64_t *ids, float *scores, size_t *found) {
    if (found == NULL || !sizes_ok(s, k) || !pointers_ok(s, ids, scores)) return Q2_ERR_ARGUMENT;
    *found = s->count < k ? s->count : k;
    if (s->count == 0) return Q2_OK;
    const q2_float_env caller = q2_float_env_enter();
    for (size_t q = 0; q < s->query_count; q += TOGETHER) {
        scan(table, s, q, s->query_count - q < TOGETHER ? s->query_count : q + TOGETHER, k, ids, scores);
    }
    q2_float_env_leave(caller);
    return Q2_OK;
}
