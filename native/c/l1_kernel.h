/* L1 distance (section 10) on SIMD registers, written once for all of them. l1_avx2.c, l1_avx512.c, l1_avx512_vpopcntdq.c and
 * l1_neon.c define, then include:
 *
 *   Q2_L1_TARGET     the target attribute
 *   VECTOR           bytes of a register
 *   vector           a register of bytes; `sums` one of 32-bit sums
 *   load             a register of a code
 *   load_short       the same of a code shorter than a register, with zeros behind it
 *   all_bits         a register of ones
 *   add_l1           adds the L1 distance of two registers' symbols, where a third has bits, to 32-bit sums
 *   total_8          eight codes' sums to their distances
 *
 * Where the high bits of two symbols differ and both low bits are 0, an A meets a D: Lee distance counts one bit, L1 counts 3.
 * Elsewhere the two agree. The end of a code is read as its last register, which overlaps the one before. */

enum { GROUP = 8 /* codes at a time: their sums are folded together */ };

#define Q2_L1_INLINE Q2_L1_TARGET Q2_UNROLLED

typedef struct {
    size_t bytes, whole, start; /* registers before the last one, which begins at byte (start) */
    uint8_t last[VECTOR];       /* the bits that the last one adds */
} shape;

Q2_L1_INLINE shape shape_of(size_t n) {
    shape s = {.bytes = q2_packed_bytes(n)};
    s.whole = (s.bytes - 1) / VECTOR;
    s.start = s.bytes < VECTOR ? 0 : s.bytes - VECTOR;
    const size_t known = s.whole * VECTOR - s.start; /* bytes of the last register that the one before holds too */
    for (size_t i = 0; i < VECTOR; i++) s.last[i] = i < known || s.start + i >= s.bytes ? 0 : 0xFF;
    s.last[s.bytes - s.start - 1] = q2_last_byte_mask(n);
    return s;
}

Q2_L1_INLINE vector load_last(const uint8_t *code, const shape *s) {
    return s->bytes < VECTOR ? load_short(code, s->bytes) : load(code + s->start);
}

Q2_L1_INLINE sums code_sums(const uint8_t *a, const uint8_t *b, const shape *s) {
    sums sum = add_l1(no_sums(), load_last(a, s), load_last(b, s), load(s->last));
    for (size_t i = 0; i < s->whole; i++) sum = add_l1(sum, load(a + i * VECTOR), load(b + i * VECTOR), all_bits());
    return sum;
}

Q2_L1_INLINE void distances_of_8(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, const shape *s,
                                 uint32_t *distances) {
    sums sum[GROUP];
#pragma GCC unroll 8
    for (size_t i = 0; i < GROUP; i++) sum[i] = no_sums();
#pragma GCC unroll 1
    for (size_t i = 0; i < count; i++) sum[i] = code_sums(query, codes + i * stride, s);
    total_8(sum, distances);
}

Q2_L1_TARGET static void many(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n,
                              uint32_t *distances) {
    const shape s = shape_of(n);
    size_t i = 0;
    for (; i + GROUP <= count; i += GROUP) distances_of_8(query, codes + i * stride, stride, GROUP, &s, distances + i);
    if (i == count) return;
    uint32_t last[GROUP];
    distances_of_8(query, codes + i * stride, stride, count - i, &s, last);
    memcpy(distances + i, last, (count - i) * sizeof *last);
}

Q2_L1_TARGET static uint32_t pair(const uint8_t *a, const uint8_t *b, size_t n) {
    uint32_t distance;
    many(a, b, 0, 1, n, &distance);
    return distance;
}
