/* q2_quantise and q2_key: arguments, one row on one kernel, and the order of what is written. */
#include "float_env.h"
#include "q2_internal.h"

/* An already packed code (section 1): a copy, with the bits beyond n cleared. */
static void copy_code(const uint8_t *code, size_t n, uint8_t *packed) {
    const size_t bytes = q2_packed_bytes(n);
    memcpy(packed, code, bytes);
    packed[bytes - 1] &= q2_last_byte_mask(n);
}

/* Narrower bounds, then the pinned order itself, then the literal comparisons with exact cut points. */
Q2_NOINLINE static q2_status quantise_undecided(const q2_quantise_table *table, q2_bounds bounds, const uint8_t *row, size_t n,
                                                q2_dtype dtype, uint8_t *packed) {
    const q2_quantiser *quantiser = &table->dtype[dtype];
    if (quantiser->refined != NULL && bounds.error > 0 && bounds.sum <= (double)FLT_MAX) {
        bounds = quantiser->refined(row, n);
        if (q2_certified(table, bounds, row, n, dtype, packed, NULL)) return Q2_OK;
    }
    const float sum = bounds.error > 0 || !(bounds.sum <= (double)FLT_MAX) ? quantiser->pinned_sum(row, n) : (float)bounds.sum;
    if (!(sum <= FLT_MAX)) return Q2_ERR_NOT_FINITE;
    if (q2_certified(table, (q2_bounds){(double)sum, 0.0}, row, n, dtype, packed, NULL)) return Q2_OK;

    const q2_cuts cuts = q2_cut_points(sum, n);
    q2_classify_exactly(row, n, dtype, &cuts, packed);
    return Q2_OK;
}

q2_status q2_quantise_on(const q2_kernel *kernel, const uint8_t *row, size_t n, q2_dtype dtype, uint8_t *packed,
                         const uint8_t *ahead) {
    if (dtype == Q2_Q2) {
        copy_code(row, n, packed);
        return Q2_OK;
    }
    const q2_quantise_table *table = kernel->quantise;
    const q2_bounds bounds = table->dtype[dtype].bounds(row, n);
    if (q2_certified(table, bounds, row, n, dtype, packed, ahead)) return Q2_OK;
    return quantise_undecided(table, bounds, row, n, dtype, packed);
}

void q2_write_key(const q2_kernel *kernel, const uint8_t *packed, size_t n, uint64_t *key, uint32_t *transitions) {
    if (key != NULL) *key = kernel->quantise->key(packed, n);
    if (transitions != NULL) *transitions = kernel->quantise->transitions(packed, n);
}

/* Where the last row of the tensor begins, or false where its size overflows. */
static bool last_row_offset(size_t seq_len, size_t n, q2_dtype dtype, size_t *offset) {
    *offset = 0;
    if (dtype == Q2_Q2 || seq_len == 1) return true;
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
    const q2_status status = q2_quantise_on(kernel, (const uint8_t *)tensor + offset, n, dtype, packed, NULL);
    q2_float_env_leave(caller);
    if (status == Q2_OK) q2_write_key(kernel, packed, n, key, transitions);
    return status;
}

q2_status q2_key(const uint8_t *packed, size_t n, uint64_t *key, uint32_t *transitions) {
    if (packed == NULL || n < 1 || n > Q2_MAX_DIM) return Q2_ERR_ARGUMENT;
    q2_write_key(q2_active_kernel(), packed, n, key, transitions);
    return Q2_OK;
}
