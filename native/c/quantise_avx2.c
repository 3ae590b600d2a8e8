/* Quantise with AVX2, FMA and F16C.
 *
 * fp32, classify: 32 elements a step. For each register x of 8
 *     e = (t2 + width) - x * x   <= 0 where strong; 0 <= e <= width where undecided, seen by an unsigned minimum over all e
 * and the raw bits of x are packed with saturation, 32 to 16 to 8 bits, which keeps their signs: e that is not undecided
 * comes out as 0x00 or 0xFF, and a compare in bytes makes a mask of x. Weighted sums of four neighbouring masks (vpmaddubsw,
 * vpmaddwd) are the packed bytes. The packs interleave the two 128-bit lanes; unpacking one with the other orders 128 elements.
 *
 * The shorter dtypes are compared as integers in their own width. */
#include "q2_internal.h"

#if Q2_X86

#include <immintrin.h>

#define Q2_AVX2 __attribute__((target("avx2,fma,f16c,bmi,bmi2,popcnt")))
#define Q2_TARGET Q2_AVX2 Q2_INLINE
#define Q2_ENTRY Q2_AVX2 static

/* Rows may be at any address: the casts are for loadu and storeu only. */
Q2_TARGET __m256i load_32(const uint8_t *bytes) { return _mm256_loadu_si256((const void *)bytes); }
Q2_TARGET __m128i load_16(const uint8_t *bytes) { return _mm_loadu_si128((const void *)bytes); }
Q2_TARGET __m256 load_fp32(const uint8_t *bytes) { return _mm256_castsi256_ps(load_32(bytes)); }

/* Elements a step of classify and a block of a sum. */
enum { STEP = 128, BLOCK = 256 };

/* ---- sums with their bounds ---- */

/* Running sums of blocks, as lane d mod 4, and what certify.c calls (rounded). */
typedef struct {
    __m128 lane, rounded, growth;
} running;

Q2_TARGET running running_from_zero(size_t n, size_t steps) {
    return (running){_mm_setzero_ps(), _mm_setzero_ps(), _mm_set1_ps(q2_growth(n, steps))};
}

Q2_TARGET void add_block(running *r, __m128 block, size_t steps) {
    const __m128 exponent = _mm_castsi128_ps(_mm_set1_epi32(0x7F800000));
    r->lane = _mm_add_ps(r->lane, block);
    const __m128 ufp = _mm_and_ps(_mm_mul_ps(r->lane, r->growth), exponent);
    r->rounded = _mm_fmadd_ps(ufp, _mm_set1_ps((float)steps), r->rounded);
}

Q2_TARGET double sum_of_4(__m128 x) {
    const __m256d wide = _mm256_cvtps_pd(x);
    const __m128d pairs = _mm_add_pd(_mm256_castpd256_pd128(wide), _mm256_extractf128_pd(wide, 1));
    return _mm_cvtsd_f64(_mm_add_sd(pairs, _mm_unpackhi_pd(pairs, pairs)));
}

/* The sum of (rounded) in binary32 is itself rounded, once a block: growth covers it. */
Q2_TARGET q2_bounds bounds_of(const running *r, unsigned depth, size_t n, size_t steps) {
    return q2_bounds_of_sum(sum_of_4(r->lane), sum_of_4(r->rounded), depth, n, steps);
}

Q2_TARGET __m128 fold_8(__m256 x) { return _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1)); }

/* Up to 256 elements in four chains of at most 9, which meet in 2 steps, and whose lanes meet in 1. */
enum { FP32_DEPTH = 9 + 2 + 1 };

Q2_TARGET __m128 fp32_block(const uint8_t *row, size_t count) {
    __m256 a[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps()};
    size_t d = 0;
    for (; d + 32 <= count; d += 32) {
        for (size_t j = 0; j < 4; j++) {
            const __m256 x = load_fp32(row + 4 * d + 32 * j);
            a[j] = _mm256_fmadd_ps(x, x, a[j]);
        }
    }
    for (size_t j = 0; d < count; d += 8, j++) {
        uint8_t some[32] = {0};
        memcpy(some, row + 4 * d, 4 * (count - d < 8 ? count - d : 8));
        const __m256 x = load_fp32(some);
        a[j] = _mm256_fmadd_ps(x, x, a[j]);
    }
    return fold_8(_mm256_add_ps(_mm256_add_ps(a[0], a[1]), _mm256_add_ps(a[2], a[3])));
}

Q2_ENTRY q2_bounds bounds_fp32(const uint8_t *row, size_t n) {
    running r = running_from_zero(n, n / 4 + 1);
    size_t d = 0;
    for (; d + BLOCK <= n; d += BLOCK) add_block(&r, fp32_block(row + 4 * d, BLOCK), BLOCK / 4 + 1);
    if (d < n) add_block(&r, fp32_block(row + 4 * d, n - d), (n - d) / 4 + 2);
    return bounds_of(&r, FP32_DEPTH, n, n / 4 + 1);
}

/* The pinned order itself: one register, whose lanes are the four running sums. Adding +0 to a sum of squares changes
 * nothing, so the last elements are padded with zeros. */
Q2_AVX2 float q2_avx2_pinned_sum_fp32(const uint8_t *row, size_t n) {
    __m128 a = _mm_setzero_ps();
    size_t d = 0;
    for (; d + 4 <= n; d += 4) {
        const __m128 x = _mm_castsi128_ps(load_16(row + 4 * d));
        a = _mm_add_ps(a, _mm_mul_ps(x, x));
    }
    if (d < n) {
        uint8_t some[16] = {0};
        memcpy(some, row + 4 * d, 4 * (n - d));
        const __m128 x = _mm_castsi128_ps(load_16(some));
        a = _mm_add_ps(a, _mm_mul_ps(x, x));
    }
    const __m128 pairs = _mm_add_ps(a, _mm_movehl_ps(a, a)); /* a0 + a2, a1 + a3 */
    return _mm_cvtss_f32(_mm_add_ss(pairs, _mm_movehdup_ps(pairs)));
}

/* Lanes of the even elements are 0 and 2 by turns, those of the odd ones 1 and 3. */
Q2_TARGET __m128 interleave_lanes(__m256 even, __m256 odd) {
    const __m128 e = fold_8(even), o = fold_8(odd);
    return _mm_unpacklo_ps(_mm_add_ps(e, _mm_movehl_ps(e, e)), _mm_add_ps(o, _mm_movehl_ps(o, o)));
}

/* A bfloat16 is the high half of a binary32. Chains of at most 9, which meet in 1 step, and whose lanes meet in 2. */
enum { BF16_DEPTH = 9 + 1 + 2 };

Q2_TARGET void add_bf16_squares(__m256i x, __m256 *even, __m256 *odd) {
    const __m256 e = _mm256_castsi256_ps(_mm256_slli_epi32(x, 16));
    const __m256 o = _mm256_castsi256_ps(_mm256_and_si256(x, _mm256_set1_epi32((int)0xFFFF0000)));
    *even = _mm256_fmadd_ps(e, e, *even);
    *odd = _mm256_fmadd_ps(o, o, *odd);
}

Q2_TARGET __m128 bf16_block(const uint8_t *row, size_t count) {
    __m256 even[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()}, odd[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
    size_t d = 0;
    for (; d + 32 <= count; d += 32) {
        add_bf16_squares(load_32(row + 2 * d), &even[0], &odd[0]);
        add_bf16_squares(load_32(row + 2 * d + 32), &even[1], &odd[1]);
    }
    for (size_t j = 0; d < count; d += 16, j++) {
        uint8_t some[32] = {0};
        memcpy(some, row + 2 * d, 2 * (count - d < 16 ? count - d : 16));
        add_bf16_squares(load_32(some), &even[j], &odd[j]);
    }
    return interleave_lanes(_mm256_add_ps(even[0], even[1]), _mm256_add_ps(odd[0], odd[1]));
}

Q2_ENTRY q2_bounds bounds_bf16(const uint8_t *row, size_t n) {
    running r = running_from_zero(n, n / 4 + 1);
    size_t d = 0;
    for (; d + BLOCK <= n; d += BLOCK) add_block(&r, bf16_block(row + 2 * d, BLOCK), BLOCK / 4 + 1);
    if (d < n) add_block(&r, bf16_block(row + 2 * d, n - d), (n - d) / 4 + 2);
    return bounds_of(&r, BF16_DEPTH, n, n / 4 + 1);
}

Q2_TARGET __m128i flush_subnormals(__m128i halves) {
    const __m128i exponent = _mm_and_si128(halves, _mm_set1_epi16(0x7C00));
    return _mm_andnot_si128(_mm_cmpeq_epi16(exponent, _mm_setzero_si128()), halves);
}

Q2_TARGET __m256 widen_8_halves(const uint8_t *row, bool flushed) {
    const __m128i x = load_16(row);
    return _mm256_cvtph_ps(flushed ? flush_subnormals(x) : x);
}

/* One lane, exact squares: chains of at most 9, which meet in 2 steps, and 8 lanes in 3. */
enum { FP16_DEPTH = 9 + 2 + 3 };

Q2_TARGET __m128 fp16_block(const uint8_t *row, size_t count, bool flushed) {
    __m256 a[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps()};
    size_t d = 0;
    for (; d + 32 <= count; d += 32) {
        for (size_t j = 0; j < 4; j++) {
            const __m256 x = widen_8_halves(row + 2 * d + 16 * j, flushed);
            a[j] = _mm256_fmadd_ps(x, x, a[j]);
        }
    }
    for (size_t j = 0; d < count; d += 8, j++) {
        uint8_t some[16] = {0};
        memcpy(some, row + 2 * d, 2 * (count - d < 8 ? count - d : 8));
        const __m256 x = widen_8_halves(some, flushed);
        a[j] = _mm256_fmadd_ps(x, x, a[j]);
    }
    const __m128 four = fold_8(_mm256_add_ps(_mm256_add_ps(a[0], a[1]), _mm256_add_ps(a[2], a[3])));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_set_ss(_mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two))));
}

Q2_TARGET q2_bounds fp16_bounds(const uint8_t *row, size_t n, bool flushed) {
    running r = running_from_zero(n, n);
    size_t d = 0;
    for (; d + BLOCK <= n; d += BLOCK) add_block(&r, fp16_block(row + 2 * d, BLOCK, flushed), BLOCK + 1);
    if (d < n) add_block(&r, fp16_block(row + 2 * d, n - d, flushed), n - d + 1);
    return bounds_of(&r, FP16_DEPTH, n, n);
}

/* Subnormals count as zero. Together their squares are less than n * 2^-28, which is mostly far below the error; then they
 * need not be looked for. */
Q2_ENTRY q2_bounds bounds_fp16(const uint8_t *row, size_t n) {
    const double subnormals = (double)n * 0x1p-28;
    q2_bounds bounds = fp16_bounds(row, n, false);
    if (!(bounds.error > 8 * subnormals)) return fp16_bounds(row, n, true);
    bounds.error += subnormals;
    return bounds;
}

Q2_TARGET uint64_t sum_of_4_words(__m256i x) {
    const __m128i pairs = _mm_add_epi64(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    return (uint64_t)_mm_cvtsi128_si64(_mm_add_epi64(pairs, _mm_unpackhi_epi64(pairs, pairs)));
}

Q2_TARGET __m256i squares_of_16(const uint8_t *row) {
    const __m256i words = _mm256_cvtepi8_epi16(load_16(row));
    return _mm256_madd_epi16(words, words);
}

/* Exact: 32-bit lanes take at most 2^20 / 8 elements of at most 2^14 each. Up to 2^24 so is each partial sum in any order.
 * (totals) adds up the running sums after each block, in binary32: at least the sum of their ufp. */
Q2_ENTRY q2_bounds bounds_q8(const uint8_t *row, size_t n) {
    __m256i squares = _mm256_setzero_si256();
    __m256 totals = _mm256_setzero_ps();
    size_t d = 0;
    while (n - d >= BLOCK) {
        __m256i block = _mm256_setzero_si256();
        for (const size_t end = d + BLOCK; d < end; d += 32) {
            block = _mm256_add_epi32(block, _mm256_add_epi32(squares_of_16(row + d), squares_of_16(row + d + 16)));
        }
        squares = _mm256_add_epi32(squares, block);
        totals = _mm256_add_ps(totals, _mm256_cvtepi32_ps(squares));
    }
    for (; d + 16 <= n; d += 16) squares = _mm256_add_epi32(squares, squares_of_16(row + d));
    if (d < n) {
        uint8_t some[16] = {0};
        memcpy(some, row + d, n - d);
        squares = _mm256_add_epi32(squares, squares_of_16(some));
    }
    totals = _mm256_add_ps(totals, _mm256_cvtepi32_ps(squares));
    const __m256i zero = _mm256_setzero_si256();
    const double sum = (double)sum_of_4_words(
        _mm256_add_epi64(_mm256_unpacklo_epi32(squares, zero), _mm256_unpackhi_epi32(squares, zero)));
    if (sum <= 0x1p24) return (q2_bounds){sum, 0.0};
    return q2_bounds_of_sum(sum, (double)BLOCK * sum_of_4(fold_8(totals)), 0, n, n);
}

/* 32 bytes, or fewer with bytes of two zeros behind them. */
Q2_TARGET __m256i load_nibbles(const uint8_t *row, size_t bytes) {
    if (bytes >= 32) return load_32(row);
    uint8_t some[32];
    memset(some, 0x88, sizeof some);
    memcpy(some, row, bytes);
    return load_32(some);
}

/* Squares of -8..7 by nibble, at most 64: two to a byte, eight bytes to a sum. */
Q2_ENTRY q2_bounds bounds_q4(const uint8_t *row, size_t n) {
    const __m256i table =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(64, 49, 36, 25, 16, 9, 4, 1, 0, 1, 4, 9, 16, 25, 36, 49));
    const __m256i nibble = _mm256_set1_epi8(0x0F);
    __m256i sums = _mm256_setzero_si256();
    for (size_t i = 0; i < n / 2; i += 32) {
        const __m256i x = load_nibbles(row + i, n / 2 - i);
        const __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(x, nibble));
        const __m256i high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(x, 4), nibble));
        sums = _mm256_add_epi64(sums, _mm256_sad_epu8(_mm256_add_epi8(low, high), _mm256_setzero_si256()));
    }
    const double sum = (double)sum_of_4_words(sums);
    if (sum <= 0x1p24) return (q2_bounds){sum, 0.0};
    return q2_bounds_of_sum(sum, (double)n * sum, 0, n, n);
}

/* ---- from masks to packed codes ---- */

/* Gray codes of four neighbours as a byte, sign high and weak low, from masks of 0 and -1. */
Q2_TARGET __m256i weigh(__m256i positive, __m256i weak) {
    const __m256i high = _mm256_set1_epi32(0x02082080), low = _mm256_set1_epi32(0x01041040);
    const __m256i pairs = _mm256_add_epi16(_mm256_maddubs_epi16(high, positive), _mm256_maddubs_epi16(low, weak));
    return _mm256_madd_epi16(pairs, _mm256_set1_epi16(-1));
}

Q2_TARGET __m256i gather_bytes(const __m256i sums[4]) {
    return _mm256_packus_epi16(_mm256_packs_epi32(sums[0], sums[1]), _mm256_packs_epi32(sums[2], sums[3]));
}

Q2_TARGET void store_halves(uint8_t *packed, __m128i first, __m128i second) {
    _mm_storeu_si128((void *)packed, first);
    _mm_storeu_si128((void *)(packed + 16), second);
}

/* A step of a kind of row: classifies 128 elements into 32 bytes. */
typedef void (*step)(const uint8_t *row, const q2_thresholds *t, uint8_t *packed, __m256i *nearest);

/* All whole steps, then one over a copy with zeros behind it: the last bytes of the code, and nothing past them. */
Q2_TARGET __m256i all_steps(const uint8_t *row, size_t n, size_t step_bytes, size_t row_bytes, q2_thresholds t,
                            uint8_t *packed, step one) {
    __m256i nearest = _mm256_set1_epi32(-1);
    size_t d = 0, at = 0;
    for (; d + STEP <= n; d += STEP, at += step_bytes) one(row + at, &t, packed + d / 4, &nearest);
    if (d < n) {
        uint8_t some[4 * STEP] = {0}, code[STEP / 4];
        memcpy(some, row + at, row_bytes - at);
        one(some, &t, code, &nearest);
        code[q2_packed_bytes(n - d) - 1] &= q2_last_byte_mask(n);
        memcpy(packed + d / 4, code, q2_packed_bytes(n - d));
    }
    return nearest;
}

/* ---- fp32 ---- */

Q2_TARGET __m256i fp32_symbols(const uint8_t *row, __m256 above, __m256i tiny, __m256i *nearest) {
    __m256i e[4], x[4];
    for (size_t i = 0; i < 4; i++) {
        const __m256 v = load_fp32(row + 32 * i);
        x[i] = _mm256_castps_si256(v);
        e[i] = _mm256_castps_si256(_mm256_fnmadd_ps(v, v, above));
        *nearest = _mm256_min_epu32(*nearest, e[i]);
    }
    const __m256i weak = _mm256_packus_epi16(_mm256_packs_epi32(e[0], e[1]), _mm256_packs_epi32(e[2], e[3]));
    const __m256i low = _mm256_subs_epi16(_mm256_packs_epi32(x[0], x[1]), tiny);
    const __m256i high = _mm256_subs_epi16(_mm256_packs_epi32(x[2], x[3]), tiny);
    return weigh(_mm256_cmpgt_epi8(_mm256_packs_epi16(low, high), _mm256_setzero_si256()), weak);
}

Q2_TARGET void fp32_step(const uint8_t *row, const q2_thresholds *t, uint8_t *packed, __m256i *nearest) {
    const __m256 above = _mm256_set1_ps(t->t2 + t->width);
    const __m256i tiny = _mm256_set1_epi16((short)t->tiny);
    __m256i sums[4];
    for (size_t j = 0; j < 4; j++) sums[j] = fp32_symbols(row + 128 * j, above, tiny, nearest);
    const __m256i bytes = gather_bytes(sums); /* byte 4j + k of lane L is quad L of register k of group j */
    const __m128i even = _mm256_castsi256_si128(bytes), odd = _mm256_extracti128_si256(bytes, 1);
    store_halves(packed, _mm_unpacklo_epi8(even, odd), _mm_unpackhi_epi8(even, odd));
}

Q2_ENTRY bool classify_fp32(const uint8_t *row, size_t n, q2_thresholds t, uint8_t *packed) {
    const __m256i nearest = all_steps(row, n, 4 * STEP, 4 * n, t, packed, fp32_step);
    const __m256i width = _mm256_castps_si256(_mm256_set1_ps(t.width));
    const __m256i undecided = _mm256_cmpeq_epi32(_mm256_min_epu32(nearest, width), nearest);
    return _mm256_movemask_epi8(undecided) == 0;
}

/* Bits - 1 below limit, unsigned. */
Q2_ENTRY bool any_tiny(const uint8_t *row, size_t n, uint32_t limit) {
    const __m256i one = _mm256_set1_epi32(1), last = _mm256_set1_epi32((int)(limit - 1));
    __m256i least = _mm256_set1_epi32(-1);
    for (size_t d = 0; d < n; d += 8) {
        uint8_t some[32] = {0};
        const bool whole = n - d >= 8;
        if (!whole) memcpy(some, row + 4 * d, 4 * (n - d));
        least = _mm256_min_epu32(least, _mm256_sub_epi32(load_32(whole ? row + 4 * d : some), one));
    }
    return _mm256_movemask_epi8(_mm256_cmpeq_epi32(_mm256_min_epu32(least, last), least)) != 0;
}

/* ---- bf16 and fp16 ---- */

Q2_TARGET __m256i half_symbols(const uint8_t *row, __m256i strong, __m256i tiny) {
    const __m256i magnitude = _mm256_set1_epi16(0x7FFF), x = load_32(row), y = load_32(row + 32);
    const __m256i weak = _mm256_packs_epi16(_mm256_cmpgt_epi16(strong, _mm256_and_si256(x, magnitude)),
                                            _mm256_cmpgt_epi16(strong, _mm256_and_si256(y, magnitude)));
    return weigh(_mm256_packs_epi16(_mm256_cmpgt_epi16(x, tiny), _mm256_cmpgt_epi16(y, tiny)), weak);
}

Q2_TARGET void half_step(const uint8_t *row, const q2_thresholds *t, uint8_t *packed, __m256i *nearest) {
    const __m256i strong = _mm256_set1_epi16((short)t->strong), tiny = _mm256_set1_epi16((short)t->tiny);
    __m256i sums[4];
    (void)nearest;
    for (size_t j = 0; j < 4; j++) sums[j] = half_symbols(row + 64 * j, strong, tiny);
    const __m256i bytes = gather_bytes(sums); /* word 2j + h of lane L is quads 2L, 2L + 1 of register h of group j */
    const __m128i even = _mm256_castsi256_si128(bytes), odd = _mm256_extracti128_si256(bytes, 1);
    store_halves(packed, _mm_unpacklo_epi16(even, odd), _mm_unpackhi_epi16(even, odd));
}

Q2_ENTRY bool classify_half(const uint8_t *row, size_t n, q2_thresholds t, uint8_t *packed) {
    all_steps(row, n, 2 * STEP, 2 * n, t, packed, half_step);
    return true;
}

/* ---- q8 and q4 ---- */

/* |-128| is 128 as an unsigned byte. */
Q2_TARGET __m256i q8_symbols(__m256i x, __m256i below_strong) {
    const __m256i magnitude = _mm256_abs_epi8(x);
    const __m256i weak = _mm256_cmpeq_epi8(_mm256_min_epu8(magnitude, below_strong), magnitude);
    return weigh(_mm256_cmpgt_epi8(x, _mm256_setzero_si256()), weak);
}

Q2_TARGET void q8_step(const uint8_t *row, const q2_thresholds *t, uint8_t *packed, __m256i *nearest) {
    const __m256i below_strong = _mm256_set1_epi8((char)(t->strong - 1));
    __m256i sums[4];
    (void)nearest;
    for (size_t j = 0; j < 4; j++) sums[j] = q8_symbols(load_32(row + 32 * j), below_strong);
    const __m256i bytes = gather_bytes(sums); /* dword j of lane L is quads 4L.. of group j */
    const __m128i even = _mm256_castsi256_si128(bytes), odd = _mm256_extracti128_si256(bytes, 1);
    store_halves(packed, _mm_unpacklo_epi32(even, odd), _mm_unpackhi_epi32(even, odd));
}

Q2_ENTRY bool classify_q8(const uint8_t *row, size_t n, q2_thresholds t, uint8_t *packed) {
    all_steps(row, n, STEP, n, t, packed, q8_step);
    return true;
}

/* The Gray code of each of the 16 nibbles. */
Q2_TARGET __m256i q4_codes(uint32_t strong) {
    const __m128i x = _mm_setr_epi8(-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7);
    const __m128i weak = _mm_cmpgt_epi8(_mm_set1_epi8((char)strong), _mm_abs_epi8(x));
    const __m128i positive = _mm_cmpgt_epi8(x, _mm_setzero_si128());
    const __m128i codes = _mm_or_si128(_mm_and_si128(weak, _mm_set1_epi8(1)), _mm_and_si128(positive, _mm_set1_epi8(2)));
    return _mm256_broadcastsi128_si256(codes);
}

/* 64 elements: two bytes of four elements to a 16-bit sum below 256. */
Q2_TARGET __m256i q4_symbols(__m256i x, __m256i codes) {
    const __m256i nibble = _mm256_set1_epi8(0x0F);
    const __m256i low = _mm256_shuffle_epi8(codes, _mm256_and_si256(x, nibble));
    const __m256i high = _mm256_shuffle_epi8(_mm256_slli_epi16(codes, 2), _mm256_and_si256(_mm256_srli_epi16(x, 4), nibble));
    return _mm256_maddubs_epi16(_mm256_or_si256(low, high), _mm256_set1_epi16(0x0110));
}

Q2_TARGET void q4_step(const uint8_t *row, const q2_thresholds *t, uint8_t *packed, __m256i *nearest) {
    const __m256i codes = q4_codes(t->strong);
    (void)nearest;
    const __m256i bytes = _mm256_packus_epi16(q4_symbols(load_32(row), codes), q4_symbols(load_32(row + 32), codes));
    _mm256_storeu_si256((void *)packed, _mm256_permute4x64_epi64(bytes, 0xD8));
}

Q2_ENTRY bool classify_q4(const uint8_t *row, size_t n, q2_thresholds t, uint8_t *packed) {
    all_steps(row, n, STEP / 2, n / 2, t, packed, q4_step);
    return true;
}

const q2_quantise_table q2_quantise_avx2 = {
    .dtype =
        {
            [Q2_FP32] = {bounds_fp32, q2_avx2_refined_fp32, q2_avx2_pinned_sum_fp32, classify_fp32},
            [Q2_FP16] = {bounds_fp16, q2_avx2_refined_fp16, q2_scalar_pinned_sum_fp16, classify_half},
            [Q2_Q8] = {bounds_q8, NULL, q2_scalar_pinned_sum_q8, classify_q8},
            [Q2_Q4] = {bounds_q4, NULL, q2_scalar_pinned_sum_q4, classify_q4},
            [Q2_BF16] = {bounds_bf16, q2_avx2_refined_bf16, q2_scalar_pinned_sum_bf16, classify_half},
        },
    .key = q2_avx2_key,
    .transitions = q2_avx2_transitions,
    .any_tiny = any_tiny,
};

#else
typedef int q2_no_avx2_on_this_machine;
#endif
