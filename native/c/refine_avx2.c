/* Refined bounds on the pinned sum (certify.c) with AVX2: 64 elements a block. Squares of
 * integers are half-way so often that following them is of no use. */
#include "q2_internal.h"

#if Q2_X86

#include <immintrin.h>

#define Q2_AVX2 __attribute__((target("avx2,fma,f16c,bmi,bmi2,popcnt")))

enum { REGISTERS = 8, TIE_GROUP = 2 };

/* fl(x * x) of 8 elements, or of (left) elements with zeros behind them. */
typedef __m256 (*squares_of)(const uint8_t *row, size_t d, size_t left);

Q2_AVX2 Q2_INLINE __m256 squared(__m256 x) { return _mm256_mul_ps(x, x); }

Q2_AVX2 Q2_INLINE __m256 fp32_squares(const uint8_t *row, size_t d, size_t left) {
    float x[8] = {0};
    if (left >= 8) return squared(_mm256_loadu_ps((const void *)(row + 4 * d)));
    memcpy(x, row + 4 * d, 4 * left);
    return squared(_mm256_loadu_ps(x));
}

Q2_AVX2 Q2_INLINE __m128i halves_at(const uint8_t *row, size_t d, size_t left) {
    uint16_t x[8] = {0};
    if (left >= 8) return _mm_loadu_si128((const void *)(row + 2 * d));
    memcpy(x, row + 2 * d, 2 * left);
    return _mm_loadu_si128((const void *)x);
}

Q2_AVX2 Q2_INLINE __m256 bf16_squares(const uint8_t *row, size_t d, size_t left) {
    return squared(_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves_at(row, d, left)), 16)));
}

/* Subnormals count as zero. */
Q2_AVX2 Q2_INLINE __m256 fp16_squares(const uint8_t *row, size_t d, size_t left) {
    const __m128i x = halves_at(row, d, left), exponent = _mm_and_si128(x, _mm_set1_epi16(0x7C00));
    return squared(_mm256_cvtph_ps(_mm_andnot_si128(_mm_cmpeq_epi16(exponent, _mm_setzero_si128()), x)));
}

Q2_AVX2 Q2_INLINE __m128 fold_8(__m256 x) { return _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1)); }

Q2_AVX2 Q2_INLINE double sum_of_4(__m128 x) {
    const __m256d wide = _mm256_cvtps_pd(x);
    const __m128d pairs = _mm_add_pd(_mm256_castpd256_pd128(wide), _mm256_extractf128_pd(wide, 1));
    return _mm_cvtsd_f64(_mm_add_sd(pairs, _mm_unpackhi_pd(pairs, pairs)));
}

Q2_AVX2 Q2_INLINE __m128 ufp_of(__m128 x) { return _mm_and_ps(x, _mm_castsi128_ps(_mm_set1_epi32(0x7F800000))); }

/* The sums of a block: one for each lane of the pinned order, or the same one four times. */
Q2_AVX2 Q2_INLINE __m128 block_sums(__m256 a, __m256 b, bool one_lane) {
    const __m128 four = fold_8(_mm256_add_ps(a, b));
    if (!one_lane) return four;
    const __m128 two = _mm_add_ps(four, _mm_shuffle_ps(four, four, 0x4E));
    return _mm_add_ps(two, _mm_shuffle_ps(two, two, 0xB1));
}

typedef struct {
    __m128 sum, estimate; /* of the elements so far: in any order, and as the pinned order rounds */
    __m128 loose;         /* doubt from blocks that are not settled, in u */
    __m256 ties;          /* the sum of c over half-way cases */
} refinement;

Q2_AVX2 Q2_INLINE void refine_block(refinement *r, const __m256 squares[REGISTERS], bool one_lane, __m128 margin, __m128 shrink) {
    const __m256 evens = _mm256_add_ps(_mm256_add_ps(squares[0], squares[2]), _mm256_add_ps(squares[4], squares[6]));
    const __m256 odds = _mm256_add_ps(_mm256_add_ps(squares[1], squares[3]), _mm256_add_ps(squares[5], squares[7]));
    const __m128 plain = block_sums(evens, odds, one_lane), next = _mm_add_ps(r->sum, plain);
    const __m128 low = ufp_of(_mm_mul_ps(r->sum, shrink)), high = ufp_of(_mm_mul_ps(next, margin));
    const __m128 settled = _mm_cmpeq_ps(low, high);
    const __m256 c = _mm256_set_m128(low, low), half = _mm256_mul_ps(c, _mm256_set1_ps(0x1p-24f));
    const __m256 magnitude = _mm256_castsi256_ps(_mm256_set1_epi32(0x7FFFFFFF));
    __m256 grown[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
    for (size_t i = 0; i < REGISTERS; i += TIE_GROUP) {
        __m256 rest = _mm256_setzero_ps();
        for (size_t j = 0; j < TIE_GROUP; j++) {
            const __m256 step = _mm256_sub_ps(_mm256_add_ps(c, squares[i + j]), c);
            grown[j] = _mm256_add_ps(grown[j], step);
            rest = _mm256_max_ps(rest, _mm256_and_ps(_mm256_sub_ps(squares[i + j], step), magnitude));
        }
        r->ties = _mm256_add_ps(r->ties, _mm256_and_ps(_mm256_cmp_ps(rest, half, _CMP_EQ_OQ), c));
    }
    const __m128 followed = block_sums(grown[0], grown[1], one_lane);
    r->estimate = _mm_add_ps(r->estimate, _mm_blendv_ps(plain, followed, settled));
    r->loose = _mm_add_ps(r->loose, _mm_andnot_ps(settled, high));
    r->sum = next;
}

Q2_AVX2 Q2_INLINE q2_bounds refined(const uint8_t *row, size_t n, bool one_lane, squares_of squares) {
    const size_t steps = one_lane ? n : n / 4 + 1, block_steps = one_lane ? 64 : 16;
    const float margin = 2 * q2_growth(n, steps) - 1;
    refinement r = {_mm_setzero_ps(), _mm_setzero_ps(), _mm_setzero_ps(), _mm256_setzero_ps()};
    for (size_t d = 0; d < n; d += 8 * REGISTERS) {
        __m256 x[REGISTERS];
        for (size_t i = 0; i < REGISTERS; i++) {
            const size_t at = d + 8 * i;
            x[i] = at < n ? squares(row, at, n - at) : _mm256_setzero_ps();
        }
        refine_block(&r, x, one_lane, _mm_set1_ps(margin), _mm_set1_ps(1 / margin));
    }
    const double lanes = one_lane ? 0.25 : 1; /* one lane is held four times */
    const double ties = TIE_GROUP * 0x1p-23 * sum_of_4(fold_8(r.ties));
    const double loose = (double)(block_steps + 9) * 0x1p-24 * lanes * sum_of_4(r.loose);
    return q2_bounds_of_refined(lanes * sum_of_4(r.estimate), ties + loose, n, steps);
}

Q2_AVX2 q2_bounds q2_avx2_refined_fp32(const uint8_t *row, size_t n) { return refined(row, n, false, fp32_squares); }
Q2_AVX2 q2_bounds q2_avx2_refined_bf16(const uint8_t *row, size_t n) { return refined(row, n, false, bf16_squares); }
Q2_AVX2 q2_bounds q2_avx2_refined_fp16(const uint8_t *row, size_t n) { return refined(row, n, true, fp16_squares); }

#else
typedef int q2_no_avx2_on_this_machine;
#endif
