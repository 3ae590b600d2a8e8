/* q2_quantise_rows: many rows, in an order and with prefetches that keep the memory at work. */
#include "float_env.h"
#include "q2_internal.h"

static bool rows_arguments_ok(const void *rows, size_t row_stride, size_t count, size_t n, q2_dtype dtype, const uint8_t *packed,
                              size_t packed_stride) {
    if (!q2_dtype_known(dtype) || !q2_dim_ok(dtype, n)) return false;
    const size_t row_bytes = q2_row_bytes(dtype, n), packed_bytes = q2_packed_bytes(n);
    if (row_stride < row_bytes || packed_stride < packed_bytes) return false;
    if (!q2_extent_ok(count, row_stride, row_bytes) || !q2_extent_ok(count, packed_stride, packed_bytes)) return false;
    return count == 0 || (rows != NULL && packed != NULL);
}

/* Rows of up to a page are visited by turns from two streams, the halves of the input: two keep more of the memory at work than one, and the
 * processor itself reads far enough ahead. SKEW bytes make the first stream the longer one: half of a large input is often a power of two, and
 * streams so far apart fall on the same banks of memory. Longer rows are visited in order, and those AHEAD bytes further on are asked for. All of
 * that is for inputs that lie in memory; what is smaller than CACHED is likely to be in a cache. */
enum { PAGE = 4 << 10, SKEW = 20 << 10, AHEAD = 16 << 10, CACHED = 1 << 20 };

typedef struct {
    size_t first, second; /* rows of the streams; first >= second */
    size_t ahead;         /* rows; 0: no prefetch */
} visit;

static visit visit_of(size_t count, size_t row_bytes) {
    if (row_bytes <= CACHED && count <= CACHED / row_bytes) return (visit){count, 0, 0};
    if (row_bytes > PAGE) return (visit){count, 0, row_bytes < AHEAD ? AHEAD / row_bytes : 1};
    const size_t second = count / 2 - SKEW / row_bytes; /* more than none: CACHED is far above SKEW */
    return (visit){count - second, second, 0};
}

/* The row of a turn. */
static size_t row_of(const visit *v, size_t turn) {
    if (turn >= 2 * v->second) return turn - v->second;
    return turn % 2 == 0 ? turn / 2 : v->first + turn / 2;
}

/* Everything that a call says about its rows. */
typedef struct {
    const uint8_t *rows;
    size_t row_stride, n;
    q2_dtype dtype;
    uint8_t *packed;
    size_t packed_stride;
    uint64_t *keys;
    uint32_t *transitions;
    uint8_t *row_status;
} batch;

static q2_status quantise_row(const q2_kernel *kernel, const batch *b, size_t i, const uint8_t *ahead) {
    uint8_t *code = b->packed + i * b->packed_stride;
    const q2_status status = q2_quantise_on(kernel, b->rows + i * b->row_stride, b->n, b->dtype, code, ahead);
    if (b->row_status != NULL) b->row_status[i] = (uint8_t)status;
    if (status == Q2_OK) {
        q2_write_key(kernel, code, b->n, b->keys ? &b->keys[i] : NULL, b->transitions ? &b->transitions[i] : NULL);
        return status;
    }
    memset(code, 0, q2_packed_bytes(b->n));
    if (b->keys != NULL) b->keys[i] = 0;
    if (b->transitions != NULL) b->transitions[i] = 0;
    return status;
}

q2_status q2_quantise_rows(const void *rows, size_t row_stride, size_t count, size_t n, q2_dtype dtype, uint8_t *packed,
                           size_t packed_stride, uint64_t *keys, uint32_t *transitions, uint8_t *row_status) {
    if (!rows_arguments_ok(rows, row_stride, count, n, dtype, packed, packed_stride)) return Q2_ERR_ARGUMENT;

    const batch b = {rows, row_stride, n, dtype, packed, packed_stride, keys, transitions, row_status};
    const visit v = visit_of(count, q2_row_bytes(dtype, n));
    const q2_kernel *kernel = q2_active_kernel();
    const q2_float_env caller = q2_float_env_enter();
    q2_status worst = Q2_OK;
    for (size_t turn = 0; turn < count; turn++) {
        const bool more = v.ahead != 0 && v.ahead < count - turn;
        const uint8_t *ahead = more ? b.rows + row_of(&v, turn + v.ahead) * row_stride : NULL;
        const q2_status status = quantise_row(kernel, &b, row_of(&v, turn), ahead);
        if (status != Q2_OK) worst = status;
    }
    q2_float_env_leave(caller);
    return worst;
}
