/* The bounded heap of the nearest scans. Few codes pass the threshold test, so the scan goes at the speed of the distances. */
#include "nearest_heap.h"

static bool worse(const q2_heap *heap, size_t a, size_t b) {
    if (heap->distances[a] != heap->distances[b]) return heap->distances[a] > heap->distances[b];
    return heap->ids[a] > heap->ids[b];
}

static void swap(q2_heap *heap, size_t a, size_t b) {
    const uint64_t id = heap->ids[a];
    const uint32_t distance = heap->distances[a];
    heap->ids[a] = heap->ids[b];
    heap->distances[a] = heap->distances[b];
    heap->ids[b] = id;
    heap->distances[b] = distance;
}

static void sift_up(q2_heap *heap, size_t i) {
    while (i > 0 && worse(heap, i, (i - 1) / 2)) {
        swap(heap, i, (i - 1) / 2);
        i = (i - 1) / 2;
    }
}

static void sift_down(q2_heap *heap, size_t size) {
    size_t i = 0;
    for (;;) {
        size_t worst = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < size; child++) {
            if (worse(heap, child, worst)) worst = child;
        }
        if (worst == i) return;
        swap(heap, i, worst);
        i = worst;
    }
}

void q2_heap_offer(q2_heap *heap, size_t k, uint64_t id, uint32_t distance) {
    const bool full = heap->size == k;
    if (full && distance >= heap->distances[0]) return;
    const size_t place = full ? 0 : heap->size++;
    heap->ids[place] = id;
    heap->distances[place] = distance;
    if (full) {
        sift_down(heap, k);
    } else {
        sift_up(heap, place);
    }
}

void q2_heap_keep(q2_heap *heap, size_t k, const q2_lee_table *lee, const uint32_t *distances, size_t count, uint64_t first_id) {
    for (size_t i = 0; i < count; i++) {
        i = lee->first_below(distances, i, count, q2_heap_limit(heap, k));
        if (i < count) q2_heap_offer(heap, k, first_id + i, distances[i]);
    }
}

void q2_heap_sort(q2_heap *heap) {
    for (size_t size = heap->size; size > 1; size--) {
        swap(heap, 0, size - 1);
        sift_down(heap, size - 1);
    }
}
