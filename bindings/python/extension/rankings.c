#include "extension.h"

/* The functions of libq2 for a ranking differ in the types of query and rank alone. */
#define RANKING(name, pair, all)                                                                                                       \
    static q2_status name##_pair(const queries *q, const codes *c, void *rank) { return pair(q->first, c->view.buf, c->n, rank); }     \
    static q2_status name##_all(const queries *q, const codes *c, void *ranks) {                                                       \
        return all(q->first, c->view.buf, c->stride, c->count, c->n, ranks);                                                           \
    }                                                                                                                                  \
    static q2_status name##_one(const queries *q, const codes *c, size_t k, uint64_t *ids, void *ranks) {                              \
        size_t found;                                                                                                                  \
        return q2_##name##_nearest(q->first, c->view.buf, c->stride, c->count, c->n, k, ids, ranks, &found);                           \
    }                                                                                                                                  \
    static q2_status name##_many(const queries *q, const codes *c, size_t k, uint64_t *ids, void *ranks) {                             \
        size_t found;                                                                                                                  \
        return q2_##name##_nearest_many(q->first, q->stride, q->count, c->view.buf, c->stride, c->count, c->n, k, ids, ranks, &found); \
    }
RANKING(lee, q2_lee_distance, q2_lee_distances)
RANKING(l1, q2_l1_distance, q2_l1_distances)
RANKING(code_dot, q2_code_dot, q2_code_dot_scores)
RANKING(dot, q2_dot, q2_dot_scores)

static const ranking rankings[] = {
    {"lee", 0, 0, lee_pair, lee_all, lee_one, lee_many},
    {"l1", 0, 0, l1_pair, l1_all, l1_one, l1_many},
    {"code_dot", 0, 1, code_dot_pair, code_dot_all, code_dot_one, code_dot_many},
    {"dot", 1, 1, dot_pair, dot_all, dot_one, dot_many},
};

const ranking *ranking_argument(PyObject *argument) {
    for (size_t i = 0; PyUnicode_Check(argument) && i < sizeof rankings / sizeof *rankings; i++)
        if (PyUnicode_CompareWithASCIIString(argument, rankings[i].name) == 0) return rankings + i;
    PyErr_Format(q2.ArgumentError, "ranking is %R: it is one of lee, l1, code_dot, dot", argument);
    return NULL;
}

static int raise_not_finite(const queries *q, size_t row) {
    PyObject *rows_ = q->single ? new_reference(Py_None) : Py_BuildValue("[n]", (Py_ssize_t)row);
    PyObject *exception = rows_ ? PyObject_CallMethod(q2.NotFiniteError, "_of_queries", "O", rows_) : NULL;
    if (exception) PyErr_SetObject(q2.NotFiniteError, exception);
    Py_XDECREF(rows_);
    Py_XDECREF(exception);
    return -1;
}

/* Floats become the int8 that libq2 scores with: a small array of its own, all that is ever converted. */
static int quantise_vectors(queries *q) {
    q->levels = PyMem_Malloc(q->count * q->n);
    if (!q->levels) return PyErr_NoMemory(), -1;
    for (size_t i = 0; i < q->count; i++) {
        const void *row = (const uint8_t *)q->first + i * q->stride;
        q2_status status = q2_dot_query(row, q->n, q->levels + i * q->n);
        if (status == Q2_ERR_NOT_FINITE) return raise_not_finite(q, i);
        if (status != Q2_OK) return raise_status(status, "a query");
    }
    q->first = q->levels;
    q->stride = q->n;
    return 0;
}

static int vectors_shaped(const queries *q, size_t asked) {
    size_t bytes = q->n * (size_t)q->view.itemsize;
    if (dimension_in_range(q->n) != 0) return -1;
    if (asked && q->n != asked) {
        PyErr_Format(q2.ArgumentError, "query has vectors of %zu, and n is %zu", q->n, asked);
        return -1;
    }
    if ((q->n > 1 && stride_of(&q->view, q->view.ndim - 1) != q->view.itemsize) || (q->count > 1 && stride_of(&q->view, 0) < (Py_ssize_t)bytes)) {
        PyErr_SetString(q2.ArgumentError, "query is not contiguous: a vector's elements lie together, and vectors do not overlap");
        return -1;
    }
    return 0;
}

int vectors_acquire(queries *q, PyObject *object, size_t n) {
    char format;
    int shown, floats;
    if (acquire(object, "query", &q->view, &shown) != 0 || element_format(&q->view, "query", &format) != 0) return -1;
    floats = format == 'f';
    if (shown >= 0 || (!floats && format != 'b')) {
        PyErr_Format(q2.DtypeError, "query has elements of format '%c': ranking \"dot\" takes vectors of float32, or of int8", format);
        return -1;
    }
    if (q->view.ndim != 1 && q->view.ndim != 2) {
        PyErr_Format(q2.ArgumentError, "query has %d dimensions: 1 (a vector) or 2 (vectors) are taken", q->view.ndim);
        return -1;
    }
    q->single = q->view.ndim == 1;
    q->count = q->single ? 1 : (size_t)q->view.shape[0];
    q->n = (size_t)q->view.shape[q->view.ndim - 1];
    q->first = q->view.buf;
    if (vectors_shaped(q, n) != 0) return -1;
    q->stride = q->count > 1 ? (size_t)stride_of(&q->view, 0) : q->n * (size_t)q->view.itemsize;
    return floats ? quantise_vectors(q) : 0;
}

int queries_acquire(queries *q, PyObject *object, const char *name, const ranking *by, size_t n) {
    if (by->vectors) return vectors_acquire(q, object, n);
    codes c = {0};
    int failed = codes_acquire(&c, object, name, n);
    *q = (queries){.view = c.view, .first = c.view.buf, .count = c.count, .stride = c.stride, .n = c.n, .single = c.single};
    return failed;
}

void queries_release(queries *q) {
    PyBuffer_Release(&q->view);
    PyMem_Free(q->levels);
}
