#include <stdint.h>
#include <string.h>

#include "extension.h"

int is_bytes(char format) { return format == 'B' || format == 'b' || format == 'c'; }

/* ctypes gives no strides, though they are asked for: its arrays are contiguous. */
Py_ssize_t stride_of(const Py_buffer *view, int axis) {
    if (view->strides) return view->strides[axis];
    Py_ssize_t stride = view->itemsize;
    for (int i = axis + 1; i < view->ndim; i++) stride *= view->shape[i];
    return stride;
}

static int little_endian(void) {
    const uint16_t one = 1;
    return *(const uint8_t *)&one;
}

int element_format(const Py_buffer *view, const char *name, char *format) {
    const char *text = view->format ? view->format : "B";
    int swapped = view->itemsize > 1 && (little_endian() ? *text == '>' || *text == '!' : *text == '<');
    if (swapped) {
        PyErr_Format(q2.DtypeError, "%s is byte-swapped (format '%s'): libq2 reads this machine's byte order; convert it first, as with x.astype(x.dtype.newbyteorder('='))",
                     name, text);
        return -1;
    }
    if (*text && strchr("@=<>!", *text)) text++;
    if (strlen(text) != 1) {
        PyErr_Format(q2.DtypeError, "%s has elements of format '%s': a plain number is needed", name, view->format);
        return -1;
    }
    *format = *text;
    return 0;
}

/* What has no buffer of its own, shown as one: q2._views.view returns (buffer, dtype name or None) or raises. */
static int acquire_view(PyObject *object, const char *name, Py_buffer *view, int *dtype) {
    PyObject *label = PyUnicode_FromString(name);
    PyObject *pair = label ? PyObject_CallFunctionObjArgs(q2.view, object, label, NULL) : NULL;
    Py_XDECREF(label);
    if (!pair) return -1;
    int failed = dtype_argument(PyTuple_GetItem(pair, 1), dtype) || PyObject_GetBuffer(PyTuple_GetItem(pair, 0), view, PyBUF_STRIDES | PyBUF_FORMAT);
    Py_DECREF(pair); /* the view holds the memory */
    return failed ? -1 : 0;
}

int acquire(PyObject *object, const char *name, Py_buffer *view, int *dtype) {
    *dtype = -1;
    if (PyObject_TypeCheck(object, (PyTypeObject *)q2.MaskedArray)) {
        PyErr_Format(q2.DtypeError, "%s is a masked array, and libq2 does not see its mask: pass what should count, as %s.filled(0) or %s.data", name, name, name);
        return -1;
    }
    if (PyObject_CheckBuffer(object)) {
        if (PyObject_GetBuffer(object, view, PyBUF_STRIDES | PyBUF_FORMAT) == 0) return 0;
        PyErr_Clear(); /* numpy has no format for bfloat16 */
    }
    return acquire_view(object, name, view, dtype);
}

int acquire_array(PyObject *array, const char *name, const char *formats, size_t itemsize, Py_buffer *view) {
    char format;
    if (PyObject_GetBuffer(array, view, PyBUF_STRIDES | PyBUF_FORMAT) != 0) {
        PyErr_Clear();
        PyErr_Format(q2.DtypeError, "%s is %R: a writable array is needed", name, (PyObject *)Py_TYPE(array));
        return -1;
    }
    if (element_format(view, name, &format) != 0) return -1;
    if (!strchr(formats, format) || (size_t)view->itemsize != itemsize) {
        PyErr_Format(q2.DtypeError, "%s has elements of format '%c' and %zd bytes: an unsigned integer of %zu is needed", name, format, view->itemsize, itemsize);
        return -1;
    }
    if (view->readonly) {
        PyErr_Format(q2.ArgumentError, "%s is read-only", name);
        return -1;
    }
    return 0;
}

/* Takes the reference to shape. */
static PyObject *new_array(PyObject *shape, PyObject *dtype) {
    PyObject *array = shape ? PyObject_CallFunctionObjArgs(q2.empty, shape, dtype, NULL) : NULL;
    Py_XDECREF(shape);
    return array;
}

PyObject *new_vector(PyObject *dtype, size_t length) { return new_array(PyLong_FromSize_t(length), dtype); }

PyObject *new_matrix(PyObject *dtype, size_t height, size_t width) {
    return new_array(Py_BuildValue("(nn)", (Py_ssize_t)height, (Py_ssize_t)width), dtype);
}

/* int's own constructor for the subclass: Key.__new__ would check again what is in range by its type. */
static newfunc int_constructor(void) {
#if defined(Q2_STABLE_ABI)
    newfunc make;
    void *slot = PyType_GetSlot(&PyLong_Type, Py_tp_new);
    memcpy(&make, &slot, sizeof make);
    return make;
#else
    return PyLong_Type.tp_new; /* before Python 3.10 a static type's slots are not to be had from PyType_GetSlot */
#endif
}

PyObject *new_key(uint64_t key) {
    static newfunc make;
    if (!make) make = int_constructor();
    PyObject *arguments = Py_BuildValue("(K)", (unsigned long long)key);
    PyObject *result = arguments ? make((PyTypeObject *)q2.Key, arguments, NULL) : NULL;
    Py_XDECREF(arguments);
    return result;
}

int raise_status(q2_status status, const char *call) {
    PyObject *type = status == Q2_ERR_ARGUMENT ? q2.ArgumentError : status == Q2_ERR_UNSUPPORTED ? q2.UnsupportedError : q2.Error;
    PyErr_Format(type, "%s: %s", call, q2_status_text(status));
    return -1;
}
