/* L1 distance in portable C (section 10): see level_words.h. */
#include "level_words.h"

static uint32_t pair(const uint8_t *a, const uint8_t *b, size_t n) { return q2_words_l1(a, b, n); }

static void many(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, uint32_t *distances) {
    for (size_t i = 0; i < count; i++) distances[i] = pair(query, codes + i * stride, n);
}

static size_t first_below(const uint32_t *distances, size_t from, size_t count, uint32_t limit) {
    while (from < count && distances[from] >= limit) from++;
    return from;
}

const q2_lee_table q2_l1_scalar = {pair, many, NULL, first_below, NULL};
