/* L1 distance with AVX-512 where VPOPCNTDQ is missing: each symbol's distance, 0 to 3, is made in its own two bits, and those of a
 * nibble are added by a table. */
#include "q2_internal.h"

#if Q2_X86

#include <immintrin.h>

#define Q2_L1_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,bmi,bmi2,popcnt")))

#include "l1_avx512.h"

/* In lanes of 64 bits, whose upper half stays 0. */
Q2_L1_TARGET Q2_INLINE __m512i add_l1(__m512i sum, __m512i a, __m512i b, __m512i bits) {
    const __m512i low = _mm512_set1_epi8(0x55), nibble = _mm512_set1_epi8(0x0F), differ = difference(a, b, bits);
    const __m512i table = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6));
    const __m512i far = opposites(a, b, differ), high = _mm512_and_si512(_mm512_srli_epi16(differ, 1), low);
    const __m512i apart = _mm512_add_epi8(_mm512_add_epi8(_mm512_and_si512(differ, low), high), _mm512_add_epi8(far, far));
    const __m512i odd = _mm512_shuffle_epi8(table, _mm512_and_si512(apart, nibble));
    const __m512i even = _mm512_shuffle_epi8(table, _mm512_and_si512(_mm512_srli_epi16(apart, 4), nibble));
    return _mm512_add_epi64(sum, _mm512_sad_epu8(_mm512_add_epi8(odd, even), _mm512_setzero_si512()));
}

#include "l1_kernel.h"

const q2_lee_table q2_l1_avx512 = {pair, many, NULL, first_below, NULL};

#else
typedef int q2_no_avx512_l1_on_this_machine;
#endif
