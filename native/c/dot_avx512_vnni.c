/* Scores with AVX-512, VNNI, VBMI and VPOPCNTDQ. vpermb looks levels up by six bits, three symbols, of which the tables heed one:
 * nothing has to be masked out. vpdpbusd makes and adds four products a lane. */
#include "q2_internal.h"

#if Q2_X86

#include <immintrin.h>

#define Q2_DOT_TARGET                                                                                                             \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512vbmi,avx512vpopcntdq,avx2,fma,bmi,bmi2,popcnt")))
#define Q2_DOT_TABLE q2_dot_avx512_vnni
#define Q2_CODE_DOT_TABLE q2_code_dot_avx512_vnni
#define Q2_DOT_BLOCK q2_avx512_score_block

typedef __m512i vector;
typedef __m512i sums;

/* Levels + 4 of the symbol at bits 1:0, 3:2 or 5:4 of an index. */
Q2_DOT_TARGET Q2_INLINE __m512i levels_at(int place) {
    const __m512i low = _mm512_set1_epi32(0x05080300), symbols[3] = {
        low,
        _mm512_broadcast_i32x4(_mm_setr_epi32(0x00000000, 0x03030303, 0x08080808, 0x05050505)),
        _mm512_set_epi64(0x0505050505050505, 0x0505050505050505, 0x0808080808080808, 0x0808080808080808, 0x0303030303030303,
                         0x0303030303030303, 0, 0),
    };
    return symbols[place];
}

Q2_DOT_TARGET Q2_INLINE void expand(__m512i v, __m512i *levels) {
    levels[0] = _mm512_permutexvar_epi8(_mm512_srli_epi16(v, 2), levels_at(2));
    levels[1] = _mm512_permutexvar_epi8(v, levels_at(2));
    levels[2] = _mm512_permutexvar_epi8(v, levels_at(1));
    levels[3] = _mm512_permutexvar_epi8(v, levels_at(0));
}

Q2_DOT_TARGET Q2_INLINE __m512i product(__m512i sum, const __m512i *levels, const __m512i *query) {
#pragma GCC unroll 4
    for (int j = 0; j < 4; j++) sum = _mm512_dpbusd_epi32(sum, levels[j], query[j]);
    return sum;
}

/* In lanes of 64 bits, whose upper half stays 0. */
Q2_DOT_TARGET Q2_INLINE __m512i weak(__m512i sum, __m512i v, __m512i low_bits) {
    return _mm512_add_epi64(sum, _mm512_popcnt_epi64(_mm512_and_si512(v, low_bits)));
}

/* The low bits of a where they are, those of b beside them. */
Q2_DOT_TARGET Q2_INLINE __m512i weak_2(__m512i sum, __m512i a, __m512i b, __m512i low_bits_of_b) {
    const __m512i low = _mm512_and_si512(b, low_bits_of_b), high = _mm512_add_epi8(low, low);
    const __m512i both = _mm512_ternarylogic_epi64(high, a, _mm512_set1_epi8(0x55), 0xF8); /* high | (a & 0x55) */
    return _mm512_add_epi64(sum, _mm512_popcnt_epi64(both));
}

#include "dot_avx512.h"

#else
typedef int q2_no_avx512_vnni_dot_on_this_machine;
#endif
