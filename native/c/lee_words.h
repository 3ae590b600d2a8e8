/* Lee distance by 64-bit words: whole codes in portable C, and for the SIMD files the codes shorter than one vector. */
#ifndef Q2_LEE_WORDS_H
#define Q2_LEE_WORDS_H

#include "q2_internal.h"

Q2_INLINE uint64_t q2_word_at(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* The 1 to 8 bytes at the end of a code of (bytes) bytes, in the highest bytes of a word. Where the code is long enough they
 * are read with what stands before them, which q2_last_word_bits leaves out: nothing outside the code is touched. */
Q2_INLINE uint64_t q2_last_word(const uint8_t *code, size_t bytes) {
    if (bytes >= 8) return q2_word_at(code + bytes - 8);
    uint64_t word = 0;
    for (size_t i = 0; i < bytes; i++) word |= (uint64_t)code[i] << (8 * (8 - bytes + i));
    return word;
}

/* The bits of q2_last_word that no whole word before it has counted and that belong to the n dimensions. */
Q2_INLINE uint64_t q2_last_word_bits(size_t n) {
    const size_t counted = (q2_packed_bytes(n) - 1) / 8 * 8;
    const uint64_t fresh = ~(uint64_t)0 << (8 * (8 - (q2_packed_bytes(n) - counted)));
    return fresh & ~((uint64_t)(uint8_t)~q2_last_byte_mask(n) << 56);
}

/* Set bits of each byte, 0..8: no population count instruction is assumed. */
Q2_INLINE uint64_t q2_byte_counts(uint64_t x) {
    x -= x >> 1 & 0x5555555555555555u;
    x = (x & 0x3333333333333333u) + (x >> 2 & 0x3333333333333333u);
    return (x + (x >> 4)) & 0x0F0F0F0F0F0F0F0Fu;
}

/* The sum of eight bytes; it may exceed 255. */
Q2_INLINE uint32_t q2_byte_sum(uint64_t x) {
    x = (x & 0x00FF00FF00FF00FFu) + (x >> 8 & 0x00FF00FF00FF00FFu);
    return (uint32_t)((x * 0x0001000100010001u) >> 48);
}

enum { Q2_WORDS_A_BYTE_HOLDS = 31 }; /* 31 counts of at most 8 fit a byte */

Q2_INLINE uint32_t q2_words_distance(const uint8_t *a, const uint8_t *b, size_t n) {
    const size_t bytes = q2_packed_bytes(n), words = (bytes - 1) / 8;
    uint32_t distance = q2_byte_sum(q2_byte_counts((q2_last_word(a, bytes) ^ q2_last_word(b, bytes)) & q2_last_word_bits(n)));
    for (size_t i = 0; i < words;) {
        const size_t end = words - i < Q2_WORDS_A_BYTE_HOLDS ? words : i + Q2_WORDS_A_BYTE_HOLDS;
        uint64_t counts = 0;
        for (; i < end; i++) counts += q2_byte_counts(q2_word_at(a + 8 * i) ^ q2_word_at(b + 8 * i));
        distance += q2_byte_sum(counts);
    }
    return distance;
}

#endif
