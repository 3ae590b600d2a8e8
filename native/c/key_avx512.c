/* The count of transitions (section 6) with AVX-512 and VPOPCNTDQ: each byte against itself shifted by a symbol. */
#include "key_words.h"

#if Q2_X86

#include <immintrin.h>

#define Q2_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vpopcntdq,bmi,bmi2,popcnt,lzcnt")))

/* vpternlogd tables, for operands a, b, c: the bit of each is in 0xF0, 0xCC, 0xAA. */
enum { SELECT_B_ELSE_C = (0xF0 & 0xCC) | (0x0F & 0xAA), OR_THEN_AND = (0xF0 | 0xCC) & 0xAA };

Q2_AVX512 Q2_INLINE __m512i changed_bits(__m512i bytes, __m512i before) {
    const __m512i shifted = _mm512_ternarylogic_epi64(_mm512_set1_epi8((char)0xC0), _mm512_slli_epi16(before, 6),
                                                      _mm512_srli_epi16(bytes, 2), SELECT_B_ELSE_C);
    const __m512i x = _mm512_xor_si512(bytes, shifted);
    return _mm512_ternarylogic_epi64(x, _mm512_srli_epi16(x, 1), _mm512_set1_epi8(0x55), OR_THEN_AND);
}

Q2_AVX512 uint32_t q2_avx512_transitions(const uint8_t *packed, size_t n) {
    __m512i sums = _mm512_setzero_si512();
    size_t at = 8; /* the first word has nothing before it */
    for (; at + 64 <= n / 4; at += 64) {
        const __m512i bytes = _mm512_loadu_si512((const void *)(packed + at));
        const __m512i before = _mm512_loadu_si512((const void *)(packed + at - 1));
        sums = _mm512_add_epi64(sums, _mm512_popcnt_epi64(changed_bits(bytes, before)));
    }
    uint32_t count = (uint32_t)_mm512_reduce_add_epi64(sums);
    count += (uint32_t)_mm_popcnt_u64(q2_changes(q2_symbols_at(packed, n, 0), q2_before_first(packed), n));
    for (size_t d = 4 * at; d < n; d += 32) {
        const uint64_t before = packed[d / 4 - 1] & 3u;
        count += (uint32_t)_mm_popcnt_u64(q2_changes(q2_symbols_at(packed, n, d), before, n - d));
    }
    return count;
}

#else
typedef int q2_no_avx512_on_this_machine;
#endif
