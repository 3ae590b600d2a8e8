/* Lee distance in portable C: XOR, then bits counted in the bytes of a word and summed late (section 7). */
#include "lee_words.h"

static uint32_t pair(const uint8_t *a, const uint8_t *b, size_t n) { return q2_words_distance(a, b, n); }

static void many(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, uint32_t *distances) {
    for (size_t i = 0; i < count; i++) distances[i] = pair(query, codes + i * stride, n);
}

static size_t first_below(const uint32_t *distances, size_t from, size_t count, uint32_t limit) {
    while (from < count && distances[from] >= limit) from++;
    return from;
}

const q2_lee_table q2_lee_scalar = {pair, many, NULL, first_below, NULL};
