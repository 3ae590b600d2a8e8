#include "extension.h"

static PyObject *lee_pair(const codes *a, const codes *b) {
    uint32_t distance;
    q2_status status = q2_lee_distance(a->view.buf, b->view.buf, a->n, &distance);
    if (status != Q2_OK) return raise_status(status, "q2.lee"), NULL;
    return PyLong_FromUnsignedLong(distance);
}

static PyObject *lee_many(const codes *a, const codes *b) {
    PyObject *distances = new_vector(q2.uint32, b->count);
    Py_buffer view = {0};
    if (!distances || acquire_array(distances, "distances", "IL", 4, &view) != 0) goto failed;
    q2_status status;
    WITHOUT_GIL(b->count * b->stride, status = q2_lee_distances(a->view.buf, b->view.buf, b->stride, b->count, a->n, view.buf));
    if (status == Q2_OK) {
        PyBuffer_Release(&view);
        return distances;
    }
    raise_status(status, "q2.lee");
failed:
    PyBuffer_Release(&view);
    Py_XDECREF(distances);
    return NULL;
}

/* lee(a, b, n) */
PyObject *method_lee(PyObject *self, PyObject *const *arguments, Py_ssize_t count) {
    (void)self;
    if (count != 3) return PyErr_Format(PyExc_TypeError, "3 arguments are taken, not %zd", count);
    codes a = {0}, b = {0};
    size_t n;
    PyObject *result = NULL;
    if (size_argument(arguments[2], "n", &n) || codes_acquire(&a, arguments[0], "a", n) || codes_acquire(&b, arguments[1], "b", a.n)) goto done;
    if (!a.single)
        PyErr_SetString(q2.ArgumentError, "a has 2 dimensions: it is one code; b may be several");
    else
        result = b.single ? lee_pair(&a, &b) : lee_many(&a, &b);
done:
    PyBuffer_Release(&a.view);
    PyBuffer_Release(&b.view);
    return result;
}
