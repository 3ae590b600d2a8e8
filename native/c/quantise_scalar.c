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

/* ---- sums in a faster order, with their bounds (certify.c) ---- */

/* The power of two of a positive number; 0 for a subnormal one, whose additions are exact. */
Q2_INLINE float ufp(float x) { return q2_float_of(q2_bits_of(x) & 0x7F800000u); }

/* Four chains for each lane of the pinned order, in blocks; independent additions that a compiler can put side by side. A
 * term is rounded as a product, in 16 additions in its chain and in 2 where the chains meet. */
Q2_INLINE q2_bounds bounds_in_four(const uint8_t *row, size_t n, element_at at) {
    enum { BLOCK = 256, DEPTH = 19 };
    const float growth = q2_growth(n, n / 4 + 1);
    float lane[4] = {0, 0, 0, 0};
    double rounded = 0;
    for (size_t from = 0; from < n; from += BLOCK) {
        const size_t some = n - from < BLOCK ? n - from : BLOCK;
        float a[16] = {0};
        size_t d = 0;
        for (; d + 16 <= some; d += 16) {
            for (size_t j = 0; j < 16; j++) {
                const float x = at(row, from + d + j);
                a[j] += x * x;
            }
        }
        for (; d < some; d++) {
            const float x = at(row, from + d);
            a[d % 16] += x * x;
        }
        const float steps = (float)(some / 4 + 2);
        for (size_t j = 0; j < 4; j++) {
            lane[j] += (a[j] + a[j + 4]) + (a[j + 8] + a[j + 12]);
            rounded += (double)(steps * ufp(growth * lane[j]));
        }
    }
    const double sum = ((double)lane[0] + (double)lane[2]) + ((double)lane[1] + (double)lane[3]);
    return q2_bounds_of_sum(sum, rounded, DEPTH, n, n / 4 + 1);
}

/* The same for dtypes whose pinned order has one lane. */
Q2_INLINE q2_bounds bounds_in_one(const uint8_t *row, size_t n, element_at at) {
    enum { BLOCK = 256, DEPTH = 23 };
    const float growth = q2_growth(n, n);
    float lane = 0;
    double rounded = 0;
    for (size_t from = 0; from < n; from += BLOCK) {
        const size_t some = n - from < BLOCK ? n - from : BLOCK;
        float a[16] = {0};
        size_t d = 0;
        for (; d + 16 <= some; d += 16) {
            for (size_t j = 0; j < 16; j++) {
                const float x = at(row, from + d + j);
                a[j] += x * x;
            }
        }
        for (; d < some; d++) {
            const float x = at(row, from + d);
            a[d % 16] += x * x;
        }
        float block = 0;
        for (size_t j = 0; j < 4; j++) block += (a[j] + a[j + 4]) + (a[j + 8] + a[j + 12]);
        lane += block;
        rounded += (double)((float)(some + 1) * ufp(growth * lane));
    }
    return q2_bounds_of_sum((double)lane, rounded, DEPTH, n, n);
}

/* Squares of integers: the sum is exact, and up to 2^24 so is each partial sum in any order. */
Q2_INLINE q2_bounds bounds_of_integers(const uint8_t *row, size_t n, element_at at) {
    enum { BLOCK = 256, EXACT = 1 << 24 };
    const float growth = q2_growth(n, n);
    uint64_t sum = 0;
    double rounded = 0;
    for (size_t from = 0; from < n; from += BLOCK) {
        const size_t some = n - from < BLOCK ? n - from : BLOCK;
        uint32_t block = 0;
        for (size_t d = 0; d < some; d++) {
            const int32_t x = (int32_t)at(row, from + d);
            block += (uint32_t)(x * x);
        }
        sum += block;
        if (sum > EXACT) rounded += (double)((float)some * ufp(growth * (float)sum));
    }
    if (sum <= EXACT) return (q2_bounds){(double)sum, 0.0};
    return q2_bounds_of_sum((double)sum, rounded, 0, n, n);
}

/* ---- symbols and packing (sections 4, 5) ---- */

/* Gray codes: sign in the high bit, weak in the low one. */
Q2_INLINE unsigned symbol_of(float x, const q2_cuts *cuts) {
    if (x > cuts->u) return x > cuts->p ? 2 : 3;
    return x > -cuts->n ? 1 : 0;
}

Q2_INLINE void classify_exactly(const uint8_t *row, size_t n, const q2_cuts *cuts, uint8_t *packed, element_at at) {
    memset(packed, 0, q2_packed_bytes(n));
    for (size_t d = 0; d < n; d++) packed[d / 4] |= (uint8_t)(symbol_of(at(row, d), cuts) << (6 - 2 * (d % 4)));
}

void q2_classify_exactly(const uint8_t *row, size_t n, q2_dtype dtype, const q2_cuts *cuts, uint8_t *packed) {
    switch (dtype) {
    case Q2_FP32: classify_exactly(row, n, cuts, packed, fp32_at); break;
    case Q2_FP16: classify_exactly(row, n, cuts, packed, fp16_at); break;
    case Q2_Q8: classify_exactly(row, n, cuts, packed, q8_at); break;
    case Q2_Q4: classify_exactly(row, n, cuts, packed, q4_at); break;
    case Q2_BF16: classify_exactly(row, n, cuts, packed, bf16_at); break;
    case Q2_Q2: break;
    }
}

/* Against thresholds: Gray code from two comparisons, without a branch; bit 2 of the result says undecided. */
typedef unsigned (*symbol_at)(const uint8_t *row, size_t d, const q2_thresholds *t);

Q2_INLINE unsigned symbol(bool positive, bool strong) { return (unsigned)positive << 1 | (unsigned)!strong; }

Q2_INLINE unsigned fp32_symbol(const uint8_t *row, size_t d, const q2_thresholds *t) {
    const float x = fp32_at(row, d), square = x * x;
    const bool undecided = (square >= t->t2) & (square < t->t2 + t->width);
    return (unsigned)undecided << 2 | symbol((int32_t)q2_bits_of(x) > (int32_t)t->tiny, square >= t->t2);
}

Q2_INLINE unsigned half_symbol(const uint8_t *row, size_t d, const q2_thresholds *t) {
    const uint16_t half = half_at(row, d);
    return symbol((int16_t)half > (int16_t)t->tiny, (half & 0x7FFFu) >= t->strong);
}

Q2_INLINE unsigned integer_symbol(int x, const q2_thresholds *t) {
    return symbol(x > 0, (uint32_t)(x < 0 ? -x : x) >= t->strong);
}

Q2_INLINE unsigned q8_symbol(const uint8_t *row, size_t d, const q2_thresholds *t) {
    return integer_symbol((int8_t)row[d], t);
}

Q2_INLINE unsigned q4_symbol(const uint8_t *row, size_t d, const q2_thresholds *t) {
    return integer_symbol((int)q4_at(row, d), t);
}

Q2_INLINE bool classify(const uint8_t *row, size_t n, q2_thresholds t, uint8_t *packed, symbol_at at) {
    unsigned undecided = 0;
    size_t d = 0;
    for (; d + 4 <= n; d += 4) {
        const unsigned s0 = at(row, d, &t), s1 = at(row, d + 1, &t), s2 = at(row, d + 2, &t), s3 = at(row, d + 3, &t);
        undecided |= s0 | s1 | s2 | s3;
        packed[d / 4] = (uint8_t)((s0 & 3) << 6 | (s1 & 3) << 4 | (s2 & 3) << 2 | (s3 & 3));
    }
    if (d < n) {
        unsigned last = 0;
        for (size_t i = d; i < n; i++) {
            const unsigned s = at(row, i, &t);
            undecided |= s;
            last |= (s & 3) << (6 - 2 * (i % 4));
        }
        packed[d / 4] = (uint8_t)last;
    }
    return (undecided & 4) == 0;
}

static bool any_tiny(const uint8_t *row, size_t n, uint32_t limit) {
    unsigned found = 0;
    for (size_t d = 0; d < n; d++) found |= q2_bits_of(fp32_at(row, d)) - 1 < limit;
    return found != 0;
}

/* ---- the table ---- */

float q2_scalar_pinned_sum_fp32(const uint8_t *row, size_t n) { return sum_in_four(row, n, fp32_at); }
float q2_scalar_pinned_sum_bf16(const uint8_t *row, size_t n) { return sum_in_four(row, n, bf16_at); }
float q2_scalar_pinned_sum_fp16(const uint8_t *row, size_t n) { return sum_in_one(row, n, fp16_at); }
float q2_scalar_pinned_sum_q8(const uint8_t *row, size_t n) { return sum_in_one(row, n, q8_at); }
float q2_scalar_pinned_sum_q4(const uint8_t *row, size_t n) { return sum_in_one(row, n, q4_at); }


static q2_bounds bounds_fp32(const uint8_t *row, size_t n) { return bounds_in_four(row, n, fp32_at); }
static q2_bounds bounds_bf16(const uint8_t *row, size_t n) { return bounds_in_four(row, n, bf16_at); }
static q2_bounds bounds_fp16(const uint8_t *row, size_t n) { return bounds_in_one(row, n, fp16_at); }
static q2_bounds bounds_q8(const uint8_t *row, size_t n) { return bounds_of_integers(row, n, q8_at); }
static q2_bounds bounds_q4(const uint8_t *row, size_t n) { return bounds_of_integers(row, n, q4_at); }

static bool classify_fp32(const uint8_t *row, size_t n, q2_thresholds t, uint8_t *packed) {
    return classify(row, n, t, packed, fp32_symbol);
}
static bool classify_half(const uint8_t *row, size_t n, q2_thresholds t, uint8_t *packed) {
    return classify(row, n, t, packed, half_symbol);
}
static bool classify_q8(const uint8_t *row, size_t n, q2_thresholds t, uint8_t *packed) {
    return classify(row, n, t, packed, q8_symbol);
}
static bool classify_q4(const uint8_t *row, size_t n, q2_thresholds t, uint8_t *packed) {
    return classify(row, n, t, packed, q4_symbol);
}

const q2_quantise_table q2_quantise_scalar = {
    .dtype =
        {
            [Q2_FP32] = {bounds_fp32, NULL, q2_scalar_pinned_sum_fp32, classify_fp32},
            [Q2_FP16] = {bounds_fp16, NULL, q2_scalar_pinned_sum_fp16, classify_half},
            [Q2_Q8] = {bounds_q8, NULL, q2_scalar_pinned_sum_q8, classify_q8},
            [Q2_Q4] = {bounds_q4, NULL, q2_scalar_pinned_sum_q4, classify_q4},
            [Q2_BF16] = {bounds_bf16, NULL, q2_scalar_pinned_sum_bf16, classify_half},
        },
    .key = q2_scalar_key,
    .transitions = q2_scalar_transitions,
    .any_tiny = any_tiny,
};
