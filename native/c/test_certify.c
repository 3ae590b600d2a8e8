/* The certificate of the fast path, on every kernel: its bounds contain the pinned sum, whatever the row looks like, and are as
 * narrow as promised; a row with an element between the bounds of a cut point is not certified, and a sum that is known is. */
#include "random_rows.h"
#include "test_isa.h"

#include <float.h>

enum { LONGEST = 70000 };

static uint8_t row[4 * LONGEST], packed[LONGEST / 4 + 1];
static const q2_dtype dtypes[] = {Q2_FP32, Q2_BF16, Q2_FP16, Q2_Q8, Q2_Q4};
enum { DTYPES = sizeof dtypes / sizeof *dtypes };

static double half_value(uint16_t half) {
    const int exponent = half >> 10 & 31;
    const double magnitude = exponent == 0 ? 0 : ldexp(1024 + (half & 1023), exponent - 25);
    return half & 0x8000 ? -magnitude : magnitude;
}

static double element(size_t d, q2_dtype dtype) {
    uint32_t bits = 0;
    float x;
    uint16_t half;
    memcpy(&half, row + 2 * d, 2);
    switch (dtype) {
    case Q2_FP32: memcpy(&x, row + 4 * d, 4); return (double)x;
    case Q2_BF16: bits = (uint32_t)half << 16; memcpy(&x, &bits, 4); return (double)x;
    case Q2_FP16: return half_value(half);
    case Q2_Q8: return (double)(int8_t)row[d];
    default: return (double)((d % 2 ? row[d / 2] & 15 : row[d / 2] >> 4) - 8);
    }
}

/* Section 2, each operation in binary64 and rounded once. */
static float pinned(size_t n, q2_dtype dtype) {
    const size_t lanes = dtype == Q2_FP32 || dtype == Q2_BF16 ? 4 : 1;
    float a[4] = {0, 0, 0, 0};
    for (size_t d = 0; d < n; d++) {
        const double x = element(d, dtype);
        a[d % lanes] = (float)((double)a[d % lanes] + (double)(float)(x * x));
    }
    return (float)((double)(float)((double)a[0] + (double)a[2]) + (double)(float)((double)a[1] + (double)a[3]));
}

/* Gaussian, with a scale and now and then an outlier, which moves a running sum through many powers of two at once. */
static void fill(size_t n, q2_dtype dtype, uint64_t *state) {
    static const float scales[] = {1.0f, 0.02f, 3.0f, 1e-3f, 20.0f, 1e-30f, 1e12f};
    const size_t choices = dtype == Q2_FP32 || dtype == Q2_BF16 ? 7 : 3;
    const float scale = scales[random_next(state) % choices];
    const uint64_t outliers = random_next(state) % 4;
    memset(row, 0, 4 * n);
    for (size_t d = 0; d < n; d++) {
        const bool outlier = outliers == 0 && random_next(state) % 50 == 0;
        put_element(row, d, dtype, scale * random_gaussian(state) * (outlier ? 40.0f : 1.0f));
    }
}

static double widest[2][DTYPES + 1];

static void check_bounds(const char *isa, q2_bounds bounds, size_t n, q2_dtype dtype, int which) {
    const double sum = (double)pinned(n, dtype), relative = bounds.error / sum;
    if (sum > (double)FLT_MAX || sum == 0) return;
    CHECK(fabs(bounds.sum - sum) <= bounds.error, "%s dtype %d n %zu: %.17g is not within %.17g +- %g", isa, (int)dtype, n, sum,
          bounds.sum, bounds.error);
    if (n == 4096 && relative > widest[which][dtype]) widest[which][dtype] = relative;
}

static void check_all_bounds(const char *isa) {
    uint64_t state = 7;
    memset(widest, 0, sizeof widest);
    for (size_t round = 0; round < 1500; round++) {
        const q2_dtype dtype = dtypes[round % DTYPES];
        const q2_quantiser *quantiser = &q2_active_kernel()->quantise->dtype[dtype];
        size_t n = round % 3 == 0 ? 4096 : 1 + random_next(&state) % (round % 100 == 1 ? LONGEST : 3000);
        n += dtype == Q2_Q4 && n % 2;
        fill(n, dtype, &state);
        check_bounds(isa, quantiser->bounds(row, n), n, dtype, 0);
        if (quantiser->refined != NULL) check_bounds(isa, quantiser->refined(row, n), n, dtype, 1);
    }
    for (size_t i = 0; i < DTYPES; i++) {
        const q2_dtype dtype = dtypes[i];
        const double steps = dtype == Q2_FP32 || dtype == Q2_BF16 ? 1024 : 4096;
        printf("%s dtype %d n 4096: bounds +-%.0f u, refined +-%.0f u\n", isa, (int)dtype, widest[0][dtype] * 0x1p24,
               widest[1][dtype] * 0x1p24);
        CHECK(widest[0][dtype] < (steps + 100) * 0x1p-24, "%s dtype %d: bounds are %g wide", isa, (int)dtype, widest[0][dtype]);
        /* Squares of short significands often lie half-way, which leaves more doubt. */
        const double followed = dtype == Q2_FP32 ? steps / 4 : steps * 3 / 4;
        CHECK(widest[1][dtype] < followed * 0x1p-24, "%s dtype %d: refined bounds are %g wide", isa, (int)dtype, widest[1][dtype]);
    }
}

/* An element on the very cut point belongs to the band of every interval around the sum. */
static void check_undecided(const char *isa) {
    const q2_quantise_table *table = q2_active_kernel()->quantise;
    uint64_t state = 11;
    for (size_t n = 64; n <= 4096; n *= 2) {
        float *x = (float *)(void *)row;
        fill(n, Q2_FP32, &state);
        for (size_t d = 0; d < n; d++) x[d] = random_gaussian(&state);
        const q2_cuts cuts = q2_cut_points(pinned(n, Q2_FP32), n);
        const size_t at = random_next(&state) % n;
        x[at] = state % 2 ? cuts.p : -cuts.n;
        const q2_bounds bounds = table->dtype[Q2_FP32].bounds(row, n);
        const double here = (double)x[at] * (double)x[at] * (double)n / ((double)0.6745f * (double)0.6745f);
        if (fabs(here - bounds.sum) > bounds.error) continue; /* the element itself has moved the cut point away */
        CHECK(!q2_certified(table, bounds, row, n, Q2_FP32, packed, NULL), "%s n %zu: certified with an element on the cut", isa, n);
    }
}

/* Rows of every type are mostly certified at once: the fast path is the path. */
static void check_share(const char *isa) {
    const q2_quantise_table *table = q2_active_kernel()->quantise;
    uint64_t state = 13;
    for (size_t i = 0; i < DTYPES; i++) {
        size_t certified = 0;
        for (size_t round = 0; round < 200; round++) {
            memset(row, 0, 4 * 1024);
            gaussian_row(row, 1024, dtypes[i], &state);
            certified += q2_certified(table, table->dtype[dtypes[i]].bounds(row, 1024), row, 1024, dtypes[i], packed, NULL);
        }
        CHECK(certified >= 180, "%s dtype %d: %zu of 200 certified", isa, (int)dtypes[i], certified);
    }
}

static void check(const char *isa) {
    check_all_bounds(isa);
    check_undecided(isa);
    check_share(isa);
}

int main(void) { return each_isa(check); }
