/* q2_lee_nearest and q2_l1_nearest: the k nearest codes in one pass (sections 7 and 10). Distances are computed in the order of the codes and tested
 * against the worst one kept; few pass. */
#include "nearest_heap.h"

/* Codes at a time: their distances, 4 KiB, stay in the first-level cache. */
enum { BLOCK = 1024 };

/* Codes from number (first) on, a block at a time. */
static void keep_blocks(q2_heap *heap, size_t k, const q2_lee_table *lee, const uint8_t *query, const uint8_t *codes, size_t stride,
                        size_t first, size_t count, size_t n) {
    uint32_t block[BLOCK];
    for (size_t i = first; i < count; i += BLOCK) {
        const size_t some = count - i < BLOCK ? count - i : BLOCK;
        lee->many(query, codes + i * stride, stride, some, n, block);
        q2_heap_keep(heap, k, lee, block, some, i);
    }
}

/* All codes but the last count % 8, in one stream that pauses only where one is kept. Returns how many. */
static size_t keep_stream(q2_heap *heap, size_t k, const q2_lee_table *lee, const uint8_t *query, const uint8_t *codes,
                          size_t stride, size_t count, size_t n) {
    uint32_t eight[8];
    size_t i = 0;
    while (count - i >= 8) {
        i += lee->scan(query, codes + i * stride, stride, count - i, n, q2_heap_limit(heap, k), eight);
        if (count - i < 8) break;
        for (size_t c = 0; c < 8; c++) q2_heap_offer(heap, k, i + c, eight[c]);
        i += 8;
    }
    return i;
}

size_t q2_nearest_on(const q2_lee_table *lee, const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n,
                     size_t k, uint64_t *ids, uint32_t *distances) {
    q2_heap heap = {ids, distances, 0};
    const size_t done = lee->scan == NULL ? 0 : keep_stream(&heap, k, lee, query, codes, stride, count, n);
    keep_blocks(&heap, k, lee, query, codes, stride, done, count, n);
    q2_heap_sort(&heap);
    return heap.size;
}

static q2_status nearest(const q2_lee_table *table, const uint8_t *query, const uint8_t *codes, size_t stride, size_t count,
                         size_t n, size_t k, uint64_t *ids, uint32_t *distances, size_t *found) {
    if (found == NULL || k < 1 || k > Q2_MAX_NEAREST || !q2_codes_ok(stride, count, n)) return Q2_ERR_ARGUMENT;
    if (count > 0 && (query == NULL || codes == NULL || ids == NULL || distances == NULL)) return Q2_ERR_ARGUMENT;
    *found = q2_nearest_on(table, query, codes, stride, count, n, k, ids, distances);
    return Q2_OK;
}

q2_status q2_lee_nearest(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k,
                         uint64_t *ids, uint32_t *distances, size_t *found) {
    return nearest(q2_active_kernel()->lee, query, codes, stride, count, n, k, ids, distances, found);
}

q2_status q2_l1_nearest(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k, uint64_t *ids,
                        uint32_t *distances, size_t *found) {
    return nearest(q2_active_kernel()->l1, query, codes, stride, count, n, k, ids, distances, found);
}
