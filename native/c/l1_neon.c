/* L1 distance with NEON: cnt counts the bits of each byte, and those of the pairs of an A and a D twice more. */
#include "q2_internal.h"

#if Q2_ARM64

#include <arm_neon.h>

#define Q2_L1_TARGET

enum { VECTOR = 16 };

typedef uint8x16_t vector;
typedef uint32x4_t sums;

Q2_INLINE uint8x16_t load(const uint8_t *bytes) { return vld1q_u8(bytes); }

Q2_INLINE uint8x16_t load_short(const uint8_t *bytes, size_t count) {
    uint8_t padded[VECTOR] = {0};
    memcpy(padded, bytes, count);
    return load(padded);
}

Q2_INLINE uint8x16_t all_bits(void) { return vdupq_n_u8(0xFF); }

Q2_INLINE uint32x4_t no_sums(void) { return vdupq_n_u32(0); }

Q2_INLINE uint32x4_t add_l1(uint32x4_t sum, uint8x16_t a, uint8x16_t b, uint8x16_t bits) {
    const uint8x16_t differ = vandq_u8(veorq_u8(a, b), bits), low = vdupq_n_u8(0x55);
    const uint8x16_t far = vcntq_u8(vandq_u8(vbicq_u8(vshrq_n_u8(differ, 1), vorrq_u8(a, b)), low));
    const uint8x16_t counts = vaddq_u8(vcntq_u8(differ), vaddq_u8(far, far));
    return vpadalq_u16(sum, vpaddlq_u8(counts));
}

Q2_INLINE void total_8(const uint32x4_t *s, uint32_t *distances) {
    vst1q_u32(distances, vpaddq_u32(vpaddq_u32(s[0], s[1]), vpaddq_u32(s[2], s[3])));
    vst1q_u32(distances + 4, vpaddq_u32(vpaddq_u32(s[4], s[5]), vpaddq_u32(s[6], s[7])));
}

static size_t first_below(const uint32_t *distances, size_t from, size_t count, uint32_t limit) {
    const uint32x4_t bound = vdupq_n_u32(limit);
    for (; from + 8 <= count; from += 8) {
        const uint32x4_t low = vcltq_u32(vld1q_u32(distances + from), bound);
        const uint32x4_t high = vcltq_u32(vld1q_u32(distances + from + 4), bound);
        if (vmaxvq_u32(vorrq_u32(low, high)) != 0) break;
    }
    while (from < count && distances[from] >= limit) from++;
    return from;
}

#include "l1_kernel.h"

const q2_lee_table q2_l1_neon = {pair, many, NULL, first_below, NULL};

#else
typedef int q2_no_neon_l1_on_this_machine;
#endif
