/* What the AVX-512 files of l1_kernel.h have in common. */
#include "fold_avx512.h"

enum { VECTOR = 64 };

typedef __m512i vector;
typedef __m512i sums;

Q2_L1_TARGET Q2_INLINE __m512i load(const uint8_t *bytes) { return _mm512_loadu_si512((const void *)bytes); }

Q2_L1_TARGET Q2_INLINE __m512i load_short(const uint8_t *bytes, size_t count) {
    return _mm512_maskz_loadu_epi8(~(__mmask64)0 >> (VECTOR - count), (const void *)bytes);
}

Q2_L1_TARGET Q2_INLINE __m512i all_bits(void) { return _mm512_set1_epi8(-1); }

Q2_L1_TARGET Q2_INLINE __m512i no_sums(void) { return _mm512_setzero_si512(); }

/* The low bits of the pairs of an A and a D: ~(a | b) & (differ >> 1), by its truth table. */
Q2_L1_TARGET Q2_INLINE __m512i opposites(__m512i a, __m512i b, __m512i differ) {
    const __m512i neither = _mm512_ternarylogic_epi64(a, b, _mm512_srli_epi16(differ, 1), 0x02);
    return _mm512_and_si512(neither, _mm512_set1_epi8(0x55));
}

/* (a ^ b) & bits */
Q2_L1_TARGET Q2_INLINE __m512i difference(__m512i a, __m512i b, __m512i bits) { return _mm512_ternarylogic_epi64(a, b, bits, 0x28); }

Q2_L1_TARGET Q2_INLINE void total_8(const __m512i *s, uint32_t *distances) {
    const __m512i low = q2_fold_4(q2_fold_2_halves(s[0], s[1]), q2_fold_2_halves(s[2], s[3]));
    const __m512i high = q2_fold_4(q2_fold_2_halves(s[4], s[5]), q2_fold_2_halves(s[6], s[7]));
    _mm256_storeu_si256((void *)distances, q2_fold_8(low, high));
}

/* Distances are at most 3 * 2^20. */
Q2_L1_TARGET static size_t first_below(const uint32_t *distances, size_t from, size_t count, uint32_t limit) {
    const __m512i bound = _mm512_set1_epi32((int)limit);
    for (; from + 16 <= count; from += 16) {
        const __mmask16 below = _mm512_cmplt_epu32_mask(_mm512_loadu_si512((const void *)(distances + from)), bound);
        if (below != 0) return from + (size_t)__builtin_ctz(below);
    }
    while (from < count && distances[from] >= limit) from++;
    return from;
}
