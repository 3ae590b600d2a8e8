/* Section 6 in portable C. */
#include "key_words.h"

uint64_t q2_scalar_key(const uint8_t *packed, size_t n) {
    uint64_t key = 0, before = q2_before_first(packed);
    unsigned room = 32;
    for (size_t d = 0; d < n && room > 0; d += 32) {
        const uint64_t word = q2_symbols_at(packed, n, d), values = q2_symbol_values(word);
        uint64_t kept = q2_changes(word, before, n - d);
        for (; kept != 0 && room > 0; room--) {
            const unsigned low = 62u - ((unsigned)__builtin_clzll(kept) & ~1u);
            key = key << 2 | (values >> low & 3);
            kept &= ~(UINT64_C(1) << low);
        }
        before = word & 3;
    }
    return room == 32 ? 0 : key << (2 * room);
}

uint32_t q2_scalar_transitions(const uint8_t *packed, size_t n) {
    uint32_t count = 0;
    uint64_t before = q2_before_first(packed);
    for (size_t d = 0; d < n; d += 32) {
        const uint64_t word = q2_symbols_at(packed, n, d);
        count += (uint32_t)__builtin_popcountll(q2_changes(word, before, n - d));
        before = word & 3;
    }
    return count;
}
