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
 * Refined bounds, for rows that the first ones leave undecided: most roundings of the pinned order can be followed without its
 * order. While a running sum stays within [c, 2c), c a power of two, it is a multiple of q = 2^-23 c, and
 *     fl(a + p) - a = p rounded to a multiple of q = fl(c + p) - c,
 * whatever a is, unless p lies half-way between two multiples, where the two may differ by q. So in blocks of 64 elements:
 *   - A block is settled when sums in any order, with twice the margin of growth, show that the running sums and their
 *     estimate stay within one binade. Then the estimate grows by the sum of fl(c + p) - c, exactly, and its doubt by q for
 *     each half-way case (two registers are looked at together, and a case in either counts as two).
 *   - In any other block the estimate grows by a plain sum, and its doubt by (steps + 9) * u * ufp(its end): the pinned
 *     additions, 4 + 4 within the block and one to the estimate. There are few: one for each time a lane doubles.
 * What is added in the end is as above: 2u * S, and the underflow of products. Their roundings are the pinned ones here.
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
    return (q2_bounds){sum, error};
}

q2_bounds q2_bounds_of_refined(double sum, double doubt, size_t n, size_t steps) {
    return (q2_bounds){sum, (double)q2_growth(n, steps) * (doubt + 4 * U * sum) + 0x1p-128};
}

/* The bits of (limit) times 2^-149, rounded down; where that is no longer exact, an ulp further in the given direction. */
static uint32_t bits_of_tiny(double limit, int direction) {
    if (limit < 0x1p22) return (uint32_t)limit; /* a subnormal's bits are its number of 2^-149 */
    return (uint32_t)((int32_t)q2_bits_of((float)limit * 0x1p-149f) + direction);
}

enum { UNDECIDED = -1 }; /* what is decided fits 32 bits */

/* The largest bits of a positive element that goes to zero: the same for all S in the bounds, or proven irrelevant since no
 * element is that small. A positive x goes to zero where x * r <= 2^-150 (a tie goes to even), which is where the number of
 * 2^-149 in x is at most 1 / (2r) = sqrt(S) / 2, within 6u as computed; sqrt(1 + e) is within 1 +- 0.6|e| for |e| <= 1/2. */
Q2_NOINLINE static int64_t decide_tiny_of_any_size(const q2_quantise_table *table, double sum, double error, const uint8_t *row,
                                                   size_t n, q2_dtype dtype) {
    const double limit = 0.5 * (double)q2_sqrt((float)sum), spread = 0.6 * (error / sum) + 6 * U;
    const uint32_t low = bits_of_tiny(limit * (1 - spread), -1), high = bits_of_tiny(limit * (1 + spread), 1);
    if (dtype == Q2_BF16) return low >> 16 == high >> 16 ? (int64_t)(high >> 16) : UNDECIDED;
    if (low == high && high <= Q2_MAX_TINY) return high;
    return table->any_tiny(row, n, high) ? UNDECIDED : 0;
}

/* The same without a division, where (whole) is found whose square and its successor's lie on either side of all S / 4. */
Q2_INLINE int64_t decide_tiny(const q2_quantise_table *table, double sum, double error, const uint8_t *row, size_t n,
                              q2_dtype dtype) {
    if (dtype == Q2_FP32 && sum < 0x1p30) {
        const int32_t whole = (int32_t)(0.5f * q2_sqrt((float)sum));
        const double below = (double)whole, above = below + 1;
        const double low = 0.25 * (1 - 12 * U) * (sum - error), high = 0.25 * (1 + 12 * U) * (sum + error);
        if (below * below <= low && high < above * above) return whole;
    }
    return decide_tiny_of_any_size(table, sum, error, row, n, dtype);
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
Q2_NOINLINE static int64_t decide_strong(double low, double high, q2_dtype dtype) {
    const uint32_t strong = smallest_not_below(q2_sqrt((float)low) * (float)(1 - 4 * U), dtype);
    return strong == smallest_not_below(q2_sqrt((float)high) * (float)(1 + 4 * U), dtype) ? (int64_t)strong : UNDECIDED;
}

/* Classifies in pieces and asks for the same piece of the row ahead before each, so that memory is at work throughout. */
Q2_NOINLINE static bool classify_and_prefetch(const q2_quantiser *quantiser, const uint8_t *row, size_t n, q2_dtype dtype,
                                              q2_thresholds t, uint8_t *packed, const uint8_t *ahead) {
    enum { PIECE = 256, LINE = 64 };
    bool decided = true;
    for (size_t d = 0; d < n; d += PIECE) {
        const size_t some = n - d < PIECE ? n - d : PIECE, at = q2_row_bytes(dtype, d), bytes = q2_row_bytes(dtype, some);
        for (size_t i = 0; i < bytes; i += LINE) __builtin_prefetch(ahead + at + i, 0, 2);
        decided &= quantiser->classify(row + at, some, t, packed + d / 4);
    }
    return decided;
}

/* The gate of section 2, and overflow, decide what kind of row it is; or the bounds are too wide to say.
 *
 * What the elements are compared with after scaling by r is tau; before, tau / r. (low) and (high) bound S, and are 1 where
 * the vector is left as it is. */
bool q2_certified(const q2_quantise_table *table, q2_bounds bounds, const uint8_t *row, size_t n, q2_dtype dtype,
                  uint8_t *packed, const uint8_t *ahead) {
    const double sum = bounds.sum, error = bounds.error, gate = (double)1e-16f;
    double low = sum - error, high = sum + error;
    if (!(high < (double)FLT_MAX)) return false;
    /* Subnormals of binary16 count as zero, and its normals are too large to underflow. */
    int64_t tiny = dtype == Q2_FP16 ? 0x03FF : 0, strong = 0;
    if (low > gate) {
        /* Below 4 even the largest 1 / (2r) is less than 1. */
        if (high > 3.9 && (dtype == Q2_FP32 || dtype == Q2_BF16)) tiny = decide_tiny(table, sum, error, row, n, dtype);
        if (tiny == UNDECIDED) return false;
    } else {
        if (high > gate) return false;
        low = high = 1.0;
    }
    const double square = (double)0.6745f * (double)0.6745f / (double)(int64_t)n; /* of tau; exact to a few parts in 2^53 */
    low *= square * (1 - SLACK);
    high *= square * (1 + SLACK);
    if (dtype != Q2_FP32) {
        strong = decide_strong(low, high, dtype);
        if (strong == UNDECIDED) return false;
    } else if (!(high < 2 * low)) { /* thresholds within a factor of two of each other: their difference is exact */
        return false;
    }
    const q2_thresholds t = {(float)low, (float)high - (float)low, (uint32_t)strong, (uint32_t)tiny};
    return ahead == NULL ? table->dtype[dtype].classify(row, n, t, packed)
                         : classify_and_prefetch(&table->dtype[dtype], row, n, dtype, t, packed, ahead);
}
