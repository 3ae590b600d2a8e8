/* Section 6 with BMI2 and AVX2. The key: one vpext keeps the symbols that differ from the one before, 32 at a time, and two
 * words mostly fill a key. The count: each byte against itself shifted by a symbol, popcount of nibbles by a table. */
#include "key_words.h"

#if Q2_X86

#include <immintrin.h>

#define Q2_AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt,lzcnt")))

Q2_AVX2 uint64_t q2_avx2_key(const uint8_t *packed, size_t n) {
    uint64_t key = 0, before = q2_before_first(packed);
    unsigned room = 32;
    for (size_t d = 0; d < n; d += 32) {
        const uint64_t word = q2_symbols_at(packed, n, d);
        const uint64_t kept = q2_changes(word, before, n - d);
        const unsigned count = (unsigned)_mm_popcnt_u64(kept);
        const uint64_t symbols = _pext_u64(q2_symbol_values(word), kept * 3);
        if (count >= room) return key | symbols >> (2 * (count - room));
        room -= count;
        key |= symbols << (2 * room); /* room is below 32 here: the first symbol is always kept */
        before = word & 3;
    }
    return key;
}

/* Pairs that differ from the pair before, in every byte; (before) holds the bytes one place earlier. */
Q2_AVX2 Q2_INLINE __m256i changed_bits(__m256i bytes, __m256i before) {
    const __m256i from_before = _mm256_and_si256(_mm256_slli_epi16(before, 6), _mm256_set1_epi8((char)0xC0));
    const __m256i shifted = _mm256_and_si256(_mm256_srli_epi16(bytes, 2), _mm256_set1_epi8(0x3F));
    const __m256i x = _mm256_xor_si256(bytes, _mm256_or_si256(from_before, shifted));
    return _mm256_and_si256(_mm256_or_si256(x, _mm256_srli_epi16(x, 1)), _mm256_set1_epi8(0x55));
}

/* At most 4 bits to a byte, all of them even ones: 0101 at most in each nibble. */
Q2_AVX2 Q2_INLINE __m256i count_even_bits(__m256i bits) {
    const __m256i pairs = _mm256_add_epi8(_mm256_and_si256(bits, _mm256_set1_epi8(0x0F)),
                                          _mm256_and_si256(_mm256_srli_epi16(bits, 4), _mm256_set1_epi8(0x0F)));
    const __m256i table = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 0, 1, 2, 3, 0, 2, 3, 4, 0, 0, 0, 0, 0));
    return _mm256_sad_epu8(_mm256_shuffle_epi8(table, pairs), _mm256_setzero_si256());
}

Q2_AVX2 uint32_t q2_avx2_transitions(const uint8_t *packed, size_t n) {
    __m256i sums = _mm256_setzero_si256();
    size_t at = 8; /* the first word has nothing before it */
    for (; at + 32 <= n / 4; at += 32) {
        const __m256i bytes = _mm256_loadu_si256((const void *)(packed + at));
        const __m256i before = _mm256_loadu_si256((const void *)(packed + at - 1));
        sums = _mm256_add_epi64(sums, count_even_bits(changed_bits(bytes, before)));
    }
    const __m128i pairs = _mm_add_epi64(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    uint32_t count = (uint32_t)_mm_cvtsi128_si32(_mm_add_epi64(pairs, _mm_unpackhi_epi64(pairs, pairs)));
    count += (uint32_t)_mm_popcnt_u64(q2_changes(q2_symbols_at(packed, n, 0), q2_before_first(packed), n));
    for (size_t d = 4 * at; d < n; d += 32) {
        const uint64_t before = packed[d / 4 - 1] & 3u;
        count += (uint32_t)_mm_popcnt_u64(q2_changes(q2_symbols_at(packed, n, d), before, n - d));
    }
    return count;
}

#else
typedef int q2_no_avx2_on_this_machine;
#endif
