#include "extension.h"

imported q2;
_Thread_local const void *last_address;

static PyObject *method_version(PyObject *self, PyObject *none) {
    (void)self, (void)none;
    return PyUnicode_FromString(q2_version());
}

static PyObject *method_isa(PyObject *self, PyObject *none) {
    (void)self, (void)none;
    return PyUnicode_FromString(q2_isa());
}

static PyObject *raise_isa(q2_status status, PyObject *name) {
    if (status == Q2_ERR_UNSUPPORTED)
        PyErr_Format(q2.UnsupportedError, "instruction set %R: this CPU, operating system or build lacks it", name);
    else
        PyErr_Format(q2.ArgumentError, "instruction set %R: it is one of scalar, avx2, avx512, neon", name);
    return NULL;
}

static PyObject *method_force_isa(PyObject *self, PyObject *name) {
    (void)self;
    q2_status status = Q2_ERR_ARGUMENT;
    if (name == Py_None) {
        status = q2_force_isa(NULL);
    } else if (PyUnicode_Check(name)) {
        PyObject *text = PyUnicode_AsUTF8String(name);
        if (!text) return NULL;
        status = q2_force_isa(PyBytes_AsString(text));
        Py_DECREF(text);
    }
    if (status != Q2_OK) return raise_isa(status, name);
    return new_reference(Py_None);
}

static PyObject *method_last_address(PyObject *self, PyObject *none) {
    (void)self, (void)none;
    return PyLong_FromVoidPtr((void *)(uintptr_t)last_address);
}

#define FAST(function) ((PyCFunction)(void (*)(void))(function))

static PyMethodDef methods[] = {
    {"quantise", FAST(method_quantise), METH_FASTCALL, NULL},
    {"key", FAST(method_key), METH_FASTCALL, NULL},
    {"compare", FAST(method_compare), METH_FASTCALL, NULL},
    {"dot_query", method_dot_query, METH_O, NULL},
    {"nearest", FAST(method_nearest), METH_FASTCALL, NULL},
    {"version", method_version, METH_NOARGS, NULL},
    {"isa", method_isa, METH_NOARGS, NULL},
    {"force_isa", method_force_isa, METH_O, NULL},
    {"last_address", method_last_address, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "q2._extension", NULL, -1, methods, NULL, NULL, NULL, NULL};

static int import(const char *module, const char *name, PyObject **object) {
    PyObject *from = PyImport_ImportModule(module);
    *object = from ? PyObject_GetAttrString(from, name) : NULL;
    Py_XDECREF(from);
    return *object ? 0 : -1;
}

/* The dtype's instance: numpy looks up its class at every call. */
static int import_dtype(const char *name, PyObject **object) {
    PyObject *type;
    if (import("numpy", "dtype", &type) != 0) return -1;
    *object = PyObject_CallFunction(type, "s", name);
    Py_DECREF(type);
    return *object ? 0 : -1;
}

static int import_all(void) {
    return import("q2._key", "Key", &q2.Key) || import("q2._errors", "Error", &q2.Error) || import("q2._errors", "ArgumentError", &q2.ArgumentError) ||
           import("q2._errors", "DtypeError", &q2.DtypeError) || import("q2._errors", "UnsupportedError", &q2.UnsupportedError) ||
           import("q2._errors", "NotFiniteError", &q2.NotFiniteError) || import("q2._views", "view", &q2.view) || import("numpy", "empty", &q2.empty) || import("numpy.ma", "MaskedArray", &q2.MaskedArray) ||
           import_dtype("int8", &q2.int8) || import_dtype("uint8", &q2.uint8) || import_dtype("uint32", &q2.uint32) || import_dtype("uint64", &q2.uint64) || import_dtype("float32", &q2.float32);
}

PyMODINIT_FUNC PyInit__extension(void) { return import_all() ? NULL : PyModule_Create(&definition); }
