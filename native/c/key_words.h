/* Section 6 on words of 32 symbols, the first symbol in the highest bits: what the ways to a key have in common. */
#ifndef Q2_KEY_WORDS_H
#define Q2_KEY_WORDS_H

#include "q2_internal.h"

#define Q2_EVEN_BITS UINT64_C(0x5555555555555555)

/* Symbols first.. of a code as a big-endian word, whatever lies beyond n; (first) is a multiple of 32. */
Q2_INLINE uint64_t q2_symbols_at(const uint8_t *packed, size_t n, size_t first) {
    const size_t bytes = q2_packed_bytes(n), at = first / 4;
    uint64_t word = 0;
    if (bytes - at >= 8) memcpy(&word, packed + at, 8);
    else memcpy(&word, packed + at, bytes - at);
    return __builtin_bswap64(word);
}

/* The low bit of each pair is set where the symbol differs from the one before; (before) is the symbol before the first, in
 * bits 1:0. Pairs past the given number of symbols are clear. */
Q2_INLINE uint64_t q2_changes(uint64_t word, uint64_t before, size_t symbols) {
    const uint64_t x = word ^ (word >> 2 | before << 62);
    const uint64_t changed = (x | x >> 1) & Q2_EVEN_BITS;
    return symbols < 32 ? changed & ~(UINT64_MAX >> (2 * symbols)) : changed;
}

/* A symbol other than the first, so that the first is kept. */
Q2_INLINE uint64_t q2_before_first(const uint8_t *packed) { return (uint64_t)(packed[0] >> 6) ^ 3; }

/* Gray code to value in every pair: z = g ^ (g >> 1) within two bits. */
Q2_INLINE uint64_t q2_symbol_values(uint64_t word) { return word ^ (word >> 1 & Q2_EVEN_BITS); }

#endif
