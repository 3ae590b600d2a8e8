#include <string.h>

#include "extension.h"

int size_argument(PyObject *argument, const char *name, size_t *value) {
    *value = 0;
    if (argument == Py_None) return 0;
    PyObject *number = PyNumber_Index(argument); /* takes numpy's integers too */
    if (!number) return -1;
    *value = PyLong_AsSize_t(number);
    int failed = PyErr_Occurred() || *value == 0;
    if (failed) {
        PyErr_Clear();
        PyObject *zero = PyLong_FromLong(0);
        int positive = zero ? PyObject_RichCompareBool(number, zero, Py_GT) : -1;
        Py_XDECREF(zero);
        if (positive >= 0) PyErr_Format(q2.ArgumentError, positive ? "%s is %R: that is more than memory has" : "%s is %R: it is at least 1", name, number);
    }
    Py_DECREF(number);
    return failed ? -1 : 0;
}

int needed_argument(PyObject *argument, const char *name, size_t *value) {
    if (argument != Py_None) return size_argument(argument, name, value);
    PyErr_Format(PyExc_TypeError, "%s is None: a number is needed", name);
    return -1;
}

/* The names of the specification, and those of numpy, ml_dtypes and torch for the same. */
static const struct {
    const char *name;
    q2_dtype dtype;
} dtypes[] = {{"fp32", Q2_FP32}, {"fp16", Q2_FP16},    {"q8", Q2_Q8},        {"q4", Q2_Q4},     {"q2", Q2_Q2},
              {"bf16", Q2_BF16}, {"float32", Q2_FP32}, {"float16", Q2_FP16}, {"int8", Q2_Q8},   {"bfloat16", Q2_BF16}};

const char *dtype_name(int dtype) {
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
        if ((int)dtypes[i].dtype == dtype) return dtypes[i].name;
    return "unknown";
}

int dtype_argument(PyObject *argument, int *dtype) {
    *dtype = -1;
    if (argument == Py_None) return 0;
    for (size_t i = 0; PyUnicode_Check(argument) && i < sizeof dtypes / sizeof *dtypes; i++)
        if (PyUnicode_CompareWithASCIIString(argument, dtypes[i].name) == 0) {
            *dtype = (int)dtypes[i].dtype;
            return 0;
        }
    PyErr_Format(q2.DtypeError, "dtype is %R: it is one of fp32, fp16, bf16, q8, q4, q2 (or float32, float16, bfloat16, int8)", argument);
    return -1;
}

int dimension_in_range(size_t n) {
    if (n >= 1 && n <= Q2_MAX_DIM) return 0;
    PyErr_Format(q2.ArgumentError, "n is %zu: it is 1 to %zu", n, (size_t)Q2_MAX_DIM);
    return -1;
}
