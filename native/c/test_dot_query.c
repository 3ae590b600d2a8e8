/* q2_dot_query against its definition (section 10): half-way products, every magnitude from the smallest denormal to the largest
 * number, what is refused, and buffers next to guard pages. */
#include "test_check.h"
#include "test_reference.h"
#include "test_memory.h"
#include "random_rows.h"

#include <math.h>

enum { MOST = 1100 };

static guarded input, output;

/* Input at an odd address: no alignment is required. */
static void check(const float *x, size_t n) {
    int8_t want[MOST];
    int8_t *query = (int8_t *)guarded_end(output, n);
    uint8_t *copy = guarded_end(input, 4 * n + n % 4);
    memcpy(copy, x, 4 * n);
    memset(output.pages, 0x5A, output.size);
    CHECK(slow_dot_query(x, n, want) == Q2_OK, "n %zu", n);
    CHECK(q2_dot_query((const float *)(const void *)copy, n, query) == Q2_OK, "n %zu", n);
    for (size_t d = 0; d < n; d++) {
        CHECK(query[d] == want[d], "n %zu: x[%zu] = %a: %d, not %d", n, d, (double)x[d], query[d], want[d]);
    }
    CHECK((uint8_t *)query == output.pages || ((uint8_t *)query)[-1] == 0x5A, "n %zu: written before", n);
}

static void check_lengths(void) {
    uint64_t state = 3;
    float x[MOST];
    for (size_t n = 1; n <= MOST; n++) {
        for (size_t d = 0; d < n; d++) x[d] = random_gaussian(&state);
        check(x, n);
    }
}

/* Any bits that are finite, and vectors of one magnitude: their scale overflows where they are small. */
static void check_magnitudes(void) {
    uint64_t state = 4;
    float x[8];
    for (int i = 0; i < 200000; i++) {
        for (size_t d = 0; d < 8; d++) {
            uint32_t bits = (uint32_t)random_next(&state);
            if ((bits & 0x7F800000) == 0x7F800000) bits &= ~0x00800000u;
            x[d] = q2_float_of(bits);
        }
        check(x, 8);
    }
    for (int exponent = -149; exponent < 128; exponent++) {
        for (int i = 0; i < 200; i++) {
            for (size_t d = 0; d < 8; d++) x[d] = (float)ldexp(2 * random_unit(&state) - 1, exponent);
            check(x, 8);
        }
    }
}

/* Multiples of a half of the scale's inverse. */
static void check_halves(void) {
    float x[511];
    for (int m = 127; m < 130; m++) {
        for (int i = 0; i < 509; i++) x[i] = (float)(i - 254) * 0.5f;
        x[509] = (float)m;
        x[510] = -(float)m;
        check(x, 511);
    }
}

static void check_refused(void) {
    static const uint32_t refused[] = {0x7F800000, 0xFF800000, 0x7F800001, 0xFF800001, 0x7FC00000, 0xFFFFFFFF};
    float x[40] = {0};
    int8_t query[40];
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        for (size_t d = 0; d < 40; d++) {
            memset(x, 0, sizeof x);
            memcpy(&x[d], &refused[i], 4);
            memset(query, 0x5A, sizeof query);
            CHECK(q2_dot_query(x, 40, query) == Q2_ERR_NOT_FINITE, "%08x at %zu", refused[i], d);
            for (size_t j = 0; j < 40; j++) CHECK(query[j] == 0x5A, "written although refused");
        }
    }
    memset(query, 0x5A, sizeof query);
    CHECK(q2_dot_query(NULL, 4, query) == Q2_ERR_ARGUMENT && q2_dot_query(x, 4, NULL) == Q2_ERR_ARGUMENT, "NULL");
    CHECK(q2_dot_query(x, 0, query) == Q2_ERR_ARGUMENT && q2_dot_query(x, Q2_MAX_DIM + 1, query) == Q2_ERR_ARGUMENT, "n");
    CHECK(query[0] == 0x5A, "written although refused");
}

int main(void) {
    input = guarded_new(4 * MOST + 4);
    output = guarded_new(MOST);
    check_refused();
    check_halves();
    check_magnitudes();
    check_lengths();
    return 0;
}
