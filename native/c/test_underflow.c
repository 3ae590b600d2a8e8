/* Positive elements so small that x * r goes to zero count as not positive (section 4). Where that begins depends on the norm:
 * rows of many norms with elements on either side of it, in fp32 and bf16, on every kernel against the slow reference. */
#include "test_reference.h"
#include "test_isa.h"
#include "random_rows.h"

enum { LONGEST = 1500 };

static uint8_t row[4 * LONGEST], expected[LONGEST / 4 + 1], packed[LONGEST / 4 + 1];

static void put_bits(size_t d, q2_dtype dtype, uint32_t bits) {
    const uint16_t half = (uint16_t)(bits >> 16);
    if (dtype == Q2_FP32) memcpy(row + 4 * d, &bits, 4);
    else memcpy(row + 2 * d, &half, 2);
}

/* Around 1 / (2r) times 2^-149, which is where x * r is half the smallest number; one unit of the dtype apart. */
static uint32_t near_underflow(double r, q2_dtype dtype, uint64_t draw) {
    const double limit = ldexp(0.5 / r, -149);
    const float start = (float)limit;
    const int64_t unit = dtype == Q2_FP32 ? 1 : 65536;
    const int64_t bits = (int64_t)q2_bits_of(start) + unit * ((int64_t)(draw % 7) - 3);
    return (bits < 0 ? 0 : (uint32_t)bits) | (draw & 64 ? 0x80000000u : 0);
}

static void check_row(const char *isa, size_t n, q2_dtype dtype, double norm) {
    uint64_t key;
    uint32_t transitions;
    const slow_result want = slow_quantise(row, n, dtype, expected);
    CHECK(q2_quantise(row, 1, n, dtype, packed, &key, &transitions) == want.status, "%s n %zu norm %g", isa, n, norm);
    CHECK(memcmp(packed, expected, q2_packed_bytes(n)) == 0, "%s dtype %d n %zu norm %g: differs from the slow reference", isa,
          (int)dtype, n, norm);
    CHECK(key == want.key && transitions == want.transitions, "%s n %zu norm %g: key", isa, n, norm);
}

static void check(const char *isa) {
    static const double norms[] = {0.5, 1.0, 1.9, 2.1, 20.0, 64.0, 540.0, 545.0, 550.0, 700.0, 3e4, 6.5e4, 6.6e4, 1e5, 3e6, 8e6, 1e7, 1e9, 1e13, 1e18};
    uint64_t state = 17;
    for (size_t i = 0; i < sizeof norms / sizeof *norms; i++)
        for (size_t round = 0; round < 120; round++) {
            const q2_dtype dtype = round % 2 ? Q2_BF16 : Q2_FP32;
            const size_t n = 1 + random_next(&state) % LONGEST;
            memset(row, 0, sizeof row);
            for (size_t d = 0; d < n; d++)
                put_element(row, d, dtype, random_gaussian(&state) * (float)(norms[i] / sqrt((double)n)));
            const size_t tiny = n / 8; /* the last ones; too small to change the norm, so zero until it is known */
            for (size_t k = 0; k < tiny; k++) put_bits(n - 1 - k, dtype, 0);
            const double r = slow_scale(row, n, dtype);
            for (size_t k = 0; k < tiny; k++) put_bits(n - 1 - k, dtype, near_underflow(r, dtype, random_next(&state)));
            check_row(isa, n, dtype, norms[i]);
        }
}

int main(void) { return each_isa(check); }
