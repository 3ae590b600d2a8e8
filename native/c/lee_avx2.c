/* Lee distance with AVX2: the bits of each nibble by a table in a register (vpshufb), added up in bytes and only then summed
 * across (vpsadbw). Eight codes are in flight, one after another in the order of their addresses: the processor overlaps them,
 * and its prefetchers see one stream. */
#include "lee_words.h"

#if Q2_X86

#include <immintrin.h>

#define Q2_AVX2 __attribute__((target("avx2,fma,bmi,bmi2,popcnt")))

enum {
    VECTOR = 32,
    AT_ONCE = 28 /* vectors whose counts, at most 8 a byte, fit a byte beside those of the last vector */
};

/* The end of a code is read as its last 32 bytes; bits says which of them are still to be counted and belong to the n
 * dimensions. */
typedef struct {
    size_t whole; /* whole vectors before the end */
    size_t start; /* of the last vector, in bytes */
    __m256i bits;
} shape;

Q2_AVX2 Q2_INLINE __m256i load(const uint8_t *bytes) { return _mm256_loadu_si256((const void *)bytes); }

/* For codes of at least one vector. */
Q2_AVX2 Q2_INLINE shape shape_of(size_t n) {
    const size_t bytes = q2_packed_bytes(n), whole = (bytes - 1) / VECTOR;
    uint8_t bits[VECTOR];
    for (size_t i = 0; i < VECTOR; i++) bits[i] = bytes - VECTOR + i < whole * VECTOR ? 0 : 0xFF;
    bits[VECTOR - 1] = q2_last_byte_mask(n);
    return (shape){whole, bytes - VECTOR, load(bits)};
}

/* Set bits of each byte. */
Q2_AVX2 Q2_INLINE __m256i count_bits(__m256i x) {
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3,
                                           3, 4);
    const __m256i nibble = _mm256_set1_epi8(0x0F);
    const __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(x, nibble));
    const __m256i high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(x, 4), nibble));
    return _mm256_add_epi8(low, high);
}

Q2_AVX2 Q2_INLINE __m256i difference(const uint8_t *a, const uint8_t *b, size_t i) {
    return count_bits(_mm256_xor_si256(load(a + i), load(b + i)));
}

/* Four 64-bit sums of one code. */
Q2_AVX2 Q2_INLINE __m256i code_sums(const uint8_t *a, const uint8_t *b, const shape *s) {
    const __m256i last = _mm256_xor_si256(load(a + s->start), load(b + s->start));
    __m256i counts = count_bits(_mm256_and_si256(last, s->bits)), sums = _mm256_setzero_si256();
    size_t i = 0;
    do {
        const size_t end = s->whole - i < AT_ONCE ? s->whole : i + AT_ONCE;
        for (; i < end; i++) counts = _mm256_add_epi8(counts, difference(a, b, i * VECTOR));
        sums = _mm256_add_epi64(sums, _mm256_sad_epu8(counts, _mm256_setzero_si256()));
        counts = _mm256_setzero_si256();
    } while (i < s->whole);
    return sums;
}

/* The totals of four codes, from four sums each: sums stay under 2^21, so that two share a 64-bit lane. */
Q2_AVX2 Q2_INLINE __m128i totals_of_4(const __m256i *sums) {
    const __m256i a = _mm256_or_si256(sums[0], _mm256_slli_epi64(sums[1], 32));
    const __m256i b = _mm256_or_si256(sums[2], _mm256_slli_epi64(sums[3], 32));
    const __m256i both = _mm256_add_epi32(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
    return _mm_add_epi32(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
}

/* Codes shorter than a vector. */
Q2_AVX2 Q2_INLINE uint32_t short_distance(const uint8_t *a, const uint8_t *b, size_t n) {
    const size_t bytes = q2_packed_bytes(n), words = (bytes - 1) / 8;
    const uint64_t last = (q2_last_word(a, bytes) ^ q2_last_word(b, bytes)) & q2_last_word_bits(n);
    int64_t distance = _mm_popcnt_u64(last);
    for (size_t i = 0; i < words; i++) distance += _mm_popcnt_u64(q2_word_at(a + 8 * i) ^ q2_word_at(b + 8 * i));
    return (uint32_t)distance;
}

Q2_AVX2 static uint32_t pair(const uint8_t *a, const uint8_t *b, size_t n) {
    if (q2_packed_bytes(n) < VECTOR) return short_distance(a, b, n);
    const shape s = shape_of(n);
    const __m256i sums[4] = {code_sums(a, b, &s), _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};
    return (uint32_t)_mm_cvtsi128_si32(totals_of_4(sums));
}

Q2_AVX2 static void many(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, uint32_t *distances) {
    size_t i = 0;
    if (q2_packed_bytes(n) < VECTOR) {
        for (; i < count; i++) distances[i] = short_distance(query, codes + i * stride, n);
        return;
    }
    const shape s = shape_of(n);
    for (; i + 8 <= count; i += 8) {
        __m256i sums[8];
        for (size_t c = 0; c < 8; c++) sums[c] = code_sums(query, codes + (i + c) * stride, &s);
        _mm_storeu_si128((void *)(distances + i), totals_of_4(sums));
        _mm_storeu_si128((void *)(distances + i + 4), totals_of_4(sums + 4));
    }
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

const q2_lee_table q2_lee_avx2 = {pair, many, NULL, first_below, NULL};

#else
typedef int q2_no_avx2_on_this_machine;
#endif
