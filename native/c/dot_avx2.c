/* Scores with AVX2: vpshufb looks levels up by four bits, two symbols, of which the tables heed one; vpmaddubsw makes and adds two
 * products a lane of 16 bits, which hold eight times that. */
#include "q2_internal.h"

#if Q2_X86

#include <immintrin.h>

#define Q2_DOT_TARGET __attribute__((target("avx2,fma,bmi,bmi2,popcnt")))

#include "fold_avx2.h"
#include "score_x86.h"

enum { VECTOR = 32 };

typedef __m256i vector;
typedef __m256i sums;

Q2_DOT_TARGET Q2_INLINE __m256i load(const uint8_t *bytes) { return _mm256_loadu_si256((const void *)bytes); }

Q2_DOT_TARGET Q2_INLINE __m256i load_short(const uint8_t *bytes, size_t count) {
    uint8_t padded[VECTOR] = {0};
    memcpy(padded, bytes, count);
    return load(padded);
}

Q2_DOT_TARGET Q2_INLINE __m256i low_bits_of_all(void) { return _mm256_set1_epi8(0x55); }

Q2_DOT_TARGET Q2_INLINE __m256i no_sums(void) { return _mm256_setzero_si256(); }

Q2_DOT_TARGET Q2_INLINE __m256i add_sums(__m256i a, __m256i b) { return _mm256_add_epi32(a, b); }

Q2_DOT_TARGET Q2_INLINE __m256i subtract(__m256i v, int x) { return _mm256_sub_epi8(v, _mm256_set1_epi8((char)x)); }

Q2_DOT_TARGET Q2_INLINE __m256i low_nibble(__m256i v) { return _mm256_and_si256(v, _mm256_set1_epi8(0x0F)); }

Q2_DOT_TARGET Q2_INLINE __m256i both_lanes(int a, int b, int c, int d) { return _mm256_setr_epi32(a, b, c, d, a, b, c, d); }

Q2_DOT_TARGET Q2_INLINE void expand(__m256i v, __m256i *levels) {
    const __m256i first = both_lanes(0x00000000, 0x03030303, 0x08080808, 0x05050505), second = _mm256_set1_epi32(0x05080300);
    const __m256i low = low_nibble(v), high = low_nibble(_mm256_srli_epi16(v, 4));
    levels[0] = _mm256_shuffle_epi8(first, high);
    levels[1] = _mm256_shuffle_epi8(second, high);
    levels[2] = _mm256_shuffle_epi8(first, low);
    levels[3] = _mm256_shuffle_epi8(second, low);
}

/* Two products are within 8 * 128 * 2 = 2^11, and four times that is added in 16 bits. */
Q2_DOT_TARGET Q2_INLINE __m256i product(__m256i sum, const __m256i *levels, const __m256i *query) {
    const __m256i a = _mm256_add_epi16(_mm256_maddubs_epi16(levels[0], query[0]), _mm256_maddubs_epi16(levels[1], query[1]));
    const __m256i b = _mm256_add_epi16(_mm256_maddubs_epi16(levels[2], query[2]), _mm256_maddubs_epi16(levels[3], query[3]));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_add_epi16(a, b), _mm256_set1_epi16(1)));
}

/* In lanes of 64 bits, whose upper half stays 0: the bits of each nibble by a table, then their sum. */
Q2_DOT_TARGET Q2_INLINE __m256i weak(__m256i sum, __m256i v, __m256i low_bits) {
    const __m256i set = _mm256_and_si256(v, low_bits);
    const __m256i table = both_lanes(0x02010100, 0x03020201, 0x03020201, 0x04030302);
    const __m256i both = _mm256_or_si256(set, _mm256_srli_epi16(set, 3)); /* four bits of a byte into its low nibble */
    return _mm256_add_epi64(sum, _mm256_sad_epu8(_mm256_shuffle_epi8(table, low_nibble(both)), _mm256_setzero_si256()));
}

Q2_DOT_TARGET Q2_INLINE __m256i weak_2(__m256i sum, __m256i a, __m256i b, __m256i low_bits_of_b) {
    return weak(weak(sum, a, low_bits_of_all()), b, low_bits_of_b);
}

Q2_DOT_TARGET Q2_INLINE int32_t sum_of(const __m256i *v) {
    __m256i sum = _mm256_setzero_si256();
    for (size_t j = 0; j < 4; j++) {
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(_mm256_set1_epi8(1), v[j]), _mm256_set1_epi16(1)));
    }
    const __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    const __m128i quarter = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4E));
    return _mm_cvtsi128_si32(_mm_add_epi32(quarter, _mm_shuffle_epi32(quarter, 0xB1)));
}

/* Bytes of each d mod 4 together, first in every 16 bytes, then in every register, then across the four. */
Q2_DOT_TARGET Q2_INLINE void split(const uint8_t *elements, __m256i *by) {
    const __m256i fours = both_lanes(0x0C080400, 0x0D090501, 0x0E0A0602, 0x0F0B0703);
    const __m256i lanes = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    __m256i v[4];
    for (size_t i = 0; i < 4; i++) {
        v[i] = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(load(elements + i * VECTOR), fours), lanes);
    }
    const __m256i a = _mm256_unpacklo_epi64(v[0], v[1]), b = _mm256_unpacklo_epi64(v[2], v[3]);
    const __m256i c = _mm256_unpackhi_epi64(v[0], v[1]), d = _mm256_unpackhi_epi64(v[2], v[3]);
    by[0] = _mm256_permute2x128_si256(a, b, 0x20);
    by[1] = _mm256_permute2x128_si256(c, d, 0x20);
    by[2] = _mm256_permute2x128_si256(a, b, 0x31);
    by[3] = _mm256_permute2x128_si256(c, d, 0x31);
}

Q2_DOT_TARGET Q2_INLINE __m256i fold(__m256i a, __m256i b) { return q2_fold_2(a, b); }

Q2_DOT_TARGET Q2_INLINE __m256i fold_weak(__m256i a, __m256i b) { return q2_fold_2(a, b); }

Q2_DOT_TARGET Q2_INLINE __m256i total(const __m256i *pairs) {
    return q2_fold_8(q2_fold_4(pairs[0], pairs[1]), q2_fold_4(pairs[2], pairs[3]));
}

#include "dot_kernel.h"

typedef __m256i narrow;

Q2_DOT_TARGET Q2_INLINE __m256i no_narrow(void) { return _mm256_setzero_si256(); }

/* Two products are within -2^11 and 2^11 - 16, so that 16 bits hold sixteen times that. */
Q2_DOT_TARGET Q2_INLINE __m256i multiply(__m256i sum, __m256i levels, __m256i four) {
    return _mm256_add_epi16(sum, _mm256_maddubs_epi16(levels, four));
}

Q2_DOT_TARGET Q2_INLINE void add_narrow(int32_t *products, __m256i some) {
    const __m256i wide = _mm256_madd_epi16(some, _mm256_set1_epi16(1));
    _mm256_storeu_si256((void *)products, _mm256_add_epi32(wide, _mm256_loadu_si256((const void *)products)));
}

Q2_DOT_TARGET Q2_INLINE __m256i four_elements(const uint8_t *bytes) {
    int32_t four;
    memcpy(&four, bytes, sizeof four);
    return _mm256_set1_epi32(four);
}

/* Neighbours, then pairs, then fours change places. */
Q2_DOT_TARGET Q2_INLINE void turn(__m256i *v) {
    __m256i a[8], b[8];
    for (size_t i = 0; i < 8; i += 2) {
        a[i] = _mm256_unpacklo_epi32(v[i], v[i + 1]);
        a[i + 1] = _mm256_unpackhi_epi32(v[i], v[i + 1]);
    }
    for (size_t i = 0; i < 8; i += 4) {
        b[i] = _mm256_unpacklo_epi64(a[i], a[i + 2]);
        b[i + 1] = _mm256_unpackhi_epi64(a[i], a[i + 2]);
        b[i + 2] = _mm256_unpacklo_epi64(a[i + 1], a[i + 3]);
        b[i + 3] = _mm256_unpackhi_epi64(a[i + 1], a[i + 3]);
    }
    for (size_t i = 0; i < 4; i++) {
        v[i] = _mm256_permute2x128_si256(b[i], b[i + 4], 0x20);
        v[i + 4] = _mm256_permute2x128_si256(b[i], b[i + 4], 0x31);
    }
}

Q2_DOT_TARGET Q2_INLINE __m256i load_eight(const int32_t *from) { return _mm256_loadu_si256((const void *)from); }

#define IN_REGISTERS(a, b) __asm__("" : "+x"(a), "+x"(b))
#define Q2_SCORE_BLOCK q2_avx2_score_block
#include "dot_block.h"

Q2_DOT_TARGET static size_t first_above(const float *scores, size_t from, size_t count, float limit) {
    const __m256 bound = _mm256_set1_ps(limit);
    for (; from + 8 <= count; from += 8) {
        const unsigned above = (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(scores + from), bound, _CMP_GT_OQ));
        if (above != 0) return from + (size_t)__builtin_ctz(above);
    }
    while (from < count && !(scores[from] > limit)) from++;
    return from;
}

const q2_score_table q2_dot_avx2 = {many_dot, scan_dot, first_above, q2_avx2_score_block}, q2_code_dot_avx2 = {many_code_dot, scan_code_dot, first_above, q2_avx2_score_block};

#else
typedef int q2_no_avx2_dot_on_this_machine;
#endif
