/* q2_lee_nearest: the k nearest codes in one pass (section 7). Distances are computed a block at a time, in the order of the
 * codes, and tested against the worst one kept. */
#include "nearest_heap.h"

enum { BLOCK = 256 }; /* codes; their distances stay in the first-level cache */

size_t q2_nearest_on(const q2_kernel *kernel, const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n,
                     size_t k, uint64_t *ids, uint32_t *distances) {
    q2_heap heap = {ids, distances, 0};
    uint32_t block[BLOCK];
    for (size_t i = 0; i < count; i += BLOCK) {
        const size_t some = count - i < BLOCK ? count - i : BLOCK;
        kernel->lee->many(query, codes + i * stride, stride, some, n, block);
        q2_heap_keep(&heap, k, kernel->lee, block, some, i);
    }
    q2_heap_sort(&heap);
    return heap.size;
}

q2_status q2_lee_nearest(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k,
                         uint64_t *ids, uint32_t *distances, size_t *found) {
    if (found == NULL || k < 1 || k > Q2_MAX_NEAREST || !q2_codes_ok(stride, count, n)) return Q2_ERR_ARGUMENT;
    if (count > 0 && (query == NULL || codes == NULL || ids == NULL || distances == NULL)) return Q2_ERR_ARGUMENT;
    *found = q2_nearest_on(q2_active_kernel(), query, codes, stride, count, n, k, ids, distances);
    return Q2_OK;
}
