#include "extension.h"

/* One query or several: codes as they are, or vectors of int8. */
typedef struct {
    Py_buffer view;
    int8_t *levels; /* owned, where float vectors were quantised */
    const void *first;
    size_t count, stride, n;
    int single;
} queries;

/* The nearest functions of libq2 differ in the types of query and rank alone. */
typedef struct {
    const char *name;
    int vectors, scores; /* vectors: queries are not codes; scores: float, not uint32 */
    q2_status (*one)(const queries *q, const codes *c, size_t k, uint64_t *ids, void *ranks);
    q2_status (*many)(const queries *q, const codes *c, size_t k, uint64_t *ids, void *ranks);
} ranking;

#define RANKING(name)                                                                                            \
    static q2_status name##_one(const queries *q, const codes *c, size_t k, uint64_t *ids, void *ranks) {        \
        size_t found;                                                                                            \
        return q2_##name##_nearest(q->first, c->view.buf, c->stride, c->count, c->n, k, ids, ranks, &found);     \
    }                                                                                                            \
    static q2_status name##_many(const queries *q, const codes *c, size_t k, uint64_t *ids, void *ranks) {       \
        size_t found;                                                                                            \
        return q2_##name##_nearest_many(q->first, q->stride, q->count, c->view.buf, c->stride, c->count, c->n, k, ids, ranks, &found); \
    }
RANKING(lee)
RANKING(l1)
RANKING(code_dot)
RANKING(dot)

static const ranking rankings[] = {
    {"lee", 0, 0, lee_one, lee_many},
    {"l1", 0, 0, l1_one, l1_many},
    {"code_dot", 0, 1, code_dot_one, code_dot_many},
    {"dot", 1, 1, dot_one, dot_many},
};

static const ranking *ranking_argument(PyObject *argument) {
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
        if (status != Q2_OK) return raise_status(status, "q2.nearest");
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

static int acquire_vectors(queries *q, PyObject *object, size_t n) {
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

static int acquire_queries(queries *q, PyObject *object, const ranking *by, size_t n) {
    if (by->vectors) return acquire_vectors(q, object, n);
    codes c = {0};
    int failed = codes_acquire(&c, object, "query", n);
    *q = (queries){.view = c.view, .first = c.view.buf, .count = c.count, .stride = c.stride, .n = c.n, .single = c.single};
    return failed;
}

static void queries_release(queries *q) {
    PyBuffer_Release(&q->view);
    PyMem_Free(q->levels);
}

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
    if (!by || size_argument(arguments[2], "k", &k) || size_argument(arguments[3], "n", &n) || acquire_queries(&q, arguments[0], by, n) ||
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
