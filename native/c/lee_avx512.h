/* Lee distance with AVX-512, written once for the ways to count bits. lee_avx512.c and lee_avx512_vpopcntdq.c define, then
 * include:
 *
 *   Q2_LEE_TARGET  the target attribute
 *   count_bits     the set bits of a vector, in lanes of bytes or of 64 bits
 *   add_counts     adds such counts
 *   lane_sums      turns them into 64-bit sums
 *   Q2_LEE_TABLE   the name of the table
 *
 * A code is whole vectors and a tail of 0 to 63 bytes and some bits, loaded under a mask so that nothing beyond it is touched;
 * its bits beyond n fall to the third operand of a vpternlogq, which costs no more than the exclusive or. Eight codes are in flight and
 * their eight vectors of sums are folded into one vector of eight distances: 2 instructions a code instead of 6.
 *
 * There are two ways through the codes. many keeps the query in registers and is the faster one while codes come from the
 * caches. scan is for codes that come from memory (lee_stream.h): it reads them strictly in the order of their addresses,
 * which compilers would mix otherwise, and the query from the first-level cache, which slows the loads of codes down just enough
 * for the hardware's prefetchers to stay ahead of them. many reaches 65 to 90% of the memory's speed there, scan more than 90%. */
#include "lee_stream.h"

#include <immintrin.h>

enum {
    VECTOR = 64,
    AT_ONCE = 28, /* vectors whose counts, at most 8 a byte, fit a byte */
    SHORT = 8     /* vectors: up to this many a code's loop is unrolled */
};

typedef struct {
    size_t whole;    /* vectors all of whose bits belong to the n dimensions */
    __mmask64 bytes; /* of the tail: what there is to load, 0 where there is none */
    __m512i bits;    /* and which bits belong to the n dimensions */
} shape;

#define Q2_LEE_INLINE Q2_LEE_TARGET Q2_UNROLLED

Q2_LEE_INLINE __m512i load(const uint8_t *bytes) { return _mm512_loadu_si512((const void *)bytes); }

Q2_LEE_INLINE shape shape_of(size_t n) {
    const size_t whole = n / (4 * VECTOR), tail = q2_packed_bytes(n) - whole * VECTOR;
    if (tail == 0) return (shape){whole, 0, _mm512_setzero_si512()};
    const __mmask64 bytes = ~(__mmask64)0 >> (VECTOR - tail);
    const __m512i bits = _mm512_movm_epi8(bytes);
    const __mmask64 last_byte = (__mmask64)1 << (tail - 1);
    return (shape){whole, bytes, _mm512_mask_set1_epi8(bits, last_byte, (char)q2_last_byte_mask(n))};
}

Q2_LEE_INLINE __m512i load_tail(const uint8_t *code, const shape *s) {
    return _mm512_maskz_loadu_epi8(s->bytes, (const void *)(code + s->whole * VECTOR));
}

/* (a ^ b) & bits: 0x28 is its truth table. */
Q2_LEE_INLINE __m512i tail_counts(__m512i a, __m512i b, const shape *s) {
    return count_bits(_mm512_ternarylogic_epi64(a, b, s->bits, 0x28));
}

Q2_LEE_INLINE __m512i counts_at(const uint8_t *a, const uint8_t *b, size_t i) {
    return count_bits(_mm512_xor_si512(load(a + i * VECTOR), load(b + i * VECTOR)));
}

/* Eight 64-bit sums of one code, of any length. */
Q2_LEE_INLINE __m512i code_sums(const uint8_t *a, const uint8_t *b, const shape *s) {
    __m512i sums = _mm512_setzero_si512();
    for (size_t i = 0; i < s->whole;) {
        const size_t end = s->whole - i < AT_ONCE ? s->whole : i + AT_ONCE;
        __m512i counts = _mm512_setzero_si512();
        for (; i + 4 <= end; i += 4) {
            const __m512i low = add_counts(counts_at(a, b, i), counts_at(a, b, i + 1));
            const __m512i high = add_counts(counts_at(a, b, i + 2), counts_at(a, b, i + 3));
            counts = add_counts(counts, add_counts(low, high));
        }
#pragma GCC unroll 1
        for (; i < end; i++) counts = add_counts(counts, counts_at(a, b, i));
        sums = _mm512_add_epi64(sums, lane_sums(counts));
    }
    if (s->bytes == 0) return sums;
    return _mm512_add_epi64(sums, lane_sums(tail_counts(load_tail(a, s), load_tail(b, s), s)));
}

/* The same against a query whose tail is loaded; whole and tail are constants where this is used. */
Q2_LEE_INLINE __m512i short_sums(const __m512i *query, const uint8_t *code, const shape *s, const size_t whole, const bool tail) {
    __m512i counts = _mm512_setzero_si512();
#pragma GCC unroll 8
    for (size_t i = 0; i < whole; i++) {
        counts = add_counts(counts, count_bits(_mm512_xor_si512(query[i], load(code + i * VECTOR))));
    }
    if (!tail) return lane_sums(counts);
    const __m512i last = _mm512_maskz_loadu_epi8(s->bytes, (const void *)(code + whole * VECTOR));
    return lane_sums(add_counts(counts, tail_counts(query[whole], last, s)));
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

/* A query of up to SHORT vectors. */
typedef struct {
    __m512i vectors[SHORT];
} held;

Q2_LEE_INLINE held hold(const uint8_t *query, const shape *s, const size_t whole, const bool tail) {
    held h;
#pragma GCC unroll 8
    for (size_t i = 0; i < whole; i++) h.vectors[i] = load(query + i * VECTOR);
    if (tail) h.vectors[whole] = load_tail(query, s);
    return h;
}

/* These return how many codes are done: all but the last count % 8. */
Q2_LEE_INLINE size_t many_short(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, const shape *s,
                                const size_t whole, const bool tail, uint32_t *distances) {
    const held h = hold(query, s, whole, tail);
    size_t i = 0;
    for (; i + 8 <= count; i += 8, codes += 8 * stride) {
        __m512i sums[8];
#pragma GCC unroll 8
        for (size_t c = 0; c < 8; c++) sums[c] = short_sums(h.vectors, codes + c * stride, s, whole, tail);
        _mm256_storeu_si256((void *)(distances + i), totals_of_8(sums));
    }
    return i;
}

Q2_LEE_INLINE __m256i eight_long(const uint8_t *query, const uint8_t *codes, size_t stride, const shape *s, const bool stream) {
    const size_t length = (s->whole + (s->bytes != 0)) * VECTOR; /* what lies between codes far apart is not asked for */
    __m512i sums[8];
#pragma GCC unroll 1
    for (size_t c = 0; c < 8; c++, codes += stride) {
        if (stream) q2_prefetch_pages(codes, stride < 2 * length ? stride : length);
        sums[c] = code_sums(query, codes, s);
    }
    return totals_of_8(sums);
}

Q2_LEE_INLINE size_t many_long(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, const shape *s,
                               uint32_t *distances) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        _mm256_storeu_si256((void *)(distances + i), eight_long(query, codes + i * stride, stride, s, false));
    }
    return i;
}

/* Between two codes: the sums go to memory and the query is read from there again, so that no load moves across. */
#define Q2_LEE_IN_ORDER(sums, query) __asm__ volatile("" : "+m"(sums), "+m"(query) : : "memory")

/* Whether one of eight distances is below the limit; they are stored if so. */
Q2_LEE_INLINE bool any_below(__m256i totals, uint32_t limit, uint32_t *distances) {
    if (_mm256_cmplt_epu32_mask(totals, _mm256_set1_epi32((int)limit)) == 0) return false;
    _mm256_storeu_si256((void *)distances, totals);
    return true;
}

Q2_LEE_INLINE size_t scan_short(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, const shape *s,
                                const size_t whole, const bool tail, uint32_t limit, uint32_t *distances) {
    held h = hold(query, s, whole, tail);
    size_t i = 0;
    for (; i + 8 <= count; i += 8, codes += 8 * stride) {
        __m512i sums[8];
#pragma GCC unroll 8
        for (size_t c = 0; c < 8; c++) {
            sums[c] = short_sums(h.vectors, codes + c * stride, s, whole, tail);
            Q2_LEE_IN_ORDER(sums[c], h);
        }
        if (any_below(totals_of_8(sums), limit, distances)) break;
    }
    return i;
}

Q2_LEE_INLINE size_t scan_long(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, const shape *s,
                               uint32_t limit, uint32_t *distances) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8, codes += 8 * stride) {
        if (any_below(eight_long(query, codes, stride, s, true), limit, distances)) break;
    }
    return i;
}

Q2_LEE_INLINE uint32_t one(const uint8_t *a, const uint8_t *b, const shape *s) {
    return (uint32_t)_mm512_reduce_add_epi64(code_sums(a, b, s));
}

Q2_LEE_TARGET static uint32_t pair(const uint8_t *a, const uint8_t *b, size_t n) {
    const shape s = shape_of(n);
    return one(a, b, &s);
}

/* With the number of whole vectors, and whether there is a tail, as constants where codes are short. */
#define Q2_LEE_BY_LENGTH(way)                                                  \
    switch (2 * s.whole + (s.bytes != 0)) {                                    \
    case 1: return Q2_LEE_CALL(way, 0, true);                                  \
    case 2: return Q2_LEE_CALL(way, 1, false);                                 \
    case 3: return Q2_LEE_CALL(way, 1, true);                                  \
    case 4: return Q2_LEE_CALL(way, 2, false);                                 \
    case 5: return Q2_LEE_CALL(way, 2, true);                                  \
    case 6: return Q2_LEE_CALL(way, 3, false);                                 \
    case 7: return Q2_LEE_CALL(way, 3, true);                                  \
    case 8: return Q2_LEE_CALL(way, 4, false);                                 \
    case 9: return Q2_LEE_CALL(way, 4, true);                                  \
    case 10: return Q2_LEE_CALL(way, 5, false);                                \
    case 11: return Q2_LEE_CALL(way, 5, true);                                 \
    case 12: return Q2_LEE_CALL(way, 6, false);                                \
    case 13: return Q2_LEE_CALL(way, 6, true);                                 \
    case 14: return Q2_LEE_CALL(way, 7, false);                                \
    case 15: return Q2_LEE_CALL(way, 7, true);                                 \
    case 16: return Q2_LEE_CALL(way, 8, false);                                \
    default: return Q2_LEE_CALL_LONG(way);                                     \
    }

Q2_LEE_TARGET static size_t many_eights(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n,
                                        uint32_t *distances) {
    const shape s = shape_of(n);
#define Q2_LEE_CALL(way, whole, tail) way##_short(query, codes, stride, count, &s, whole, tail, distances)
#define Q2_LEE_CALL_LONG(way) way##_long(query, codes, stride, count, &s, distances)
    Q2_LEE_BY_LENGTH(many)
#undef Q2_LEE_CALL
#undef Q2_LEE_CALL_LONG
}

Q2_LEE_TARGET static void many(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n,
                               uint32_t *distances) {
    const shape s = shape_of(n);
    size_t i = many_eights(query, codes, stride, count, n, distances);
    for (; i < count; i++) distances[i] = one(query, codes + i * stride, &s);
}

Q2_LEE_TARGET static size_t scan(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, uint32_t limit,
                                 uint32_t *distances) {
    const shape s = shape_of(n);
#define Q2_LEE_CALL(way, whole, tail) way##_short(query, codes, stride, count, &s, whole, tail, limit, distances)
#define Q2_LEE_CALL_LONG(way) way##_long(query, codes, stride, count, &s, limit, distances)
    Q2_LEE_BY_LENGTH(scan)
#undef Q2_LEE_CALL
#undef Q2_LEE_CALL_LONG
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

const q2_lee_table Q2_LEE_TABLE = {pair, many, scan, first_below, Q2_LEE_BLOCK};
