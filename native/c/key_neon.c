/* The count of transitions (section 6) with Advanced SIMD: each byte against itself shifted by a symbol, and cnt. */
#include "key_words.h"

#if Q2_ARM64

#include <arm_neon.h>

uint32_t q2_neon_transitions(const uint8_t *packed, size_t n) {
    uint32x4_t sums = vdupq_n_u32(0);
    size_t at = 8; /* the first word has nothing before it */
    for (; at + 16 <= n / 4; at += 16) {
        const uint8x16_t bytes = vld1q_u8(packed + at), before = vld1q_u8(packed + at - 1);
        const uint8x16_t x = veorq_u8(bytes, vsliq_n_u8(vshrq_n_u8(bytes, 2), before, 6));
        const uint8x16_t changed = vandq_u8(vorrq_u8(x, vshrq_n_u8(x, 1)), vdupq_n_u8(0x55));
        sums = vpadalq_u16(sums, vpaddlq_u8(vcntq_u8(changed)));
    }
    uint32_t count = vaddvq_u32(sums);
    count += (uint32_t)__builtin_popcountll(q2_changes(q2_symbols_at(packed, n, 0), q2_before_first(packed), n));
    for (size_t d = 4 * at; d < n; d += 32) {
        const uint64_t before = packed[d / 4 - 1] & 3u;
        count += (uint32_t)__builtin_popcountll(q2_changes(q2_symbols_at(packed, n, d), before, n - d));
    }
    return count;
}

#else
typedef int q2_no_neon_on_this_machine;
#endif
