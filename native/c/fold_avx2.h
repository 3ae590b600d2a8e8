/* Sums of the 32-bit lanes of several AVX2 registers at once: 3 instructions a register. */
#ifndef Q2_FOLD_AVX2_H
#define Q2_FOLD_AVX2_H

#include "q2_internal.h"

#include <immintrin.h>

#define Q2_FOLD __attribute__((target("avx2"))) Q2_INLINE

/* a and b alternate. */
Q2_FOLD __m256i q2_fold_2(__m256i a, __m256i b) { return _mm256_add_epi32(_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b)); }

/* In both 16 bytes a, b, c, d, from a and b, and c and d, alternating. */
Q2_FOLD __m256i q2_fold_4(__m256i ab, __m256i cd) {
    return _mm256_add_epi32(_mm256_unpacklo_epi64(ab, cd), _mm256_unpackhi_epi64(ab, cd));
}

/* The totals of eight registers, from the first four's and the last four's q2_fold_4. */
Q2_FOLD __m256i q2_fold_8(__m256i low, __m256i high) {
    return _mm256_add_epi32(_mm256_permute2x128_si256(low, high, 0x20), _mm256_permute2x128_si256(low, high, 0x31));
}

#undef Q2_FOLD
#endif
