/* Random rows of every length and type against the slow reference, on every ISA: `test_random [rows per ISA]`, 20 000 unless told. */
#include "test_reference.h"
#include "test_isa.h"
#include "random_rows.h"

enum { LONGEST = 5200 };

static const q2_dtype dtypes[] = {Q2_FP32, Q2_FP32, Q2_FP16, Q2_Q8, Q2_Q4, Q2_BF16};
static const size_t usual[] = {64, 100, 128, 256, 300, 384, 512, 768, 1024};
static uint8_t row[4 * LONGEST], expected[LONGEST / 4 + 1], packed[LONGEST / 4 + 1];
static unsigned long rows_per_isa = 20000;

static size_t random_length(uint64_t *state) {
    uint64_t draw = random_next(state);
    if (draw % 64 == 0)
        return (size_t)(draw >> 8) % 5120 / 2 * 2 + 2;
    return draw % 2 ? usual[(draw >> 8) % (sizeof usual / sizeof *usual)] : (size_t)(draw >> 8) % 512 / 2 * 2 + 2;
}

/* Gaussian elements with one scale a row over the whole exponent range; sometimes any bits at all. */
static void random_row(size_t n, q2_dtype dtype, uint64_t *state) {
    uint64_t draw = random_next(state);
    if (draw % 32 == 0) {
        for (size_t i = 0; i < slow_row_bytes(n, dtype); i++)
            row[i] = (uint8_t)random_next(state);
        return;
    }
    float scale = draw % 4 ? 1.0f : ldexpf(1.0f, (int)(draw >> 32) % 40);
    for (size_t d = 0; d < n; d++)
        put_element(row, d, dtype, scale * ((float)(int64_t)(random_next(state) + random_next(state) / 2) * 0x1p-62f));
}

static void check_one(const char *isa, unsigned long number, uint64_t *state) {
    q2_dtype dtype = dtypes[random_next(state) % (sizeof dtypes / sizeof *dtypes)];
    size_t n = random_length(state);
    uint64_t key = 0;
    uint32_t transitions = 0;
    random_row(n, dtype, state);
    slow_result want = slow_quantise(row, n, dtype, expected);
    q2_status status = q2_quantise(row, 1, n, dtype, packed, &key, &transitions);
    int same = status == want.status && key == want.key && transitions == want.transitions;
    if (!same || (status == Q2_OK && memcmp(packed, expected, (n + 3) / 4) != 0)) {
        printf("%s row %lu dtype %d n %zu: differs from the slow reference\n", isa, number, (int)dtype, n);
        exit(1);
    }
}

static void check_isa(const char *isa) {
    uint64_t state = 8;
    for (unsigned long i = 0; i < rows_per_isa; i++)
        check_one(isa, i, &state);
    printf("%s: %lu rows\n", isa, rows_per_isa);
}

int main(int argc, char **argv) {
    if (argc > 1)
        rows_per_isa = strtoul(argv[1], NULL, 10);
    return each_isa(check_isa);
}
