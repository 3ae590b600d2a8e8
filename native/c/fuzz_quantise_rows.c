/* q2_quantise_rows: any bytes as rows with any strides, every kernel against the slow reference row by row. */
#include "fuzz_input.h"

typedef struct {
    size_t n, count, row_bytes, row_stride, packed_stride;
    q2_dtype dtype;
    const uint8_t *rows;
} layout;

static size_t span(size_t count, size_t stride, size_t last) { return count == 0 ? 0 : (count - 1) * stride + last; }

static void check_row(const layout *l, size_t i, const uint8_t *packed, uint64_t key, uint32_t transitions, uint8_t status) {
    const size_t length = (l->n + 3) / 4;
    uint8_t *expected = fuzz_output(length);
    memset(expected, 0, length);
    const slow_result want = slow_quantise(l->rows + i * l->row_stride, l->n, l->dtype, expected);
    FUZZ_CHECK(status == want.status && key == want.key && transitions == want.transitions);
    FUZZ_CHECK(memcmp(packed + i * l->packed_stride, expected, length) == 0);
    free(expected);
}

static void on_kernel(const layout *l) {
    uint8_t *packed = fuzz_output(span(l->count, l->packed_stride, (l->n + 3) / 4));
    uint64_t *keys = (uint64_t *)(void *)fuzz_output(8 * l->count);
    uint32_t *transitions = (uint32_t *)(void *)fuzz_output(4 * l->count);
    uint8_t *statuses = fuzz_output(l->count);
    q2_status worst = Q2_OK;
    const q2_status status = q2_quantise_rows(l->rows, l->row_stride, l->count, l->n, l->dtype, packed, l->packed_stride, keys, transitions, statuses);
    for (size_t i = 0; i < l->count; i++) {
        check_row(l, i, packed, keys[i], transitions[i], statuses[i]);
        if (statuses[i] != Q2_OK) worst = Q2_ERR_NOT_FINITE;
    }
    FUZZ_CHECK(status == worst);
    free(statuses);
    free(transitions);
    free(keys);
    free(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input in = {data, size};
    layout l = {.dtype = (q2_dtype)(fuzz_byte(&in) % 6), .n = fuzz_word(&in) % 512 + 1, .count = fuzz_byte(&in) % 24};
    if (l.dtype == Q2_Q4) l.n += l.n % 2;
    l.row_bytes = slow_row_bytes(l.n, l.dtype);
    l.row_stride = l.row_bytes + fuzz_byte(&in) % 80;
    l.packed_stride = (l.n + 3) / 4 + fuzz_byte(&in) % 80;
    uint8_t *rows = fuzz_copy(&in, span(l.count, l.row_stride, l.row_bytes));
    l.rows = rows;
    size_t i = 0;
    for (const q2_kernel *kernel; (kernel = next_kernel(&i)) != NULL;) {
        q2_use_kernel(kernel);
        on_kernel(&l);
    }
    free(rows);
    return 0;
}
