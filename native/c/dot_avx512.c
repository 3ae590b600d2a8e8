/* Scores with AVX-512 where VNNI, VBMI or VPOPCNTDQ is missing: vpshufb looks levels up by four bits, two symbols, of which the
 * tables heed one; vpmaddubsw makes and adds two products a lane of 16 bits, which hold eight times that. */
#include "q2_internal.h"

#if Q2_X86

#include <immintrin.h>

#define Q2_DOT_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,bmi,bmi2,popcnt")))
#define Q2_DOT_TABLE q2_dot_avx512
#define Q2_CODE_DOT_TABLE q2_code_dot_avx512
#define Q2_DOT_BLOCK q2_avx2_score_block

typedef __m512i vector;
typedef __m512i sums;

Q2_DOT_TARGET Q2_INLINE __m512i low_nibble(__m512i v) { return _mm512_and_si512(v, _mm512_set1_epi8(0x0F)); }

Q2_DOT_TARGET Q2_INLINE void expand(__m512i v, __m512i *levels) {
    const __m512i first = _mm512_broadcast_i32x4(_mm_setr_epi32(0x00000000, 0x03030303, 0x08080808, 0x05050505));
    const __m512i second = _mm512_set1_epi32(0x05080300), low = low_nibble(v), high = low_nibble(_mm512_srli_epi16(v, 4));
    levels[0] = _mm512_shuffle_epi8(first, high);
    levels[1] = _mm512_shuffle_epi8(second, high);
    levels[2] = _mm512_shuffle_epi8(first, low);
    levels[3] = _mm512_shuffle_epi8(second, low);
}

/* Two products are within 8 * 128 * 2 = 2^11, and four times that is added in 16 bits. */
Q2_DOT_TARGET Q2_INLINE __m512i product(__m512i sum, const __m512i *levels, const __m512i *query) {
    const __m512i a = _mm512_add_epi16(_mm512_maddubs_epi16(levels[0], query[0]), _mm512_maddubs_epi16(levels[1], query[1]));
    const __m512i b = _mm512_add_epi16(_mm512_maddubs_epi16(levels[2], query[2]), _mm512_maddubs_epi16(levels[3], query[3]));
    return _mm512_add_epi32(sum, _mm512_madd_epi16(_mm512_add_epi16(a, b), _mm512_set1_epi16(1)));
}

/* In lanes of 64 bits, whose upper half stays 0: the bits of each nibble by a table, then their sum. */
Q2_DOT_TARGET Q2_INLINE __m512i weak(__m512i sum, __m512i v, __m512i low_bits) {
    const __m512i set = _mm512_and_si512(v, low_bits);
    const __m512i table = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    const __m512i both = _mm512_or_si512(set, _mm512_srli_epi16(set, 3)); /* four bits of a byte into its low nibble */
    return _mm512_add_epi64(sum, _mm512_sad_epu8(_mm512_shuffle_epi8(table, low_nibble(both)), _mm512_setzero_si512()));
}

Q2_DOT_TARGET Q2_INLINE __m512i weak_2(__m512i sum, __m512i a, __m512i b, __m512i low_bits_of_b) {
    return weak(weak(sum, a, _mm512_set1_epi8(0x55)), b, low_bits_of_b);
}

#include "dot_avx512.h"

#else
typedef int q2_no_avx512_dot_on_this_machine;
#endif
