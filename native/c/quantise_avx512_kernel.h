/* Quantise with AVX-512; included with Q2_AVX512 set to the target attribute and Q2_VNNI to 0 or 1.
 *
 * fp32, classify: 64 elements a step and no compare in 32-bit lanes. For each register x of 16
 *     e = x * x - t2       > 0 where strong; 0 <= e < width where undecided, seen by an unsigned minimum over all e
 *     x as an integer      > tiny where positive
 * and both are packed with saturation, 32 to 16 to 8 bits, which keeps their signs; e that is not undecided saturates, so its
 * bytes come out as 0 or -1, and the masked addition of 2 where positive makes them the Gray code less 1. A weighted sum of
 * four neighbouring bytes is a packed byte. The packs interleave the 128-bit lanes; one dword permute and one byte shuffle per
 * 256 elements put them in order.
 *
 * The shorter dtypes are compared as integers, with saturating subtraction in place of e. */
#include <immintrin.h>

#define Q2_TARGET Q2_AVX512 Q2_INLINE
#define Q2_ENTRY Q2_AVX512 static

Q2_TARGET __m512i load_64(const uint8_t *bytes) { return _mm512_loadu_si512((const void *)bytes); }
Q2_TARGET __m512 load_fp32(const uint8_t *bytes) { return _mm512_loadu_ps((const void *)bytes); }

Q2_TARGET __mmask16 first_16(size_t count) { return (__mmask16)(count >= 16 ? 0xFFFF : (1u << count) - 1); }
Q2_TARGET __mmask32 first_32(size_t count) { return (__mmask32)(count >= 32 ? 0xFFFFFFFFu : (1u << count) - 1); }
Q2_TARGET __mmask64 first_64(size_t count) { return (__mmask64)(count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1); }

/* ---- sums with their bounds ---- */

/* Running sums of blocks, as lane d mod 4, and what certify.c calls (rounded), in parts of the block's steps. */
typedef struct {
    __m128 lane, rounded, growth;
} running;

Q2_TARGET __m128 fold_16(__m512 x) {
    const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1));
    return _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}

Q2_TARGET void add_block(running *r, __m128 block, float steps) {
    const __m128 exponent = _mm_castsi128_ps(_mm_set1_epi32(0x7F800000));
    r->lane = _mm_add_ps(r->lane, block);
    const __m128 ufp = _mm_and_ps(_mm_mul_ps(r->lane, r->growth), exponent);
    r->rounded = _mm_fmadd_ps(ufp, _mm_set1_ps(steps), r->rounded);
}

Q2_TARGET float sum_of_4(__m128 x) {
    const __m128 two = _mm_add_ps(x, _mm_movehl_ps(x, x));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

/* The sums of the four lanes go through two roundings more. (rounded) is rounded too, once a block and twice here: growth
 * covers it. */
Q2_TARGET q2_bounds bounds_of(const running *r, unsigned depth, size_t n, size_t steps) {
    return q2_bounds_of_sum((double)sum_of_4(r->lane), (double)sum_of_4(r->rounded), depth + 2, n, steps);
}

/* Elements a block; roundings on the way through one: in a chain, where 4 chains meet, where 4 registers' parts meet. */
enum { BLOCK = 256, DEPTH = 4 + 2 + 2 };

/* Four chains; an array of them would end up in memory. */
typedef struct {
    __m512 a, b, c, d;
} chains;

Q2_TARGET __m512 add_square(__m512 sum, __m512 x) { return _mm512_fmadd_ps(x, x, sum); }

Q2_TARGET void add_64_squares(chains *s, const uint8_t *row) {
    s->a = add_square(s->a, load_fp32(row));
    s->b = add_square(s->b, load_fp32(row + 64));
    s->c = add_square(s->c, load_fp32(row + 128));
    s->d = add_square(s->d, load_fp32(row + 192));
}

Q2_TARGET __m512 load_some_fp32(const uint8_t *row, __mmask64 some) {
    return _mm512_maskz_loadu_ps((__mmask16)some, (const void *)row);
}

/* Up to 256 elements: fewer than 64 at the end under a mask. */
Q2_TARGET __m128 fp32_block(const uint8_t *row, size_t count) {
    chains s = {_mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps()};
    for (; count >= 64; count -= 64, row += 256) add_64_squares(&s, row);
    if (count > 0) {
        const __mmask64 some = first_64(count);
        s.a = add_square(s.a, load_some_fp32(row, some));
        s.b = add_square(s.b, load_some_fp32(row + 64, some >> 16));
        s.c = add_square(s.c, load_some_fp32(row + 128, some >> 32));
        s.d = add_square(s.d, load_some_fp32(row + 192, some >> 48));
    }
    return fold_16(_mm512_add_ps(_mm512_add_ps(s.a, s.b), _mm512_add_ps(s.c, s.d)));
}

Q2_ENTRY q2_bounds bounds_fp32(const uint8_t *row, size_t n) {
    running r = {_mm_setzero_ps(), _mm_setzero_ps(), _mm_set1_ps(q2_growth(n, n / 4 + 1))};
    size_t d = 0;
    for (; d + BLOCK <= n; d += BLOCK) add_block(&r, fp32_block(row + 4 * d, BLOCK), BLOCK / 4 + 1);
    if (d < n) add_block(&r, fp32_block(row + 4 * d, n - d), (float)((n - d) / 4 + 2));
    return bounds_of(&r, DEPTH, n, n / 4 + 1);
}

/* ---- from bytes to packed codes ---- */

/* sums + (a0*b0 + a1*b1 + a2*b2 + a3*b3) for the four bytes of each dword, a unsigned and b signed. */
Q2_TARGET __m512i dot_4(__m512i sums, __m512i a, __m512i b) {
#if Q2_VNNI
    return _mm512_dpbusd_epi32(sums, a, b);
#else
    return _mm512_add_epi32(sums, _mm512_madd_epi16(_mm512_maddubs_epi16(a, b), _mm512_set1_epi16(1)));
#endif
}

/* Gray codes of four neighbours as a byte, sign high and weak low: (positive) and (strong) hold 0 or 1. */
Q2_TARGET __m512i weigh_ones(__m512i positive, __m512i strong) {
    const __m512i high = _mm512_set1_epi32(0x02082080), minus_low = _mm512_set1_epi32((int)0xFFFCF0C0);
    return dot_4(dot_4(_mm512_set1_epi32(0x55), strong, minus_low), high, positive);
}

Q2_TARGET __m512i ones_where_not_zero(__m512i bytes) { return _mm512_min_epu8(bytes, _mm512_set1_epi8(1)); }

Q2_TARGET __m512i gather_bytes(const __m512i sums[4]) {
    return _mm512_packus_epi16(_mm512_packs_epi32(sums[0], sums[1]), _mm512_packs_epi32(sums[2], sums[3]));
}

/* Dword L of lane j gets dword j of lane L. */
Q2_TARGET __m512i transpose_lanes(__m512i x) {
    return _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), x);
}

/* The last bytes of a code: count elements of a block of 256. */
Q2_TARGET void store_tail(uint8_t *packed, __m512i bytes, size_t count) {
    _mm512_mask_storeu_epi8(packed, first_64(q2_packed_bytes(count)), bytes);
    if (count % 4 != 0) packed[count / 4] &= q2_last_byte_mask(count);
}

/* ---- fp32 ---- */

/* What the elements are compared with. Mostly tiny fits a byte, and one comparison of bytes does; else it is subtracted from
 * 16-bit lanes. */
typedef struct {
    __m512 t2;
    __m512i tiny;
    bool bytes; /* a constant where this is used */
} fp32_cuts;

Q2_TARGET __m512i fp32_symbols(const __m512 x[4], const fp32_cuts *cuts, __m512i *nearest) {
    __m512i e[4], raw[2];
    for (size_t i = 0; i < 4; i++) {
        e[i] = _mm512_castps_si512(_mm512_fmsub_ps(x[i], x[i], cuts->t2));
        *nearest = _mm512_min_epu32(*nearest, e[i]);
    }
    for (size_t i = 0; i < 2; i++) {
        raw[i] = _mm512_packs_epi32(_mm512_castps_si512(x[2 * i]), _mm512_castps_si512(x[2 * i + 1]));
        if (!cuts->bytes) raw[i] = _mm512_subs_epi16(raw[i], cuts->tiny);
    }
    const __m512i strong = _mm512_packus_epi16(_mm512_packs_epi32(e[0], e[1]), _mm512_packs_epi32(e[2], e[3]));
    const __mmask64 positive =
        _mm512_cmpgt_epu8_mask(_mm512_packus_epi16(raw[0], raw[1]), cuts->bytes ? cuts->tiny : _mm512_setzero_si512());
    const __m512i gray_less_1 = _mm512_mask_add_epi8(strong, positive, strong, _mm512_set1_epi8(2));
    return dot_4(_mm512_set1_epi32(0x55), _mm512_set1_epi32(0x01041040), gray_less_1);
}

/* After transpose_lanes, lane j holds group j of 64: byte k of dword L is quad L of register k. */
Q2_TARGET __m512i fp32_order(__m512i bytes) {
    const __m128i order = _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    return _mm512_shuffle_epi8(transpose_lanes(bytes), _mm512_broadcast_i32x4(order));
}

Q2_TARGET __m512i fp32_group(const uint8_t *row, const fp32_cuts *cuts, __m512i *nearest) {
    const __m512 x[4] = {load_fp32(row), load_fp32(row + 64), load_fp32(row + 128), load_fp32(row + 192)};
    return fp32_symbols(x, cuts, nearest);
}

Q2_TARGET __m512i fp32_some(const uint8_t *row, __mmask64 some, const fp32_cuts *cuts, __m512i *nearest) {
    const __m512 x[4] = {load_some_fp32(row, some), load_some_fp32(row + 64, some >> 16), load_some_fp32(row + 128, some >> 32),
                         load_some_fp32(row + 192, some >> 48)};
    return fp32_symbols(x, cuts, nearest);
}

/* The 16 bytes of one group: byte k of dword L is quad L of register k. */
Q2_TARGET __m128i fp32_group_bytes(__m512i sums) {
    const __m128i order = _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    return _mm_shuffle_epi8(_mm512_cvtepi32_epi8(sums), order);
}

/* Fewer than 64 elements. */
Q2_TARGET void fp32_end(const uint8_t *row, size_t count, const fp32_cuts *cuts, uint8_t *packed, __m512i *nearest) {
    const __m128i bytes = fp32_group_bytes(fp32_some(row, first_64(count), cuts, nearest));
    _mm_mask_storeu_epi8(packed, first_16(q2_packed_bytes(count)), bytes);
    if (count % 4 != 0) packed[count / 4] &= q2_last_byte_mask(count);
}

Q2_TARGET bool classify_fp32_against(const fp32_cuts *cuts, float width, const uint8_t *row, size_t n, uint8_t *packed) {
    __m512i nearest = _mm512_set1_epi32(-1);
    for (; n >= 256; n -= 256, row += 1024, packed += 64) {
        __m512i sums[4];
        for (size_t j = 0; j < 4; j++) sums[j] = fp32_group(row + 256 * j, cuts, &nearest);
        _mm512_storeu_si512((void *)packed, fp32_order(gather_bytes(sums)));
    }
    for (; n >= 64; n -= 64, row += 256, packed += 16) {
        _mm_storeu_si128((void *)packed, fp32_group_bytes(fp32_group(row, cuts, &nearest)));
    }
    if (n > 0) fp32_end(row, n, cuts, packed, &nearest);
    return _mm512_cmplt_epu32_mask(nearest, _mm512_set1_epi32((int)q2_bits_of(width))) == 0;
}

Q2_ENTRY bool classify_fp32(const uint8_t *row, size_t n, q2_thresholds t, uint8_t *packed) {
    const __m512 t2 = _mm512_set1_ps(t.t2);
    if (t.tiny < 255) { /* where bytes saturate */
        const fp32_cuts cuts = {t2, _mm512_set1_epi8((char)t.tiny), true};
        return classify_fp32_against(&cuts, t.width, row, n, packed);
    }
    const fp32_cuts cuts = {t2, _mm512_set1_epi16((short)t.tiny), false};
    return classify_fp32_against(&cuts, t.width, row, n, packed);
}

Q2_ENTRY bool any_tiny(const uint8_t *row, size_t n, uint32_t limit) {
    const __m512i one = _mm512_set1_epi32(1);
    __m512i least = _mm512_set1_epi32(-1);
    size_t d = 0;
    for (; d + 16 <= n; d += 16) least = _mm512_min_epu32(least, _mm512_sub_epi32(load_64(row + 4 * d), one));
    if (d < n) {
        const __m512i x = _mm512_maskz_loadu_epi32(first_16(n - d), (const void *)(row + 4 * d));
        least = _mm512_min_epu32(least, _mm512_sub_epi32(x, one));
    }
    return _mm512_cmplt_epu32_mask(least, _mm512_set1_epi32((int)limit)) != 0;
}

/* ---- bf16 and fp16 ---- */

Q2_TARGET __m512i load_32_halves(const uint8_t *row, size_t count) {
    return count >= 32 ? load_64(row) : _mm512_maskz_loadu_epi16(first_32(count), (const void *)row);
}

/* Lanes of the even elements are 0 and 2 by turns, those of the odd ones 1 and 3. */
Q2_TARGET __m128 interleave_lanes(__m512 even, __m512 odd) {
    const __m128 e = fold_16(even), o = fold_16(odd);
    return _mm_unpacklo_ps(_mm_add_ps(e, _mm_movehl_ps(e, e)), _mm_add_ps(o, _mm_movehl_ps(o, o)));
}

/* A bfloat16 is the high half of a binary32. */
Q2_TARGET void add_bf16_squares(__m512i x, __m512 *even, __m512 *odd) {
    const __m512 e = _mm512_castsi512_ps(_mm512_slli_epi32(x, 16));
    const __m512 o = _mm512_castsi512_ps(_mm512_and_si512(x, _mm512_set1_epi32((int)0xFFFF0000)));
    *even = _mm512_fmadd_ps(e, e, *even);
    *odd = _mm512_fmadd_ps(o, o, *odd);
}

/* Up to 256 elements, in chains of at most 5. */
Q2_TARGET __m128 bf16_block(const uint8_t *row, size_t count) {
    __m512 even[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()}, odd[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
    size_t d = 0;
    for (; d + 64 <= count; d += 64) {
        add_bf16_squares(load_64(row + 2 * d), &even[0], &odd[0]);
        add_bf16_squares(load_64(row + 2 * d + 64), &even[1], &odd[1]);
    }
    for (size_t j = 0; d < count; d += 32, j++) {
        add_bf16_squares(load_32_halves(row + 2 * d, count - d), &even[j], &odd[j]);
    }
    return interleave_lanes(_mm512_add_ps(even[0], even[1]), _mm512_add_ps(odd[0], odd[1]));
}

Q2_ENTRY q2_bounds bounds_bf16(const uint8_t *row, size_t n) {
    running r = {_mm_setzero_ps(), _mm_setzero_ps(), _mm_set1_ps(q2_growth(n, n / 4 + 1))};
    size_t d = 0;
    for (; d + BLOCK <= n; d += BLOCK) add_block(&r, bf16_block(row + 2 * d, BLOCK), BLOCK / 4 + 1);
    if (d < n) add_block(&r, bf16_block(row + 2 * d, n - d), (float)((n - d) / 4 + 2));
    return bounds_of(&r, 5 + 1 + 3, n, n / 4 + 1);
}

Q2_TARGET __m256i flush_subnormals(__m256i halves) {
    return _mm256_maskz_mov_epi16(_mm256_test_epi16_mask(halves, _mm256_set1_epi16(0x7C00)), halves);
}

Q2_TARGET __m512 widen_16_halves(const uint8_t *row, size_t count, bool flushed) {
    const __m256i x = count >= 16 ? _mm256_loadu_si256((const void *)row) : _mm256_maskz_loadu_epi16(first_16(count), (const void *)row);
    return _mm512_cvtph_ps(flushed ? flush_subnormals(x) : x);
}

/* Up to 256 elements, in chains of at most 5. */
Q2_TARGET __m128 fp16_block(const uint8_t *row, size_t count, bool flushed) {
    __m512 a[4] = {_mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps()};
    size_t d = 0;
    for (; d + 64 <= count; d += 64) {
        for (size_t j = 0; j < 4; j++) {
            const __m512 x = widen_16_halves(row + 2 * d + 32 * j, 16, flushed);
            a[j] = _mm512_fmadd_ps(x, x, a[j]);
        }
    }
    for (size_t j = 0; d < count; d += 16, j++) {
        const __m512 x = widen_16_halves(row + 2 * d, count - d, flushed);
        a[j] = _mm512_fmadd_ps(x, x, a[j]);
    }
    const __m128 four = fold_16(_mm512_add_ps(_mm512_add_ps(a[0], a[1]), _mm512_add_ps(a[2], a[3])));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_set_ss(_mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two))));
}

/* One lane; its squares are exact. */
Q2_TARGET q2_bounds fp16_bounds(const uint8_t *row, size_t n, bool flushed) {
    running r = {_mm_setzero_ps(), _mm_setzero_ps(), _mm_set1_ps(q2_growth(n, n))};
    size_t d = 0;
    for (; d + BLOCK <= n; d += BLOCK) add_block(&r, fp16_block(row + 2 * d, BLOCK, flushed), BLOCK + 1);
    if (d < n) add_block(&r, fp16_block(row + 2 * d, n - d, flushed), (float)(n - d + 1));
    return bounds_of(&r, 5 + 2 + 4, n, n);
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

Q2_TARGET __m512i half_symbols(__m512i x, __m512i y, __m512i below_strong, __m512i tiny) {
    const __m512i magnitude = _mm512_set1_epi16(0x7FFF);
    const __m512i strong = _mm512_packus_epi16(_mm512_subs_epu16(_mm512_and_si512(x, magnitude), below_strong),
                                               _mm512_subs_epu16(_mm512_and_si512(y, magnitude), below_strong));
    const __m512i positive = _mm512_packus_epi16(_mm512_subs_epi16(x, tiny), _mm512_subs_epi16(y, tiny));
    return weigh_ones(ones_where_not_zero(positive), ones_where_not_zero(strong));
}

/* After transpose_lanes, lane j holds group j of 64: bytes 0, 1 of dword L are quads 2L, 2L + 1 of the first register, bytes
 * 2, 3 those of the second. */
Q2_TARGET __m512i half_order(__m512i bytes) {
    const __m128i order = _mm_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15);
    return _mm512_shuffle_epi8(transpose_lanes(bytes), _mm512_broadcast_i32x4(order));
}

Q2_ENTRY bool classify_half(const uint8_t *row, size_t n, q2_thresholds t, uint8_t *packed) {
    const __m512i below_strong = _mm512_set1_epi16((short)(t.strong - 1)), tiny = _mm512_set1_epi16((short)t.tiny);
    __m512i sums[4];
    size_t d = 0;
    for (; d + 256 <= n; d += 256) {
        for (size_t j = 0; j < 4; j++) {
            const uint8_t *at = row + 2 * (d + 64 * j);
            sums[j] = half_symbols(load_64(at), load_64(at + 64), below_strong, tiny);
        }
        _mm512_storeu_si512((void *)(packed + d / 4), half_order(gather_bytes(sums)));
    }
    if (d < n) {
        for (size_t j = 0; j < 4; j++) {
            const uint8_t *at = row + 2 * (d + 64 * j);
            const size_t left = n - d > 64 * j ? n - d - 64 * j : 0;
            const __m512i x = left > 0 ? load_32_halves(at, left) : _mm512_setzero_si512();
            const __m512i y = left > 32 ? load_32_halves(at + 64, left - 32) : _mm512_setzero_si512();
            sums[j] = half_symbols(x, y, below_strong, tiny);
        }
        store_tail(packed + d / 4, half_order(gather_bytes(sums)), n - d);
    }
    return true;
}

/* ---- q8 and q4 ---- */

Q2_TARGET __m512i add_squares(__m512i sums, __m512i words) {
#if Q2_VNNI
    return _mm512_dpwssd_epi32(sums, words, words);
#else
    return _mm512_add_epi32(sums, _mm512_madd_epi16(words, words));
#endif
}

/* Up to 2^24 each partial sum in any order is exact. */
Q2_TARGET q2_bounds bounds_of_integers(__m512i squares, double rounded, size_t n) {
    const __m512i wide = _mm512_add_epi64(_mm512_cvtepi32_epi64(_mm512_castsi512_si256(squares)),
                                          _mm512_cvtepi32_epi64(_mm512_extracti32x8_epi32(squares, 1)));
    const double sum = (double)_mm512_reduce_add_epi64(wide);
    if (sum <= 0x1p24) return (q2_bounds){sum, 0.0};
    return q2_bounds_of_sum(sum, rounded, 0, n, n);
}

/* (totals) adds up the running sums after each block of 256, in binary32: at least the sum of their ufp. */
Q2_ENTRY q2_bounds bounds_q8(const uint8_t *row, size_t n) {
    __m512i squares[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    __m512 totals = _mm512_setzero_ps();
    size_t d = 0;
    while (n - d >= BLOCK) {
        for (const size_t end = d + BLOCK; d < end; d += 64) {
            const __m512i x = load_64(row + d);
            squares[0] = add_squares(squares[0], _mm512_cvtepi8_epi16(_mm512_castsi512_si256(x)));
            squares[1] = add_squares(squares[1], _mm512_cvtepi8_epi16(_mm512_extracti32x8_epi32(x, 1)));
        }
        totals = _mm512_add_ps(totals, _mm512_cvtepi32_ps(_mm512_add_epi32(squares[0], squares[1])));
    }
    for (; d < n; d += 32) {
        const __m256i x = _mm256_maskz_loadu_epi8(first_32(n - d), (const void *)(row + d));
        squares[0] = add_squares(squares[0], _mm512_cvtepi8_epi16(x));
    }
    const __m512i all = _mm512_add_epi32(squares[0], squares[1]);
    totals = _mm512_add_ps(totals, _mm512_cvtepi32_ps(all));
    return bounds_of_integers(all, (double)BLOCK * (double)sum_of_4(fold_16(totals)), n);
}

/* Squares of -8..7 by nibble, at most 64: two to a byte, eight bytes to a sum. */
Q2_ENTRY q2_bounds bounds_q4(const uint8_t *row, size_t n) {
    const __m512i table = _mm512_broadcast_i32x4(_mm_setr_epi8(64, 49, 36, 25, 16, 9, 4, 1, 0, 1, 4, 9, 16, 25, 36, 49));
    const __m512i nibble = _mm512_set1_epi8(0x0F), zeros = _mm512_set1_epi8((char)0x88);
    __m512i sums = _mm512_setzero_si512();
    for (size_t i = 0; i < n / 2; i += 64) {
        const __m512i x = _mm512_mask_loadu_epi8(zeros, first_64(n / 2 - i), (const void *)(row + i));
        const __m512i low = _mm512_shuffle_epi8(table, _mm512_and_si512(x, nibble));
        const __m512i high = _mm512_shuffle_epi8(table, _mm512_and_si512(_mm512_srli_epi16(x, 4), nibble));
        sums = _mm512_add_epi64(sums, _mm512_sad_epu8(_mm512_add_epi8(low, high), _mm512_setzero_si512()));
    }
    const double sum = (double)_mm512_reduce_add_epi64(sums);
    if (sum <= 0x1p24) return (q2_bounds){sum, 0.0};
    return q2_bounds_of_sum(sum, (double)n * sum, 0, n, n);
}

Q2_TARGET __m512i q8_symbols(__m512i x, __m512i below_strong) {
    const __m512i strong = ones_where_not_zero(_mm512_subs_epu8(_mm512_abs_epi8(x), below_strong));
    const __m512i positive = ones_where_not_zero(_mm512_max_epi8(x, _mm512_setzero_si512()));
    return weigh_ones(positive, strong);
}

Q2_ENTRY bool classify_q8(const uint8_t *row, size_t n, q2_thresholds t, uint8_t *packed) {
    const __m512i below_strong = _mm512_set1_epi8((char)(t.strong - 1));
    __m512i sums[4];
    size_t d = 0;
    for (; d + 256 <= n; d += 256) {
        for (size_t j = 0; j < 4; j++) sums[j] = q8_symbols(load_64(row + d + 64 * j), below_strong);
        _mm512_storeu_si512((void *)(packed + d / 4), transpose_lanes(gather_bytes(sums)));
    }
    if (d < n) {
        for (size_t j = 0; j < 4; j++) {
            const size_t left = n - d > 64 * j ? n - d - 64 * j : 0;
            const __m512i x =
                left ? _mm512_maskz_loadu_epi8(first_64(left), (const void *)(row + d + 64 * j)) : _mm512_setzero_si512();
            sums[j] = q8_symbols(x, below_strong);
        }
        store_tail(packed + d / 4, transpose_lanes(gather_bytes(sums)), n - d);
    }
    return true;
}

/* The Gray code of each of the 16 nibbles. */
Q2_TARGET __m128i q4_codes(uint32_t strong) {
    const __m128i x = _mm_setr_epi8(-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7);
    const __m128i weak = _mm_cmpgt_epi8(_mm_set1_epi8((char)strong), _mm_abs_epi8(x)), positive = _mm_cmpgt_epi8(x, _mm_setzero_si128());
    return _mm_or_si128(_mm_and_si128(weak, _mm_set1_epi8(1)), _mm_and_si128(positive, _mm_set1_epi8(2)));
}

/* 128 elements: two bytes of four elements to a 16-bit sum below 256. */
Q2_TARGET __m512i q4_symbols(__m512i x, __m512i codes, __m512i codes_high) {
    const __m512i nibble = _mm512_set1_epi8(0x0F);
    const __m512i low = _mm512_shuffle_epi8(codes, _mm512_and_si512(x, nibble));
    const __m512i high = _mm512_shuffle_epi8(codes_high, _mm512_and_si512(_mm512_srli_epi16(x, 4), nibble));
    return _mm512_maddubs_epi16(_mm512_or_si512(low, high), _mm512_set1_epi16(0x0110));
}

Q2_ENTRY bool classify_q4(const uint8_t *row, size_t n, q2_thresholds t, uint8_t *packed) {
    const __m128i by_nibble = q4_codes(t.strong);
    const __m512i codes = _mm512_broadcast_i32x4(by_nibble), codes_high = _mm512_slli_epi16(codes, 2);
    const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    for (size_t d = 0; d < n; d += 256) {
        const size_t left = (n - d) / 2;
        const __m512i x = left >= 64 ? load_64(row + d / 2) : _mm512_maskz_loadu_epi8(first_64(left), (const void *)(row + d / 2));
        const __m512i y = left > 64 ? _mm512_maskz_loadu_epi8(first_64(left - 64), (const void *)(row + d / 2 + 64)) : x;
        const __m512i bytes = _mm512_permutexvar_epi64(
            order, _mm512_packus_epi16(q4_symbols(x, codes, codes_high), q4_symbols(y, codes, codes_high)));
        if (n - d >= 256) _mm512_storeu_si512((void *)(packed + d / 4), bytes);
        else store_tail(packed + d / 4, bytes, n - d);
    }
    return true;
}
