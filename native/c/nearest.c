/* q2_lee_nearest: the k nearest codes in one pass (section 7).
 *
 * Distances are computed a block at a time and tested against the worst one kept; few pass, so the scan goes at the speed of
 * the distances. The kept ones are a heap with the worst on top, in the caller's own ids and distances: no memory is needed.
 * Codes come in rising index, so one that equals the worst kept distance never replaces it: ties go to the lower index. */
#include "q2_internal.h"

enum { BLOCK = 256 };

typedef struct {
    uint64_t *ids;
    uint32_t *distances;
    size_t size;
} heap;

static bool worse(const heap *h, size_t a, size_t b) {
    if (h->distances[a] != h->distances[b]) return h->distances[a] > h->distances[b];
    return h->ids[a] > h->ids[b];
}

static void swap(heap *h, size_t a, size_t b) {
    const uint64_t id = h->ids[a];
    const uint32_t distance = h->distances[a];
    h->ids[a] = h->ids[b];
    h->distances[a] = h->distances[b];
    h->ids[b] = id;
    h->distances[b] = distance;
}

static void sift_up(heap *h, size_t i) {
    while (i > 0 && worse(h, i, (i - 1) / 2)) {
        swap(h, i, (i - 1) / 2);
        i = (i - 1) / 2;
    }
}

static void sift_down(heap *h, size_t size) {
    size_t i = 0;
    for (;;) {
        size_t worst = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < size; child++) {
            if (worse(h, child, worst)) worst = child;
        }
        if (worst == i) return;
        swap(h, i, worst);
        i = worst;
    }
}

static void push(heap *h, uint64_t id, uint32_t distance) {
    h->ids[h->size] = id;
    h->distances[h->size] = distance;
    sift_up(h, h->size++);
}

static void replace_worst(heap *h, uint64_t id, uint32_t distance) {
    h->ids[0] = id;
    h->distances[0] = distance;
    sift_down(h, h->size);
}

/* Worst last: the end of heapsort. */
static void sort(heap *h) {
    for (size_t size = h->size; size > 1; size--) {
        swap(h, 0, size - 1);
        sift_down(h, size - 1);
    }
}

static void keep_nearest(heap *h, size_t k, const q2_lee_table *lee, const uint32_t *distances, size_t count, uint64_t first_id) {
    size_t i = 0;
    for (; i < count && h->size < k; i++) push(h, first_id + i, distances[i]);
    while (i < count && (i = lee->first_below(distances, i, count, h->distances[0])) < count) {
        replace_worst(h, first_id + i, distances[i]);
        i++;
    }
}

size_t q2_nearest_on(const q2_kernel *kernel, const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n,
                     size_t k, uint64_t *ids, uint32_t *distances) {
    heap h = {ids, distances, 0};
    uint32_t block[BLOCK];
    for (size_t i = 0; i < count; i += BLOCK) {
        const size_t some = count - i < BLOCK ? count - i : BLOCK;
        kernel->lee->many(query, codes + i * stride, stride, some, n, block);
        keep_nearest(&h, k, kernel->lee, block, some, i);
    }
    sort(&h);
    return h.size;
}

q2_status q2_lee_nearest(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k,
                         uint64_t *ids, uint32_t *distances, size_t *found) {
    if (found == NULL || k < 1 || k > Q2_MAX_NEAREST || !q2_codes_ok(stride, count, n)) return Q2_ERR_ARGUMENT;
    if (count > 0 && (query == NULL || codes == NULL || ids == NULL || distances == NULL)) return Q2_ERR_ARGUMENT;
    *found = q2_nearest_on(q2_active_kernel(), query, codes, stride, count, n, k, ids, distances);
    return Q2_OK;
}
