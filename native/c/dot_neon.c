/* Scores with NEON as every AArch64 has it: tbl looks levels up by four bits, two symbols, of which the tables heed one; smlal
 * makes and adds products of 16 bits, and sadalp adds them up in 32. */
#include "q2_internal.h"

#if Q2_ARM64

#include <arm_neon.h>

#define Q2_DOT_TARGET

enum { VECTOR = 16 };

typedef uint8x16_t vector;
typedef int32x4_t sums;

Q2_INLINE uint8x16_t load(const uint8_t *bytes) { return vld1q_u8(bytes); }

Q2_INLINE uint8x16_t load_short(const uint8_t *bytes, size_t count) {
    uint8_t padded[VECTOR] = {0};
    memcpy(padded, bytes, count);
    return load(padded);
}

Q2_INLINE uint8x16_t low_bits_of_all(void) { return vdupq_n_u8(0x55); }

Q2_INLINE int32x4_t no_sums(void) { return vdupq_n_s32(0); }

Q2_INLINE int32x4_t add_sums(int32x4_t a, int32x4_t b) { return vaddq_s32(a, b); }

Q2_INLINE uint8x16_t subtract(uint8x16_t v, int x) { return vsubq_u8(v, vdupq_n_u8((uint8_t)x)); }

Q2_INLINE void expand(uint8x16_t v, uint8x16_t *levels) {
    static const uint8_t firsts[16] = {0, 0, 0, 0, 3, 3, 3, 3, 8, 8, 8, 8, 5, 5, 5, 5};
    static const uint8_t seconds[16] = {0, 3, 8, 5, 0, 3, 8, 5, 0, 3, 8, 5, 0, 3, 8, 5};
    const uint8x16_t first = vld1q_u8(firsts), second = vld1q_u8(seconds);
    const uint8x16_t low = vandq_u8(v, vdupq_n_u8(0x0F)), high = vshrq_n_u8(v, 4);
    levels[0] = vqtbl1q_u8(first, high);
    levels[1] = vqtbl1q_u8(second, high);
    levels[2] = vqtbl1q_u8(first, low);
    levels[3] = vqtbl1q_u8(second, low);
}

Q2_INLINE int16x8_t lower(int16x8_t sum, uint8x16_t levels, uint8x16_t query) {
    return vmlal_s8(sum, vget_low_s8(vreinterpretq_s8_u8(levels)), vget_low_s8(vreinterpretq_s8_u8(query)));
}

Q2_INLINE int16x8_t upper(int16x8_t sum, uint8x16_t levels, uint8x16_t query) {
    return vmlal_high_s8(sum, vreinterpretq_s8_u8(levels), vreinterpretq_s8_u8(query));
}

/* A product is within 8 * 128 = 2^10, and eight of them are added in 16 bits. */
Q2_INLINE int32x4_t product(int32x4_t sum, const uint8x16_t *levels, const uint8x16_t *query) {
    int16x8_t products = vdupq_n_s16(0);
    for (int j = 0; j < 4; j++) products = upper(lower(products, levels[j], query[j]), levels[j], query[j]);
    return vpadalq_s16(sum, products);
}

Q2_INLINE int32x4_t weak(int32x4_t sum, uint8x16_t v, uint8x16_t low_bits) {
    const uint16x8_t counts = vpaddlq_u8(vcntq_u8(vandq_u8(v, low_bits)));
    return vreinterpretq_s32_u32(vpadalq_u16(vreinterpretq_u32_s32(sum), counts));
}

Q2_INLINE int32x4_t weak_2(int32x4_t sum, uint8x16_t a, uint8x16_t b, uint8x16_t low_bits_of_b) {
    return weak(weak(sum, a, low_bits_of_all()), b, low_bits_of_b);
}

Q2_INLINE int32_t sum_of(const uint8x16_t *v) {
    int32_t sum = 0;
    for (size_t j = 0; j < 4; j++) sum += vaddlvq_s8(vreinterpretq_s8_u8(v[j]));
    return sum;
}

Q2_INLINE void split(const uint8_t *elements, uint8x16_t *by) {
    const uint8x16x4_t four = vld4q_u8(elements);
    for (size_t j = 0; j < 4; j++) by[j] = four.val[j];
}

Q2_INLINE int32x4_t fold(int32x4_t a, int32x4_t b) { return vpaddq_s32(a, b); }

Q2_INLINE int32x4_t fold_weak(int32x4_t a, int32x4_t b) { return vpaddq_s32(a, b); }

typedef int32x4x2_t eight;

Q2_INLINE int32x4x2_t total(const int32x4_t *pairs) {
    return (int32x4x2_t){{vpaddq_s32(pairs[0], pairs[1]), vpaddq_s32(pairs[2], pairs[3])}};
}

/* n + 15 strong, as binary32; at most 2^24. */
Q2_INLINE float32x4_t squares(int32x4_t weak, size_t n) { return vcvtq_f32_s32(vmlsq_n_s32(vdupq_n_s32(16 * (int32_t)n), weak, 15)); }

Q2_INLINE float32x4_t scores_of_4(int32x4_t product, int32_t bias, int32x4_t weak, size_t n) {
    return vdivq_f32(vcvtq_f32_s32(vsubq_s32(product, vdupq_n_s32(bias))), vsqrtq_f32(squares(weak, n)));
}

Q2_INLINE void store_scores(int32x4x2_t product, int32_t bias, int32x4x2_t weak, size_t n, float *scores) {
    vst1q_f32(scores, scores_of_4(product.val[0], bias, weak.val[0], n));
    vst1q_f32(scores + 4, scores_of_4(product.val[1], bias, weak.val[1], n));
}

Q2_INLINE bool any_above(int32x4x2_t product, int32_t bias, int32x4x2_t weak, size_t n, float limit) {
    const uint32x4_t low = vcgtq_f32(scores_of_4(product.val[0], bias, weak.val[0], n), vdupq_n_f32(limit));
    const uint32x4_t high = vcgtq_f32(scores_of_4(product.val[1], bias, weak.val[1], n), vdupq_n_f32(limit));
    return vmaxvq_u32(vorrq_u32(low, high)) != 0;
}

#include "dot_kernel.h"

typedef int16x8x2_t narrow;

Q2_INLINE int16x8x2_t no_narrow(void) { return (int16x8x2_t){{vdupq_n_s16(0), vdupq_n_s16(0)}}; }

/* A product is within 2^10, so that 16 bits hold sixteen of them. */
Q2_INLINE int16x8x2_t multiply(int16x8x2_t some, uint8x16_t levels, uint8x16_t four) {
    return (int16x8x2_t){{lower(some.val[0], levels, four), upper(some.val[1], levels, four)}};
}

Q2_INLINE void add_narrow(int32_t *products, int16x8x2_t some) {
    const int32x4_t wide = vpaddq_s32(vpaddlq_s16(some.val[0]), vpaddlq_s16(some.val[1]));
    vst1q_s32(products, vaddq_s32(wide, vld1q_s32(products)));
}

Q2_INLINE uint8x16_t four_elements(const uint8_t *bytes) {
    uint32_t four;
    memcpy(&four, bytes, sizeof four);
    return vreinterpretq_u8_u32(vdupq_n_u32(four));
}

Q2_INLINE void turn(uint8x16_t *v) {
    uint64x2_t a[4];
    for (size_t i = 0; i < 4; i += 2) {
        const uint32x4_t x = vreinterpretq_u32_u8(v[i]), y = vreinterpretq_u32_u8(v[i + 1]);
        a[i] = vreinterpretq_u64_u32(vtrn1q_u32(x, y));
        a[i + 1] = vreinterpretq_u64_u32(vtrn2q_u32(x, y));
    }
    for (size_t i = 0; i < 2; i++) {
        v[i] = vreinterpretq_u8_u64(vtrn1q_u64(a[i], a[i + 2]));
        v[i + 2] = vreinterpretq_u8_u64(vtrn2q_u64(a[i], a[i + 2]));
    }
}

Q2_INLINE int32x4x2_t load_eight(const int32_t *from) { return (int32x4x2_t){{vld1q_s32(from), vld1q_s32(from + 4)}}; }

#define IN_REGISTERS(a, b) ((void)0) /* there are enough */
#define Q2_SCORE_BLOCK q2_neon_score_block
#include "dot_block.h"

static size_t first_above(const float *scores, size_t from, size_t count, float limit) {
    const float32x4_t bound = vdupq_n_f32(limit);
    for (; from + 8 <= count; from += 8) {
        const uint32x4_t low = vcgtq_f32(vld1q_f32(scores + from), bound), high = vcgtq_f32(vld1q_f32(scores + from + 4), bound);
        if (vmaxvq_u32(vorrq_u32(low, high)) != 0) break;
    }
    while (from < count && !(scores[from] > limit)) from++;
    return from;
}

const q2_score_table q2_dot_neon = {many_dot, scan_dot, first_above, q2_neon_score_block}, q2_code_dot_neon = {many_code_dot, scan_code_dot, first_above, q2_neon_score_block};

#else
typedef int q2_no_neon_dot_on_this_machine;
#endif
