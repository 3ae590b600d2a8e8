/* Lee distance in portable C: XOR and popcount, eight bytes at a time (section 7). */
#include "q2_internal.h"

static uint64_t word_at(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

static uint32_t pair(const uint8_t *a, const uint8_t *b, size_t n) {
    const size_t bytes = n / 4;
    uint32_t distance = q2_last_byte_distance(a, b, n);
    size_t i = 0;
    for (; i + 8 <= bytes; i += 8) distance += (uint32_t)__builtin_popcountll(word_at(a + i) ^ word_at(b + i));
    for (; i < bytes; i++) distance += (uint32_t)__builtin_popcount((unsigned)(a[i] ^ b[i]));
    return distance;
}

static void many(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, uint32_t *distances) {
    for (size_t i = 0; i < count; i++) distances[i] = pair(query, codes + i * stride, n);
}

static size_t first_below(const uint32_t *distances, size_t from, size_t count, uint32_t limit) {
    while (from < count && distances[from] >= limit) from++;
    return from;
}

const q2_lee_table q2_lee_scalar = {pair, many, first_below};
