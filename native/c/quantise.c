/* q2_quantise, q2_quantise_rows and q2_key: arguments, one row on one kernel, and the order of what is written. */
#include "float_env.h"
#include "q2_internal.h"

/* An already packed code (section 1): a copy, with the bits beyond n cleared. */
static void copy_code(const uint8_t *code, size_t n, uint8_t *packed) {
    const size_t bytes = q2_packed_bytes(n);
    memcpy(packed, code, bytes);
    packed[bytes - 1] &= q2_last_byte_mask(n);
}

/* Narrower bounds, then the pinned order itself, then the literal comparisons with exact cut points. */
static q2_status quantise_undecided(const q2_quantise_table *table, q2_bounds bounds, const uint8_t *row, size_t n, q2_dtype dtype,
                                    uint8_t *packed) {
    const q2_quantiser *quantiser = &table->dtype[dtype];
    if (quantiser->refined != NULL && bounds.error > 0 && bounds.sum <= (double)FLT_MAX) {
        bounds = quantiser->refined(row, n);
        if (q2_certified(table, bounds, row, n, dtype, packed)) return Q2_OK;
    }
    const float sum = bounds.error > 0 || !(bounds.sum <= (double)FLT_MAX) ? quantiser->pinned_sum(row, n) : (float)bounds.sum;
    if (!(sum <= FLT_MAX)) return Q2_ERR_NOT_FINITE;
    if (q2_certified(table, (q2_bounds){(double)sum, 0.0}, row, n, dtype, packed)) return Q2_OK;

    const q2_cuts cuts = q2_cut_points(sum, n);
    q2_classify_exactly(row, n, dtype, &cuts, packed);
    return Q2_OK;
}

q2_status q2_quantise_on(const q2_kernel *kernel, const uint8_t *row, size_t n, q2_dtype dtype, uint8_t *packed) {
    if (dtype == Q2_Q2) {
        copy_code(row, n, packed);
        return Q2_OK;
    }
    const q2_quantise_table *table = kernel->quantise;
    const q2_bounds bounds = table->dtype[dtype].bounds(row, n);
    if (q2_certified(table, bounds, row, n, dtype, packed)) return Q2_OK;
    return quantise_undecided(table, bounds, row, n, dtype, packed);
}

static void write_key(const q2_kernel *kernel, const uint8_t *packed, size_t n, uint64_t *key, uint32_t *transitions) {
    if (key != NULL) *key = kernel->quantise->key(packed, n);
    if (transitions != NULL) *transitions = kernel->quantise->transitions(packed, n);
}

/* Where the last row of the tensor begins, or false where its size overflows. */
static bool last_row_offset(size_t seq_len, size_t n, q2_dtype dtype, size_t *offset) {
    *offset = 0;
    if (dtype == Q2_Q2) return true;
    const size_t bytes = q2_row_bytes(dtype, n);
    if (seq_len == 0 || !q2_extent_ok(seq_len, bytes, bytes)) return false;
    *offset = (seq_len - 1) * bytes;
    return true;
}

q2_status q2_quantise(const void *tensor, size_t seq_len, size_t n, q2_dtype dtype, uint8_t *packed, uint64_t *key,
                      uint32_t *transitions) {
    size_t offset;
    if (tensor == NULL || packed == NULL || !q2_dtype_known(dtype) || !q2_dim_ok(dtype, n)) return Q2_ERR_ARGUMENT;
    if (!last_row_offset(seq_len, n, dtype, &offset)) return Q2_ERR_ARGUMENT;

    const q2_kernel *kernel = q2_active_kernel();
    const q2_float_env caller = q2_float_env_enter();
    const q2_status status = q2_quantise_on(kernel, (const uint8_t *)tensor + offset, n, dtype, packed);
    q2_float_env_leave(caller);
    if (status == Q2_OK) write_key(kernel, packed, n, key, transitions);
    return status;
}

static bool rows_arguments_ok(const void *rows, size_t row_stride, size_t count, size_t n, q2_dtype dtype, const uint8_t *packed,
                              size_t packed_stride) {
    if (!q2_dtype_known(dtype) || !q2_dim_ok(dtype, n)) return false;
    const size_t row_bytes = q2_row_bytes(dtype, n), packed_bytes = q2_packed_bytes(n);
    if (row_stride < row_bytes || packed_stride < packed_bytes) return false;
    if (!q2_extent_ok(count, row_stride, row_bytes) || !q2_extent_ok(count, packed_stride, packed_bytes)) return false;
    return count == 0 || (rows != NULL && packed != NULL);
}

q2_status q2_quantise_rows(const void *rows, size_t row_stride, size_t count, size_t n, q2_dtype dtype, uint8_t *packed,
                           size_t packed_stride, uint64_t *keys, uint32_t *transitions, uint8_t *row_status) {
    if (!rows_arguments_ok(rows, row_stride, count, n, dtype, packed, packed_stride)) return Q2_ERR_ARGUMENT;

    const q2_kernel *kernel = q2_active_kernel();
    const q2_float_env caller = q2_float_env_enter();
    q2_status worst = Q2_OK;
    for (size_t i = 0; i < count; i++) {
        uint8_t *code = packed + i * packed_stride;
        const q2_status status = q2_quantise_on(kernel, (const uint8_t *)rows + i * row_stride, n, dtype, code);
        if (row_status != NULL) row_status[i] = (uint8_t)status;
        if (status == Q2_OK) {
            write_key(kernel, code, n, keys ? &keys[i] : NULL, transitions ? &transitions[i] : NULL);
            continue;
        }
        worst = status;
        memset(code, 0, q2_packed_bytes(n));
        if (keys != NULL) keys[i] = 0;
        if (transitions != NULL) transitions[i] = 0;
    }
    q2_float_env_leave(caller);
    return worst;
}

q2_status q2_key(const uint8_t *packed, size_t n, uint64_t *key, uint32_t *transitions) {
    if (packed == NULL || n < 1 || n > Q2_MAX_DIM) return Q2_ERR_ARGUMENT;
    write_key(q2_active_kernel(), packed, n, key, transitions);
    return Q2_OK;
}
