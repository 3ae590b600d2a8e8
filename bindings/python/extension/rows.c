#include <string.h>

#include "extension.h"

static const size_t bits[] = {[Q2_FP32] = 32, [Q2_FP16] = 16, [Q2_Q8] = 8, [Q2_Q4] = 4, [Q2_Q2] = 2, [Q2_BF16] = 16};

size_t row_bytes(q2_dtype dtype, size_t n) { return (n * bits[dtype] + 7) / 8; }

static int natural_dtype(char format) {
    switch (format) {
        case 'f': return Q2_FP32;
        case 'e': return Q2_FP16;
        case 'b': return Q2_Q8;
        default: return -1;
    }
}

/* Bytes hold anything, 16-bit integers either 16-bit float; other elements are what they are. */
static int may_be(char format, int dtype) {
    if (is_bytes(format)) return 1;
    if (format == 'H' || format == 'h') return dtype == Q2_FP16 || dtype == Q2_BF16;
    return natural_dtype(format) == dtype;
}

/* shown: what q2._views says of the object; asked: the argument dtype. -1 is "not said". */
static int choose_dtype(rows *r, int shown, int asked) {
    char format;
    if (element_format(&r->view, "x", &format) != 0) return -1;
    int natural = shown >= 0 ? shown : natural_dtype(format);
    int dtype = asked >= 0 ? asked : natural;
    if (dtype < 0 && (is_bytes(format) || format == 'H' || format == 'h')) {
        PyErr_Format(q2.DtypeError, "x holds integers of format '%c': say what they stand for, as with dtype=\"%s\"", format, is_bytes(format) ? "q4" : "bf16");
        return -1;
    }
    if (dtype < 0) {
        PyErr_Format(q2.DtypeError, "x has elements of format '%c': libq2 takes float32, float16, bfloat16 and int8; convert it first, as with x.astype(np.float32)", format);
        return -1;
    }
    if (shown >= 0 ? shown != dtype : !may_be(format, dtype)) {
        PyErr_Format(q2.DtypeError, "x has elements of format '%c' (%s), and dtype says %s: nothing is converted", format, dtype_name(natural), dtype_name(dtype));
        return -1;
    }
    r->dtype = (q2_dtype)dtype;
    return 0;
}

/* n from the bytes of a row and, where it was given, from the caller. */
static int choose_dimension(rows *r, size_t bytes, size_t asked) {
    r->n = asked ? asked : bytes * 8 / bits[r->dtype];
    if (dimension_in_range(r->n) != 0) return -1;
    if (r->dtype == Q2_Q4 && r->n % 2 != 0) {
        PyErr_Format(q2.ArgumentError, "n is %zu: a row of q4 has an even number of dimensions", r->n);
        return -1;
    }
    if (row_bytes(r->dtype, r->n) != bytes) {
        PyErr_Format(q2.ArgumentError, "a row of x has %zu bytes, and n = %zu of %s takes %zu", bytes, r->n, dtype_name((int)r->dtype), row_bytes(r->dtype, r->n));
        return -1;
    }
    return 0;
}

static int last_axis_contiguous(const Py_buffer *view) {
    int last = view->ndim - 1;
    if (view->shape[last] <= 1 || stride_of(view, last) == view->itemsize) return 0;
    PyErr_Format(q2.ArgumentError, "the elements of a row of x lie %zd bytes apart, and %zd is contiguous: copy it first, as with np.ascontiguousarray(x)", stride_of(view, last),
                 view->itemsize);
    return -1;
}

/* The last of a one-dimensional array's seq_len rows. */
static int lay_single(rows *r, size_t n, size_t seq_len) {
    size_t bytes = (size_t)(r->view.shape[0] * r->view.itemsize), tokens = seq_len ? seq_len : 1;
    if (bytes % tokens != 0) {
        PyErr_Format(q2.ArgumentError, "x has %zd elements, which seq_len = %zu does not divide", r->view.shape[0], seq_len);
        return -1;
    }
    r->count = 1;
    r->single = 1;
    r->stride = bytes / tokens;
    r->first = (const uint8_t *)r->view.buf + (tokens - 1) * r->stride;
    return choose_dimension(r, r->stride, n);
}

/* Rows of memory: each a code, or each seq_len-th. token_stride and row_stride may be anything until they have been looked at. */
static int lay_rows(rows *r, size_t n, size_t seq_len) {
    const Py_buffer *view = &r->view;
    Py_ssize_t tokens = seq_len ? (Py_ssize_t)seq_len : 1, count = view->shape[0], token_stride = stride_of(view, 0), stride = token_stride * tokens;
    if (view->ndim == 3) {
        tokens = view->shape[1], token_stride = stride_of(view, 1), stride = stride_of(view, 0);
        if (tokens == 0 || (seq_len && (size_t)tokens != seq_len)) {
            PyErr_Format(q2.ArgumentError, "x has sequences of %zd tokens, and seq_len is %zu: at least 1 and equal", tokens, seq_len);
            return -1;
        }
    } else if (count % tokens != 0) {
        PyErr_Format(q2.ArgumentError, "x has %zd rows, which seq_len = %zu does not divide", count, seq_len);
        return -1;
    } else {
        count /= tokens;
    }
    size_t bytes = (size_t)(view->shape[view->ndim - 1] * view->itemsize);
    if (choose_dimension(r, bytes, n) != 0) return -1;
    if (count > 1 && stride < (Py_ssize_t)bytes) {
        PyErr_Format(q2.ArgumentError, "the rows of x begin %zd bytes apart: at least a row's %zu are needed; copy it first, as with np.ascontiguousarray(x)", stride, bytes);
        return -1;
    }
    r->count = (size_t)count;
    r->stride = count > 1 ? (size_t)stride : bytes;
    r->first = (const uint8_t *)view->buf + (count ? (tokens - 1) * token_stride : 0);
    return 0;
}

int rows_acquire(rows *r, PyObject *x, int dtype, size_t n, size_t seq_len) {
    int shown;
    if (acquire(x, "x", &r->view, &shown) != 0) return -1;
    if (r->view.ndim < 1 || r->view.ndim > 3) {
        PyErr_Format(q2.ArgumentError, "x has %d dimensions: 1 (a row), 2 (rows) or 3 (sequences of rows) are taken", r->view.ndim);
        return -1;
    }
    if (choose_dtype(r, shown, dtype) != 0 || last_axis_contiguous(&r->view) != 0) return -1;
    return r->view.ndim == 1 ? lay_single(r, n, seq_len) : lay_rows(r, n, seq_len);
}
