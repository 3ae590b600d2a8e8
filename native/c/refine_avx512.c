/* Refined bounds on the pinned sum (certify.c) with AVX-512 F, BW, VL and DQ: 64 elements a block. Squares of
 * integers are half-way so often that following them is of no use. */
#include "q2_internal.h"

#if Q2_X86

#include <immintrin.h>

#define Q2_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,bmi,bmi2,popcnt")))

enum { REGISTERS = 4, TIE_GROUP = 2 };

Q2_AVX512 Q2_INLINE __mmask16 first_16(size_t count) { return (__mmask16)(count >= 16 ? 0xFFFF : (1u << count) - 1); }

/* fl(x * x) of 16 elements, or of (left) elements with zeros behind them. */
typedef __m512 (*squares_of)(const uint8_t *row, size_t d, size_t left);

Q2_AVX512 Q2_INLINE __m512 squared(__m512 x) { return _mm512_mul_ps(x, x); }

Q2_AVX512 Q2_INLINE __m512 fp32_squares(const uint8_t *row, size_t d, size_t left) {
    const uint8_t *at = row + 4 * d;
    return squared(left >= 16 ? _mm512_loadu_ps((const void *)at) : _mm512_maskz_loadu_ps(first_16(left), (const void *)at));
}

Q2_AVX512 Q2_INLINE __m256i halves_at(const uint8_t *row, size_t d, size_t left) {
    return _mm256_maskz_loadu_epi16(first_16(left), (const void *)(row + 2 * d));
}

Q2_AVX512 Q2_INLINE __m512 bf16_squares(const uint8_t *row, size_t d, size_t left) {
    return squared(_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves_at(row, d, left)), 16)));
}

Q2_AVX512 Q2_INLINE __m512 fp16_squares(const uint8_t *row, size_t d, size_t left) {
    const __m256i x = halves_at(row, d, left);
    return squared(_mm512_cvtph_ps(_mm256_maskz_mov_epi16(_mm256_test_epi16_mask(x, _mm256_set1_epi16(0x7C00)), x)));
}

Q2_AVX512 Q2_INLINE __m128 fold_16(__m512 x) {
    const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1));
    return _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}

Q2_AVX512 Q2_INLINE double sum_of_4(__m128 x) {
    const __m256d wide = _mm256_cvtps_pd(x);
    const __m128d pairs = _mm_add_pd(_mm256_castpd256_pd128(wide), _mm256_extractf128_pd(wide, 1));
    return _mm_cvtsd_f64(_mm_add_sd(pairs, _mm_unpackhi_pd(pairs, pairs)));
}

Q2_AVX512 Q2_INLINE __m128 ufp_of(__m128 x) { return _mm_and_ps(x, _mm_castsi128_ps(_mm_set1_epi32(0x7F800000))); }

/* The sums of a block: one for each lane of the pinned order, or the same one four times. */
Q2_AVX512 Q2_INLINE __m128 block_sums(__m512 a, __m512 b, bool one_lane) {
    const __m128 four = fold_16(_mm512_add_ps(a, b));
    if (!one_lane) return four;
    const __m128 two = _mm_add_ps(four, _mm_shuffle_ps(four, four, 0x4E));
    return _mm_add_ps(two, _mm_shuffle_ps(two, two, 0xB1));
}

typedef struct {
    __m128 sum, estimate; /* of the elements so far: in any order, and as the pinned order rounds */
    __m128 loose;         /* doubt from blocks that are not settled, in u */
    __m512 ties;          /* the sum of c over half-way cases */
} refinement;

Q2_AVX512 Q2_INLINE void refine_block(refinement *r, const __m512 squares[REGISTERS], bool one_lane, __m128 margin, __m128 shrink) {
    const __m128 plain = block_sums(_mm512_add_ps(squares[0], squares[1]), _mm512_add_ps(squares[2], squares[3]), one_lane);
    const __m128 next = _mm_add_ps(r->sum, plain);
    const __m128 low = ufp_of(_mm_mul_ps(r->sum, shrink)), high = ufp_of(_mm_mul_ps(next, margin));
    const __mmask8 settled = _mm_cmp_ps_mask(low, high, _CMP_EQ_OQ);
    const __m512 c = _mm512_broadcast_f32x4(low), half = _mm512_mul_ps(c, _mm512_set1_ps(0x1p-24f));
    __m512 grown[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
    for (size_t i = 0; i < REGISTERS; i += TIE_GROUP) {
        __m512 rest = _mm512_setzero_ps();
        for (size_t j = 0; j < TIE_GROUP; j++) {
            const __m512 step = _mm512_sub_ps(_mm512_add_ps(c, squares[i + j]), c);
            grown[j] = _mm512_add_ps(grown[j], step);
            rest = _mm512_max_ps(rest, _mm512_abs_ps(_mm512_sub_ps(squares[i + j], step)));
        }
        r->ties = _mm512_mask_add_ps(r->ties, _mm512_cmp_ps_mask(rest, half, _CMP_EQ_OQ), r->ties, c);
    }
    const __m128 followed = block_sums(grown[0], grown[1], one_lane);
    r->estimate = _mm_add_ps(r->estimate, _mm_mask_mov_ps(plain, settled, followed));
    r->loose = _mm_mask_add_ps(r->loose, (__mmask8)~settled, r->loose, high);
    r->sum = next;
}

Q2_AVX512 Q2_INLINE q2_bounds refined(const uint8_t *row, size_t n, bool one_lane, squares_of squares) {
    const size_t steps = one_lane ? n : n / 4 + 1, block_steps = one_lane ? 64 : 16;
    const float margin = 2 * q2_growth(n, steps) - 1;
    refinement r = {_mm_setzero_ps(), _mm_setzero_ps(), _mm_setzero_ps(), _mm512_setzero_ps()};
    for (size_t d = 0; d < n; d += 16 * REGISTERS) {
        __m512 x[REGISTERS];
        for (size_t i = 0; i < REGISTERS; i++) {
            const size_t at = d + 16 * i;
            x[i] = at < n ? squares(row, at, n - at) : _mm512_setzero_ps();
        }
        refine_block(&r, x, one_lane, _mm_set1_ps(margin), _mm_set1_ps(1 / margin));
    }
    const double lanes = one_lane ? 0.25 : 1; /* one lane is held four times */
    const double ties = TIE_GROUP * 0x1p-23 * sum_of_4(fold_16(r.ties));
    const double loose = (double)(block_steps + 9) * 0x1p-24 * lanes * sum_of_4(r.loose);
    return q2_bounds_of_refined(lanes * sum_of_4(r.estimate), ties + loose, n, steps);
}

Q2_AVX512 q2_bounds q2_avx512_refined_fp32(const uint8_t *row, size_t n) { return refined(row, n, false, fp32_squares); }
Q2_AVX512 q2_bounds q2_avx512_refined_bf16(const uint8_t *row, size_t n) { return refined(row, n, false, bf16_squares); }
Q2_AVX512 q2_bounds q2_avx512_refined_fp16(const uint8_t *row, size_t n) { return refined(row, n, true, fp16_squares); }

#else
typedef int q2_no_avx512_on_this_machine;
#endif
