/* From a sum of squares to the numbers at which the symbols meet (sections 2, 3, 4 and 8).
 *
 * x -> fl(x * r) never decreases, so each condition on v = fl(x * r) is a condition on x against one number. It is found by
 * starting near it and stepping through the neighbouring binary32 numbers, by their bits. */
#include "float_env.h"
#include "q2_internal.h"

/* The largest x > 0 with fl(x * r) <= limit, from a start within a few ulp. */
static float largest_not_above(float limit, float r, float start) {
    uint32_t x = q2_bits_of(start);
    while (x > 0 && q2_float_of(x) * r > limit) x--;
    while (q2_float_of(x + 1) * r <= limit) x++;
    return q2_float_of(x);
}

/* The smallest x > 0 with fl(x * r) >= limit. */
static float smallest_not_below(float limit, float r, float start) {
    uint32_t x = q2_bits_of(start);
    while (q2_float_of(x) * r < limit) x++;
    while (x > 1 && q2_float_of(x - 1) * r >= limit) x--;
    return q2_float_of(x);
}

q2_cuts q2_cut_points(float sum, size_t n) {
    const float tau = 0.6745f / q2_sqrt((float)n);
    if (!(sum > 1e-16f)) return (q2_cuts){tau, tau, 0.0f};

    const float r = 1.0f / q2_sqrt(sum);
    const float start = tau / r;
    q2_cuts cuts = {largest_not_above(tau, r, start), smallest_not_below(tau, r, start), 0.0f};
    /* r >= 1 takes no positive number to 0. 2^-149 / r halved is where a product rounds to 0: at most 2^-150. */
    if (r < 1.0f) cuts.u = largest_not_above(0.0f, r, 0x1p-149f / r * 0.5f);
    return cuts;
}
