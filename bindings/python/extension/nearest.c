#include "extension.h"

typedef struct {
    PyObject *ids, *distances;
    Py_buffer ids_view, distances_view;
} ranks;

static int acquire_ranks(ranks *r, const codes *queries, size_t k) {
    r->ids = queries->single ? new_vector(q2.uint64, k) : new_matrix(q2.uint64, queries->count, k);
    r->distances = queries->single ? new_vector(q2.uint32, k) : new_matrix(q2.uint32, queries->count, k);
    if (!r->ids || !r->distances) return -1;
    return acquire_array(r->ids, "ids", "QLN", 8, &r->ids_view) || acquire_array(r->distances, "distances", "IL", 4, &r->distances_view) ? -1 : 0;
}

static q2_status scan(const codes *queries, const codes *c, size_t k, ranks *r) {
    q2_status status;
    size_t found;
    if (queries->single)
        WITHOUT_GIL(c->count * c->stride, status = q2_lee_nearest(queries->view.buf, c->view.buf, c->stride, c->count, c->n, k, r->ids_view.buf,
                                                                  r->distances_view.buf, &found));
    else
        WITHOUT_GIL(queries->count * c->count * c->stride,
                    status = q2_lee_nearest_many(queries->view.buf, queries->stride, queries->count, c->view.buf, c->stride, c->count, c->n, k, r->ids_view.buf,
                                                 r->distances_view.buf, &found));
    return status;
}

static PyObject *nearest(const codes *queries, const codes *c, size_t k) {
    ranks r = {0};
    PyObject *result = NULL;
    if (c->count < k) k = c->count;
    if (acquire_ranks(&r, queries, k) == 0) {
        q2_status status = k ? scan(queries, c, k, &r) : Q2_OK;
        if (status == Q2_OK)
            result = PyTuple_Pack(2, r.ids, r.distances);
        else
            raise_status(status, "q2.nearest");
    }
    PyBuffer_Release(&r.ids_view);
    PyBuffer_Release(&r.distances_view);
    Py_XDECREF(r.ids);
    Py_XDECREF(r.distances);
    return result;
}

/* nearest(query, codes, k, n) */
PyObject *method_nearest(PyObject *self, PyObject *const *arguments, Py_ssize_t count) {
    (void)self;
    if (count != 4) return PyErr_Format(PyExc_TypeError, "4 arguments are taken, not %zd", count);
    codes queries = {0}, c = {0};
    size_t k, n;
    PyObject *result = NULL;
    if (size_argument(arguments[2], "k", &k) || size_argument(arguments[3], "n", &n) || codes_acquire(&queries, arguments[0], "query", n) ||
        codes_acquire(&c, arguments[1], "codes", queries.n))
        goto done;
    if (k < 1 || k > Q2_MAX_NEAREST)
        PyErr_Format(q2.ArgumentError, "k is %zu: it is 1 to %zu", k, (size_t)Q2_MAX_NEAREST);
    else if (c.single)
        PyErr_SetString(q2.ArgumentError, "codes has 1 dimension: one code a row is needed, 2 dimensions");
    else
        result = nearest(&queries, &c, k);
done:
    PyBuffer_Release(&queries.view);
    PyBuffer_Release(&c.view);
    return result;
}
