#include "test_reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const unsigned gray_of_value[4] = {0, 1, 3, 2}; /* A, B, C, D (section 4) */

size_t slow_row_bytes(size_t n, q2_dtype dtype) {
    switch (dtype) {
    case Q2_FP32: return 4 * n;
    case Q2_FP16: return 2 * n;
    case Q2_BF16: return 2 * n;
    case Q2_Q8: return n;
    case Q2_Q4: return n / 2;
    case Q2_Q2: return (n + 3) / 4;
    }
    return 0;
}

/* A binary number from its fields: sign, exponent field of width e bits, fraction of f bits. */
static double from_fields(unsigned bits, int e, int f, int keep_subnormals) {
    unsigned fraction = bits & ((1u << f) - 1u);
    int exponent = (int)((bits >> f) & ((1u << e) - 1u));
    int bias = (1 << (e - 1)) - 1;
    double sign = (bits >> (e + f)) ? -1.0 : 1.0;
    if (exponent == (1 << e) - 1)
        return fraction ? (double)NAN : sign * (double)INFINITY;
    if (exponent == 0)
        return sign * (keep_subnormals ? ldexp((double)fraction, 1 - bias - f) : 0.0);
    return sign * ldexp((double)(fraction + (1u << f)), exponent - bias - f);
}

static double element(const uint8_t *row, size_t d, q2_dtype dtype) {
    switch (dtype) {
    case Q2_FP32: {
        float x;
        memcpy(&x, row + 4 * d, 4);
        return (double)x;
    }
    case Q2_FP16: return from_fields((unsigned)row[2 * d] | (unsigned)row[2 * d + 1] << 8, 5, 10, 0);
    case Q2_BF16: return from_fields((unsigned)row[2 * d] | (unsigned)row[2 * d + 1] << 8, 8, 7, 1);
    case Q2_Q8: return row[d] < 128 ? (double)row[d] : (double)row[d] - 256.0;
    case Q2_Q4: return (double)(d % 2 == 0 ? row[d / 2] / 16 : row[d / 2] % 16) - 8.0;
    case Q2_Q2: break;
    }
    return 0.0;
}

/* Rounds to binary32 and comes back, so that the next operation starts from what binary32 holds. */
static double to32(double x) {
    volatile float rounded = (float)x;
    return (double)rounded;
}

static double pinned_sum(const uint8_t *row, size_t n, q2_dtype dtype) {
    int lanes = (dtype == Q2_FP32 || dtype == Q2_BF16) ? 4 : 1;
    double a[4] = {0, 0, 0, 0};
    for (size_t d = 0; d < n; d++) {
        double x = element(row, d, dtype);
        size_t j = d % (size_t)lanes;
        a[j] = to32(a[j] + to32(x * x));
    }
    return lanes == 1 ? a[0] : to32(to32(a[0] + a[2]) + to32(a[1] + a[3]));
}

static double scale_of(double sum) { return sum > (double)1e-16f ? to32(1.0 / to32(sqrt(sum))) : 1.0; }

double slow_scale(const uint8_t *row, size_t n, q2_dtype dtype) { return scale_of(pinned_sum(row, n, dtype)); }

double slow_tau(size_t n) { return to32((double)0.6745f / to32(sqrt(to32((double)n)))); }

static int value_of(double v, double tau) {
    if (v <= -tau)
        return 0;
    if (v <= 0)
        return 1;
    return v <= tau ? 2 : 3;
}

static void put_symbol(uint8_t *packed, size_t d, unsigned gray) {
    packed[d / 4] = (uint8_t)(packed[d / 4] | gray << (6 - 2 * (d % 4)));
}

static unsigned get_symbol(const uint8_t *packed, size_t d) {
    return (unsigned)(packed[d / 4] >> (6 - 2 * (d % 4))) & 3u;
}

static int get_value(const uint8_t *packed, size_t d) {
    for (int z = 0; z < 4; z++)
        if (gray_of_value[z] == get_symbol(packed, d))
            return z;
    return -1;
}

slow_result slow_key(const uint8_t *packed, size_t n) {
    slow_result result = {Q2_OK, 0, 0};
    int before = -1;
    for (size_t d = 0; d < n; d++) {
        int z = get_value(packed, d);
        if (z != before && result.transitions < 32)
            result.key |= (uint64_t)z << (62 - 2 * result.transitions);
        if (z != before)
            result.transitions++;
        before = z;
    }
    return result;
}

slow_result slow_quantise(const uint8_t *row, size_t n, q2_dtype dtype, uint8_t *packed) {
    slow_result refused = {Q2_ERR_NOT_FINITE, 0, 0};
    if (dtype == Q2_Q2) {
        for (size_t i = 0; i < (n + 3) / 4; i++)
            packed[i] = 0;
        for (size_t d = 0; d < n; d++)
            put_symbol(packed, d, get_symbol(row, d));
        return slow_key(packed, n);
    }
    double sum = pinned_sum(row, n, dtype);
    if (!isfinite(sum))
        return refused;
    double scale = scale_of(sum), tau = slow_tau(n);
    for (size_t i = 0; i < (n + 3) / 4; i++)
        packed[i] = 0;
    for (size_t d = 0; d < n; d++)
        put_symbol(packed, d, gray_of_value[value_of(to32(element(row, d, dtype) * scale), tau)]);
    return slow_key(packed, n);
}

uint32_t slow_lee(const uint8_t *a, const uint8_t *b, size_t n) {
    uint32_t sum = 0;
    for (size_t d = 0; d < n; d++) {
        int apart = get_value(a, d) - get_value(b, d);
        apart = apart < 0 ? -apart : apart;
        sum += (uint32_t)(apart < 4 - apart ? apart : 4 - apart);
    }
    return sum;
}

uint32_t slow_l1(const uint8_t *a, const uint8_t *b, size_t n) {
    uint32_t sum = 0;
    for (size_t d = 0; d < n; d++)
        sum += (uint32_t)abs(get_value(a, d) - get_value(b, d));
    return sum;
}

static int level_of(const uint8_t *code, size_t d) {
    static const int levels[4] = {-4, -1, 1, 4};
    return levels[get_value(code, d)];
}

/* The norm squared is the sum of the squared levels, 1 or 16: n + 15 strong. */
static float score_of(int64_t product, const uint8_t *code, size_t n) {
    int64_t squares = 0;
    for (size_t d = 0; d < n; d++)
        squares += level_of(code, d) * level_of(code, d);
    return (float)(to32((double)product) / to32(sqrt((double)squares)));
}

float slow_code_dot(const uint8_t *a, const uint8_t *b, size_t n) {
    int64_t product = 0;
    for (size_t d = 0; d < n; d++)
        product += level_of(a, d) * level_of(b, d);
    return score_of(product, b, n);
}

float slow_dot(const int8_t *query, const uint8_t *code, size_t n) {
    int64_t product = 0;
    for (size_t d = 0; d < n; d++)
        product += query[d] * level_of(code, d);
    return score_of(product, code, n);
}

/* In binary64, where neither the scale nor a product leaves the range; both are rounded to 24 bits as binary32 would. */
q2_status slow_dot_query(const float *x, size_t n, int8_t *query) {
    double largest = 0;
    for (size_t d = 0; d < n; d++) {
        if (!isfinite(x[d]))
            return Q2_ERR_NOT_FINITE;
        largest = fmax(largest, fabs((double)x[d]));
    }
    int exponent;
    for (size_t d = 0; d < n; d++) {
        double scale = largest == 0 ? 0 : frexp(127 / largest, &exponent);
        if (largest != 0)
            scale = ldexp(to32(scale), exponent);
        query[d] = (int8_t)nearbyint(to32((double)x[d] * scale));
    }
    return Q2_OK;
}
