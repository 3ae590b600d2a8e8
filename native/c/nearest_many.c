/* q2_lee_nearest_many: the nearest codes of many queries in one pass over the codes (section 7).
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

/* Codes of a block: as many as the distances have room for, fewer where codes are long. */
static size_t block_codes(size_t n) {
    const size_t fitting = BLOCK_BYTES / q2_packed_bytes(n) / 8 * 8;
    return fitting >= Q2_BLOCK_CODES ? Q2_BLOCK_CODES : fitting < 8 ? 8 : fitting;
}

static void distances_by_query(const q2_lee_table *lee, const q2_lee_block *b, uint32_t *distances) {
    for (size_t q = 0; q < b->queries; q++) {
        q2_prefetch_part(b->next, b->stride, b->next_count, q2_packed_bytes(b->n), q, b->queries);
        lee->many(b->query + q * b->query_stride, b->codes, b->stride, b->count, b->n, distances + q * Q2_BLOCK_CODES);
    }
}

/* One block against the heaps; its first code is number first_id, so each heap holds the nearest of that many. */
static void keep_block(const q2_lee_table *lee, const q2_lee_block *b, size_t k, uint64_t *ids, uint32_t *kept, size_t first_id) {
    uint32_t distances[Q2_BLOCK_DISTANCES];
    if (lee->block != NULL && b->queries >= WORTH) {
        lee->block(b, distances);
    } else {
        distances_by_query(lee, b, distances);
    }
    for (size_t q = 0; q < b->queries; q++) {
        q2_heap heap = {ids + q * k, kept + q * k, first_id < k ? first_id : k};
        q2_heap_keep(&heap, k, lee, distances + q * Q2_BLOCK_CODES, b->count, first_id);
    }
}

/* All codes against one block of queries. */
static void scan(const q2_lee_table *lee, q2_lee_block b, size_t count, size_t k, uint64_t *ids, uint32_t *kept) {
    const size_t most = block_codes(b.n);
    for (size_t i = 0; i < count; i += b.count) {
        const size_t left = count - i;
        b.count = left < most ? left : most;
        b.next_count = left - b.count < most ? left - b.count : most;
        b.next = b.next_count > 0 ? b.codes + b.count * b.stride : b.codes;
        keep_block(lee, &b, k, ids, kept, i);
        b.codes = b.next;
    }
    for (size_t q = 0; q < b.queries; q++) {
        q2_heap heap = {ids + q * k, kept + q * k, count < k ? count : k};
        q2_heap_sort(&heap);
    }
}

void q2_nearest_many_on(const q2_kernel *kernel, const uint8_t *queries, size_t query_stride, size_t query_count,
                        const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k, uint64_t *ids,
                        uint32_t *distances) {
    for (size_t q = 0; q < query_count; q += Q2_BLOCK_QUERIES) {
        const size_t some = query_count - q < Q2_BLOCK_QUERIES ? query_count - q : Q2_BLOCK_QUERIES;
        const uint8_t *query = queries + q * query_stride;
        if (some == 1) {
            q2_nearest_on(kernel, query, codes, stride, count, n, k, ids + q * k, distances + q * k);
            continue;
        }
        const q2_lee_block block = {query, query_stride, some, codes, stride, 0, n, NULL, 0};
        scan(kernel->lee, block, count, k, ids + q * k, distances + q * k);
    }
}

/* Queries and codes each within the address space, and so are the results. */
static bool sizes_ok(size_t query_stride, size_t queries, size_t stride, size_t count, size_t n, size_t k) {
    return k >= 1 && k <= Q2_MAX_NEAREST && q2_codes_ok(stride, count, n) && q2_codes_ok(query_stride, queries, n) &&
           queries <= SIZE_MAX / (k * sizeof(uint64_t));
}

q2_status q2_lee_nearest_many(const uint8_t *queries, size_t query_stride, size_t query_count, const uint8_t *codes,
                              size_t stride, size_t count, size_t n, size_t k, uint64_t *ids, uint32_t *distances,
                              size_t *found) {
    if (found == NULL || !sizes_ok(query_stride, query_count, stride, count, n, k)) return Q2_ERR_ARGUMENT;
    if (query_count > 0 && count > 0) {
        if (queries == NULL || codes == NULL || ids == NULL || distances == NULL) return Q2_ERR_ARGUMENT;
        q2_nearest_many_on(q2_active_kernel(), queries, query_stride, query_count, codes, stride, count, n, k, ids, distances);
    }
    *found = count < k ? count : k;
    return Q2_OK;
}
