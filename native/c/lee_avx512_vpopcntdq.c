/* Lee distance with AVX-512 and VPOPCNTDQ: exclusive or, vpopcntq, add. */
#include "q2_internal.h"

#if Q2_X86

#include <immintrin.h>

#define Q2_LEE_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vpopcntdq,avx2,bmi,bmi2,popcnt")))
#define Q2_LEE_TABLE q2_lee_avx512_vpopcntdq
#define Q2_LEE_BLOCK q2_avx512_lee_block

Q2_LEE_TARGET Q2_INLINE __m512i count_bits(__m512i x) { return _mm512_popcnt_epi64(x); }

Q2_LEE_TARGET Q2_INLINE __m512i add_counts(__m512i a, __m512i b) { return _mm512_add_epi64(a, b); }

Q2_LEE_TARGET Q2_INLINE __m512i lane_sums(__m512i counts) { return counts; }

#include "lee_avx512.h"

#else
typedef int q2_no_avx512_vpopcntdq_on_this_machine;
#endif
