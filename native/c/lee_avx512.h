/* Lee distance with AVX-512, written once for the ways to count bits. lee_avx512.c and lee_avx512_vpopcntdq.c define, then
 * include:
 *
 *   Q2_LEE_TARGET  the target attribute
 *   count_bits     the set bits of a vector, in lanes of bytes or of 64 bits
 *   add_counts     adds such counts
 *   lane_sums      turns them into 64-bit sums
 *   Q2_LEE_TABLE   the name of the table
 *
 * A code is whole vectors and a last one of 1 to 64 bytes, loaded under a mask so that nothing beyond it is touched; its bits
 * beyond n fall to the third operand of a vpternlogq, which costs no more than the exclusive or. Eight codes are in flight and
 * their eight vectors of sums are folded into one vector of eight distances: 2 instructions a code instead of 6.
 *
 * The codes are read strictly in the order of their addresses. Left alone, compilers interleave the eight, and the
 * processor's prefetchers, which follow at most one stream in a 4 KiB page well, lose half of the memory's speed. */
#include "q2_internal.h"

#include <immintrin.h>

enum {
    VECTOR = 64,
    AT_ONCE = 28, /* vectors whose counts, at most 8 a byte, fit a byte */
    HELD = 8      /* codes of up to this many vectors find the query in registers */
};

typedef struct {
    size_t whole;    /* whole vectors before the last */
    __mmask64 bytes; /* of the last vector: what there is to load */
    __m512i bits;    /* and which bits belong to the n dimensions */
} shape;

#define Q2_LEE_INLINE Q2_LEE_TARGET Q2_INLINE

Q2_LEE_INLINE __m512i load(const uint8_t *bytes) { return _mm512_loadu_si512((const void *)bytes); }

Q2_LEE_INLINE shape shape_of(size_t n) {
    const size_t whole = (q2_packed_bytes(n) - 1) / VECTOR, last = q2_packed_bytes(n) - whole * VECTOR;
    const __mmask64 bytes = ~(__mmask64)0 >> (VECTOR - last);
    const __m512i bits = _mm512_movm_epi8(bytes);
    const __mmask64 last_byte = (__mmask64)1 << (last - 1);
    return (shape){whole, bytes, _mm512_mask_set1_epi8(bits, last_byte, (char)q2_last_byte_mask(n))};
}

Q2_LEE_INLINE __m512i load_last(const uint8_t *code, const shape *s) {
    return _mm512_maskz_loadu_epi8(s->bytes, (const void *)(code + s->whole * VECTOR));
}

/* (a ^ b) & bits: 0x28 is its truth table. */
Q2_LEE_INLINE __m512i last_counts(__m512i a, __m512i b, const shape *s) {
    return count_bits(_mm512_ternarylogic_epi64(a, b, s->bits, 0x28));
}

/* Eight 64-bit sums of one code, of any length. */
Q2_LEE_INLINE __m512i code_sums(const uint8_t *a, const uint8_t *b, const shape *s) {
    __m512i sums = lane_sums(last_counts(load_last(a, s), load_last(b, s), s));
    for (size_t i = 0; i < s->whole;) {
        const size_t end = s->whole - i < AT_ONCE ? s->whole : i + AT_ONCE;
        __m512i counts = _mm512_setzero_si512();
        for (; i < end; i++) {
            counts = add_counts(counts, count_bits(_mm512_xor_si512(load(a + i * VECTOR), load(b + i * VECTOR))));
        }
        sums = _mm512_add_epi64(sums, lane_sums(counts));
    }
    return sums;
}

/* The same for a code of whole + 1 vectors against a query in registers; whole is a constant where this is used. */
Q2_LEE_INLINE __m512i held_sums(const __m512i *query, const uint8_t *code, const shape *s, const size_t whole) {
    __m512i counts = _mm512_setzero_si512();
#pragma GCC unroll 8
    for (size_t i = 0; i < whole; i++) {
        counts = add_counts(counts, count_bits(_mm512_xor_si512(query[i], load(code + i * VECTOR))));
    }
    const __m512i last = _mm512_maskz_loadu_epi8(s->bytes, (const void *)(code + whole * VECTOR));
    return lane_sums(add_counts(counts, last_counts(query[whole], last, s)));
}

/* Sums stay under 2^21: two codes share a 64-bit lane, then neighbours are added until one lane a code is left. */
Q2_LEE_INLINE __m256i totals_of_8(const __m512i *sums) {
    __m512i two[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        two[i] = _mm512_mask_shuffle_epi32(sums[2 * i], 0xAAAA, sums[2 * i + 1], _MM_PERM_CCAA);
    }
    const __m512i low = _mm512_add_epi32(_mm512_unpacklo_epi64(two[0], two[1]), _mm512_unpackhi_epi64(two[0], two[1]));
    const __m512i high = _mm512_add_epi32(_mm512_unpacklo_epi64(two[2], two[3]), _mm512_unpackhi_epi64(two[2], two[3]));
    const __m512i half = _mm512_add_epi32(_mm512_shuffle_i64x2(low, high, 0x88), _mm512_shuffle_i64x2(low, high, 0xDD));
    const __m512i full = _mm512_add_epi32(half, _mm512_shuffle_i64x2(half, half, 0xB1));
    return _mm512_castsi512_si256(_mm512_shuffle_i64x2(full, full, 0x08));
}

/* Nothing that is written after it is read before it: the order of addresses, see above. */
#define Q2_LEE_IN_ORDER(sums) __asm__ volatile("" : "+v"(sums) : : "memory")

Q2_LEE_INLINE void eight_held(const __m512i *query, const uint8_t *codes, size_t stride, const shape *s, const size_t whole,
                              uint32_t *distances) {
    __m512i sums[8];
#pragma GCC unroll 8
    for (size_t c = 0; c < 8; c++) {
        sums[c] = held_sums(query, codes + c * stride, s, whole);
        Q2_LEE_IN_ORDER(sums[c]);
    }
    _mm256_storeu_si256((void *)distances, totals_of_8(sums));
}

Q2_LEE_INLINE void eight_long(const uint8_t *query, const uint8_t *codes, size_t stride, const shape *s, uint32_t *distances) {
    __m512i sums[8];
    for (size_t c = 0; c < 8; c++) sums[c] = code_sums(query, codes + c * stride, s);
    _mm256_storeu_si256((void *)distances, totals_of_8(sums));
}

/* Returns how many codes are done: all but the last count % 8. */
Q2_LEE_INLINE size_t many_held(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, const shape *s,
                               const size_t whole, uint32_t *distances) {
    __m512i held[HELD];
#pragma GCC unroll 8
    for (size_t i = 0; i < whole; i++) held[i] = load(query + i * VECTOR);
    held[whole] = load_last(query, s);
    size_t i = 0;
    for (; i + 8 <= count; i += 8) eight_held(held, codes + i * stride, stride, s, whole, distances + i);
    return i;
}

Q2_LEE_INLINE size_t many_long(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, const shape *s,
                               uint32_t *distances) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8) eight_long(query, codes + i * stride, stride, s, distances + i);
    return i;
}

Q2_LEE_INLINE uint32_t one(const uint8_t *a, const uint8_t *b, const shape *s) {
    return (uint32_t)_mm512_reduce_add_epi64(code_sums(a, b, s));
}

Q2_LEE_TARGET static uint32_t pair(const uint8_t *a, const uint8_t *b, size_t n) {
    const shape s = shape_of(n);
    return one(a, b, &s);
}

Q2_LEE_TARGET static void many(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n,
                               uint32_t *distances) {
    const shape s = shape_of(n);
    size_t done;
    switch (s.whole) {
    case 0: done = many_held(query, codes, stride, count, &s, 0, distances); break;
    case 1: done = many_held(query, codes, stride, count, &s, 1, distances); break;
    case 2: done = many_held(query, codes, stride, count, &s, 2, distances); break;
    case 3: done = many_held(query, codes, stride, count, &s, 3, distances); break;
    case 4: done = many_held(query, codes, stride, count, &s, 4, distances); break;
    case 5: done = many_held(query, codes, stride, count, &s, 5, distances); break;
    case 6: done = many_held(query, codes, stride, count, &s, 6, distances); break;
    case 7: done = many_held(query, codes, stride, count, &s, 7, distances); break;
    default: done = many_long(query, codes, stride, count, &s, distances);
    }
    for (; done < count; done++) distances[done] = one(query, codes + done * stride, &s);
}

Q2_LEE_TARGET static size_t first_below(const uint32_t *distances, size_t from, size_t count, uint32_t limit) {
    const __m512i bound = _mm512_set1_epi32((int)limit);
    for (; from + 16 <= count; from += 16) {
        const __mmask16 below = _mm512_cmplt_epu32_mask(_mm512_loadu_si512((const void *)(distances + from)), bound);
        if (below != 0) return from + (size_t)__builtin_ctz(below);
    }
    while (from < count && distances[from] >= limit) from++;
    return from;
}

const q2_lee_table Q2_LEE_TABLE = {pair, many, first_below, Q2_LEE_BLOCK};
