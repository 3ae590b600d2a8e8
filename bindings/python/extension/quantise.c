#include <string.h>

#include "extension.h"

/* The arrays that a call writes: the caller's or new ones. */
typedef struct {
    PyObject *codes, *keys, *transitions, *status; /* owned; the last three only for rows */
    Py_buffer codes_view, keys_view, transitions_view, status_view;
    uint64_t key; /* a single row's */
    uint32_t changes;
} outputs;

static void outputs_release(outputs *o) {
    Py_buffer *views[] = {&o->codes_view, &o->keys_view, &o->transitions_view, &o->status_view};
    PyObject *arrays[] = {o->codes, o->keys, o->transitions, o->status};
    for (size_t i = 0; i < 4; i++) {
        PyBuffer_Release(views[i]);
        Py_XDECREF(arrays[i]);
    }
}

/* A code's bytes lie together; codes may lie further apart. */
static int codes_fit(const Py_buffer *view, const rows *r, size_t width) {
    int last = view->ndim - 1;
    Py_ssize_t count = (Py_ssize_t)r->count;
    int shaped = r->single ? view->ndim == 1 : view->ndim == 2 && view->shape[0] == count;
    if (!shaped || view->shape[last] != (Py_ssize_t)width) {
        if (r->single)
            PyErr_Format(q2.ArgumentError, "out must have the shape (%zu,), and has %d dimensions of last length %zd", width, view->ndim, last < 0 ? 0 : view->shape[last]);
        else
            PyErr_Format(q2.ArgumentError, "out must have the shape (%zd, %zu), and has %d dimensions, first %zd and last %zd long", count, width, view->ndim,
                         last < 0 ? 0 : view->shape[0], last < 0 ? 0 : view->shape[last]);
        return -1;
    }
    if ((width > 1 && stride_of(view, last) != 1) || (!r->single && count > 1 && stride_of(view, 0) < (Py_ssize_t)width)) {
        PyErr_SetString(q2.ArgumentError, "out is not contiguous: a code's bytes lie together, and codes do not overlap");
        return -1;
    }
    return 0;
}

static int acquire_codes(outputs *o, const rows *r, PyObject *out) {
    size_t width = (r->n + 3) / 4;
    if (out == Py_None)
        o->codes = r->single ? new_vector(q2.uint8, width) : new_matrix(q2.uint8, r->count, width);
    else
        o->codes = new_reference(out);
    return !o->codes || acquire_array(o->codes, "out", "Bbc", 1, &o->codes_view) || codes_fit(&o->codes_view, r, width) ? -1 : 0;
}

/* A number for each row, in a new array or in the caller's. */
static int acquire_column(PyObject **array, Py_buffer *view, const char *name, PyObject *given, PyObject *dtype, const char *formats, size_t itemsize, size_t count) {
    *array = given == Py_None ? new_vector(dtype, count) : new_reference(given);
    if (!*array || acquire_array(*array, name, formats, itemsize, view) != 0) return -1;
    if (view->ndim != 1 || view->shape[0] != (Py_ssize_t)count || (count > 1 && stride_of(view, 0) != (Py_ssize_t)itemsize)) {
        PyErr_Format(q2.ArgumentError, "%s must be contiguous and have the shape (%zu,), and has %d dimensions of first length %zd", name, count, view->ndim,
                     view->ndim ? view->shape[0] : 0);
        return -1;
    }
    if ((uintptr_t)view->buf % itemsize != 0) {
        PyErr_Format(q2.ArgumentError, "%s is not aligned to its %zu bytes", name, itemsize);
        return -1;
    }
    return 0;
}

static int acquire_outputs(outputs *o, const rows *r, PyObject *out, PyObject *keys, int transitions) {
    if (r->single && keys != Py_None) {
        PyErr_SetString(q2.ArgumentError, "keys is for rows: the key of a single row is returned as a number");
        return -1;
    }
    if (acquire_codes(o, r, out) != 0) return -1;
    if (r->single) return 0;
    if (acquire_column(&o->keys, &o->keys_view, "keys", keys, q2.uint64, "QLN", 8, r->count) != 0) return -1;
    if (transitions && acquire_column(&o->transitions, &o->transitions_view, "transitions", Py_None, q2.uint32, "IL", 4, r->count) != 0) return -1;
    return acquire_column(&o->status, &o->status_view, "status", Py_None, q2.uint8, "B", 1, r->count);
}

static q2_status run(const rows *r, outputs *o, int transitions) {
    q2_status status;
    size_t bytes = row_bytes(r->dtype, r->n);
    last_address = r->first;
    if (r->single)
        WITHOUT_GIL(bytes, status = q2_quantise(r->first, 1, r->n, r->dtype, o->codes_view.buf, &o->key, transitions ? &o->changes : NULL));
    else
        WITHOUT_GIL(bytes * r->count,
                    status = q2_quantise_rows(r->first, r->stride, r->count, r->n, r->dtype, o->codes_view.buf,
                                              r->count > 1 ? (size_t)stride_of(&o->codes_view, 0) : (r->n + 3) / 4, o->keys_view.buf, o->transitions_view.buf,
                                              o->status_view.buf));
    return status;
}

static int raise_not_finite(const rows *r, const outputs *o) {
    PyObject *exception = r->single ? PyObject_CallFunctionObjArgs(q2.NotFiniteError, NULL)
                                    : PyObject_CallFunctionObjArgs(q2.NotFiniteError, o->status, o->codes, o->keys, NULL);
    if (exception) PyErr_SetObject(q2.NotFiniteError, exception);
    Py_XDECREF(exception);
    return -1;
}

/* A single row that is refused is left like one among rows, if its status is returned in place of an exception. */
static void clear_single(const rows *r, outputs *o) {
    memset(o->codes_view.buf, 0, (r->n + 3) / 4);
    o->key = 0;
    o->changes = 0;
}

/* (codes, keys[, transitions][, status]) */
static PyObject *results(const rows *r, const outputs *o, int transitions, int row_status, q2_status status) {
    PyObject *items[4], *tuple = PyTuple_New(2 + transitions + row_status);
    Py_ssize_t count = 0;
    int failed = tuple == NULL;
    items[count++] = new_reference(o->codes);
    items[count++] = r->single ? new_key(o->key) : new_reference(o->keys);
    if (transitions) items[count++] = r->single ? PyLong_FromUnsignedLong(o->changes) : new_reference(o->transitions);
    if (row_status) items[count++] = r->single ? PyLong_FromLong((long)status) : new_reference(o->status);
    for (Py_ssize_t i = 0; i < count; i++) {
        failed |= items[i] == NULL;
        if (!tuple)
            Py_XDECREF(items[i]);
        else
            PyTuple_SetItem(tuple, i, items[i]); /* takes the reference */
    }
    if (!failed) return tuple;
    Py_XDECREF(tuple);
    return NULL;
}

/* quantise(x, dtype, n, seq_len, out, keys, transitions, row_status): q2.quantise says what they are. */
PyObject *method_quantise(PyObject *self, PyObject *const *arguments, Py_ssize_t count) {
    (void)self;
    if (count != 8) return PyErr_Format(PyExc_TypeError, "8 arguments are taken, not %zd", count);
    rows r = {0};
    outputs o = {0};
    int dtype, transitions = PyObject_IsTrue(arguments[6]), row_status = PyObject_IsTrue(arguments[7]);
    size_t n, seq_len;
    PyObject *result = NULL;
    if (transitions < 0 || row_status < 0 || dtype_argument(arguments[1], &dtype) || size_argument(arguments[2], "n", &n) ||
        size_argument(arguments[3], "seq_len", &seq_len) || rows_acquire(&r, arguments[0], dtype, n, seq_len) ||
        acquire_outputs(&o, &r, arguments[4], arguments[5], transitions))
        goto done;
    q2_status status = run(&r, &o, transitions);
    if (status == Q2_ERR_NOT_FINITE && !row_status) {
        raise_not_finite(&r, &o);
        goto done;
    }
    if (status == Q2_ERR_NOT_FINITE && r.single) clear_single(&r, &o);
    if (status == Q2_OK || status == Q2_ERR_NOT_FINITE)
        result = results(&r, &o, transitions, row_status, status);
    else
        raise_status(status, "q2.quantise");
done:
    outputs_release(&o);
    PyBuffer_Release(&r.view);
    return result;
}
