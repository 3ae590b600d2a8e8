/* The caller's floating-point environment (rounding mode, flush-to-zero, denormals-are-zero) changes neither the result nor is it changed. */
#include "test_reference.h"
#include "test_isa.h"
#include "random_rows.h"

#include <fenv.h>

#if defined(__x86_64__)
#include <immintrin.h>
typedef unsigned environment;
static environment get_environment(void) { return _mm_getcsr() & ~0x3Fu; } /* without the sticky flags */
static void set_environment(environment e) { _mm_setcsr(e); }
static const environment settings[] = {0x1F80, 0x9F80, 0x1FC0, 0x9FC0, 0x3F80, 0x5F80, 0x7F80, 0xFFC0};
#elif defined(__aarch64__)
typedef uint64_t environment;
static environment get_environment(void) {
    environment e;
    __asm__ volatile("mrs %0, fpcr" : "=r"(e));
    return e;
}
static void set_environment(environment e) { __asm__ volatile("msr fpcr, %0" ::"r"(e)); }
static const environment settings[] = {0, 1u << 24, 1u << 22, 2u << 22, 3u << 22, 1u << 24 | 3u << 22, 1u << 19, 1u << 25};
#else
#error "name this processor's floating-point control register here"
#endif

enum { LONGEST = 1030 };
static const q2_dtype dtypes[] = {Q2_FP32, Q2_FP16, Q2_Q8, Q2_Q4, Q2_BF16};
static uint8_t row[4 * LONGEST], expected[LONGEST / 4 + 1], packed[LONGEST / 4 + 1];

static void check_setting(const char *isa, environment wanted, size_t n, q2_dtype dtype, slow_result want) {
    uint64_t key;
    uint32_t transitions;
    environment before = get_environment();
    set_environment(wanted);
    environment set = get_environment();
    q2_status status = q2_quantise(row, 1, n, dtype, packed, &key, &transitions);
    uint8_t row_status = 9;
    uint8_t rows_packed[LONGEST / 4 + 1];
    q2_quantise_rows(row, slow_row_bytes(n, dtype), 1, n, dtype, rows_packed, (n + 3) / 4, NULL, NULL, &row_status);
    environment after = get_environment();
    set_environment(before);
    int same = status == want.status && memcmp(packed, expected, (n + 3) / 4) == 0 && key == want.key && transitions == want.transitions;
    same = same && row_status == want.status && memcmp(rows_packed, expected, (n + 3) / 4) == 0;
    if (!same || after != set) {
        printf("%s dtype %d n %zu setting %#lx: %s\n", isa, (int)dtype, n, (unsigned long)wanted, same ? "environment changed" : "another result");
        exit(1);
    }
}

static void check_row(const char *isa, size_t n, q2_dtype dtype) {
    slow_result want = slow_quantise(row, n, dtype, expected);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        check_setting(isa, settings[i], n, dtype, want);
}

/* Rows of ordinary size, and rows so small that their elements or their squares are denormal. */
static void check_isa(const char *isa) {
    static const float scales[] = {1.0f, 1e-9f, 3e-20f, 1e-38f, 1e-42f};
    uint64_t state = 5;
    for (size_t t = 0; t < sizeof dtypes / sizeof *dtypes; t++)
        for (size_t n = 2; n <= LONGEST; n += 2 + n / 6 * 2)
            for (size_t s = 0; s < sizeof scales / sizeof *scales; s++)
                for (int repeat = 0; repeat < 10; repeat++) {
                    for (size_t d = 0; d < n; d++)
                        put_element(row, d, dtypes[t], random_gaussian(&state) * scales[s]);
                    check_row(isa, n, dtypes[t]);
                }
}

int main(void) { return each_isa(check_isa); }
