/* Sums of the 32-bit lanes of several AVX-512 registers at once: 3 instructions a register. */
#ifndef Q2_FOLD_AVX512_H
#define Q2_FOLD_AVX512_H

#include "q2_internal.h"

#include <immintrin.h>

#define Q2_FOLD __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2"))) Q2_INLINE

/* a and b alternate. Blends run where shuffles don't. */
Q2_FOLD __m512i q2_fold_2(__m512i a, __m512i b) {
    const __m512i odd = _mm512_shuffle_epi32(_mm512_mask_blend_epi32(0xAAAA, b, a), _MM_PERM_CDAB);
    return _mm512_add_epi32(_mm512_mask_blend_epi32(0xAAAA, a, b), odd);
}

/* The same where upper halves of 64 bits are 0. */
Q2_FOLD __m512i q2_fold_2_halves(__m512i a, __m512i b) { return _mm512_mask_shuffle_epi32(a, 0xAAAA, b, _MM_PERM_CCAA); }

/* In every 16 bytes a, b, c, d, from a and b, and c and d, alternating. */
Q2_FOLD __m512i q2_fold_4(__m512i ab, __m512i cd) {
    const __m512i odd = _mm512_shuffle_epi32(_mm512_mask_blend_epi64(0xAA, cd, ab), _MM_PERM_BADC);
    return _mm512_add_epi32(_mm512_mask_blend_epi64(0xAA, ab, cd), odd);
}

/* The totals of eight registers, from the first four's and the last four's q2_fold_4. */
Q2_FOLD __m256i q2_fold_8(__m512i low, __m512i high) {
    const __m512i half = _mm512_add_epi32(_mm512_shuffle_i64x2(low, high, 0x88), _mm512_shuffle_i64x2(low, high, 0xDD));
    const __m512i full = _mm512_add_epi32(half, _mm512_shuffle_i64x2(half, half, 0xB1));
    return _mm512_castsi512_si256(_mm512_shuffle_i64x2(full, full, 0x08));
}

#undef Q2_FOLD
#endif
