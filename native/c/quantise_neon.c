/* Quantise with Advanced SIMD (NEON) on AArch64.
 *
 * fp32, classify: 64 elements a step. For each register x of 4
 *     e = x * x - t2   < 0 where weak; 0 <= e < width where undecided, seen by an unsigned minimum over all e
 *     x > tiny         as integers, a mask
 * and one bit-select puts the sign of e above the mask. Taking odd halves twice (uzp2) keeps the top byte of each lane, from
 * which two operations make a Gray code; a shift by lane and pairwise additions pack four codes to a byte, in order.
 *
 * The shorter dtypes are compared as integers in their own width. */
#include "q2_internal.h"

#if Q2_ARM64

#include <arm_neon.h>

/* Elements a step of classify and a block of a sum. */
enum { STEP = 64, BLOCK = 256 };

Q2_INLINE float32x4_t load_fp32(const uint8_t *row) { return vreinterpretq_f32_u8(vld1q_u8(row)); }
Q2_INLINE uint16x8_t load_halves(const uint8_t *row) { return vreinterpretq_u16_u8(vld1q_u8(row)); }

/* ---- sums with their bounds ---- */

/* Running sums of blocks, as lane d mod 4, and what certify.c calls (rounded). */
typedef struct {
    float32x4_t lane, rounded;
    float growth;
} running;

Q2_INLINE void add_block(running *r, float32x4_t block, size_t steps) {
    r->lane = vaddq_f32(r->lane, block);
    const uint32x4_t upper = vreinterpretq_u32_f32(vmulq_n_f32(r->lane, r->growth));
    const float32x4_t ufp = vreinterpretq_f32_u32(vandq_u32(upper, vdupq_n_u32(0x7F800000)));
    r->rounded = vfmaq_n_f32(r->rounded, ufp, (float)steps);
}

Q2_INLINE double sum_of_4(float32x4_t x) {
    return vaddvq_f64(vaddq_f64(vcvt_f64_f32(vget_low_f32(x)), vcvt_high_f64_f32(x)));
}

/* The sum of (rounded) in binary32 is itself rounded, once a block: growth covers it. */
Q2_INLINE q2_bounds bounds_of(const running *r, unsigned depth, size_t n, size_t steps) {
    return q2_bounds_of_sum(sum_of_4(r->lane), sum_of_4(r->rounded), depth, n, steps);
}

Q2_INLINE float32x4_t sum_of_8_chains(const float32x4_t a[8]) {
    const float32x4_t evens = vaddq_f32(vaddq_f32(a[0], a[2]), vaddq_f32(a[4], a[6]));
    return vaddq_f32(evens, vaddq_f32(vaddq_f32(a[1], a[3]), vaddq_f32(a[5], a[7])));
}

/* Elements as 8 at a time in binary32; (left) may be less than 8, with zeros behind. */
typedef float32x4x2_t (*eight_at)(const uint8_t *row, size_t d, size_t left);

Q2_INLINE float32x4x2_t fp32_at(const uint8_t *row, size_t d, size_t left) {
    uint8_t some[32] = {0};
    const uint8_t *at = row + 4 * d;
    if (left < 8) at = memcpy(some, at, 4 * left);
    return (float32x4x2_t){{load_fp32(at), load_fp32(at + 16)}};
}

Q2_INLINE uint16x8_t halves_at(const uint8_t *row, size_t d, size_t left) {
    uint8_t some[16] = {0};
    const uint8_t *at = row + 2 * d;
    if (left < 8) at = memcpy(some, at, 2 * left);
    return load_halves(at);
}

/* A bfloat16 is the high half of a binary32. */
Q2_INLINE float32x4x2_t bf16_at(const uint8_t *row, size_t d, size_t left) {
    const uint16x8_t x = halves_at(row, d, left);
    return (float32x4x2_t){
        {vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(x), 16)), vreinterpretq_f32_u32(vshll_high_n_u16(x, 16))}};
}

/* Subnormals count as zero. */
Q2_INLINE float32x4x2_t fp16_at(const uint8_t *row, size_t d, size_t left) {
    const uint16x8_t x = halves_at(row, d, left);
    const float16x8_t h = vreinterpretq_f16_u16(vandq_u16(x, vtstq_u16(x, vdupq_n_u16(0x7C00))));
    return (float32x4x2_t){{vcvt_f32_f16(vget_low_f16(h)), vcvt_high_f32_f16(h)}};
}

/* Up to 256 elements in eight chains of at most 8, which meet in 3 steps. */
enum { DEPTH = 8 + 3 };

Q2_INLINE float32x4_t block_of(const uint8_t *row, size_t d, size_t count, eight_at at) {
    float32x4_t a[8];
    for (size_t j = 0; j < 8; j++) a[j] = vdupq_n_f32(0);
    for (size_t i = 0; i < count; i += 8) {
        const float32x4x2_t x = at(row, d + i, count - i);
        const size_t j = i / 4 % 8;
        a[j] = vfmaq_f32(a[j], x.val[0], x.val[0]);
        a[j + 1] = vfmaq_f32(a[j + 1], x.val[1], x.val[1]);
    }
    return sum_of_8_chains(a);
}

Q2_INLINE q2_bounds bounds_in_four(const uint8_t *row, size_t n, eight_at at) {
    running r = {vdupq_n_f32(0), vdupq_n_f32(0), q2_growth(n, n / 4 + 1)};
    size_t d = 0;
    for (; d + BLOCK <= n; d += BLOCK) add_block(&r, block_of(row, d, BLOCK, at), BLOCK / 4 + 1);
    if (d < n) add_block(&r, block_of(row, d, n - d, at), (n - d) / 4 + 2);
    return bounds_of(&r, DEPTH, n, n / 4 + 1);
}

static q2_bounds bounds_fp32(const uint8_t *row, size_t n) { return bounds_in_four(row, n, fp32_at); }
static q2_bounds bounds_bf16(const uint8_t *row, size_t n) { return bounds_in_four(row, n, bf16_at); }

/* One lane: the four meet in 2 more steps. */
static q2_bounds bounds_fp16(const uint8_t *row, size_t n) {
    running r = {vdupq_n_f32(0), vdupq_n_f32(0), q2_growth(n, n)};
    for (size_t d = 0; d < n; d += BLOCK) {
        const size_t some = n - d < BLOCK ? n - d : BLOCK;
        const float32x4_t block = block_of(row, d, some, fp16_at);
        add_block(&r, vsetq_lane_f32(vaddvq_f32(block), vdupq_n_f32(0), 0), some + 1);
    }
    return bounds_of(&r, DEPTH + 2, n, n);
}

/* The pinned order itself: one register, whose lanes are the four running sums. Adding +0 to a sum of squares changes
 * nothing, so the last elements are padded with zeros. */
Q2_INLINE float pinned_in_four(const uint8_t *row, size_t n, eight_at at) {
    float32x4_t a = vdupq_n_f32(0);
    for (size_t d = 0; d < n; d += 8) {
        const float32x4x2_t x = at(row, d, n - d);
        a = vaddq_f32(a, vmulq_f32(x.val[0], x.val[0]));
        a = vaddq_f32(a, vmulq_f32(x.val[1], x.val[1]));
    }
    const float32x2_t pairs = vadd_f32(vget_low_f32(a), vget_high_f32(a)); /* a0 + a2, a1 + a3 */
    return vget_lane_f32(pairs, 0) + vget_lane_f32(pairs, 1);
}

static float pinned_fp32(const uint8_t *row, size_t n) { return pinned_in_four(row, n, fp32_at); }
static float pinned_bf16(const uint8_t *row, size_t n) { return pinned_in_four(row, n, bf16_at); }

/* Exact: each of two 32-bit sums takes at most 2^20 / 8 squares of at most 2^14. Up to 2^24 so is each partial sum in any
 * order. (totals) adds up the running sums after each block, in binary32: at least the sum of their ufp. */
static q2_bounds bounds_q8(const uint8_t *row, size_t n) {
    uint32x4_t low = vdupq_n_u32(0), high = vdupq_n_u32(0);
    float32x4_t totals = vdupq_n_f32(0);
    for (size_t from = 0; from < n; from += BLOCK) {
        const size_t end = n - from < BLOCK ? n : from + BLOCK;
        for (size_t d = from; d < end; d += 16) {
            uint8_t some[16] = {0};
            const uint8_t *at = row + d;
            if (end - d < 16) at = memcpy(some, at, end - d);
            const int8x16_t x = vreinterpretq_s8_u8(vld1q_u8(at));
            low = vpadalq_u16(low, vreinterpretq_u16_s16(vmull_s8(vget_low_s8(x), vget_low_s8(x))));
            high = vpadalq_u16(high, vreinterpretq_u16_s16(vmull_high_s8(x, x)));
        }
        totals = vaddq_f32(totals, vaddq_f32(vcvtq_f32_u32(low), vcvtq_f32_u32(high)));
    }
    const double sum = (double)(vaddlvq_u32(low) + vaddlvq_u32(high));
    if (sum <= 0x1p24) return (q2_bounds){sum, 0.0};
    return q2_bounds_of_sum(sum, (double)BLOCK * sum_of_4(totals), 0, n, n);
}

/* 16 bytes, or fewer with bytes of two zeros behind them. */
Q2_INLINE uint8x16_t nibbles_at(const uint8_t *row, size_t bytes) {
    uint8_t some[16];
    if (bytes >= 16) return vld1q_u8(row);
    memset(some, 0x88, sizeof some);
    memcpy(some, row, bytes);
    return vld1q_u8(some);
}

/* Squares of -8..7 by nibble. */
static q2_bounds bounds_q4(const uint8_t *row, size_t n) {
    static const uint8_t squares[16] = {64, 49, 36, 25, 16, 9, 4, 1, 0, 1, 4, 9, 16, 25, 36, 49};
    const uint8x16_t table = vld1q_u8(squares);
    uint32x4_t sums = vdupq_n_u32(0);
    for (size_t i = 0; i < n / 2; i += 16) {
        const uint8x16_t x = nibbles_at(row + i, n / 2 - i);
        const uint8x16_t both = vaddq_u8(vqtbl1q_u8(table, vandq_u8(x, vdupq_n_u8(15))), vqtbl1q_u8(table, vshrq_n_u8(x, 4)));
        sums = vpadalq_u16(sums, vpaddlq_u8(both));
    }
    const double sum = (double)vaddlvq_u32(sums);
    if (sum <= 0x1p24) return (q2_bounds){sum, 0.0};
    return q2_bounds_of_sum(sum, (double)n * sum, 0, n, n);
}

/* ---- packing ---- */

/* Gray codes from bytes whose bit 7 says weak and whose other bits say positive. */
Q2_INLINE uint8x16_t codes_of(uint8x16_t bytes) { return vbslq_u8(vdupq_n_u8(2), bytes, vshrq_n_u8(bytes, 7)); }

Q2_INLINE uint8x16_t pack_64(const uint8x16_t bytes[4]) {
    static const int8_t places[16] = {6, 4, 2, 0, 6, 4, 2, 0, 6, 4, 2, 0, 6, 4, 2, 0};
    const int8x16_t shift = vld1q_s8(places);
    uint8x16_t x[4];
    for (size_t i = 0; i < 4; i++) x[i] = vshlq_u8(codes_of(bytes[i]), shift);
    return vpaddq_u8(vpaddq_u8(x[0], x[1]), vpaddq_u8(x[2], x[3]));
}

/* A step of a kind of row: classifies 64 elements into 16 bytes. */
typedef uint8x16_t (*step)(const uint8_t *row, const q2_thresholds *t, uint32x4_t *nearest);

/* All whole steps, then one over a copy with zeros behind it: the last bytes of the code, and nothing past them. */
Q2_INLINE uint32x4_t all_steps(const uint8_t *row, size_t n, size_t step_bytes, size_t row_bytes, q2_thresholds t, uint8_t *packed,
                               step one) {
    uint32x4_t nearest = vdupq_n_u32(UINT32_MAX);
    size_t d = 0, at = 0;
    for (; d + STEP <= n; d += STEP, at += step_bytes) vst1q_u8(packed + d / 4, one(row + at, &t, &nearest));
    if (d < n) {
        uint8_t some[4 * STEP] = {0}, code[STEP / 4];
        memcpy(some, row + at, row_bytes - at);
        vst1q_u8(code, one(some, &t, &nearest));
        code[q2_packed_bytes(n - d) - 1] &= q2_last_byte_mask(n);
        memcpy(packed + d / 4, code, q2_packed_bytes(n - d));
    }
    return nearest;
}

/* ---- fp32 ---- */

Q2_INLINE uint32x4_t fp32_symbols(const uint8_t *row, float32x4_t minus_t2, int32x4_t tiny, uint32x4_t *nearest) {
    const float32x4_t x = load_fp32(row);
    const uint32x4_t e = vreinterpretq_u32_f32(vfmaq_f32(minus_t2, x, x));
    *nearest = vminq_u32(*nearest, e);
    return vbslq_u32(vdupq_n_u32(0x80000000), e, vcgtq_s32(vreinterpretq_s32_f32(x), tiny));
}

Q2_INLINE uint8x16_t top_bytes(uint16x8_t a, uint16x8_t b) { return vuzp2q_u8(vreinterpretq_u8_u16(a), vreinterpretq_u8_u16(b)); }

Q2_INLINE uint16x8_t top_halves(uint32x4_t a, uint32x4_t b) {
    return vuzp2q_u16(vreinterpretq_u16_u32(a), vreinterpretq_u16_u32(b));
}

Q2_INLINE uint8x16_t fp32_step(const uint8_t *row, const q2_thresholds *t, uint32x4_t *nearest) {
    const float32x4_t minus_t2 = vdupq_n_f32(-t->t2);
    const int32x4_t tiny = vdupq_n_s32((int32_t)t->tiny);
    uint8x16_t bytes[4];
    for (size_t i = 0; i < 4; i++) {
        uint32x4_t s[4];
        for (size_t j = 0; j < 4; j++) s[j] = fp32_symbols(row + 64 * i + 16 * j, minus_t2, tiny, nearest);
        bytes[i] = top_bytes(top_halves(s[0], s[1]), top_halves(s[2], s[3]));
    }
    return pack_64(bytes);
}

static bool classify_fp32(const uint8_t *row, size_t n, q2_thresholds t, uint8_t *packed) {
    const uint32x4_t nearest = all_steps(row, n, 4 * STEP, 4 * n, t, packed, fp32_step);
    return vminvq_u32(nearest) >= q2_bits_of(t.width);
}

static bool any_tiny(const uint8_t *row, size_t n, uint32_t limit) {
    uint32x4_t least = vdupq_n_u32(UINT32_MAX);
    for (size_t d = 0; d < n; d += 8) {
        const float32x4x2_t x = fp32_at(row, d, n - d);
        for (size_t i = 0; i < 2; i++) least = vminq_u32(least, vsubq_u32(vreinterpretq_u32_f32(x.val[i]), vdupq_n_u32(1)));
    }
    return vminvq_u32(least) < limit;
}

/* ---- bf16 and fp16 ---- */

Q2_INLINE uint16x8_t half_symbols(const uint8_t *row, uint16x8_t strong, int16x8_t tiny) {
    const uint16x8_t x = load_halves(row), weak = vcgtq_u16(strong, vandq_u16(x, vdupq_n_u16(0x7FFF)));
    return vbslq_u16(vdupq_n_u16(0x8000), weak, vcgtq_s16(vreinterpretq_s16_u16(x), tiny));
}

Q2_INLINE uint8x16_t half_step(const uint8_t *row, const q2_thresholds *t, uint32x4_t *nearest) {
    const uint16x8_t strong = vdupq_n_u16((uint16_t)t->strong);
    const int16x8_t tiny = vdupq_n_s16((int16_t)t->tiny);
    uint8x16_t bytes[4];
    (void)nearest;
    for (size_t i = 0; i < 4; i++) {
        bytes[i] = top_bytes(half_symbols(row + 32 * i, strong, tiny), half_symbols(row + 32 * i + 16, strong, tiny));
    }
    return pack_64(bytes);
}

static bool classify_half(const uint8_t *row, size_t n, q2_thresholds t, uint8_t *packed) {
    all_steps(row, n, 2 * STEP, 2 * n, t, packed, half_step);
    return true;
}

/* ---- q8 and q4 ---- */

/* |-128| is 128 as an unsigned byte. */
Q2_INLINE uint8x16_t q8_step(const uint8_t *row, const q2_thresholds *t, uint32x4_t *nearest) {
    const uint8x16_t strong = vdupq_n_u8((uint8_t)t->strong);
    uint8x16_t bytes[4];
    (void)nearest;
    for (size_t i = 0; i < 4; i++) {
        const int8x16_t x = vreinterpretq_s8_u8(vld1q_u8(row + 16 * i));
        const uint8x16_t weak = vcgtq_u8(strong, vreinterpretq_u8_s8(vabsq_s8(x)));
        bytes[i] = vbslq_u8(vdupq_n_u8(0x80), weak, vcgtzq_s8(x));
    }
    return pack_64(bytes);
}

static bool classify_q8(const uint8_t *row, size_t n, q2_thresholds t, uint8_t *packed) {
    all_steps(row, n, STEP, n, t, packed, q8_step);
    return true;
}

/* The Gray code of each of the 16 nibbles. */
Q2_INLINE uint8x16_t q4_codes(uint32_t strong) {
    static const int8_t nibbles[16] = {-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7};
    const int8x16_t x = vld1q_s8(nibbles);
    const uint8x16_t weak = vcgtq_u8(vdupq_n_u8((uint8_t)strong), vreinterpretq_u8_s8(vabsq_s8(x)));
    return vorrq_u8(vandq_u8(weak, vdupq_n_u8(1)), vandq_u8(vcgtzq_s8(x), vdupq_n_u8(2)));
}

/* 32 elements: the four bits of each byte in their place among eight. */
Q2_INLINE uint8x16_t q4_symbols(const uint8_t *row, uint8x16_t codes) {
    static const int8_t places[16] = {4, 0, 4, 0, 4, 0, 4, 0, 4, 0, 4, 0, 4, 0, 4, 0};
    const uint8x16_t x = vld1q_u8(row), low = vqtbl1q_u8(codes, vandq_u8(x, vdupq_n_u8(15)));
    return vshlq_u8(vsliq_n_u8(low, vqtbl1q_u8(codes, vshrq_n_u8(x, 4)), 2), vld1q_s8(places));
}

Q2_INLINE uint8x16_t q4_step(const uint8_t *row, const q2_thresholds *t, uint32x4_t *nearest) {
    const uint8x16_t codes = q4_codes(t->strong);
    (void)nearest;
    return vpaddq_u8(q4_symbols(row, codes), q4_symbols(row + 16, codes));
}

static bool classify_q4(const uint8_t *row, size_t n, q2_thresholds t, uint8_t *packed) {
    all_steps(row, n, STEP / 2, n / 2, t, packed, q4_step);
    return true;
}

const q2_quantise_table q2_quantise_neon = {
    .dtype =
        {
            [Q2_FP32] = {bounds_fp32, q2_neon_refined_fp32, pinned_fp32, classify_fp32},
            [Q2_FP16] = {bounds_fp16, q2_neon_refined_fp16, q2_scalar_pinned_sum_fp16, classify_half},
            [Q2_Q8] = {bounds_q8, NULL, q2_scalar_pinned_sum_q8, classify_q8},
            [Q2_Q4] = {bounds_q4, NULL, q2_scalar_pinned_sum_q4, classify_q4},
            [Q2_BF16] = {bounds_bf16, NULL, pinned_bf16, classify_half},
        },
    .key = q2_scalar_key,
    .transitions = q2_neon_transitions,
    .any_tiny = any_tiny,
};

#else
typedef int q2_no_neon_on_this_machine;
#endif
