/* Quantise in portable C: the specification as it reads, and the peer that the vector kernels are held against. */
#include "q2_internal.h"

/* ---- elements as binary32 (section 1) ---- */

typedef float (*element_at)(const uint8_t *row, size_t d);

Q2_INLINE uint16_t half_at(const uint8_t *row, size_t d) {
    uint16_t half;
    memcpy(&half, row + 2 * d, sizeof half);
    return half;
}

Q2_INLINE float fp32_at(const uint8_t *row, size_t d) {
    float x;
    memcpy(&x, row + 4 * d, sizeof x);
    return x;
}

Q2_INLINE float bf16_at(const uint8_t *row, size_t d) { return q2_float_of((uint32_t)half_at(row, d) << 16); }

/* Normals move their exponent from bias 15 to bias 127; exponent 0 is a zero; exponent 31 stays all ones. */
Q2_INLINE float fp16_at(const uint8_t *row, size_t d) {
    const uint32_t half = half_at(row, d), sign = (half & 0x8000u) << 16, magnitude = (half & 0x7FFFu) << 13;
    if (magnitude < 0x00800000u) return q2_float_of(sign);
    return q2_float_of(sign | (magnitude + (magnitude >= 0x0F800000u ? 0x70000000u : 0x38000000u)));
}

Q2_INLINE float q8_at(const uint8_t *row, size_t d) { return (float)(int8_t)row[d]; }

Q2_INLINE float q4_at(const uint8_t *row, size_t d) {
    const unsigned nibble = d % 2 == 0 ? row[d / 2] >> 4 : row[d / 2] & 0x0Fu;
    return (float)((int)nibble - 8);
}

/* ---- the pinned sums (section 2) ---- */

Q2_INLINE float sum_in_four(const uint8_t *row, size_t n, element_at at) {
    float a[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    size_t d = 0;
    for (; d + 4 <= n; d += 4) {
        for (size_t j = 0; j < 4; j++) {
            const float x = at(row, d + j), square = x * x;
            a[j] += square;
        }
    }
    for (; d < n; d++) {
        const float x = at(row, d), square = x * x;
        a[d % 4] += square;
    }
    return (a[0] + a[2]) + (a[1] + a[3]);
}

Q2_INLINE float sum_in_one(const uint8_t *row, size_t n, element_at at) {
    float sum = 0.0f;
    for (size_t d = 0; d < n; d++) {
        const float x = at(row, d), square = x * x;
        sum += square;
    }
    return sum;
}

/* ---- symbols and packing (sections 4, 5) ---- */

/* Gray codes: sign in the high bit, weak in the low one. */
Q2_INLINE unsigned symbol_of(float x, const q2_cuts *cuts) {
    if (x > cuts->u) return x > cuts->p ? 2 : 3;
    return x > -cuts->n ? 1 : 0;
}

Q2_INLINE void classify(const uint8_t *row, size_t n, const q2_cuts *cuts, uint8_t *packed, element_at at) {
    const q2_cuts c = *cuts;
    size_t d = 0;
    for (; d + 4 <= n; d += 4) {
        packed[d / 4] = (uint8_t)(symbol_of(at(row, d), &c) << 6 | symbol_of(at(row, d + 1), &c) << 4 |
                                  symbol_of(at(row, d + 2), &c) << 2 | symbol_of(at(row, d + 3), &c));
    }
    if (d == n) return;
    unsigned last = 0;
    for (size_t i = d; i < n; i++) last |= symbol_of(at(row, i), &c) << (6 - 2 * (i % 4));
    packed[d / 4] = (uint8_t)last;
}

/* ---- the table ---- */

float q2_scalar_pinned_sum_fp32(const uint8_t *row, size_t n) { return sum_in_four(row, n, fp32_at); }
float q2_scalar_pinned_sum_bf16(const uint8_t *row, size_t n) { return sum_in_four(row, n, bf16_at); }
float q2_scalar_pinned_sum_fp16(const uint8_t *row, size_t n) { return sum_in_one(row, n, fp16_at); }
float q2_scalar_pinned_sum_q8(const uint8_t *row, size_t n) { return sum_in_one(row, n, q8_at); }
float q2_scalar_pinned_sum_q4(const uint8_t *row, size_t n) { return sum_in_one(row, n, q4_at); }

void q2_scalar_classify_fp32(const uint8_t *row, size_t n, const q2_cuts *cuts, uint8_t *packed) {
    classify(row, n, cuts, packed, fp32_at);
}
void q2_scalar_classify_bf16(const uint8_t *row, size_t n, const q2_cuts *cuts, uint8_t *packed) {
    classify(row, n, cuts, packed, bf16_at);
}
void q2_scalar_classify_fp16(const uint8_t *row, size_t n, const q2_cuts *cuts, uint8_t *packed) {
    classify(row, n, cuts, packed, fp16_at);
}
void q2_scalar_classify_q8(const uint8_t *row, size_t n, const q2_cuts *cuts, uint8_t *packed) {
    classify(row, n, cuts, packed, q8_at);
}
void q2_scalar_classify_q4(const uint8_t *row, size_t n, const q2_cuts *cuts, uint8_t *packed) {
    classify(row, n, cuts, packed, q4_at);
}

const q2_quantise_table q2_quantise_scalar = {
    .dtype =
        {
            [Q2_FP32] = {q2_scalar_pinned_sum_fp32, q2_scalar_classify_fp32},
            [Q2_FP16] = {q2_scalar_pinned_sum_fp16, q2_scalar_classify_fp16},
            [Q2_Q8] = {q2_scalar_pinned_sum_q8, q2_scalar_classify_q8},
            [Q2_Q4] = {q2_scalar_pinned_sum_q4, q2_scalar_classify_q4},
            [Q2_BF16] = {q2_scalar_pinned_sum_bf16, q2_scalar_classify_bf16},
        },
    .key = q2_scalar_key,
    .transitions = q2_scalar_transitions,
};
