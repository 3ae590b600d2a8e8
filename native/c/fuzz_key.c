/* q2_key: any bytes as a code of any length, every kernel against the walk symbol by symbol. */
#include "fuzz_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input in = {data, size};
    const size_t n = fuzz_word(&in) % 8192 + 1;
    uint8_t *packed = fuzz_copy(&in, (n + 3) / 4);
    const slow_result want = slow_key(packed, n);
    size_t i = 0;
    for (const q2_kernel *kernel; (kernel = next_kernel(&i)) != NULL;) {
        uint64_t key = 0, key_alone = 0;
        uint32_t transitions = 0;
        q2_use_kernel(kernel);
        FUZZ_CHECK(q2_key(packed, n, &key, &transitions) == Q2_OK);
        FUZZ_CHECK(q2_key(packed, n, &key_alone, NULL) == Q2_OK);
        FUZZ_CHECK(key == want.key && key_alone == want.key && transitions == want.transitions);
    }
    free(packed);
    return 0;
}
