#include "extension.h"

static int codes_shaped(const codes *c, const char *name, size_t width) {
    const Py_buffer *view = &c->view;
    int last = view->ndim - 1;
    if (view->shape[last] != (Py_ssize_t)width) {
        PyErr_Format(q2.ArgumentError, "%s has codes of %zd bytes, and n = %zu takes %zu", name, view->shape[last], c->n, width);
        return -1;
    }
    if (width > 1 && stride_of(view, last) != 1) {
        PyErr_Format(q2.ArgumentError, "%s is not contiguous: a code's bytes lie together", name);
        return -1;
    }
    if (!c->single && c->count > 1 && stride_of(view, 0) < (Py_ssize_t)width) {
        PyErr_Format(q2.ArgumentError, "the codes of %s begin %zd bytes apart: at least a code's %zu are needed", name, stride_of(view, 0), width);
        return -1;
    }
    return 0;
}

/* One code (1-D) or several (2-D) of bytes. n = 0: as many dimensions as the bytes hold. */
int codes_acquire(codes *c, PyObject *object, const char *name, size_t n) {
    char format;
    int shown;
    if (acquire(object, name, &c->view, &shown) != 0 || element_format(&c->view, name, &format) != 0) return -1;
    if (!is_bytes(format) || shown >= 0) {
        PyErr_Format(q2.DtypeError, "%s has elements of format '%c': codes are bytes (uint8)", name, format);
        return -1;
    }
    if (c->view.ndim != 1 && c->view.ndim != 2) {
        PyErr_Format(q2.ArgumentError, "%s has %d dimensions: 1 (a code) or 2 (codes) are taken", name, c->view.ndim);
        return -1;
    }
    c->single = c->view.ndim == 1;
    c->count = c->single ? 1 : (size_t)c->view.shape[0];
    c->n = n ? n : 4 * (size_t)c->view.shape[c->view.ndim - 1];
    if (dimension_in_range(c->n) != 0) return -1;
    size_t width = (c->n + 3) / 4;
    c->stride = c->count > 1 ? (size_t)stride_of(&c->view, 0) : width;
    return codes_shaped(c, name, width);
}

static PyObject *single_key(const codes *c, int transitions) {
    uint64_t key;
    uint32_t changes;
    q2_status status = q2_key(c->view.buf, c->n, &key, transitions ? &changes : NULL);
    if (status != Q2_OK) return raise_status(status, "q2.key"), NULL;
    PyObject *result = new_key(key);
    return result && transitions ? Py_BuildValue("(NI)", result, (unsigned)changes) : result;
}

static void each_key(const codes *c, uint64_t *keys, uint32_t *changes) {
    for (size_t i = 0; i < c->count; i++) q2_key((const uint8_t *)c->view.buf + i * c->stride, c->n, keys + i, changes ? changes + i : NULL);
}

static PyObject *many_keys(const codes *c, int transitions) {
    PyObject *keys = new_vector(q2.uint64, c->count), *changes = transitions ? new_vector(q2.uint32, c->count) : NULL, *result = NULL;
    Py_buffer keys_view = {0}, changes_view = {0};
    if (!keys || (transitions && !changes) || acquire_array(keys, "keys", "QLN", 8, &keys_view) ||
        (transitions && acquire_array(changes, "transitions", "IL", 4, &changes_view)))
        goto done;
    WITHOUT_GIL(c->count * c->stride, each_key(c, keys_view.buf, changes_view.buf));
    result = transitions ? PyTuple_Pack(2, keys, changes) : new_reference(keys);
done:
    PyBuffer_Release(&keys_view);
    PyBuffer_Release(&changes_view);
    Py_XDECREF(keys);
    Py_XDECREF(changes);
    return result;
}

/* key(codes, n, transitions) */
PyObject *method_key(PyObject *self, PyObject *const *arguments, Py_ssize_t count) {
    (void)self;
    if (count != 3) return PyErr_Format(PyExc_TypeError, "3 arguments are taken, not %zd", count);
    codes c = {0};
    size_t n;
    PyObject *result = NULL;
    int transitions = PyObject_IsTrue(arguments[2]);
    if (transitions >= 0 && needed_argument(arguments[1], "n", &n) == 0 && codes_acquire(&c, arguments[0], "codes", n) == 0)
        result = c.single ? single_key(&c, transitions) : many_keys(&c, transitions);
    PyBuffer_Release(&c.view);
    return result;
}
