/* Lee distance with AVX-512 where VPOPCNTDQ is missing (Skylake and Cascade Lake servers): the bits of each nibble by a table in
 * a register (vpshufb), added up in bytes and only then summed across (vpsadbw). */
#include "q2_internal.h"

#if Q2_X86

#include <immintrin.h>

#define Q2_LEE_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,bmi,bmi2,popcnt")))
#define Q2_LEE_TABLE q2_lee_avx512
#define Q2_LEE_BLOCK NULL

Q2_LEE_TARGET Q2_INLINE __m512i count_bits(__m512i x) {
    const __m512i table = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    const __m512i nibble = _mm512_set1_epi8(0x0F);
    const __m512i low = _mm512_shuffle_epi8(table, _mm512_and_si512(x, nibble));
    const __m512i high = _mm512_shuffle_epi8(table, _mm512_and_si512(_mm512_srli_epi16(x, 4), nibble));
    return _mm512_add_epi8(low, high);
}

Q2_LEE_TARGET Q2_INLINE __m512i add_counts(__m512i a, __m512i b) { return _mm512_add_epi8(a, b); }

Q2_LEE_TARGET Q2_INLINE __m512i lane_sums(__m512i counts) { return _mm512_sad_epu8(counts, _mm512_setzero_si512()); }

#include "lee_avx512.h"

#else
typedef int q2_no_avx512_on_this_machine;
#endif
