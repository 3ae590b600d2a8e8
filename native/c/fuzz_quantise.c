/* q2_quantise: any bytes as a row of any type and length, every kernel against the slow reference. */
#include "fuzz_input.h"

static void on_kernel(const uint8_t *row, size_t n, q2_dtype dtype, const uint8_t *expected, slow_result want) {
    const size_t length = (n + 3) / 4;
    uint8_t *packed = fuzz_output(length);
    uint64_t key = 1;
    uint32_t transitions = 1;
    const q2_status status = q2_quantise(row, 1, n, dtype, packed, &key, &transitions);
    FUZZ_CHECK(status == want.status);
    FUZZ_CHECK(memcmp(packed, expected, length) == 0);
    FUZZ_CHECK(status != Q2_OK || (key == want.key && transitions == want.transitions));
    FUZZ_CHECK(status == Q2_OK || (key == 1 && transitions == 1));
    free(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input in = {data, size};
    const q2_dtype dtype = (q2_dtype)(fuzz_byte(&in) % 6);
    size_t n = fuzz_word(&in) % 2048 + 1;
    if (dtype == Q2_Q4) n += n % 2;
    uint8_t *row = fuzz_copy(&in, slow_row_bytes(n, dtype));
    uint8_t *expected = fuzz_output((n + 3) / 4);
    const slow_result want = slow_quantise(row, n, dtype, expected);
    size_t i = 0;
    for (const q2_kernel *kernel; (kernel = next_kernel(&i)) != NULL;) {
        q2_use_kernel(kernel);
        on_kernel(row, n, dtype, expected, want);
    }
    free(expected);
    free(row);
    return 0;
}
