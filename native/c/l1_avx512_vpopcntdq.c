/* L1 distance with AVX-512 and VPOPCNTDQ: two population counts a register. */
#include "q2_internal.h"

#if Q2_X86

#include <immintrin.h>

#define Q2_L1_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vpopcntdq,avx2,bmi,bmi2,popcnt")))

#include "l1_avx512.h"

/* In lanes of 64 bits, whose upper half stays 0. */
Q2_L1_TARGET Q2_INLINE __m512i add_l1(__m512i sum, __m512i a, __m512i b, __m512i bits) {
    const __m512i differ = difference(a, b, bits), twice = _mm512_popcnt_epi64(opposites(a, b, differ));
    return _mm512_add_epi64(_mm512_add_epi64(sum, _mm512_popcnt_epi64(differ)), _mm512_add_epi64(twice, twice));
}

#include "l1_kernel.h"

const q2_lee_table q2_l1_avx512_vpopcntdq = {pair, many, NULL, first_below, q2_avx512_l1_block};

#else
typedef int q2_no_avx512_vpopcntdq_l1_on_this_machine;
#endif
