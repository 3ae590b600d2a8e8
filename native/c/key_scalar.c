/* Section 6 in portable C, 32 symbols to a word, the first symbol in the highest bits. */
#include "q2_internal.h"

#define EVEN_BITS UINT64_C(0x5555555555555555)

/* Symbols 32i.. of a code as a big-endian word; zeros past its end. */
static uint64_t symbols_at(const uint8_t *packed, size_t n, size_t first) {
    const size_t bytes = q2_packed_bytes(n), at = first / 4;
    uint64_t word = 0;
    memcpy(&word, packed + at, bytes - at < 8 ? bytes - at : 8);
    word = __builtin_bswap64(word);
    return n - first < 32 ? word & ~(UINT64_MAX >> (2 * (n - first))) : word;
}

/* The low bit of each pair is set where the symbol differs from the one before; (before) is the symbol before the first,
 * in bits 1:0. Pairs past n are clear. */
static uint64_t changes(uint64_t word, uint64_t before, size_t symbols) {
    const uint64_t x = word ^ (word >> 2 | before << 62);
    const uint64_t changed = (x | x >> 1) & EVEN_BITS;
    return symbols < 32 ? changed & ~(UINT64_MAX >> (2 * symbols)) : changed;
}

/* Gray code to value in every pair: z = g ^ (g >> 1) within two bits. */
static uint64_t values(uint64_t word) { return word ^ (word >> 1 & EVEN_BITS); }

uint64_t q2_scalar_key(const uint8_t *packed, size_t n) {
    uint64_t key = 0, before = (uint64_t)(packed[0] >> 6) ^ 3; /* so that the first symbol is kept */
    unsigned room = 32;
    for (size_t d = 0; d < n && room > 0; d += 32) {
        const uint64_t word = symbols_at(packed, n, d), z = values(word);
        uint64_t kept = changes(word, before, n - d);
        for (; kept != 0 && room > 0; room--) {
            const unsigned low = 62u - ((unsigned)__builtin_clzll(kept) & ~1u);
            key = key << 2 | (z >> low & 3);
            kept &= ~(UINT64_C(1) << low);
        }
        before = word & 3;
    }
    return room == 32 ? 0 : key << (2 * room);
}

uint32_t q2_scalar_transitions(const uint8_t *packed, size_t n) {
    uint32_t count = 0;
    uint64_t before = (uint64_t)(packed[0] >> 6) ^ 3;
    for (size_t d = 0; d < n; d += 32) {
        const uint64_t word = symbols_at(packed, n, d);
        count += (uint32_t)__builtin_popcountll(changes(word, before, n - d));
        before = word & 3;
    }
    return count;
}
