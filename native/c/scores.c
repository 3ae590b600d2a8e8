/* Scores and the highest of them (section 10), for codes and for queries of int8: arguments, environment, blocks and heaps.
 * Heaps hold ranks in the caller's scores until the end. */
#include "float_env.h"
#include "nearest_heap.h"
#include "score_block.h"

enum {
    BLOCK = 256,           /* codes at a time */
    EARLY = 2048,          /* codes of which many are kept: not worth a stream, which would stop all the time */
    BLOCK_BYTES = 1 << 18, /* of them, where several queries look at each block: they stay in the second-level cache */
    TOGETHER = Q2_BLOCK_QUERIES, /* queries that look at each block */
    WORTH = 8                    /* queries, and codes, that pay for rearranging the codes */
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

/* Of a part of the queries: k places each. */
typedef struct {
    size_t k;
    uint64_t *ids;
    float *scores;
} results;

/* Codes first to (last - 1), a block at a time. */
static void keep_blocks(const q2_score_table *table, const q2_scored *s, q2_heap *heap, size_t k, size_t first, size_t last) {
    float block[BLOCK];
    for (size_t i = first; i < last; i += BLOCK) {
        const size_t some = last - i < BLOCK ? last - i : BLOCK;
        table->many(s->queries, s->codes + i * s->stride, s->stride, some, s->n, block);
        keep(heap, k, table, block, some, i);
    }
}

/* Codes from number (first) on but for fewer than 8 at the end, in one stream that pauses only where one is kept. Returns where
 * those begin. */
static size_t keep_stream(const q2_score_table *table, const q2_scored *s, q2_heap *heap, size_t k, size_t first) {
    float eight[8];
    size_t i = first;
    while (s->count - i >= 8) {
        i += table->scan(s->queries, s->codes + i * s->stride, s->stride, s->count - i, s->n, limit_of(heap, k), eight);
        if (s->count - i < 8) break;
        for (size_t c = 0; c < 8; c++) q2_heap_offer(heap, k, i + c, q2_rank_of_score(eight[c]));
        i += 8;
    }
    return i;
}

static void scan_one(const q2_score_table *table, const q2_scored *s, const results *r) {
    q2_heap heap = heap_of(r->k, r->ids, r->scores, 0, 0);
    const size_t early = table->scan == NULL || s->count < EARLY ? s->count : EARLY;
    keep_blocks(table, s, &heap, r->k, 0, early);
    if (early < s->count) keep_blocks(table, s, &heap, r->k, keep_stream(table, s, &heap, r->k, early), s->count);
    sort(&heap);
}

/* A block of codes meets every query while it is in the cache. */
static void keep_one_by_one(const q2_score_table *table, const q2_scored *s, const results *r, size_t seen, size_t last) {
    const size_t fitting = BLOCK_BYTES / q2_packed_bytes(s->n), most = fitting > BLOCK ? BLOCK : fitting < 1 ? 1 : fitting;
    float block[BLOCK];
    for (size_t some; seen < last; seen += some) {
        some = last - seen < most ? last - seen : most;
        for (size_t q = 0; q < s->query_count; q++) {
            q2_heap heap = heap_of(r->k, r->ids, r->scores, q, seen);
            table->many(s->queries + q * s->query_stride, s->codes + seen * s->stride, s->stride, some, s->n, block);
            keep(&heap, r->k, table, block, some, seen);
        }
    }
}

static void keep_block(const q2_score_table *table, q2_score_block *b, const results *r, size_t seen) {
    const uint64_t codes = ~(uint64_t)0 >> (Q2_BLOCK_CODES - b->count);
    for (size_t q = 0; q < b->queries; q++) {
        const q2_heap heap = heap_of(r->k, r->ids, r->scores, q, seen);
        b->limits[q] = limit_of(&heap, r->k);
    }
    table->block(b);
    for (size_t q = 0; q < b->queries; q++) {
        q2_heap heap = heap_of(r->k, r->ids, r->scores, q, seen);
        for (uint64_t above = b->above[q] & codes; above != 0; above &= above - 1) {
            const size_t i = (size_t)__builtin_ctzll(above);
            q2_heap_offer(&heap, r->k, seen + i, q2_rank_of_score(b->scores[q][i]));
        }
    }
}

/* In blocks of Q2_BLOCK_CODES codes but for a rest that does not pay. Returns where that begins. */
static size_t keep_together(const q2_score_table *table, const q2_scored *s, const results *r) {
    q2_score_block b = {.query = s->queries, .query_stride = s->query_stride, .queries = s->query_count, .of_levels = s->of_levels};
    b.stride = s->stride;
    b.n = s->n;
    b.first = true;
    size_t seen = 0;
    for (size_t left; (left = s->count - seen) >= WORTH; seen += b.count) {
        b.codes = s->codes + seen * s->stride;
        b.count = left < Q2_BLOCK_CODES ? left : Q2_BLOCK_CODES;
        b.next_count = left - b.count < Q2_BLOCK_CODES ? left - b.count : Q2_BLOCK_CODES;
        b.next = b.next_count > 0 ? b.codes + b.count * b.stride : b.codes;
        keep_block(table, &b, r, seen);
        b.first = false;
    }
    return seen;
}

static void scan_together(const q2_score_table *table, const q2_scored *s, const results *r) {
    const bool together = table->block != NULL && s->query_count >= WORTH;
    keep_one_by_one(table, s, r, together ? keep_together(table, s, r) : 0, s->count);
    for (size_t q = 0; q < s->query_count; q++) {
        q2_heap heap = heap_of(r->k, r->ids, r->scores, q, s->count);
        sort(&heap);
    }
}

q2_status q2_highest_scores(const q2_score_table *table, const q2_scored *s, size_t k, uint64_t *ids, float *scores, size_t *found) {
    if (found == NULL || !sizes_ok(s, k) || !pointers_ok(s, ids, scores)) return Q2_ERR_ARGUMENT;
    *found = s->count < k ? s->count : k;
    if (s->count == 0) return Q2_OK;
    const q2_float_env caller = q2_float_env_enter();
    for (size_t q = 0; q < s->query_count; q += TOGETHER) {
        q2_scored part = *s;
        const results r = {k, ids + q * k, scores + q * k};
        part.queries += q * s->query_stride;
        part.query_count = s->query_count - q < TOGETHER ? s->query_count - q : TOGETHER;
        if (part.query_count == 1) {
            scan_one(table, &part, &r);
        } else {
            scan_together(table, &part, &r);
        }
    }
    q2_float_env_leave(caller);
    return Q2_OK;
}
