/* Elements steered onto the cut points and a few ulp around them, where another order of additions gives other symbols; and the rows at the
 * edges of the format: denormals, signed zeros, the 1e-16 gate, squares that overflow. Every ISA against the slow reference. */
#include "test_reference.h"
#include "test_isa.h"
#include "random_rows.h"

#include <float.h>

enum { LONGEST = 4100 };

static float row[LONGEST];
static uint8_t expected[LONGEST / 4 + 1], packed[LONGEST / 4 + 1];
static const char *isa_now;

static void check_row(size_t n, const char *what) {
    uint64_t key = 1;
    uint32_t transitions = 1;
    memset(expected, 0x77, sizeof expected);
    memset(packed, 0x77, sizeof packed);
    slow_result want = slow_quantise((const uint8_t *)row, n, Q2_FP32, expected);
    q2_status status = q2_quantise(row, 1, n, Q2_FP32, packed, &key, &transitions);
    int same = status == want.status && memcmp(packed, expected, sizeof packed) == 0;
    if (status == Q2_OK)
        same = same && key == want.key && transitions == want.transitions;
    else
        same = same && key == 1 && transitions == 1; /* a refused row writes nothing */
    if (!same) {
        printf("%s n %zu %s: differs from the slow reference\n", isa_now, n, what);
        exit(1);
    }
}

/* The binary32 number `ulps` steps from the point where x * r crosses tau, with the sign of the side. */
static float near_cut(double scale, double tau, int ulps, int negative) {
    float x = (float)(tau / scale);
    for (; ulps > 0; ulps--)
        x = nextafterf(x, FLT_MAX);
    for (; ulps < 0; ulps++)
        x = nextafterf(x, 0.0f);
    return negative ? -x : x;
}

/* Moving elements moves the cut, so the steering is repeated until both agree (a few rounds do). */
static void steer(size_t n, size_t count, uint64_t seed) {
    for (int round = 0; round < 8; round++) {
        uint64_t state = seed;
        double scale = slow_scale((const uint8_t *)row, n, Q2_FP32), tau = slow_tau(n);
        for (size_t i = 0; i < count; i++) {
            uint64_t draw = random_next(&state);
            row[draw % n] = near_cut(scale, tau, (int)(draw >> 32 & 7) - 3, (int)(draw >> 40 & 1));
        }
    }
}

static void fill_gaussian(size_t n, float scale, uint64_t *state) {
    for (size_t d = 0; d < n; d++)
        row[d] = random_gaussian(state) * scale;
}

static void check_steered(void) {
    static const float scales[] = {1e-6f, 1e-3f, 1.0f, 37.5f, 1e6f, 1e15f};
    uint64_t state = 2;
    for (size_t n = 1; n <= 4099; n += n < 150 ? 1 : n / 9)
        for (size_t s = 0; s < sizeof scales / sizeof *scales; s++)
            for (int repeat = 0; repeat < 20; repeat++) {
                fill_gaussian(n, scales[s], &state);
                steer(n, 1 + n / 32, random_next(&state));
                check_row(n, "steered onto the cut points");
            }
}

static void fill_constant(size_t n, float x) {
    for (size_t d = 0; d < n; d++)
        row[d] = d % 3 == 1 ? -x : x;
}

/* Magnitudes around every threshold of the norm: products that underflow, the gate, sums that overflow. */
static void check_magnitudes(void) {
    static const size_t lengths[] = {1, 2, 3, 4, 5, 31, 32, 33, 64, 100, 384, 1000, 1024, 4096};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (int exponent = -149; exponent <= 127; exponent++)
            for (int step = -1; step <= 1; step++) {
                float x = ldexpf(1.0f, exponent);
                fill_constant(lengths[i], step == 0 ? x : nextafterf(x, step < 0 ? 0.0f : FLT_MAX));
                check_row(lengths[i], "constant magnitude");
            }
}

/* Sums that end within a few ulp of 1e-16 on either side, and of the largest binary32. */
static void check_gates(void) {
    uint64_t state = 3;
    for (size_t n = 1; n <= 300; n += 1 + n / 10)
        for (int ulps = -40; ulps <= 40; ulps++)
            for (int top = 0; top < 2; top++) {
                double target = top ? (double)FLT_MAX : 1e-16;
                float x = (float)sqrt(target / (double)n);
                for (int k = 0; k < (ulps < 0 ? -ulps : ulps); k++)
                    x = nextafterf(x, ulps < 0 ? 0.0f : FLT_MAX);
                fill_constant(n, x);
                row[random_next(&state) % n] *= 1.0f + (float)ulps * 0x1p-22f;
                check_row(n, top ? "a sum near overflow" : "a sum near 1e-16");
            }
}

static void check_special_values(void) {
    static const float specials[] = {0.0f, -0.0f, FLT_TRUE_MIN, -FLT_TRUE_MIN, FLT_MIN, -FLT_MIN, FLT_MAX, -FLT_MAX, INFINITY, -INFINITY, NAN, 1e-20f, 1e19f};
    static const size_t lengths[] = {1, 7, 16, 63, 64, 65, 257, 1024};
    uint64_t state = 4;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (size_t s = 0; s < sizeof specials / sizeof *specials; s++)
            for (size_t d = 0; d < lengths[i]; d++) {
                fill_gaussian(lengths[i], 1.0f, &state);
                row[d] = specials[s];
                check_row(lengths[i], "one special value");
                fill_constant(lengths[i], 0.0f);
                row[d] = specials[s];
                check_row(lengths[i], "one special value among zeros");
            }
}

static void check_isa(const char *isa) {
    isa_now = isa;
    check_steered();
    check_magnitudes();
    check_gates();
    check_special_values();
}

int main(void) { return each_isa(check_isa); }
