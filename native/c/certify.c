/* The certified fast path (section 8): a sum in any order, bounds on the pinned one, and symbols that hold for all of them.
 *
 * Notation: u = 2^-24, half the distance from 1 to the next binary32. For a binary32 operation that does not underflow,
 * |fl(z) - z| <= u * ufp(z) <= u * ufp(fl(z)), where ufp(z) is the power of two with ufp(z) <= z < 2 ufp(z). Additions never
 * underflow inexactly.
 *
 *   x_d   the elements, p_d = fl(x_d * x_d) the products, Q = sum of the exact squares, n terms, all >= 0
 *   a_k   the running sums of a lane of the pinned order, S the pinned sum
 *   F     the sum that was computed
 *
 * 1. Products: |p_d - x_d^2| <= u * x_d^2, or <= 2^-150 where the square is subnormal. Together: u * Q + n * 2^-150.
 * 2. The pinned order: each a_k = fl(a_{k-1} + p_k) adds an error of at most u * ufp(a_k). Over all lanes: u * R, where R is
 *    the sum of ufp(a_k) over all additions. At the end, fl(fl(a0 + a2) + fl(a1 + a3)) adds at most 2u * S.
 * 3. The sum F adds blocks of elements within wide registers, lane d mod 4 apart from the others, each term going through at
 *    most (depth) roundings on its way into the block's four sums (or one, where the pinned order has one lane): at most
 *    depth * u * Q. The blocks' sums are then added one by one to the running sums A_b: at most u * ufp(A_b) each.
 * 4. R is bounded through A_b. The running sums of the pinned order never decrease, so within block b they stay below the one
 *    at its end, and that one differs from A_b by a factor of at most (1 + u)^(steps + blocks + depth + 3), with blocks <=
 *    n / 64. q2_growth() is above that: 1 + 2ku >= (1 + u)^k for ku <= 1. So
 *        R <= sum over blocks of (additions in the block) * ufp(growth * A_b),
 *    and one more addition a block covers the last part of 3. That is (rounded).
 *
 * In all |S - F| <= u * (rounded + (depth + 3) * Q + ...), where Q exceeds F by less than the factor growth, which therefore
 * multiplies the whole; n * 2^-150 <= 2^-130 is added as 2^-128. Everything here is computed in binary64, whose own roundings
 * (2^-53) are covered by counting depth + 4. Bounding by ufp in place of the value, and by prefix in place of the total,
 * makes the interval about a third as wide as steps * u * F.
 *
 * Second part, from S to the squares of the elements at which symbols meet. With c = fl(0.6745):
 *   s = fl(sqrt(S)) and r = fl(1 / s):    1/r = sqrt(S) * (1 + e), |e| <= 2.01u
 *   tau = fl(c / fl(sqrt(n))):            tau = c / sqrt(n) * (1 + e), |e| <= 2.01u
 *   fl(x * r) <= tau implies x * r <= tau / (1 - u), and fl(x * r) >= tau implies x * r >= tau / (1 + u)
 * so both cut points are c * sqrt(S / n) * (1 + e) with |e| <= 5.03u, and their squares c^2 * S / n * (1 + e) with
 * |e| <= 10.1u. The rounding of a threshold to binary32 and that of x * x, where a kernel rounds it, add u each: 12.2u, and
 * SLACK is 14u. All of this grows with S, so the interval of S gives the interval of the squares. */
#include "float_env.h"
#include "q2_internal.h"

#define U 0x1p-24
#define SLACK (14 * U)

q2_bounds q2_bounds_of_sum(double sum, double rounded, unsigned depth, size_t n, size_t steps) {
    const double error = U * (double)q2_growth(n, steps) * (rounded + (depth + 4) * sum) + 0x1p-128;
    return (q2_bounds){sum > error ? sum - error : 0.0, sum + error};
}

/* What the elements are compared with after scaling by r is tau; before, tau / r. Its square for a given S, exact to a few
 * parts in 2^53; S = 1 where the vector is left as it is. */
static double squared_cut(double sum, size_t n) { return (double)0.6745f * (double)0.6745f / (double)n * sum; }

/* 1 / (2r) for a given S, within 6u. A positive x goes to zero where x * r <= 2^-150 (a tie goes to even), which is where
 * the number of 2^-149 in x is at most 1 / (2r). Below 1 that is none. */
static double tiny_limit(double sum) { return 0.5 * (double)q2_sqrt((float)sum); }

/* The bits of (limit) times 2^-149, rounded down; where that is no longer exact, an ulp further in the given direction. */
static uint32_t bits_of_tiny(double limit, int direction) {
    if (limit < 0x1p22) return (uint32_t)limit; /* a subnormal's bits are its number of 2^-149 */
    return (uint32_t)((int32_t)q2_bits_of((float)limit * 0x1p-149f) + direction);
}

/* The largest bits of a positive element that goes to zero: the same for all S in the bounds, or proven irrelevant since no
 * element is that small. */
static bool decide_tiny(const q2_quantise_table *table, const q2_bounds *bounds, const uint8_t *row, size_t n, q2_dtype dtype,
                        uint32_t *tiny) {
    *tiny = dtype == Q2_FP16 ? 0x03FF : 0; /* its subnormals count as zero, its normals are too large to underflow */
    if ((dtype != Q2_FP32 && dtype != Q2_BF16) || bounds->high < 3.9) return true;
    const uint32_t low_bits = bits_of_tiny(tiny_limit(bounds->low) * (1 - 6 * U), -1);
    const uint32_t high_bits = bits_of_tiny(tiny_limit(bounds->high) * (1 + 6 * U), 1);
    if (dtype == Q2_BF16) {
        *tiny = high_bits >> 16;
        return low_bits >> 16 == *tiny;
    }
    if (low_bits == high_bits && high_bits <= Q2_MAX_TINY) {
        *tiny = high_bits;
        return true;
    }
    return !table->any_tiny(row, n, high_bits);
}

/* The bits of the smallest binary16 normal that is >= x; those of infinity where there is none. */
static uint32_t half_not_below(float x) {
    if (x <= 0x1p-14f) return 0x0400;
    if (x > 65504.0f) return 0x7C00;
    return ((q2_bits_of(x) + 0x1FFF) >> 13) - (112u << 10);
}

/* The smallest element of the dtype that is >= x, as q2_thresholds.strong counts them. */
static uint32_t smallest_not_below(float x, q2_dtype dtype) {
    if (dtype == Q2_FP16) return half_not_below(x);
    if (dtype == Q2_BF16) return (q2_bits_of(x) + 0xFFFF) >> 16;
    const uint32_t whole = (uint32_t)x; /* x < 128 */
    return (float)whole < x ? whole + 1 : whole;
}

/* Elements of the shorter dtypes lie so far apart that hardly ever one of them is between the bounds of a cut point. Then
 * it makes no difference where the cut point lies. */
static bool decide_strong(double low, double high, q2_dtype dtype, uint32_t *strong) {
    *strong = smallest_not_below(q2_sqrt((float)low) * (float)(1 - 4 * U), dtype);
    return *strong == smallest_not_below(q2_sqrt((float)high) * (float)(1 + 4 * U), dtype);
}

/* The gate and overflow of section 2, then the cut points. False where the bounds do not decide. */
static bool decide_thresholds(const q2_bounds *bounds, size_t n, q2_dtype dtype, bool *scaled, q2_thresholds *t) {
    const double gate = (double)1e-16f;
    if (!(bounds->high < (double)FLT_MAX) || (bounds->low <= gate && bounds->high > gate)) return false;
    *scaled = bounds->low > gate;
    const double low = squared_cut(*scaled ? bounds->low : 1.0, n) * (1 - SLACK);
    const double high = squared_cut(*scaled ? bounds->high : 1.0, n) * (1 + SLACK);
    t->t2 = (float)low;
    t->width = (float)high - t->t2;
    t->strong = 0;
    /* Two thresholds within a factor of two of each other: their difference is exact. */
    return dtype == Q2_FP32 ? high < 2 * low : decide_strong(low, high, dtype, &t->strong);
}

bool q2_certified(const q2_quantise_table *table, const q2_bounds *bounds, const uint8_t *row, size_t n, q2_dtype dtype,
                  uint8_t *packed) {
    q2_thresholds thresholds = {0.0f, 0.0f, 0, 0};
    const q2_bounds as_it_is = {1.0, 1.0};
    bool scaled;
    if (!decide_thresholds(bounds, n, dtype, &scaled, &thresholds)) return false;
    if (!decide_tiny(table, scaled ? bounds : &as_it_is, row, n, dtype, &thresholds.tiny)) return false;
    return table->dtype[dtype].classify(row, n, &thresholds, packed);
}
