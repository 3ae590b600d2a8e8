/* Rows for tests: random elements of every type, with the awkward values that each type has. */
#ifndef Q2_RANDOM_ROWS_H
#define Q2_RANDOM_ROWS_H

#include "q2.h"

#include <math.h>
#include <string.h>

/* splitmix64: small, seedable, the same everywhere. */
static inline uint64_t random_next(uint64_t *state) {
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* Uniform in (0, 1]. */
static inline double random_unit(uint64_t *state) { return ((double)(random_next(state) >> 11) + 1.0) * 0x1p-53; }

static inline float random_gaussian(uint64_t *state) {
    double radius = sqrt(-2.0 * log(random_unit(state)));
    return (float)(radius * cos(6.283185307179586 * random_unit(state)));
}

static inline uint16_t half_bits(float x) {
    /* Only for |x| in the normal range of binary16: truncation is fine, any pattern is a valid element. */
    uint32_t bits;
    memcpy(&bits, &x, 4);
    int exponent = (int)(bits >> 23 & 0xFF) - 127 + 15;
    uint32_t sign = bits >> 16 & 0x8000u;
    if (exponent <= 0 || exponent >= 31)
        return (uint16_t)sign;
    return (uint16_t)(sign | (uint32_t)exponent << 10 | (bits >> 13 & 0x3FFu));
}

static inline void put_element(uint8_t *row, size_t d, q2_dtype dtype, float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    uint16_t half = dtype == Q2_FP16 ? half_bits(x) : (uint16_t)(bits >> 16);
    const float scaled = x * 40.0f;
    const int level = scaled <= -128.0f ? -128 : scaled >= 127.0f ? 127 : (int)scaled;
    switch (dtype) {
    case Q2_FP32: memcpy(row + 4 * d, &bits, 4); break;
    case Q2_FP16:
    case Q2_BF16: memcpy(row + 2 * d, &half, 2); break;
    case Q2_Q8: row[d] = (uint8_t)level; break;
    case Q2_Q4: row[d / 2] = (uint8_t)(d % 2 ? row[d / 2] | ((level / 10 + 8) & 15) : ((level / 10 + 8) & 15) << 4); break;
    case Q2_Q2: row[d / 4] = (uint8_t)(d % 4 ? row[d / 4] ^ (bits & 3u) << (6 - 2 * (d % 4)) : bits); break;
    }
}

/* A row of n Gaussian elements; dirty bits remain in the last byte of a q2 row. */
static inline void gaussian_row(uint8_t *row, size_t n, q2_dtype dtype, uint64_t *state) {
    for (size_t d = 0; d < n; d++)
        put_element(row, d, dtype, random_gaussian(state));
}

#endif
