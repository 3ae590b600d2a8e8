/* L1 distance with AVX2: each symbol's distance, 0 to 3, is made in its own two bits, and those of a nibble are added by a
 * table. */
#include "q2_internal.h"

#if Q2_X86

#include <immintrin.h>

#include "fold_avx2.h"

#define Q2_L1_TARGET __attribute__((target("avx2,fma,bmi,bmi2,popcnt")))

enum { VECTOR = 32 };

typedef __m256i vector;
typedef __m256i sums;

Q2_L1_TARGET Q2_INLINE __m256i load(const uint8_t *bytes) { return _mm256_loadu_si256((const void *)bytes); }

Q2_L1_TARGET Q2_INLINE __m256i load_short(const uint8_t *bytes, size_t count) {
    uint8_t padded[VECTOR] = {0};
    memcpy(padded, bytes, count);
    return load(padded);
}

Q2_L1_TARGET Q2_INLINE __m256i all_bits(void) { return _mm256_set1_epi8(-1); }

Q2_L1_TARGET Q2_INLINE __m256i no_sums(void) { return _mm256_setzero_si256(); }

/* In lanes of 64 bits, whose upper half stays 0. */
Q2_L1_TARGET Q2_INLINE __m256i add_l1(__m256i sum, __m256i a, __m256i b, __m256i bits) {
    const __m256i low = _mm256_set1_epi8(0x55), nibble = _mm256_set1_epi8(0x0F);
    const __m256i table = _mm256_setr_epi8(0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6, 0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4,
                                           5, 6);
    const __m256i differ = _mm256_and_si256(_mm256_xor_si256(a, b), bits);
    const __m256i high = _mm256_and_si256(_mm256_srli_epi16(differ, 1), low), far = _mm256_andnot_si256(_mm256_or_si256(a, b), high);
    const __m256i apart = _mm256_add_epi8(_mm256_add_epi8(_mm256_and_si256(differ, low), high), _mm256_add_epi8(far, far));
    const __m256i odd = _mm256_shuffle_epi8(table, _mm256_and_si256(apart, nibble));
    const __m256i even = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(apart, 4), nibble));
    return _mm256_add_epi64(sum, _mm256_sad_epu8(_mm256_add_epi8(odd, even), _mm256_setzero_si256()));
}

Q2_L1_TARGET Q2_INLINE void total_8(const __m256i *s, uint32_t *distances) {
    const __m256i low = q2_fold_4(q2_fold_2(s[0], s[1]), q2_fold_2(s[2], s[3]));
    const __m256i high = q2_fold_4(q2_fold_2(s[4], s[5]), q2_fold_2(s[6], s[7]));
    _mm256_storeu_si256((void *)distances, q2_fold_8(low, high));
}

/* Distances are at most 3 * 2^20 and limits below 2^31, so a signed compare serves. */
Q2_L1_TARGET static size_t first_below(const uint32_t *distances, size_t from, size_t count, uint32_t limit) {
    const __m256i bound = _mm256_set1_epi32((int)limit);
    for (; from + 8 <= count; from += 8) {
        const __m256i below = _mm256_cmpgt_epi32(bound, _mm256_loadu_si256((const void *)(distances + from)));
        const unsigned mask = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(below));
        if (mask != 0) return from + (size_t)__builtin_ctz(mask);
    }
    while (from < count && distances[from] >= limit) from++;
    return from;
}

#include "l1_kernel.h"

const q2_lee_table q2_l1_avx2 = {pair, many, NULL, first_below, NULL};

#else
typedef int q2_no_avx2_l1_on_this_machine;
#endif
