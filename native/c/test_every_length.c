/* Every length around the block edges, every offset from 0 to 63, exact-size buffers against guard pages and two canary fills,
 * for every element type on every ISA, against the slow reference. */
#include "test_reference.h"
#include "test_isa.h"
#include "test_memory.h"
#include "random_rows.h"

enum { LONGEST = 16385, OFFSETS = 64, MARGIN = 64 };

static const q2_dtype dtypes[] = {Q2_FP32, Q2_FP16, Q2_Q8, Q2_Q4, Q2_Q2, Q2_BF16};
static guarded input, output;
static uint8_t row[4 * LONGEST], expected[LONGEST / 4 + 1];

static void fail(const char *isa, q2_dtype dtype, size_t n, size_t offset, const char *what) {
    printf("%s dtype %d n %zu offset %zu: %s\n", isa, (int)dtype, n, offset, what);
    exit(1);
}

static int untouched(const uint8_t *bytes, size_t count, uint8_t canary) {
    for (size_t i = 0; i < count; i++)
        if (bytes[i] != canary)
            return 0;
    return 1;
}

/* One call with the input and the output where the caller put them; margins may be 0 where a guard page stands instead. */
static void check_call(const char *isa, q2_dtype dtype, size_t n, size_t offset, const uint8_t *in, uint8_t *out, slow_result want,
                       size_t before, size_t after) {
    size_t length = (n + 3) / 4;
    static const uint8_t canaries[] = {0xA5, 0x5A};
    for (int i = 0; i < 2; i++) {
        uint64_t key = ~0u;
        uint32_t transitions = ~0u;
        memset(out - before, canaries[i], before + length + after);
        if (q2_quantise(in, 1, n, dtype, out, &key, &transitions) != want.status)
            fail(isa, dtype, n, offset, "status");
        if (memcmp(out, expected, length) != 0)
            fail(isa, dtype, n, offset, "packed");
        if (key != want.key || transitions != want.transitions)
            fail(isa, dtype, n, offset, "key or transitions");
        if (!untouched(out - before, before, canaries[i]) || !untouched(out + length, after, canaries[i]))
            fail(isa, dtype, n, offset, "wrote outside its buffer");
    }
}

static void check_length(const char *isa, q2_dtype dtype, size_t n, uint64_t *state) {
    size_t bytes = slow_row_bytes(n, dtype), length = (n + 3) / 4;
    gaussian_row(row, n, dtype, state);
    slow_result want = slow_quantise(row, n, dtype, expected);

    uint8_t *in = guarded_end(input, bytes), *out = guarded_end(output, length);
    memcpy(in, row, bytes);
    check_call(isa, dtype, n, 0, in, out, want, MARGIN, 0);
    in = guarded_start(input), out = guarded_start(output);
    memcpy(in, row, bytes);
    check_call(isa, dtype, n, 0, in, out, want, 0, MARGIN);
    for (size_t offset = 0; offset < OFFSETS; offset++) {
        in = guarded_start(input) + offset, out = guarded_start(output) + MARGIN + offset;
        memmove(in, row, bytes);
        check_call(isa, dtype, n, offset, in, out, want, MARGIN, MARGIN);
    }
}

static void check_lengths(const char *isa, q2_dtype dtype) {
    uint64_t state = 1;
    for (size_t n = 1; n <= 1100; n++)
        if (dtype != Q2_Q4 || n % 2 == 0)
            check_length(isa, dtype, n, &state);
    for (size_t power = 2048; power <= 16384; power *= 2)
        for (size_t n = power - 1; n <= power + 1; n++)
            if (dtype != Q2_Q4 || n % 2 == 0)
                check_length(isa, dtype, n, &state);
}

static void check_isa(const char *isa) {
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
        check_lengths(isa, dtypes[i]);
}

int main(void) {
    input = guarded_new(4 * LONGEST + OFFSETS);
    output = guarded_new(LONGEST / 4 + 1 + OFFSETS + 2 * MARGIN);
    return each_isa(check_isa);
}
