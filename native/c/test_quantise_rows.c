/* Rows: small counts, and inputs beyond a cache in each of the orders that they are visited in; padded and dense strides, refused rows among
 * good ones, bytes between rows untouched; each row equal to the slow reference's. */
#include "test_reference.h"
#include "test_isa.h"
#include "test_memory.h"
#include "random_rows.h"

enum { FEW = 41, MOST = 50000, LONGEST = 9001, PACKED = LONGEST / 4 + 33, CANARY = 0xC3 };

static const q2_dtype dtypes[] = {Q2_FP32, Q2_FP16, Q2_Q8, Q2_Q4, Q2_Q2, Q2_BF16};
static guarded input_memory, output_memory; /* of the case at hand */
static uint64_t keys[MOST + 1];
static uint32_t counts[MOST + 1];
static uint8_t statuses[MOST + 1];
static const char *isa_now;

static void fail(q2_dtype dtype, size_t n, size_t count, size_t row, const char *what) {
    printf("%s dtype %d n %zu count %zu row %zu: %s\n", isa_now, (int)dtype, n, count, row, what);
    exit(1);
}

/* Makes an element a NaN or an infinity; false where the type has none. */
static int spoil(uint8_t *row, size_t d, q2_dtype dtype, uint64_t draw) {
    uint32_t single = draw & 1 ? 0x7F800000u : 0xFFC00001u;
    uint16_t half = dtype == Q2_FP16 ? (draw & 1 ? 0xFC00 : 0x7E00) : (uint16_t)(single >> 16);
    if (dtype == Q2_FP32)
        memcpy(row + 4 * d, &single, 4);
    else if (dtype == Q2_FP16 || dtype == Q2_BF16)
        memcpy(row + 2 * d, &half, 2);
    return dtype == Q2_FP32 || dtype == Q2_FP16 || dtype == Q2_BF16;
}

static void check_gap(const uint8_t *from, size_t bytes, q2_dtype dtype, size_t n, size_t count, size_t row) {
    for (size_t i = 0; i < bytes; i++)
        if (from[i] != CANARY)
            fail(dtype, n, count, row, "wrote between the rows");
}

static void check_outcome(const uint8_t *rows, size_t row_stride, size_t count, size_t n, q2_dtype dtype, const uint8_t *packed,
                          size_t packed_stride, q2_status status) {
    static uint8_t expected[PACKED];
    size_t length = (n + 3) / 4;
    q2_status want_status = Q2_OK;
    for (size_t i = 0; i < count; i++) {
        memset(expected, 0, sizeof expected); /* a refused row is zero bytes */
        slow_result want = slow_quantise(rows + i * row_stride, n, dtype, expected);
        if (want.status != Q2_OK)
            want_status = Q2_ERR_NOT_FINITE;
        if (statuses[i] != want.status || keys[i] != want.key || counts[i] != want.transitions)
            fail(dtype, n, count, i, "status, key or transitions");
        if (memcmp(packed + i * packed_stride, expected, length) != 0)
            fail(dtype, n, count, i, "packed");
        if (i + 1 < count)
            check_gap(packed + i * packed_stride + length, packed_stride - length, dtype, n, count, i);
    }
    if (status != want_status)
        fail(dtype, n, count, count, "the call's status");
    if (statuses[count] != CANARY || counts[count] != 0xC3C3C3C3u || keys[count] != 0xC3C3C3C3C3C3C3C3u)
        fail(dtype, n, count, count, "wrote past the last row");
}

static void check_rows(size_t n, size_t count, q2_dtype dtype, size_t padding, uint64_t *state) {
    size_t bytes = slow_row_bytes(n, dtype), length = (n + 3) / 4;
    size_t row_stride = bytes + padding, packed_stride = length + padding;
    uint8_t *rows = guarded_end(input_memory, count == 0 ? 0 : (count - 1) * row_stride + bytes);
    uint8_t *packed = guarded_end(output_memory, count == 0 ? 0 : (count - 1) * packed_stride + length);
    for (size_t i = 0; i < count; i++) {
        gaussian_row(rows + i * row_stride, n, dtype, state);
        if (random_next(state) % 8 == 0)
            (void)spoil(rows + i * row_stride, random_next(state) % n, dtype, random_next(state));
    }
    memset(output_memory.pages, CANARY, output_memory.size);
    memset(keys, CANARY, (count + 1) * sizeof *keys);
    memset(counts, CANARY, (count + 1) * sizeof *counts);
    memset(statuses, CANARY, (count + 1) * sizeof *statuses);
    q2_status status = q2_quantise_rows(rows, row_stride, count, n, dtype, packed, packed_stride, keys, counts, statuses);
    check_outcome(rows, row_stride, count, n, dtype, packed, packed_stride, status);
    check_gap(output_memory.pages, (size_t)(packed - output_memory.pages), dtype, n, count, 0);
}

static void use_memory(size_t rows, size_t packed) {
    static guarded input, output;
    if (input.size != 0) {
        guarded_free(input);
        guarded_free(output);
    }
    input_memory = input = guarded_new(rows);
    output_memory = output = guarded_new(packed);
}

static void check_few(const char *isa) {
    static const size_t lengths[] = {2, 4, 6, 62, 64, 66, 128, 250, 256, 384, 1000, 1024, 1030};
    static const size_t paddings[] = {0, 1, 4, 31};
    uint64_t state = 7;
    isa_now = isa;
    for (size_t t = 0; t < sizeof dtypes / sizeof *dtypes; t++)
        for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++)
            for (size_t count = 0; count < FEW; count += count < 9 ? 1 : 8)
                for (size_t p = 0; p < sizeof paddings / sizeof *paddings; p++)
                    check_rows(lengths[l], count, dtypes[t], paddings[p], &state);
}

/* More than 1 MiB: rows far below a page, of some parts of one, of one and just above, and of several. */
static void check_large(const char *isa) {
    static const struct {
        size_t n, count;
        q2_dtype dtype;
    } inputs[] = {{6, 44001, Q2_FP32},   {384, 700, Q2_FP32},  {1000, 1100, Q2_Q8}, {1024, 261, Q2_FP32},   {1024, 262, Q2_FP32},
                  {1025, 271, Q2_FP32}, {1030, 600, Q2_FP16}, {4096, 70, Q2_FP32}, {LONGEST, 31, Q2_FP32}};
    uint64_t state = 8;
    isa_now = isa;
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        check_rows(inputs[i].n, inputs[i].count, inputs[i].dtype, i % 2 * 4, &state);
}

int main(void) {
    use_memory((size_t)FEW * (4 * 1030 + 31), (size_t)FEW * (1030 / 4 + 32));
    each_isa(check_few);
    use_memory(2 << 20, 512 << 10);
    return each_isa(check_large);
}
