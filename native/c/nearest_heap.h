/* The k nearest codes so far: a heap with the worst on top, in the caller's own ids and distances, so that no memory is needed.
 * Codes come in rising index, so one that equals the worst kept distance never replaces it: ties go to the lower index. */
#ifndef Q2_NEAREST_HEAP_H
#define Q2_NEAREST_HEAP_H

#include "q2_internal.h"

/* A distance, or what stands for a score where the caller's places hold floats: smaller is nearer. */
typedef uint32_t __attribute__((may_alias)) q2_rank;

typedef struct {
    uint64_t *ids;
    q2_rank *distances;
    size_t size;
} q2_heap;

/* Scores as ranks: any order of floats turned round and made one of unsigned integers. It is its own inverse. */
Q2_INLINE uint32_t q2_rank_of_bits(uint32_t bits) { return bits ^ (((bits >> 31) - 1) & 0x7FFFFFFFu); }
Q2_INLINE uint32_t q2_rank_of_score(float score) { return q2_rank_of_bits(q2_bits_of(score)); }
Q2_INLINE float q2_score_of_rank(uint32_t rank) { return q2_float_of(q2_rank_of_bits(rank)); }

/* Keeps what is among the k nearest of (count) more codes, numbered from first_id on. */
void q2_heap_keep(q2_heap *heap, size_t k, const q2_lee_table *lee, const uint32_t *distances, size_t count, uint64_t first_id);

/* Keeps one more code, with an id above all before it, if it is among the k nearest. */
void q2_heap_offer(q2_heap *heap, size_t k, uint64_t id, uint32_t distance);

/* Distances from here on are not kept; above every distance, and still a positive int32, while there is room. */
Q2_INLINE uint32_t q2_heap_limit(const q2_heap *heap, size_t k) {
    return heap->size < k ? (uint32_t)INT32_MAX : heap->distances[0];
}

/* Nearest first, ties by lower id. It is a heap no longer. */
void q2_heap_sort(q2_heap *heap);

#endif
