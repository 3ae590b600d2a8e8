/* Refined bounds on the pinned sum (certify.c) with Advanced SIMD: 64 elements a block. */
#include "q2_internal.h"

#if Q2_ARM64

#include <arm_neon.h>

enum { REGISTERS = 16, TIE_GROUP = 2 };

/* fl(x * x) of 8 elements, or of (left) elements with zeros behind them. */
typedef float32x4x2_t (*squares_of)(const uint8_t *row, size_t d, size_t left);

Q2_INLINE float32x4x2_t fp32_squares(const uint8_t *row, size_t d, size_t left) {
    uint8_t some[32] = {0};
    const uint8_t *at = row + 4 * d;
    if (left < 8) at = memcpy(some, at, 4 * left);
    const float32x4_t x = vreinterpretq_f32_u8(vld1q_u8(at)), y = vreinterpretq_f32_u8(vld1q_u8(at + 16));
    return (float32x4x2_t){{vmulq_f32(x, x), vmulq_f32(y, y)}};
}

/* Subnormals count as zero. */
Q2_INLINE float32x4x2_t fp16_squares(const uint8_t *row, size_t d, size_t left) {
    uint8_t some[16] = {0};
    const uint8_t *at = row + 2 * d;
    if (left < 8) at = memcpy(some, at, 2 * left);
    const uint16x8_t bits = vreinterpretq_u16_u8(vld1q_u8(at));
    const float16x8_t h = vreinterpretq_f16_u16(vandq_u16(bits, vtstq_u16(bits, vdupq_n_u16(0x7C00))));
    const float32x4_t x = vcvt_f32_f16(vget_low_f16(h)), y = vcvt_high_f32_f16(h);
    return (float32x4x2_t){{vmulq_f32(x, x), vmulq_f32(y, y)}};
}

Q2_INLINE double sum_of_4(float32x4_t x) {
    return vaddvq_f64(vaddq_f64(vcvt_f64_f32(vget_low_f32(x)), vcvt_high_f64_f32(x)));
}

Q2_INLINE float32x4_t ufp_of(float32x4_t x) {
    return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(x), vdupq_n_u32(0x7F800000)));
}

Q2_INLINE float32x4_t where(uint32x4_t mask, float32x4_t x) {
    return vreinterpretq_f32_u32(vandq_u32(mask, vreinterpretq_u32_f32(x)));
}

/* The sums of a block: one for each lane of the pinned order, or the same one four times. */
Q2_INLINE float32x4_t block_sums(float32x4_t four, bool one_lane) {
    return one_lane ? vdupq_n_f32(vaddvq_f32(four)) : four;
}

/* Pairwise, so that no term goes through more than 4 additions. */
Q2_INLINE float32x4_t sum_registers(const float32x4_t x[REGISTERS]) {
    float32x4_t a[REGISTERS / 2];
    for (size_t i = 0; i < REGISTERS / 2; i++) a[i] = vaddq_f32(x[i], x[i + REGISTERS / 2]);
    for (size_t width = REGISTERS / 4; width > 0; width /= 2) {
        for (size_t i = 0; i < width; i++) a[i] = vaddq_f32(a[i], a[i + width]);
    }
    return a[0];
}

typedef struct {
    float32x4_t sum, estimate; /* of the elements so far: in any order, and as the pinned order rounds */
    float32x4_t loose, ties;   /* doubt: from blocks that are not settled, in u; the sum of c over half-way cases */
} refinement;

Q2_INLINE void refine_block(refinement *r, const float32x4_t squares[REGISTERS], bool one_lane, float margin, float shrink) {
    const float32x4_t plain = block_sums(sum_registers(squares), one_lane), next = vaddq_f32(r->sum, plain);
    const float32x4_t c = ufp_of(vmulq_n_f32(r->sum, shrink)), high = ufp_of(vmulq_n_f32(next, margin));
    const uint32x4_t settled = vceqq_f32(c, high);
    const float32x4_t half = vmulq_n_f32(c, 0x1p-24f);
    float32x4_t grown[TIE_GROUP] = {vdupq_n_f32(0), vdupq_n_f32(0)};
    for (size_t i = 0; i < REGISTERS; i += TIE_GROUP) {
        float32x4_t rest = vdupq_n_f32(0);
        for (size_t j = 0; j < TIE_GROUP; j++) {
            const float32x4_t step = vsubq_f32(vaddq_f32(c, squares[i + j]), c);
            grown[j] = vaddq_f32(grown[j], step);
            rest = vmaxq_f32(rest, vabdq_f32(squares[i + j], step));
        }
        r->ties = vaddq_f32(r->ties, where(vceqq_f32(rest, half), c));
    }
    const float32x4_t followed = block_sums(vaddq_f32(grown[0], grown[1]), one_lane);
    r->estimate = vaddq_f32(r->estimate, vbslq_f32(settled, followed, plain));
    r->loose = vaddq_f32(r->loose, where(vmvnq_u32(settled), high));
    r->sum = next;
}

Q2_INLINE q2_bounds refined(const uint8_t *row, size_t n, bool one_lane, squares_of squares) {
    const size_t steps = one_lane ? n : n / 4 + 1, block_steps = one_lane ? 64 : 16;
    const float margin = 2 * q2_growth(n, steps) - 1;
    refinement r = {vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0)};
    for (size_t d = 0; d < n; d += 4 * REGISTERS) {
        float32x4_t x[REGISTERS];
        for (size_t i = 0; i < REGISTERS; i += 2) {
            const size_t at = d + 4 * i;
            const float32x4x2_t two = at < n ? squares(row, at, n - at) : (float32x4x2_t){{vdupq_n_f32(0), vdupq_n_f32(0)}};
            x[i] = two.val[0];
            x[i + 1] = two.val[1];
        }
        refine_block(&r, x, one_lane, margin, 1 / margin);
    }
    const double lanes = one_lane ? 0.25 : 1; /* one lane is held four times */
    const double ties = TIE_GROUP * 0x1p-23 * sum_of_4(r.ties);
    const double loose = (double)(block_steps + 9) * 0x1p-24 * lanes * sum_of_4(r.loose);
    return q2_bounds_of_refined(lanes * sum_of_4(r.estimate), ties + loose, n, steps);
}

q2_bounds q2_neon_refined_fp32(const uint8_t *row, size_t n) { return refined(row, n, false, fp32_squares); }
q2_bounds q2_neon_refined_fp16(const uint8_t *row, size_t n) { return refined(row, n, true, fp16_squares); }

#else
typedef int q2_no_neon_on_this_machine;
#endif
