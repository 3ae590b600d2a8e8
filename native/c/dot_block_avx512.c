/* A block of queries against a block of codes with AVX-512, VNNI, VBMI and VPOPCNTDQ.
 *
 * The codes are turned round and expanded once per block of queries: a register then holds four dimensions of sixteen codes, one
 * code a lane, as levels + 4, and the query's same four elements are broadcast against it. vpdpbusd is all that is left to do for
 * each query, sums come out one code a lane, and nothing is summed across. Norms are computed once per block of queries.
 *
 * Four queries meet sixty-four codes at a time: sixteen sums, each register of codes used four times and each broadcast too. */
#include "score_block.h"

#if Q2_X86

#include <immintrin.h>

#define Q2_AVX512                                                                                                                 \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512vbmi,avx512vpopcntdq,avx2,fma,bmi,bmi2,popcnt")))

enum {
    LANES = 16,                      /* codes of a register */
    GROUPS = Q2_BLOCK_CODES / LANES, /* registers of codes */
    ROWS = 4,                        /* queries at a time */
    VECTOR = 64,                     /* bytes of a code at a time: 256 dimensions */
    FOURS = 16                       /* of 32 bits in a register */
};

/* Byte (first + w) of all codes, expanded; 16 KiB. */
typedef struct {
    __m512i levels[VECTOR][GROUPS];
    __m512i weak[GROUPS]; /* symbols so far whose low bit is set */
    size_t first, bytes;
    bool end;
} piece;

/* The elements of four queries that meet a piece, four dimensions to 32 bits: where the query has them, if it has all. */
typedef struct {
    const uint8_t *elements[ROWS];
    uint8_t copies[ROWS][4 * VECTOR];
} rows;

/* A 16 x 16 matrix of 32-bit words, rows to columns. */
Q2_AVX512 Q2_INLINE void turn_16(__m512i *v) {
    __m512i a[16], b[16];
    for (size_t i = 0; i < 16; i += 2) {
        a[i] = _mm512_unpacklo_epi32(v[i], v[i + 1]);
        a[i + 1] = _mm512_unpackhi_epi32(v[i], v[i + 1]);
    }
    for (size_t i = 0; i < 16; i += 4) {
        b[i] = _mm512_unpacklo_epi64(a[i], a[i + 2]);
        b[i + 1] = _mm512_unpackhi_epi64(a[i], a[i + 2]);
        b[i + 2] = _mm512_unpacklo_epi64(a[i + 1], a[i + 3]);
        b[i + 3] = _mm512_unpackhi_epi64(a[i + 1], a[i + 3]);
    }
    for (size_t j = 0; j < 4; j++) { /* b[4 * r + j]: words j, j + 4, j + 8, j + 12 of codes 4r to 4r + 3 */
        const __m512i low = _mm512_shuffle_i64x2(b[j], b[4 + j], 0x88), low_odd = _mm512_shuffle_i64x2(b[j], b[4 + j], 0xDD);
        const __m512i high = _mm512_shuffle_i64x2(b[8 + j], b[12 + j], 0x88), high_odd = _mm512_shuffle_i64x2(b[8 + j], b[12 + j], 0xDD);
        v[j] = _mm512_shuffle_i64x2(low, high, 0x88);
        v[j + 8] = _mm512_shuffle_i64x2(low, high, 0xDD);
        v[j + 4] = _mm512_shuffle_i64x2(low_odd, high_odd, 0x88);
        v[j + 12] = _mm512_shuffle_i64x2(low_odd, high_odd, 0xDD);
    }
}

/* Where the four symbols of byte (b) of each 32-bit word begin, counted in bits from the start of its 64. */
Q2_AVX512 Q2_INLINE __m512i symbols_of(int b) {
    const long long one = 0x0020406LL + 0x08080808LL * b;
    return _mm512_set1_epi64(one | (one + 0x20202020LL) << 32);
}

/* By the low two bits of each byte. */
Q2_AVX512 Q2_INLINE __m512i look_up(__m512i symbols, int table) { return _mm512_permutexvar_epi8(symbols, _mm512_set1_epi32(table)); }

/* The bytes of a code that the piece has, and of them the bits that belong to the n dimensions. */
Q2_AVX512 Q2_INLINE __m512i load(const uint8_t *code, const piece *p, __m512i bits) {
    const __mmask64 mask = ~(__mmask64)0 >> (VECTOR - p->bytes);
    return _mm512_and_si512(_mm512_maskz_loadu_epi8(mask, (const void *)(code + p->first)), bits);
}

Q2_AVX512 Q2_INLINE __m512i bits_of(const piece *p, size_t n) {
    const __m512i all = _mm512_set1_epi8(-1);
    return p->end ? _mm512_mask_set1_epi8(all, (__mmask64)1 << (p->bytes - 1), (char)q2_last_byte_mask(n)) : all;
}

/* Registers that do not fill up repeat the last code; nobody reads those scores. */
Q2_AVX512 Q2_INLINE void expand_codes(piece *p, const q2_score_block *b, size_t g) {
    const __m512i bits = bits_of(p, b->n);
    __m512i v[LANES];
    for (size_t c = 0; c < LANES; c++) {
        const size_t i = LANES * g + c;
        v[c] = load(b->codes + (i < b->count ? i : b->count - 1) * b->stride, p, bits);
    }
    turn_16(v);
    for (size_t k = 0; k < LANES; k++) {
        p->weak[g] = _mm512_add_epi32(p->weak[g], _mm512_popcnt_epi32(_mm512_and_si512(v[k], _mm512_set1_epi8(0x55))));
#pragma GCC unroll 4
        for (int j = 0; j < 4; j++) {
            p->levels[4 * k + (size_t)j][g] = look_up(_mm512_multishift_epi64_epi8(symbols_of(j), v[k]), 0x05080300);
        }
    }
}

/* Elements past the last dimension are 0. */
Q2_AVX512 Q2_INLINE const uint8_t *elements_of(uint8_t *copy, const uint8_t *query, const piece *p, size_t n) {
    const size_t from = 4 * p->first, left = n - from;
    if (left >= 4 * VECTOR) return query + from;
    memset(copy, 0, 4 * VECTOR);
    memcpy(copy, query + from, left);
    return copy;
}

/* The same of a code as a query: its levels. A register of 16 code bytes at a time. */
Q2_AVX512 Q2_INLINE const uint8_t *levels_of(uint8_t *copy, const uint8_t *query, const piece *p, size_t n) {
    const size_t left = n - 4 * p->first;
    uint8_t code[VECTOR] = {0};
    memcpy(code, query + p->first, p->bytes);
    for (size_t i = 0; i < VECTOR; i += FOURS) {
        const __m512i bytes = _mm512_cvtepu8_epi32(_mm_loadu_si128((const void *)(code + i)));
        const __m512i levels = look_up(_mm512_multishift_epi64_epi8(symbols_of(0), bytes), 0x0104FFFC);
        _mm512_storeu_si512((void *)(copy + 4 * i), levels);
    }
    if (left < 4 * VECTOR) memset(copy + left, 0, 4 * VECTOR - left);
    return copy;
}

Q2_AVX512 Q2_INLINE int32_t sum_of(const uint8_t *elements) {
    __m512i sum = _mm512_setzero_si512();
    for (size_t i = 0; i < 4 * VECTOR; i += VECTOR) {
        sum = _mm512_dpbusd_epi32(sum, _mm512_set1_epi8(1), _mm512_loadu_si512((const void *)(elements + i)));
    }
    return _mm512_reduce_add_epi32(sum);
}

/* Where fewer are left the last one is repeated. */
Q2_AVX512 Q2_INLINE void prepare_queries(rows *r, q2_score_block *b, const piece *p, size_t q) {
    for (size_t row = 0; row < ROWS; row++) {
        const uint8_t *query = b->query + (q + row < b->queries ? q + row : b->queries - 1) * b->query_stride;
        r->elements[row] = b->of_levels ? levels_of(r->copies[row], query, p, b->n)
                                         : elements_of(r->copies[row], query, p, b->n);
        if (b->first) b->bias[q + row] = (p->first == 0 ? 0 : b->bias[q + row]) + 4 * sum_of(r->elements[row]);
    }
}

/* Four queries, from number q on, against all codes. */
Q2_AVX512 Q2_INLINE void tile(const piece *p, const rows *r, int32_t (*products)[Q2_BLOCK_CODES]) {
    __m512i sums[ROWS][GROUPS];
#pragma GCC unroll 4
    for (size_t row = 0; row < ROWS; row++) {
#pragma GCC unroll 4
        for (size_t g = 0; g < GROUPS; g++) {
            sums[row][g] = p->first == 0 ? _mm512_setzero_si512() : _mm512_loadu_si512((const void *)(products[row] + LANES * g));
        }
    }
    for (size_t w = 0; w < p->bytes; w++) {
#pragma GCC unroll 4
        for (size_t row = 0; row < ROWS; row++) {
            int32_t four;
            memcpy(&four, r->elements[row] + 4 * w, sizeof four);
#pragma GCC unroll 4
            for (size_t g = 0; g < GROUPS; g++) {
                sums[row][g] = _mm512_dpbusd_epi32(sums[row][g], p->levels[w][g], _mm512_set1_epi32(four));
            }
        }
    }
#pragma GCC unroll 4
    for (size_t row = 0; row < ROWS; row++) {
#pragma GCC unroll 4
        for (size_t g = 0; g < GROUPS; g++) _mm512_storeu_si512((void *)(products[row] + LANES * g), sums[row][g]);
    }
}

/* Sixteen scores of one query, if one may be above the limit: with a reciprocal, whose product is within 2^-21 of the score.
 * Returns which are. */
Q2_AVX512 Q2_INLINE uint64_t score(const int32_t *products, int32_t bias, __m512 norm, __m512 reciprocal, float limit, float *scores) {
    const __m512i sums = _mm512_loadu_si512((const void *)products);
    const __m512 product = _mm512_cvtepi32_ps(_mm512_sub_epi32(sums, _mm512_set1_epi32(bias)));
    const float lower = limit - 0x1p-20f * (limit < 0 ? -limit : limit);
    if (_mm512_cmp_ps_mask(_mm512_mul_ps(product, reciprocal), _mm512_set1_ps(lower), _CMP_GT_OQ) == 0) return 0;
    const __m512 exact = _mm512_div_ps(product, norm);
    _mm512_storeu_ps(scores, exact);
    return _mm512_cmp_ps_mask(exact, _mm512_set1_ps(limit), _CMP_GT_OQ);
}

Q2_AVX512 Q2_INLINE void score_all(const piece *p, q2_score_block *b) {
    for (size_t q = 0; q < b->queries; q++) b->above[q] = 0;
    for (size_t g = 0; g < GROUPS; g++) {
        const __m512i fifteen = _mm512_sub_epi32(_mm512_slli_epi32(p->weak[g], 4), p->weak[g]);
        const __m512i square = _mm512_sub_epi32(_mm512_set1_epi32(16 * (int32_t)b->n), fifteen);
        const __m512 norm = _mm512_sqrt_ps(_mm512_cvtepi32_ps(square)), reciprocal = _mm512_div_ps(_mm512_set1_ps(1), norm);
        for (size_t q = 0; q < b->queries; q++) {
            const uint64_t above = score(b->products[q] + LANES * g, b->bias[q], norm, reciprocal, b->limits[q], b->scores[q] + LANES * g);
            b->above[q] |= above << (LANES * g);
        }
    }
}

/* What is to be fetched meanwhile: the same codes' next bytes, or the next codes' first ones. */
Q2_INLINE q2_prefetch next_of(const q2_score_block *b, const piece *p) {
    const size_t from = p->end ? 0 : p->first + p->bytes, left = q2_packed_bytes(b->n) - from;
    const size_t bytes = left < VECTOR ? left : VECTOR;
    if (p->end) return q2_prefetch_new(b->next, b->stride, b->next_count, bytes);
    return q2_prefetch_new(b->codes + from, b->stride, b->count, bytes);
}

Q2_AVX512 Q2_INLINE void all_queries(const piece *p, q2_score_block *b) {
    q2_prefetch next = next_of(b, p);
    const size_t share = next.left / ((b->queries + ROWS - 1) / ROWS) + 1;
    for (size_t q = 0; q < b->queries; q += ROWS) {
        rows r;
        prepare_queries(&r, b, p, q);
        q2_prefetch_some(&next, share);
        tile(p, &r, b->products + q);
    }
}

Q2_AVX512 void q2_avx512_score_block(q2_score_block *b) {
    const size_t bytes = q2_packed_bytes(b->n);
    piece p;
    for (size_t g = 0; g < GROUPS; g++) p.weak[g] = _mm512_setzero_si512();
    for (p.first = 0; p.first < bytes; p.first += VECTOR) {
        p.bytes = bytes - p.first < VECTOR ? bytes - p.first : VECTOR;
        p.end = p.first + p.bytes == bytes;
        for (size_t g = 0; g < GROUPS; g++) expand_codes(&p, b, g);
        all_queries(&p, b);
    }
    score_all(&p, b);
}

#else
typedef int q2_no_avx512_score_block_on_this_machine;
#endif
