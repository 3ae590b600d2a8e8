/* Quantise with AVX2. The pinned sum of binary32 is one XMM register, whose four lanes are the four running sums; symbols
 * come from two compares in 8 lanes and are packed from their masks. */
#include "q2_internal.h"

#if Q2_X86

#include <immintrin.h>

#define Q2_AVX2 __attribute__((target("avx2,fma,bmi,bmi2,popcnt")))

/* Rows may be at any address: the cast is for loadu only. */
Q2_AVX2 Q2_INLINE __m128 load_4(const uint8_t *row, size_t d) { return _mm_castsi128_ps(_mm_loadu_si128((const void *)(row + 4 * d))); }
Q2_AVX2 Q2_INLINE __m256 load_8(const uint8_t *row, size_t d) {
    return _mm256_castsi256_ps(_mm256_loadu_si256((const void *)(row + 4 * d)));
}

/* Adding +0 to a sum of squares changes nothing, so the tail is padded with zeros. */
Q2_AVX2 static float pinned_sum_fp32(const uint8_t *row, size_t n) {
    __m128 a = _mm_setzero_ps();
    size_t d = 0;
    for (; d + 4 <= n; d += 4) {
        const __m128 x = load_4(row, d);
        a = _mm_add_ps(a, _mm_mul_ps(x, x));
    }
    if (d < n) {
        uint8_t tail[16] = {0};
        memcpy(tail, row + 4 * d, 4 * (n - d));
        const __m128 x = load_4(tail, 0);
        a = _mm_add_ps(a, _mm_mul_ps(x, x));
    }
    const __m128 pairs = _mm_add_ps(a, _mm_movehl_ps(a, a)); /* a0 + a2, a1 + a3 */
    return _mm_cvtss_f32(_mm_add_ss(pairs, _mm_shuffle_ps(pairs, pairs, 1)));
}

/* 8 symbols as 16 bits, the first in the highest. */
Q2_AVX2 Q2_INLINE unsigned symbols_of_8(__m256 x, __m256 p, __m256 minus_n, __m256 u) {
    const __m256 positive = _mm256_cmp_ps(x, u, _CMP_GT_OQ);
    const __m256 limit_passed = _mm256_blendv_ps(_mm256_cmp_ps(x, minus_n, _CMP_GT_OQ), _mm256_cmp_ps(x, p, _CMP_LE_OQ), positive);
    const __m256i reversed = _mm256_setr_epi32(7, 6, 5, 4, 3, 2, 1, 0);
    const int high = _mm256_movemask_ps(_mm256_permutevar8x32_ps(positive, reversed));
    const int low = _mm256_movemask_ps(_mm256_permutevar8x32_ps(limit_passed, reversed));
    return _pdep_u32((unsigned)high, 0xAAAAu) | _pdep_u32((unsigned)low, 0x5555u);
}

Q2_AVX2 static void classify_fp32(const uint8_t *row, size_t n, const q2_cuts *cuts, uint8_t *packed) {
    const __m256 p = _mm256_set1_ps(cuts->p), minus_n = _mm256_set1_ps(-cuts->n), u = _mm256_set1_ps(cuts->u);
    size_t d = 0;
    for (; d + 8 <= n; d += 8) {
        const unsigned symbols = symbols_of_8(load_8(row, d), p, minus_n, u);
        packed[d / 4] = (uint8_t)(symbols >> 8);
        packed[d / 4 + 1] = (uint8_t)symbols;
    }
    if (d < n) q2_scalar_classify_fp32(row + 4 * d, n - d, cuts, packed + d / 4);
}

const q2_quantise_table q2_quantise_avx2 = {
    .dtype =
        {
            [Q2_FP32] = {pinned_sum_fp32, classify_fp32},
            [Q2_FP16] = {q2_scalar_pinned_sum_fp16, q2_scalar_classify_fp16},
            [Q2_Q8] = {q2_scalar_pinned_sum_q8, q2_scalar_classify_q8},
            [Q2_Q4] = {q2_scalar_pinned_sum_q4, q2_scalar_classify_q4},
            [Q2_BF16] = {q2_scalar_pinned_sum_bf16, q2_scalar_classify_bf16},
        },
    .key = q2_scalar_key,
    .transitions = q2_scalar_transitions,
};

#else
typedef int q2_no_avx2_on_this_machine;
#endif
