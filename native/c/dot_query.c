/* q2_dot_query: a vector of floats to int8 (section 10). Its cost is that of a few codes, so that plain C serves. */
#include "float_env.h"

enum { INFINITE = 0x7F800000, MAGNITUDE = 0x7FFFFFFF };

static float at(const uint8_t *x, size_t d) {
    uint32_t bits;
    memcpy(&bits, x + 4 * d, sizeof bits);
    return q2_float_of(bits);
}

/* The bits of max|x|; of what is not finite they are the largest. Integers, since a signalling NaN must not be touched. */
static uint32_t largest_magnitude(const uint8_t *x, size_t n) {
    uint32_t largest = 0;
    for (size_t d = 0; d < n; d++) {
        uint32_t bits;
        memcpy(&bits, x + 4 * d, sizeof bits);
        bits &= MAGNITUDE;
        largest = bits > largest ? bits : largest;
    }
    return largest;
}

/* Adding and taking away 1.5 * 2^23 rounds half to even what is far smaller. Products are below 127.5: that of the largest
 * element differs from 127 by two roundings. Elements so small that 127 / max|x| overflows are scaled up first, exactly. */
static __attribute__((noinline)) void quantise(const uint8_t *x, size_t n, float largest, int8_t *query) {
    const float rounder = 0x1.8p23f, up = largest < 0x1p-100f ? 0x1p100f : 1.0f, scale = 127.0f / (largest * up);
    for (size_t d = 0; d < n; d++) query[d] = (int8_t)(int32_t)(at(x, d) * up * scale + rounder - rounder);
}

q2_status q2_dot_query(const float *x, size_t n, int8_t *query) {
    if (x == NULL || query == NULL || n < 1 || n > Q2_MAX_DIM) return Q2_ERR_ARGUMENT;
    const uint32_t largest = largest_magnitude((const uint8_t *)x, n);
    if (largest >= INFINITE) return Q2_ERR_NOT_FINITE;
    if (largest == 0) {
        memset(query, 0, n);
        return Q2_OK;
    }
    const q2_float_env caller = q2_float_env_enter();
    quantise((const uint8_t *)x, n, q2_float_of(largest), query);
    q2_float_env_leave(caller);
    return Q2_OK;
}
