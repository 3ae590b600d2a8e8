/* A block of queries against a block of codes with AVX-512 and VPOPCNTDQ.
 *
 * The codes are turned round once per block of queries: a vector then holds the same 64-bit word of eight codes, one code a
 * lane, and a query's word is broadcast against it. Distances come out one a lane and nothing is summed across, which saves a
 * fifth of the work per pair; the rearrangement, some five instructions a vector, is shared by all queries.
 *
 * Two queries meet sixteen codes at a time: four sums, with each vector of codes and each broadcast used twice. */
#include "lee_block.h"
#include "lee_words.h"

#if Q2_X86

#include <immintrin.h>

#define Q2_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vpopcntdq,avx2,bmi,bmi2,popcnt")))

enum {
    LANES = 8,                       /* codes of a group: one a lane */
    GROUPS = Q2_BLOCK_CODES / LANES, /* an even number */
    WORDS = 32,                      /* of each code at a time: 16 KiB of rearranged codes */
    WORD = 8,                        /* bytes */
    VECTOR = 64
};

typedef struct {
    __m512i words[GROUPS][WORDS]; /* word w of the eight codes of group g */
} turned;

/* Words first..first + count of every code and query, the last of which may be the end of the code. */
typedef struct {
    size_t first, count;
    bool end;
} piece;

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

/* Of a vector of a code from byte (from) on: what to load, and with which bits. Bits beyond n become zeros. */
typedef struct {
    __mmask64 bytes;
    __m512i bits;
} window;

Q2_AVX512 Q2_INLINE window window_at(size_t from, size_t n) {
    const size_t left = q2_packed_bytes(n) - from;
    if (left > VECTOR) return (window){~(__mmask64)0, _mm512_set1_epi8(-1)};
    const __mmask64 bytes = ~(__mmask64)0 >> (VECTOR - left);
    const __m512i bits = _mm512_movm_epi8(bytes);
    return (window){bytes, _mm512_mask_set1_epi8(bits, (__mmask64)1 << (left - 1), (char)q2_last_byte_mask(n))};
}

/* Groups that do not fill up repeat the last code; nobody reads those distances. */
Q2_AVX512 Q2_INLINE void turn_codes(turned *t, const q2_lee_block *b, const piece *p, size_t groups) {
    for (size_t w = 0; w < p->count; w += LANES) {
        const size_t from = (p->first + w) * WORD;
        const window win = window_at(from, b->n);
        for (size_t g = 0; g < groups; g++) {
            __m512i v[LANES];
            for (size_t c = 0; c < LANES; c++) {
                const size_t code = g * LANES + c < b->count ? g * LANES + c : b->count - 1;
                const uint8_t *bytes = b->codes + code * b->stride + from;
                v[c] = _mm512_and_si512(_mm512_maskz_loadu_epi8(win.bytes, (const void *)bytes), win.bits);
            }
            turn_8(v);
            for (size_t c = 0; c < LANES; c++) t->words[g][w + c] = v[c];
        }
    }
}

/* The end of a query as the last word of its codes stands: in the low bytes, bits beyond n zero. */
Q2_INLINE uint64_t end_word(const uint8_t *query, size_t n) {
    const size_t bytes = q2_packed_bytes(n);
    return (q2_last_word(query, bytes) & q2_last_word_bits(n)) >> (8 * ((8 - bytes % 8) % 8));
}

typedef struct {
    const uint8_t *query; /* from the first word of the piece on */
    uint64_t end;
    uint32_t *distances;
} row;

Q2_AVX512 Q2_INLINE void step(__m512i *sums, const __m512i *left, const __m512i *right, uint64_t q0, uint64_t q1) {
    const __m512i a = _mm512_set1_epi64((long long)q0), b = _mm512_set1_epi64((long long)q1);
    sums[0] = _mm512_add_epi64(sums[0], _mm512_popcnt_epi64(_mm512_xor_si512(*left, a)));
    sums[1] = _mm512_add_epi64(sums[1], _mm512_popcnt_epi64(_mm512_xor_si512(*right, a)));
    sums[2] = _mm512_add_epi64(sums[2], _mm512_popcnt_epi64(_mm512_xor_si512(*left, b)));
    sums[3] = _mm512_add_epi64(sums[3], _mm512_popcnt_epi64(_mm512_xor_si512(*right, b)));
}

Q2_AVX512 Q2_INLINE void store_sums(uint32_t *distances, __m512i sums, bool add) {
    __m256i total = _mm512_cvtepi64_epi32(sums);
    if (add) total = _mm256_add_epi32(total, _mm256_loadu_si256((const void *)distances));
    _mm256_storeu_si256((void *)distances, total);
}

/* Two queries against groups g and g + 1. */
Q2_AVX512 Q2_INLINE void tile(const turned *t, size_t g, const row *r0, const row *r1, const piece *p) {
    const __m512i *left = t->words[g], *right = t->words[g + 1];
    __m512i sums[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
    const size_t whole = p->count - (p->end ? 1 : 0);
    for (size_t w = 0; w < whole; w++) {
        step(sums, left + w, right + w, q2_word_at(r0->query + w * WORD), q2_word_at(r1->query + w * WORD));
    }
    if (p->end) step(sums, left + whole, right + whole, r0->end, r1->end);
    store_sums(r0->distances + g * LANES, sums[0], p->first > 0);
    store_sums(r0->distances + (g + 1) * LANES, sums[1], p->first > 0);
    store_sums(r1->distances + g * LANES, sums[2], p->first > 0);
    store_sums(r1->distances + (g + 1) * LANES, sums[3], p->first > 0);
}

/* While query (part) is at work: a share of the same codes' next words, or of the next codes' first ones. */
Q2_INLINE void prefetch_part(const q2_lee_block *b, const piece *p, size_t part) {
    const size_t bytes = q2_packed_bytes(b->n), from = (p->first + p->count) * WORD, most = WORDS * WORD;
    if (p->end) {
        q2_prefetch_part(b->next, b->stride, b->next_count, bytes < most ? bytes : most, part, b->queries);
    } else {
        q2_prefetch_part(b->codes + from, b->stride, b->count, bytes - from < most ? bytes - from : most, part, b->queries);
    }
}

Q2_AVX512 Q2_INLINE row row_of(const q2_lee_block *b, const piece *p, size_t q, uint32_t *distances) {
    const uint8_t *query = b->query + q * b->query_stride;
    return (row){query + p->first * WORD, p->end ? end_word(query, b->n) : 0, distances};
}

/* An odd query at the end is paired with itself; the copy's distances fall into the next row, which nobody reads. */
Q2_AVX512 Q2_INLINE void all_queries(const turned *t, const q2_lee_block *b, const piece *p, size_t groups, uint32_t *distances) {
    for (size_t q = 0; q < b->queries; q += 2) {
        const size_t second = q + 1 < b->queries ? q + 1 : q;
        const row r0 = row_of(b, p, q, distances + q * Q2_BLOCK_CODES);
        const row r1 = row_of(b, p, second, distances + (q + 1) * Q2_BLOCK_CODES);
        for (size_t share = q; share <= second; share++) prefetch_part(b, p, share);
        for (size_t g = 0; g < groups; g += 2) tile(t, g, &r0, &r1, p);
    }
}

Q2_AVX512 void q2_avx512_lee_block(const q2_lee_block *b, uint32_t *distances) {
    turned t;
    const size_t words = (q2_packed_bytes(b->n) - 1) / WORD + 1, groups = (b->count + 2 * LANES - 1) / (2 * LANES) * 2;
    for (size_t w = 0; w < words; w += WORDS) {
        const size_t count = words - w < WORDS ? words - w : WORDS;
        const piece p = {w, count, w + count == words};
        turn_codes(&t, b, &p, groups);
        all_queries(&t, b, &p, groups, distances);
    }
}

#else
typedef int q2_no_avx512_block_on_this_machine;
#endif
