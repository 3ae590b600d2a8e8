#include "extension.h"

typedef struct {
    PyObject *ids, *ranks;
    Py_buffer ids_view, ranks_view;
} results;

static PyObject *new_results(const queries *q, size_t k, PyObject *dtype) { return q->single ? new_vector(dtype, k) : new_matrix(dtype, q->count, k); }

static int acquire_results(results *r, const queries *q, const ranking *by, size_t k) {
    r->ids = new_results(q, k, q2.uint64);
    r->ranks = r->ids ? new_results(q, k, by->scores ? q2.float32 : q2.uint32) : NULL;
    if (!r->ranks || acquire_array(r->ids, "ids", "QLN", 8, &r->ids_view) != 0) return -1;
    return acquire_array(r->ranks, "ranks", by->scores ? "f" : "IL", 4, &r->ranks_view);
}

static PyObject *nearest(const queries *q, const codes *c, const ranking *by, size_t k) {
    results r = {0};
    PyObject *result = NULL;
    if (c->count < k) k = c->count;
    last_address = c->view.buf;
    if (acquire_results(&r, q, by, k) == 0) {
        q2_status status = Q2_OK;
        if (k) WITHOUT_GIL(q->count * c->count * c->stride, status = (q->single ? by->one : by->many)(q, c, k, r.ids_view.buf, r.ranks_view.buf));
        if (status == Q2_OK)
            result = PyTuple_Pack(2, r.ids, r.ranks);
        else
            raise_status(status, "q2.nearest");
    }
    PyBuffer_Release(&r.ids_view);
    PyBuffer_Release(&r.ranks_view);
    Py_XDECREF(r.ids);
    Py_XDECREF(r.ranks);
    return result;
}

/* nearest(query, codes, k, n, ranking) */
PyObject *method_nearest(PyObject *self, PyObject *const *arguments, Py_ssize_t count) {
    (void)self;
    if (count != 5) return PyErr_Format(PyExc_TypeError, "5 arguments are taken, not %zd", count);
    queries q = {0};
    codes c = {0};
    size_t k, n;
    PyObject *result = NULL;
    const ranking *by = ranking_argument(arguments[4]);
    if (!by || needed_argument(arguments[2], "k", &k) || size_argument(arguments[3], "n", &n) || queries_acquire(&q, arguments[0], "query", by, n) ||
        codes_acquire(&c, arguments[1], "codes", q.n))
        goto done;
    if (k > Q2_MAX_NEAREST)
        PyErr_Format(q2.ArgumentError, "k is %zu: it is 1 to %zu", k, (size_t)Q2_MAX_NEAREST);
    else if (c.single)
        PyErr_SetString(q2.ArgumentError, "codes has 1 dimension: one code a row is needed, 2 dimensions");
    else
        result = nearest(&q, &c, by, k);
done:
    queries_release(&q);
    PyBuffer_Release(&c.view);
    return result;
}
