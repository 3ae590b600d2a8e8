/* q2_lee_nearest_many and q2_l1_nearest_many: the nearest codes of many queries in one pass over the codes (sections 7, 10).
 *
 * A block of codes is compared with a block of queries while it is in the cache, and meanwhile the codes after it are
 * prefetched: memory is read once per Q2_BLOCK_QUERIES queries. Each query has its own heap, in the caller's ids and
 * distances. */
#include "lee_block.h"
#include "nearest_heap.h"

enum {
    BLOCK_BYTES = 1 << 18, /* of codes: they stay in the second-level cache beside the queries */
    WORTH = 8              /* queries that pay for rearranging the codes */
};

/* Of a block of queries: k places each. */
typedef struct {
    uint64_t *ids;
    uint32_t *distances;
    size_t k;
} results;

/* Codes of a block: as many as the distances have room for, fewer where codes are long. */
static size_t block_codes(size_t n) {
    const size_t fitting = BLOCK_BYTES / q2_packed_bytes(n) / 8 * 8;
    return fitting >= Q2_BLOCK_CODES ? Q2_BLOCK_CODES : fitting < 8 ? 8 : fitting;
}

/* The heap of query q after (seen) codes. */
static q2_heap heap_of(const results *r, size_t q, size_t seen) {
    return (q2_heap){r->ids + q * r->k, r->distances + q * r->k, seen < r->k ? seen : r->k};
}

static void keep_one_by_one(const q2_lee_table *lee, q2_lee_block *b, const results *r, size_t seen) {
    q2_prefetch next = q2_prefetch_new(b->next, b->stride, b->next_count, q2_packed_bytes(b->n));
    const size_t share = next.left / b->queries + 1;
    for (size_t q = 0; q < b->queries; q++) {
        q2_heap heap = heap_of(r, q, seen);
        q2_prefetch_some(&next, share);
        lee->many(b->query + q * b->query_stride, b->codes, b->stride, b->count, b->n, b->distances[q]);
        q2_heap_keep(&heap, r->k, lee, b->distances[q], b->count, seen);
    }
}

static void keep_together(const q2_lee_table *lee, q2_lee_block *b, const results *r, size_t seen) {
    const uint64_t codes = ~(uint64_t)0 >> (Q2_BLOCK_CODES - b->count);
    for (size_t q = 0; q < b->queries; q++) {
        const q2_heap heap = heap_of(r, q, seen);
        b->limits[q] = q2_heap_limit(&heap, r->k);
    }
    lee->block(b);
    for (size_t q = 0; q < b->queries; q++) {
        q2_heap heap = heap_of(r, q, seen);
        for (uint64_t below = b->below[q] & codes; below != 0; below &= below - 1) {
            const size_t i = (size_t)__builtin_ctzll(below);
            q2_heap_offer(&heap, r->k, seen + i, b->distances[q][i]);
        }
    }
}

/* All codes against one block of queries. */
static void scan(const q2_lee_table *lee, q2_lee_block *b, size_t count, const results *r) {
    const size_t most = block_codes(b->n);
    for (size_t seen = 0; seen < count; seen += b->count) {
        const size_t left = count - seen;
        b->count = left < most ? left : most;
        b->next_count = left - b->count < most ? left - b->count : most;
        b->next = b->next_count > 0 ? b->codes + b->count * b->stride : b->codes;
        if (lee->block != NULL && b->queries >= WORTH) {
            keep_together(lee, b, r, seen);
        } else {
            keep_one_by_one(lee, b, r, seen);
        }
        b->codes = b->next;
    }
    for (size_t q = 0; q < b->queries; q++) {
        q2_heap heap = heap_of(r, q, count);
        q2_heap_sort(&heap);
    }
}

void q2_nearest_many_on(const q2_lee_table *table, const uint8_t *queries, size_t query_stride, size_t query_count,
                        const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k, uint64_t *ids,
                        uint32_t *distances) {
    q2_lee_block b = {.query_stride = query_stride, .stride = stride, .n = n};
    for (size_t q = 0; q < query_count; q += Q2_BLOCK_QUERIES) {
        const results r = {ids + q * k, distances + q * k, k};
        b.query = queries + q * query_stride;
        b.queries = query_count - q < Q2_BLOCK_QUERIES ? query_count - q : Q2_BLOCK_QUERIES;
        b.codes = codes;
        if (b.queries == 1) {
            q2_nearest_on(table, b.query, codes, stride, count, n, k, r.ids, r.distances);
        } else {
            scan(table, &b, count, &r);
        }
    }
}

/* Queries and codes each within the address space, and so are the results. */
static bool sizes_ok(size_t query_stride, size_t queries, size_t stride, size_t count, size_t n, size_t k) {
    return k >= 1 && k <= Q2_MAX_NEAREST && q2_codes_ok(stride, count, n) && q2_codes_ok(query_stride, queries, n) &&
           queries <= SIZE_MAX / (k * sizeof(uint64_t));
}

static q2_status nearest_many(const q2_lee_table *table, const uint8_t *queries, size_t query_stride, size_t query_count,
                              const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k, uint64_t *ids,
                              uint32_t *distances, size_t *found) {
    if (found == NULL || !sizes_ok(query_stride, query_count, stride, count, n, k)) return Q2_ERR_ARGUMENT;
    if (query_count > 0 && count > 0) {
        if (queries == NULL || codes == NULL || ids == NULL || distances == NULL) return Q2_ERR_ARGUMENT;
        q2_nearest_many_on(table, queries, query_stride, query_count, codes, stride, count, n, k, ids, distances);
    }
    *found = count < k ? count : k;
    return Q2_OK;
}

q2_status q2_lee_nearest_many(const uint8_t *queries, size_t query_stride, size_t query_count, const uint8_t *codes,
                              size_t stride, size_t count, size_t n, size_t k, uint64_t *ids, uint32_t *distances,
                              size_t *found) {
    return nearest_many(q2_active_kernel()->lee, queries, query_stride, query_count, codes, stride, count, n, k, ids, distances,
                        found);
}

q2_status q2_l1_nearest_many(const uint8_t *queries, size_t query_stride, size_t query_count, const uint8_t *codes, size_t stride,
                             size_t count, size_t n, size_t k, uint64_t *ids, uint32_t *distances, size_t *found) {
    return nearest_many(q2_active_kernel()->l1, queries, query_stride, query_count, codes, stride, count, n, k, ids, distances,
                        found);
}
