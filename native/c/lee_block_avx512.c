/* A block of queries against a block of codes with AVX-512 and VPOPCNTDQ.
 *
 * The codes are turned round once per block of queries: a vector then holds the same 64-bit word of eight codes, one code a
 * lane, and a query's word is broadcast against it. Distances come out one a lane and nothing is summed across.
 *
 * Words are taken three at a time and added as bits before they are counted. With differences x, y and z, the bits that occur
 * an odd number of times are x ^ y ^ z, the others occur twice or not at all, and a bit occurs twice or more where at least
 * two of the three have it:
 *
 *     bits(x) + bits(y) + bits(z) = bits(odd) + 2 bits(most)       odd = x ^ y ^ z,  most = majority(x, y, z)
 *
 * odd is the exclusive or of the codes' and the query's own x ^ y ^ z, which are made once per block; and z can be had from x,
 * y and odd, so most is a function of those three, one vpternlogq. That is 8 instructions for three words in place of 9.
 *
 * Four queries meet sixteen codes at a time, each vector of codes used four times and each broadcast twice. */
#include "lee_block.h"

#if Q2_X86

#include <immintrin.h>

#define Q2_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vpopcntdq,avx2,bmi,bmi2,popcnt")))

enum {
    LANES = 8,  /* codes of a vector: one a lane */
    ROWS = 4,   /* queries at a time */
    WIDTH = 16, /* codes at a time */
    THIRD = 11, /* a third of the words of each code that are taken at a time */
    WORDS = 32, /* those words, a multiple of LANES; with a zero there are 3 * THIRD: 16.5 KiB of rearranged codes */
    WORD = 8,   /* bytes */
    VECTOR = 64
};

/* The part of a vector that there is to load, and its bits that belong to the n dimensions. */
typedef struct {
    __mmask64 bytes;
    __m512i bits;
} window;

/* Words first..first + count of every code and query. Word w of the first third goes with word w of the second and of the last,
 * which may be shorter; windows are those of the thirds of a query, two vectors each. */
typedef struct {
    size_t first, count, third;
    bool end; /* the last word is the end of the code */
    window windows[3][2];
} piece;

/* Word w of eight codes, and beside it that of the next eight; the last third holds the exclusive or of all three. */
typedef struct {
    __m512i words[Q2_BLOCK_CODES / WIDTH][WORDS + LANES][WIDTH / LANES];
} turned;

/* The thirds of four queries, the last again the exclusive or of all three. What comes after a third is not read. */
typedef struct {
    uint64_t words[ROWS][3][2 * LANES];
} rows;

/* The window at byte (from) of a code, before byte (end). */
Q2_AVX512 Q2_INLINE window window_at(size_t from, size_t end, size_t n) {
    const size_t bytes = q2_packed_bytes(n);
    if (from >= end || from >= bytes) return (window){0, _mm512_setzero_si512()};
    const size_t left = (end < bytes ? end : bytes) - from, length = left < VECTOR ? left : VECTOR;
    const __mmask64 mask = ~(__mmask64)0 >> (VECTOR - length);
    const __m512i bits = _mm512_movm_epi8(mask);
    if (from + length < bytes) return (window){mask, bits};
    return (window){mask, _mm512_mask_set1_epi8(bits, (__mmask64)1 << (length - 1), (char)q2_last_byte_mask(n))};
}

Q2_AVX512 Q2_INLINE __m512i load(const uint8_t *bytes, const window *w) {
    return _mm512_and_si512(_mm512_maskz_loadu_epi8(w->bytes, (const void *)bytes), w->bits);
}

Q2_AVX512 Q2_INLINE piece piece_at(size_t first, size_t n) {
    const size_t left = (q2_packed_bytes(n) - 1) / WORD + 1 - first, count = left < WORDS ? left : WORDS;
    piece p = {.first = first, .count = count, .third = (count + 2) / 3, .end = left == count};
    for (size_t i = 0; i < 3; i++) {
        for (size_t half = 0; half < 2; half++) {
            p.windows[i][half] = window_at((first + i * p.third + half * LANES) * WORD, (first + count) * WORD, n);
        }
    }
    return p;
}

/* An 8 x 8 matrix of words, rows to columns: neighbours, then pairs, then fours change places. */
Q2_AVX512 Q2_INLINE void turn_8(__m512i *v) {
    __m512i a[8], b[8];
    for (size_t i = 0; i < 8; i += 2) {
        a[i] = _mm512_unpacklo_epi64(v[i], v[i + 1]);
        a[i + 1] = _mm512_unpackhi_epi64(v[i], v[i + 1]);
    }
    for (size_t i = 0; i < 8; i += 4) {
        for (size_t j = 0; j < 2; j++) {
            b[i + j] = _mm512_shuffle_i64x2(a[i + j], a[i + j + 2], 0x88);
            b[i + j + 2] = _mm512_shuffle_i64x2(a[i + j], a[i + j + 2], 0xDD);
        }
    }
    for (size_t j = 0; j < 2; j++) {
        v[j] = _mm512_shuffle_i64x2(b[j], b[j + 4], 0x88);
        v[j + 4] = _mm512_shuffle_i64x2(b[j], b[j + 4], 0xDD);
        v[j + 2] = _mm512_shuffle_i64x2(b[j + 2], b[j + 6], 0x88);
        v[j + 6] = _mm512_shuffle_i64x2(b[j + 2], b[j + 6], 0xDD);
    }
}

/* Vectors that do not fill up repeat the last code; nobody reads those distances. Words past the last are zero. */
Q2_AVX512 Q2_INLINE void turn_codes(turned *t, const q2_lee_block *b, const piece *p, size_t i) {
    for (size_t w = 0; w < p->count; w += LANES) {
        const size_t from = (p->first + w) * WORD;
        const window win = window_at(from, SIZE_MAX, b->n);
        __m512i v[LANES];
        for (size_t c = 0; c < LANES; c++) {
            const uint8_t *code = b->codes + (i + c < b->count ? i + c : b->count - 1) * b->stride;
            v[c] = load(code + from, &win);
        }
        turn_8(v);
        for (size_t c = 0; c < LANES; c++) t->words[i / WIDTH][w + c][i / LANES % 2] = v[c];
    }
}

Q2_AVX512 Q2_INLINE void fold_codes(__m512i (*words)[2], const piece *p) {
    for (size_t w = p->count; w < 3 * p->third; w++) words[w][0] = words[w][1] = _mm512_setzero_si512();
    for (size_t w = 0; w < p->third; w++) {
        __m512i(*last)[2] = words + 2 * p->third;
        for (size_t g = 0; g < 2; g++) {
            last[w][g] = _mm512_xor_si512(last[w][g], _mm512_xor_si512(words[w][g], words[p->third + w][g]));
        }
    }
}

Q2_AVX512 Q2_INLINE void prepare_codes(turned *t, const q2_lee_block *b, const piece *p) {
    for (size_t i = 0; i < b->count; i += WIDTH) {
        turn_codes(t, b, p, i);
        turn_codes(t, b, p, i + LANES);
        fold_codes(t->words[i / WIDTH], p);
    }
}

/* Where fewer are left the last one is repeated. */
Q2_AVX512 Q2_INLINE void prepare_queries(rows *r, const q2_lee_block *b, const piece *p, size_t q) {
    for (size_t row = 0; row < ROWS; row++) {
        const uint8_t *query = b->query + (q + row < b->queries ? q + row : b->queries - 1) * b->query_stride + p->first * WORD;
        for (size_t half = 0; half < 2; half++) {
            __m512i odd = _mm512_setzero_si512();
            for (size_t i = 0; i < 3; i++) {
                const __m512i words = load(query + (i * p->third + half * LANES) * WORD, &p->windows[i][half]);
                odd = _mm512_xor_si512(odd, words);
                _mm512_storeu_si512((void *)&r->words[row][i][half * LANES], i < 2 ? words : odd);
            }
        }
    }
}

/* The majority of x, y and z = x ^ y ^ odd, by its truth table over (x, y, odd). */
#define MAJORITY 0xD4

/* The compilers' own idea is to load the vectors of codes again for each query. */
#define IN_REGISTER(vector) __asm__("" : "+v"(vector))

/* Adds three words: counts of odd bits and of those that occur twice or more, each once. */
Q2_AVX512 Q2_INLINE void step(__m512i odds[ROWS][2], __m512i mosts[ROWS][2], const __m512i (*codes)[2], const rows *r, size_t w,
                              size_t third) {
#pragma GCC unroll 2
    for (size_t g = 0; g < 2; g++) {
        __m512i code_x = codes[w][g], code_y = codes[third + w][g], code_odd = codes[2 * third + w][g];
        IN_REGISTER(code_x);
        IN_REGISTER(code_y);
        IN_REGISTER(code_odd);
#pragma GCC unroll 4
        for (size_t q = 0; q < ROWS; q++) {
            const __m512i x = _mm512_xor_si512(code_x, _mm512_set1_epi64((long long)r->words[q][0][w]));
            const __m512i y = _mm512_xor_si512(code_y, _mm512_set1_epi64((long long)r->words[q][1][w]));
            const __m512i odd = _mm512_xor_si512(code_odd, _mm512_set1_epi64((long long)r->words[q][2][w]));
            const __m512i most = _mm512_ternarylogic_epi64(x, y, odd, MAJORITY);
            odds[q][g] = _mm512_add_epi64(odds[q][g], _mm512_popcnt_epi64(odd));
            mosts[q][g] = _mm512_add_epi64(mosts[q][g], _mm512_popcnt_epi64(most));
        }
    }
}

Q2_AVX512 Q2_INLINE __m256i total(__m512i odds, __m512i mosts) {
    return _mm512_cvtepi64_epi32(_mm512_add_epi64(odds, _mm512_add_epi64(mosts, mosts)));
}

/* Sixteen distances of one query; returns which of them are below the limit. */
Q2_AVX512 Q2_INLINE uint64_t store_sums(uint32_t *distances, const __m512i *odds, const __m512i *mosts, bool add, uint32_t limit) {
    __m512i sums = _mm512_inserti64x4(_mm512_castsi256_si512(total(odds[0], mosts[0])), total(odds[1], mosts[1]), 1);
    if (add) sums = _mm512_add_epi32(sums, _mm512_loadu_si512((const void *)distances));
    _mm512_storeu_si512((void *)distances, sums);
    return (uint64_t)_mm512_cmplt_epu32_mask(sums, _mm512_set1_epi32((int)limit));
}

/* Four queries, from number q on, against sixteen codes, from number i on. */
Q2_AVX512 Q2_INLINE void tile(const turned *t, const rows *r, const piece *p, q2_lee_block *b, size_t q, size_t i) {
    __m512i odds[ROWS][2], mosts[ROWS][2];
#pragma GCC unroll 4
    for (size_t row = 0; row < ROWS; row++) {
        odds[row][0] = odds[row][1] = mosts[row][0] = mosts[row][1] = _mm512_setzero_si512();
    }
    for (size_t w = 0; w < p->third; w++) step(odds, mosts, t->words[i / WIDTH], r, w, p->third);
#pragma GCC unroll 4
    for (size_t row = 0; row < ROWS; row++) {
        b->below[q + row] |= store_sums(b->distances[q + row] + i, odds[row], mosts[row], p->first > 0, b->limits[q + row]) << i;
    }
}

/* What is to be fetched meanwhile: the same codes' next words, or the next codes' first ones. */
Q2_INLINE q2_prefetch next_of(const q2_lee_block *b, const piece *p) {
    const size_t from = p->end ? 0 : (p->first + p->count) * WORD, left = q2_packed_bytes(b->n) - from;
    const size_t bytes = left < WORDS * WORD ? left : WORDS * WORD;
    if (p->end) return q2_prefetch_new(b->next, b->stride, b->next_count, bytes);
    return q2_prefetch_new(b->codes + from, b->stride, b->count, bytes);
}

Q2_AVX512 Q2_INLINE void all_queries(const turned *t, q2_lee_block *b, const piece *p) {
    q2_prefetch next = next_of(b, p);
    const size_t tiles = ((b->queries + ROWS - 1) / ROWS) * ((b->count + WIDTH - 1) / WIDTH), share = next.left / tiles + 1;
    for (size_t q = 0; q < b->queries; q += ROWS) {
        rows r;
        prepare_queries(&r, b, p, q);
        for (size_t i = 0; i < ROWS; i++) b->below[q + i] = 0;
        for (size_t i = 0; i < b->count; i += WIDTH) {
            q2_prefetch_some(&next, share);
            tile(t, &r, p, b, q, i);
        }
    }
}

Q2_AVX512 void q2_avx512_lee_block(q2_lee_block *b) {
    turned t;
    for (size_t first = 0; first * WORD < q2_packed_bytes(b->n); first += WORDS) {
        const piece p = piece_at(first, b->n);
        prepare_codes(&t, b, &p);
        all_queries(&t, b, &p);
    }
}

#else
typedef int q2_no_avx512_block_on_this_machine;
#endif
