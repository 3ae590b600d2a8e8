#include <string.h>

#include "extension.h"

static PyObject *compare_pair(const queries *a, const codes *b, const ranking *by) {
    union {
        uint32_t distance;
        float score;
    } rank;
    q2_status status = by->pair(a, b, &rank);
    if (status != Q2_OK) return raise_status(status, by->name), NULL;
    return by->scores ? PyFloat_FromDouble((double)rank.score) : PyLong_FromUnsignedLong(rank.distance);
}

static PyObject *compare_all(const queries *a, const codes *b, const ranking *by) {
    PyObject *ranks = new_vector(by->scores ? q2.float32 : q2.uint32, b->count);
    Py_buffer view = {0};
    if (!ranks || acquire_array(ranks, "ranks", by->scores ? "f" : "IL", 4, &view) != 0) goto failed;
    q2_status status;
    WITHOUT_GIL(b->count * b->stride, status = by->all(a, b, view.buf));
    if (status == Q2_OK) {
        PyBuffer_Release(&view);
        return ranks;
    }
    raise_status(status, by->name);
failed:
    PyBuffer_Release(&view);
    Py_XDECREF(ranks);
    return NULL;
}

/* compare(a, b, n, ranking): a is one query; b is one code or several. */
PyObject *method_compare(PyObject *self, PyObject *const *arguments, Py_ssize_t count) {
    (void)self;
    if (count != 4) return PyErr_Format(PyExc_TypeError, "4 arguments are taken, not %zd", count);
    queries a = {0};
    codes b = {0};
    size_t n;
    PyObject *result = NULL;
    const ranking *by = ranking_argument(arguments[3]);
    if (!by || size_argument(arguments[2], "n", &n) || queries_acquire(&a, arguments[0], by->vectors ? "query" : "a", by, n) ||
        codes_acquire(&b, arguments[1], by->vectors ? "codes" : "b", a.n))
        goto done;
    if (!a.single)
        PyErr_Format(q2.ArgumentError, "%s has 2 dimensions: it is one %s; %s may be several", by->vectors ? "query" : "a", by->vectors ? "vector" : "code",
                     by->vectors ? "codes" : "b");
    else {
        last_address = b.view.buf;
        result = b.single ? compare_pair(&a, &b, by) : compare_all(&a, &b, by);
    }
done:
    queries_release(&a);
    PyBuffer_Release(&b.view);
    return result;
}

/* dot_query(x): int8 of the shape of x. */
PyObject *method_dot_query(PyObject *self, PyObject *x) {
    (void)self;
    queries q = {0};
    PyObject *array = NULL;
    Py_buffer view = {0};
    if (vectors_acquire(&q, x, 0) != 0) goto done;
    if (!q.levels) {
        PyErr_SetString(q2.DtypeError, "query has elements of format 'b': it is int8 already");
        goto done;
    }
    array = q.single ? new_vector(q2.int8, q.n) : new_matrix(q2.int8, q.count, q.n);
    if (array && acquire_array(array, "query", "b", 1, &view) == 0)
        memcpy(view.buf, q.levels, q.count * q.n);
    else
        Py_CLEAR(array);
done:
    PyBuffer_Release(&view);
    queries_release(&q);
    return array;
}
