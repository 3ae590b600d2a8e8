/* What the AVX-512 files of dot_kernel.h have in common. */
#include "fold_avx512.h"
#include "score_x86.h"

enum { VECTOR = 64 };

Q2_DOT_TARGET Q2_INLINE __m512i load(const uint8_t *bytes) { return _mm512_loadu_si512((const void *)bytes); }

Q2_DOT_TARGET Q2_INLINE __m512i load_short(const uint8_t *bytes, size_t count) {
    return _mm512_maskz_loadu_epi8(~(__mmask64)0 >> (VECTOR - count), (const void *)bytes);
}

Q2_DOT_TARGET Q2_INLINE __m512i low_bits_of_all(void) { return _mm512_set1_epi8(0x55); }

Q2_DOT_TARGET Q2_INLINE __m512i no_sums(void) { return _mm512_setzero_si512(); }

Q2_DOT_TARGET Q2_INLINE __m512i add_sums(__m512i a, __m512i b) { return _mm512_add_epi32(a, b); }

Q2_DOT_TARGET Q2_INLINE __m512i subtract(__m512i v, int x) { return _mm512_sub_epi8(v, _mm512_set1_epi8((char)x)); }

Q2_DOT_TARGET Q2_INLINE int32_t sum_of(const __m512i *v) {
    __m512i sum = _mm512_setzero_si512();
    for (size_t j = 0; j < 4; j++) {
        sum = _mm512_add_epi32(sum, _mm512_madd_epi16(_mm512_maddubs_epi16(_mm512_set1_epi8(1), v[j]), _mm512_set1_epi16(1)));
    }
    return _mm512_reduce_add_epi32(sum);
}

/* Bytes of each d mod 4 together, first in every 16 bytes, then in every register, then across the four. */
Q2_DOT_TARGET Q2_INLINE void split(const uint8_t *elements, __m512i *by) {
    const __m512i fours = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
    const __m512i lanes = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    __m512i v[4];
    for (size_t i = 0; i < 4; i++) {
        v[i] = _mm512_permutexvar_epi32(lanes, _mm512_shuffle_epi8(load(elements + i * VECTOR), fours));
    }
    const __m512i a = _mm512_shuffle_i64x2(v[0], v[1], 0x44), b = _mm512_shuffle_i64x2(v[2], v[3], 0x44);
    const __m512i c = _mm512_shuffle_i64x2(v[0], v[1], 0xEE), d = _mm512_shuffle_i64x2(v[2], v[3], 0xEE);
    by[0] = _mm512_shuffle_i64x2(a, b, 0x88);
    by[1] = _mm512_shuffle_i64x2(a, b, 0xDD);
    by[2] = _mm512_shuffle_i64x2(c, d, 0x88);
    by[3] = _mm512_shuffle_i64x2(c, d, 0xDD);
}

Q2_DOT_TARGET Q2_INLINE __m512i fold(__m512i a, __m512i b) { return q2_fold_2(a, b); }

Q2_DOT_TARGET Q2_INLINE __m512i fold_weak(__m512i a, __m512i b) { return q2_fold_2_halves(a, b); }

Q2_DOT_TARGET Q2_INLINE __m256i total(const __m512i *pairs) {
    return q2_fold_8(q2_fold_4(pairs[0], pairs[1]), q2_fold_4(pairs[2], pairs[3]));
}

#include "dot_kernel.h"

Q2_DOT_TARGET static size_t first_above(const float *scores, size_t from, size_t count, float limit) {
    const __m512 bound = _mm512_set1_ps(limit);
    for (; from + 16 <= count; from += 16) {
        const __mmask16 above = _mm512_cmp_ps_mask(_mm512_loadu_ps(scores + from), bound, _CMP_GT_OQ);
        if (above != 0) return from + (size_t)__builtin_ctz(above);
    }
    while (from < count && !(scores[from] > limit)) from++;
    return from;
}

const q2_score_table Q2_DOT_TABLE = {many_dot, scan_dot, first_above, Q2_DOT_BLOCK}, Q2_CODE_DOT_TABLE = {many_code_dot, scan_code_dot, first_above, Q2_DOT_BLOCK};
