/* L1 distances of a block of queries and a block of codes with AVX-512 and VPOPCNTDQ.
 *
 * The codes are turned round once per block of queries, as lee_block_avx512.c does it, and taken apart into planes: of 64
 * dimensions the high bits of their values 0 to 3, the low bits of the values, and where the symbol is strong, A or D. The
 * distance of two values is a number of two bits. Its low one is set where the values' low bits differ. Its high one is set where
 * their high bits differ, unless both are weak: then a B has met a C.
 *
 *     |a - b| = bits(low ^ low') + 2 bits((high ^ high') & (strong | strong'))
 *
 * That is seven instructions for 64 dimensions of eight codes. Four queries meet sixteen codes at a time. */
#include "lee_block.h"

#if Q2_X86

#include <immintrin.h>

#define Q2_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vpopcntdq,avx2,bmi,bmi2,popcnt")))

enum {
    LANES = 8,  /* codes of a vector: one a lane */
    ROWS = 4,   /* queries at a time */
    WIDTH = 16, /* codes at a time */
    HALF = 16,  /* words of each code that are taken at a time, with as many more: a plane's word has the symbols of two */
    WORD = 8,   /* bytes */
    VECTOR = 64
};

enum { HIGH, LOW, STRONG, PLANES };

/* Words first to first + count - 1 of every code and query. Word w goes with word half + w, or with zeros. */
typedef struct {
    size_t first, count, half;
    bool end; /* the last word is the end of the code */
} piece;

/* Word w of a plane of eight codes, and beside it that of the next eight; 24 KiB. */
typedef struct {
    __m512i words[Q2_BLOCK_CODES / WIDTH][HALF][PLANES][WIDTH / LANES];
} turned;

typedef struct {
    uint64_t words[ROWS][PLANES][HALF];
} rows;

/* The part of a vector that there is to load, and its bits that belong to the n dimensions. */
typedef struct {
    __mmask64 bytes;
    __m512i bits;
} window;

/* The window at byte (from) of a code. */
Q2_AVX512 Q2_INLINE window window_at(size_t from, size_t n) {
    const size_t bytes = q2_packed_bytes(n);
    if (from >= bytes) return (window){0, _mm512_setzero_si512()};
    const size_t left = bytes - from, length = left < VECTOR ? left : VECTOR;
    const __mmask64 mask = ~(__mmask64)0 >> (VECTOR - length);
    const __m512i bits = _mm512_movm_epi8(mask);
    if (from + length < bytes) return (window){mask, bits};
    return (window){mask, _mm512_mask_set1_epi8(bits, (__mmask64)1 << (length - 1), (char)q2_last_byte_mask(n))};
}

Q2_AVX512 Q2_INLINE __m512i load(const uint8_t *bytes, const window *w) {
    return _mm512_and_si512(_mm512_maskz_loadu_epi8(w->bytes, (const void *)bytes), w->bits);
}

Q2_INLINE piece piece_at(size_t first, size_t n) {
    const size_t left = (q2_packed_bytes(n) - 1) / WORD + 1 - first, count = left < 2 * HALF ? left : 2 * HALF;
    return (piece){.first = first, .count = count, .half = (count + 1) / 2, .end = left == count};
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

/* x where the mask has ones, else y: by its truth table over (mask, x, y). */
#define CHOOSE 0xCA

/* A symbol is its value's high bit, and that exclusive or the value's low bit: a weak symbol is one whose second bit is set. */
Q2_AVX512 Q2_INLINE void take_apart(__m512i a, __m512i b, __m512i *planes, size_t stride) {
    const __m512i highs = _mm512_set1_epi8((char)0xAA);
    const __m512i high = _mm512_ternarylogic_epi64(highs, a, _mm512_srli_epi64(b, 1), CHOOSE);
    const __m512i weak = _mm512_ternarylogic_epi64(highs, _mm512_slli_epi64(a, 1), b, CHOOSE);
    planes[HIGH * stride] = high;
    planes[LOW * stride] = _mm512_xor_si512(high, weak);
    planes[STRONG * stride] = _mm512_xor_si512(weak, _mm512_set1_epi64(-1));
}

/* Vectors that do not fill up repeat the last code; nobody reads those distances. */
Q2_AVX512 Q2_INLINE void turn_codes(turned *t, const q2_lee_block *b, const piece *p, size_t i) {
    for (size_t w = 0; w < p->half; w += LANES) {
        const window wins[2] = {window_at((p->first + w) * WORD, b->n), window_at((p->first + p->half + w) * WORD, b->n)};
        __m512i x[LANES], y[LANES];
        for (size_t c = 0; c < LANES; c++) {
            const uint8_t *code = b->codes + (i + c < b->count ? i + c : b->count - 1) * b->stride + (p->first + w) * WORD;
            x[c] = load(code, &wins[0]);
            y[c] = load(code + p->half * WORD, &wins[1]);
        }
        turn_8(x);
        turn_8(y);
        for (size_t c = 0; c < LANES && w + c < p->half; c++) {
            take_apart(x[c], y[c], &t->words[i / WIDTH][w + c][0][i / LANES % 2], WIDTH / LANES);
        }
    }
}

Q2_AVX512 Q2_INLINE void prepare_codes(turned *t, const q2_lee_block *b, const piece *p) {
    for (size_t i = 0; i < b->count; i += WIDTH) {
        turn_codes(t, b, p, i);
        turn_codes(t, b, p, i + LANES);
    }
}

/* Where fewer are left the last one is repeated. */
Q2_AVX512 Q2_INLINE void prepare_queries(rows *r, const q2_lee_block *b, const piece *p, size_t q) {
    for (size_t w = 0; w < p->half; w += LANES) {
        const window wins[2] = {window_at((p->first + w) * WORD, b->n), window_at((p->first + p->half + w) * WORD, b->n)};
        for (size_t row = 0; row < ROWS; row++) {
            const size_t at = q + row < b->queries ? q + row : b->queries - 1;
            const uint8_t *query = b->query + at * b->query_stride + (p->first + w) * WORD;
            __m512i planes[PLANES];
            take_apart(load(query, &wins[0]), load(query + p->half * WORD, &wins[1]), planes, 1);
            for (size_t plane = 0; plane < PLANES; plane++) {
                _mm512_storeu_si512((void *)&r->words[row][plane][w], planes[plane]);
            }
        }
    }
}

/* x & (y ^ z), by its truth table over (x, y, z). */
#define WHERE_THEY_DIFFER 0x60

/* The compilers' own idea is to load the vectors of codes again for each query. */
#define IN_REGISTER(vector) __asm__("" : "+v"(vector))

Q2_AVX512 Q2_INLINE __m512i word_of(const rows *r, size_t row, size_t plane, size_t w) {
    return _mm512_set1_epi64((long long)r->words[row][plane][w]);
}

/* Counts the bits of 64 dimensions' distances, of either weight. */
Q2_AVX512 Q2_INLINE void step(__m512i ones[ROWS][2], __m512i twos[ROWS][2], const __m512i (*codes)[WIDTH / LANES], const rows *r,
                              size_t w) {
#pragma GCC unroll 2
    for (size_t g = 0; g < 2; g++) {
        __m512i high = codes[HIGH][g], low = codes[LOW][g], strong = codes[STRONG][g];
        IN_REGISTER(high);
        IN_REGISTER(low);
        IN_REGISTER(strong);
#pragma GCC unroll 4
        for (size_t row = 0; row < ROWS; row++) {
            const __m512i one = _mm512_xor_si512(low, word_of(r, row, LOW, w));
            const __m512i two = _mm512_ternarylogic_epi64(_mm512_or_si512(strong, word_of(r, row, STRONG, w)), high,
                                                          word_of(r, row, HIGH, w), WHERE_THEY_DIFFER);
            ones[row][g] = _mm512_add_epi64(ones[row][g], _mm512_popcnt_epi64(one));
            twos[row][g] = _mm512_add_epi64(twos[row][g], _mm512_popcnt_epi64(two));
        }
    }
}

Q2_AVX512 Q2_INLINE __m256i total(__m512i ones, __m512i twos) {
    return _mm512_cvtepi64_epi32(_mm512_add_epi64(ones, _mm512_add_epi64(twos, twos)));
}

/* Sixteen distances of one query; returns which of them are below the limit. */
Q2_AVX512 Q2_INLINE uint64_t store_sums(uint32_t *distances, const __m512i *ones, const __m512i *twos, bool add, uint32_t limit) {
    __m512i sums = _mm512_inserti64x4(_mm512_castsi256_si512(total(ones[0], twos[0])), total(ones[1], twos[1]), 1);
    if (add) sums = _mm512_add_epi32(sums, _mm512_loadu_si512((const void *)distances));
    _mm512_storeu_si512((void *)distances, sums);
    return (uint64_t)_mm512_cmplt_epu32_mask(sums, _mm512_set1_epi32((int)limit));
}

/* Four queries, from number q on, against sixteen codes, from number i on. */
Q2_AVX512 Q2_INLINE void tile(const turned *t, const rows *r, const piece *p, q2_lee_block *b, size_t q, size_t i) {
    __m512i ones[ROWS][2], twos[ROWS][2];
#pragma GCC unroll 4
    for (size_t row = 0; row < ROWS; row++) ones[row][0] = ones[row][1] = twos[row][0] = twos[row][1] = _mm512_setzero_si512();
    for (size_t w = 0; w < p->half; w++) step(ones, twos, t->words[i / WIDTH][w], r, w);
#pragma GCC unroll 4
    for (size_t row = 0; row < ROWS; row++) {
        b->below[q + row] |= store_sums(b->distances[q + row] + i, ones[row], twos[row], p->first > 0, b->limits[q + row]) << i;
    }
}

/* What is to be fetched meanwhile: the same codes' next words, or the next codes' first ones. */
Q2_INLINE q2_prefetch next_of(const q2_lee_block *b, const piece *p) {
    const size_t from = p->end ? 0 : (p->first + p->count) * WORD, left = q2_packed_bytes(b->n) - from;
    const size_t bytes = left < 2 * HALF * WORD ? left : 2 * HALF * WORD;
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

Q2_AVX512 void q2_avx512_l1_block(q2_lee_block *b) {
    turned t;
    for (size_t first = 0; first * WORD < q2_packed_bytes(b->n); first += 2 * HALF) {
        const piece p = piece_at(first, b->n);
        prepare_codes(&t, b, &p);
        all_queries(&t, b, &p);
    }
}

#else
typedef int q2_no_avx512_l1_block_on_this_machine;
#endif
