/* Lee distance with AVX2: the popcount of each nibble by a table in a register (vpshufb), summed over bytes (vpsadbw).
 * Four codes are in flight, so that their chains of additions overlap. */
#include "q2_internal.h"

#if Q2_X86

#include <immintrin.h>

#define Q2_AVX2 __attribute__((target("avx2,fma,bmi,bmi2,popcnt")))

Q2_AVX2 Q2_INLINE __m256i load_32(const uint8_t *bytes) { return _mm256_loadu_si256((const void *)bytes); }

/* Set bits of each 64-bit lane. */
Q2_AVX2 Q2_INLINE __m256i popcount_32(__m256i x) {
    const __m256i counts = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2,
                                            3, 3, 4);
    const __m256i nibble = _mm256_set1_epi8(0x0F);
    const __m256i low = _mm256_shuffle_epi8(counts, _mm256_and_si256(x, nibble));
    const __m256i high = _mm256_shuffle_epi8(counts, _mm256_and_si256(_mm256_srli_epi16(x, 4), nibble));
    return _mm256_sad_epu8(_mm256_add_epi8(low, high), _mm256_setzero_si256());
}

Q2_AVX2 Q2_INLINE uint32_t sum_lanes(__m256i x) {
    const __m128i halves = _mm_add_epi64(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    return (uint32_t)_mm_cvtsi128_si32(_mm_add_epi64(halves, _mm_unpackhi_epi64(halves, halves)));
}

/* What is left of a code past its last whole block of 32 bytes. */
Q2_AVX2 Q2_INLINE uint32_t tail_distance(const uint8_t *a, const uint8_t *b, size_t n) {
    uint32_t distance = q2_last_byte_distance(a, b, n);
    size_t i = n / 4 & ~(size_t)31;
    for (; i + 8 <= n / 4; i += 8) {
        uint64_t x, y;
        memcpy(&x, a + i, sizeof x);
        memcpy(&y, b + i, sizeof y);
        distance += (uint32_t)_mm_popcnt_u64(x ^ y);
    }
    for (; i < n / 4; i++) distance += (uint32_t)_mm_popcnt_u32((unsigned)(a[i] ^ b[i]));
    return distance;
}

Q2_AVX2 static uint32_t pair(const uint8_t *a, const uint8_t *b, size_t n) {
    __m256i sum = _mm256_setzero_si256();
    for (size_t i = 0; i + 32 <= n / 4; i += 32) {
        sum = _mm256_add_epi64(sum, popcount_32(_mm256_xor_si256(load_32(a + i), load_32(b + i))));
    }
    return sum_lanes(sum) + tail_distance(a, b, n);
}

Q2_AVX2 static void four(const uint8_t *query, const uint8_t *codes, size_t stride, size_t n, uint32_t *distances) {
    __m256i sum[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};
    for (size_t i = 0; i + 32 <= n / 4; i += 32) {
        const __m256i q = load_32(query + i);
        for (size_t c = 0; c < 4; c++) {
            sum[c] = _mm256_add_epi64(sum[c], popcount_32(_mm256_xor_si256(q, load_32(codes + c * stride + i))));
        }
    }
    for (size_t c = 0; c < 4; c++) distances[c] = sum_lanes(sum[c]) + tail_distance(query, codes + c * stride, n);
}

Q2_AVX2 static void many(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, uint32_t *distances) {
    size_t i = 0;
    for (; i + 4 <= count; i += 4) four(query, codes + i * stride, stride, n, distances + i);
    for (; i < count; i++) distances[i] = pair(query, codes + i * stride, n);
}

/* Distances are below 2^31 (at most 2^21), so a signed compare serves. */
Q2_AVX2 static size_t first_below(const uint32_t *distances, size_t from, size_t count, uint32_t limit) {
    const __m256i bound = _mm256_set1_epi32((int)limit);
    for (; from + 8 <= count; from += 8) {
        const __m256i below = _mm256_cmpgt_epi32(bound, _mm256_loadu_si256((const void *)(distances + from)));
        const unsigned mask = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(below));
        if (mask != 0) return from + (size_t)__builtin_ctz(mask);
    }
    while (from < count && distances[from] >= limit) from++;
    return from;
}

const q2_lee_table q2_lee_avx2 = {pair, many, first_below};

#else
typedef int q2_no_avx2_on_this_machine;
#endif
