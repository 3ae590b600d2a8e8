/* Lee distance with NEON: cnt counts the bits of each byte, counts are added up in bytes and widened late (uaddlp, uadalp).
 * Eight codes are in flight, one after another in the order of their addresses. */
#include "lee_words.h"

#if Q2_ARM64

#include <arm_neon.h>

enum {
    VECTOR = 16,
    AT_ONCE = 28 /* vectors whose counts, at most 8 a byte, fit a byte beside those of the last vector */
};

/* The end of a code is read as its last 16 bytes; bits says which of them are still to be counted and belong to the n
 * dimensions. */
typedef struct {
    size_t whole; /* whole vectors before the end */
    size_t start; /* of the last vector, in bytes */
    uint8x16_t bits;
} shape;

/* For codes of at least one vector. */
Q2_INLINE shape shape_of(size_t n) {
    const size_t bytes = q2_packed_bytes(n), whole = (bytes - 1) / VECTOR;
    uint8_t bits[VECTOR];
    for (size_t i = 0; i < VECTOR; i++) bits[i] = bytes - VECTOR + i < whole * VECTOR ? 0 : 0xFF;
    bits[VECTOR - 1] = q2_last_byte_mask(n);
    return (shape){whole, bytes - VECTOR, vld1q_u8(bits)};
}

Q2_INLINE uint8x16_t difference(const uint8_t *a, const uint8_t *b, size_t i) {
    return vcntq_u8(veorq_u8(vld1q_u8(a + i), vld1q_u8(b + i)));
}

/* Four 32-bit sums of one code. */
Q2_INLINE uint32x4_t code_sums(const uint8_t *a, const uint8_t *b, const shape *s) {
    const uint8x16_t last = veorq_u8(vld1q_u8(a + s->start), vld1q_u8(b + s->start));
    uint8x16_t counts = vcntq_u8(vandq_u8(last, s->bits));
    uint32x4_t sums = vdupq_n_u32(0);
    size_t i = 0;
    do {
        const size_t end = s->whole - i < AT_ONCE ? s->whole : i + AT_ONCE;
        for (; i < end; i++) counts = vaddq_u8(counts, difference(a, b, i * VECTOR));
        sums = vpadalq_u16(sums, vpaddlq_u8(counts));
        counts = vdupq_n_u8(0);
    } while (i < s->whole);
    return sums;
}

Q2_INLINE uint32x4_t totals_of_4(const uint32x4_t *sums) {
    return vpaddq_u32(vpaddq_u32(sums[0], sums[1]), vpaddq_u32(sums[2], sums[3]));
}

/* Codes shorter than a vector. */
Q2_INLINE uint32_t short_distance(const uint8_t *a, const uint8_t *b, size_t n) {
    const size_t bytes = q2_packed_bytes(n);
    const uint64_t last = (q2_last_word(a, bytes) ^ q2_last_word(b, bytes)) & q2_last_word_bits(n);
    uint8x8_t counts = vcnt_u8(vcreate_u8(last));
    if (bytes > 8) counts = vadd_u8(counts, vcnt_u8(veor_u8(vld1_u8(a), vld1_u8(b))));
    return vaddv_u8(counts);
}

static uint32_t pair(const uint8_t *a, const uint8_t *b, size_t n) {
    if (q2_packed_bytes(n) < VECTOR) return short_distance(a, b, n);
    const shape s = shape_of(n);
    return vaddvq_u32(code_sums(a, b, &s));
}

static void many(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, uint32_t *distances) {
    size_t i = 0;
    if (q2_packed_bytes(n) < VECTOR) {
        for (; i < count; i++) distances[i] = short_distance(query, codes + i * stride, n);
        return;
    }
    const shape s = shape_of(n);
    for (; i + 8 <= count; i += 8) {
        uint32x4_t sums[8];
        for (size_t c = 0; c < 8; c++) sums[c] = code_sums(query, codes + (i + c) * stride, &s);
        vst1q_u32(distances + i, totals_of_4(sums));
        vst1q_u32(distances + i + 4, totals_of_4(sums + 4));
    }
    for (; i < count; i++) distances[i] = vaddvq_u32(code_sums(query, codes + i * stride, &s));
}

static size_t first_below(const uint32_t *distances, size_t from, size_t count, uint32_t limit) {
    const uint32x4_t bound = vdupq_n_u32(limit);
    for (; from + 8 <= count; from += 8) {
        const uint32x4_t low = vcltq_u32(vld1q_u32(distances + from), bound);
        const uint32x4_t high = vcltq_u32(vld1q_u32(distances + from + 4), bound);
        if (vmaxvq_u32(vorrq_u32(low, high)) != 0) break;
    }
    while (from < count && distances[from] >= limit) from++;
    return from;
}

const q2_lee_table q2_lee_neon = {pair, many, NULL, first_below, NULL};

#else
typedef int q2_no_neon_on_this_machine;
#endif
