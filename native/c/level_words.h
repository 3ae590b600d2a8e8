/* L1 distance, products of levels and strong symbols by 64-bit words (section 10): whole codes in portable C, and for the SIMD
 * files the codes shorter than one vector.
 *
 * A symbol's two bits are high and low. Where the high bits differ and both low bits are 0 an A meets a D: Lee distance counts
 * one bit, L1 counts 3. Elsewhere the two agree.
 *
 * The levels -4, -1, +1, +4 are (5 h + 3 y) / 2 for two signs h and y: h is that of the high bit, and y that of the high bit
 * exclusive or the low one. So a product of levels is (25 h h' + 15 h y' + 15 y h' + 9 y y') / 4, and each product of signs is
 * one exclusive or: over n dimensions, 16 n - (25 H + 15 X + 9 Y) / 2, where H and Y count the h and the y that differ and X
 * counts the differences between h and y' and between y and h'. */
#ifndef Q2_LEVEL_WORDS_H
#define Q2_LEVEL_WORDS_H

#include "float_env.h"
#include "lee_words.h"

#define Q2_LOW_BITS UINT64_C(0x5555555555555555)

enum { Q2_L1_WORDS_A_BYTE_HOLDS = 21 }; /* 21 times 4 symbols of at most 3 fit a byte */

/* Three symbols' worth of bits a pair: see above. Bits that are zero in both words count for nothing. */
Q2_INLINE uint64_t q2_l1_counts(uint64_t a, uint64_t b) {
    const uint64_t differ = a ^ b, opposite = differ >> 1 & ~(a | b) & Q2_LOW_BITS;
    return q2_byte_counts(differ) + 2 * q2_byte_counts(opposite);
}

Q2_INLINE uint32_t q2_words_l1(const uint8_t *a, const uint8_t *b, size_t n) {
    const size_t bytes = q2_packed_bytes(n), words = (bytes - 1) / 8;
    const uint64_t bits = q2_last_word_bits(n);
    uint32_t distance = q2_byte_sum(q2_l1_counts(q2_last_word(a, bytes) & bits, q2_last_word(b, bytes) & bits));
    for (size_t i = 0; i < words;) {
        const size_t end = words - i < Q2_L1_WORDS_A_BYTE_HOLDS ? words : i + Q2_L1_WORDS_A_BYTE_HOLDS;
        uint64_t counts = 0;
        for (; i < end; i++) counts += q2_l1_counts(q2_word_at(a + 8 * i), q2_word_at(b + 8 * i));
        distance += q2_byte_sum(counts);
    }
    return distance;
}

/* The h of each symbol in its high bit, the y in its low one. */
Q2_INLINE uint64_t q2_signs(uint64_t word) { return word ^ (word >> 1 & Q2_LOW_BITS); }

/* The two bits of each symbol change places. */
Q2_INLINE uint64_t q2_swapped(uint64_t word) { return (word >> 1 & Q2_LOW_BITS) | (word & Q2_LOW_BITS) << 1; }

/* Differences of signs, as above, and weak symbols of b. */
typedef struct {
    uint64_t h, x, y, weak;
} q2_sign_counts;

/* Counts in the bytes of a word, added to what is there. */
Q2_INLINE void q2_count_signs(q2_sign_counts *counts, uint64_t a, uint64_t b) {
    const uint64_t signs = q2_signs(b), differ = q2_signs(a) ^ signs;
    counts->h += q2_byte_counts(differ >> 1 & Q2_LOW_BITS);
    counts->y += q2_byte_counts(differ & Q2_LOW_BITS);
    counts->x += q2_byte_counts(q2_swapped(q2_signs(a)) ^ signs);
    counts->weak += q2_byte_counts(b & Q2_LOW_BITS);
}

Q2_INLINE void q2_sum_signs(q2_sign_counts *sums, const q2_sign_counts *counts) {
    sums->h += q2_byte_sum(counts->h);
    sums->x += q2_byte_sum(counts->x);
    sums->y += q2_byte_sum(counts->y);
    sums->weak += q2_byte_sum(counts->weak);
}

Q2_INLINE q2_sign_counts q2_words_signs(const uint8_t *a, const uint8_t *b, size_t n) {
    const size_t bytes = q2_packed_bytes(n), words = (bytes - 1) / 8;
    const uint64_t bits = q2_last_word_bits(n);
    q2_sign_counts sums = {0, 0, 0, 0}, counts = sums;
    q2_count_signs(&counts, q2_last_word(a, bytes) & bits, q2_last_word(b, bytes) & bits);
    q2_sum_signs(&sums, &counts);
    for (size_t i = 0; i < words;) {
        const size_t end = words - i < Q2_WORDS_A_BYTE_HOLDS ? words : i + Q2_WORDS_A_BYTE_HOLDS;
        counts = (q2_sign_counts){0, 0, 0, 0};
        for (; i < end; i++) q2_count_signs(&counts, q2_word_at(a + 8 * i), q2_word_at(b + 8 * i));
        q2_sum_signs(&sums, &counts);
    }
    return sums;
}

/* The product of two codes' levels; the counts are within n and 2n, so it fits. */
Q2_INLINE int32_t q2_level_product(uint32_t h, uint32_t x, uint32_t y, size_t n) {
    return 16 * (int32_t)n - (int32_t)((25 * h + 15 * x + 9 * y) / 2);
}

/* Weak symbols, B and C, of a code. */
Q2_INLINE uint32_t q2_words_weak(const uint8_t *code, size_t n) {
    const size_t bytes = q2_packed_bytes(n), words = (bytes - 1) / 8;
    uint32_t weak = q2_byte_sum(q2_byte_counts(q2_last_word(code, bytes) & q2_last_word_bits(n) & Q2_LOW_BITS));
    for (size_t i = 0; i < words; i++) weak += q2_byte_sum(q2_byte_counts(q2_word_at(code + 8 * i) & Q2_LOW_BITS));
    return weak;
}

/* n + 15 strong is at most 2^24, a binary32. */
Q2_INLINE float q2_score(int32_t product, uint32_t weak, size_t n) {
    return (float)product / q2_sqrt((float)(16 * (uint32_t)n - 15 * weak));
}

#endif
