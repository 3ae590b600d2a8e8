/* q2._extension: the calls into libq2. Arguments come by the buffer protocol, so the address that libq2 reads is the caller's; what has no buffer
 * (bfloat16 arrays, torch tensors, Arrow arrays) is shown as one by q2._views first. Everything here runs with the GIL held but the calls themselves, and
 * those too while they are short. */
#ifndef Q2_EXTENSION_H
#define Q2_EXTENSION_H

#define PY_SSIZE_T_CLEAN
#if defined(Q2_STABLE_ABI)
#define Py_LIMITED_API 0x030b0000
#endif
#include <Python.h>

#include "q2.h"

static inline PyObject *new_reference(PyObject *object) { /* Py_NewRef came with Python 3.10 */
    Py_INCREF(object);
    return object;
}

/* A call that reads less than this keeps the GIL: letting it go and taking it back can cost a busy interpreter's switch interval (5 ms), the work
 * itself takes microseconds. */
#define GIL_BYTES ((size_t)1 << 16)

/* What is imported once, at initialisation. */
typedef struct {
    PyObject *Key, *Error, *ArgumentError, *DtypeError, *UnsupportedError, *NotFiniteError;
    PyObject *view;                               /* q2._views.view */
    PyObject *MaskedArray;
    PyObject *empty, *int8, *uint8, *uint32, *uint64, *float32; /* numpy's */
} imported;
extern imported q2;

/* The address that the last call on this thread gave to libq2 for reading: of rows, or of the codes that a query was compared with. */
extern _Thread_local const void *last_address;

/* arguments.c: None or a number. An argument that is left out is 0. All return 0, or -1 with an exception set. */
int size_argument(PyObject *argument, const char *name, size_t *value);
int needed_argument(PyObject *argument, const char *name, size_t *value); /* not None */
int dtype_argument(PyObject *argument, int *dtype); /* -1 where it is None */
const char *dtype_name(int dtype);
int dimension_in_range(size_t n);

/* memory.c: the caller's memory and new arrays. */
int acquire(PyObject *object, const char *name, Py_buffer *view, int *dtype);  /* for reading; *dtype where the kind of object says it, else -1 */
int acquire_array(PyObject *array, const char *name, const char *formats, size_t itemsize, Py_buffer *view); /* for writing */
int element_format(const Py_buffer *view, const char *name, char *format);
Py_ssize_t stride_of(const Py_buffer *view, int axis);
int is_bytes(char format);
PyObject *new_vector(PyObject *dtype, size_t length);
PyObject *new_matrix(PyObject *dtype, size_t height, size_t width);
PyObject *new_key(uint64_t key);
int raise_status(q2_status status, const char *call);

/* rows.c: what quantise reads. */
typedef struct {
    Py_buffer view;
    const uint8_t *first;
    size_t count, n, stride; /* stride in bytes; at least a row's */
    q2_dtype dtype;
    int single; /* a 1-D array: one code and one key */
} rows;
int rows_acquire(rows *r, PyObject *x, int dtype, size_t n, size_t seq_len);
size_t row_bytes(q2_dtype dtype, size_t n);

/* codes.c: packed codes as an argument. */
typedef struct {
    Py_buffer view;
    size_t count, stride, n;
    int single;
} codes;
int codes_acquire(codes *c, PyObject *object, const char *name, size_t n);
PyObject *method_key(PyObject *self, PyObject *const *arguments, Py_ssize_t count);

/* rankings.c: what codes are ranked by, and queries as an argument. */
typedef struct {
    Py_buffer view;
    int8_t *levels; /* owned, where float vectors were quantised */
    const void *first;
    size_t count, stride, n;
    int single;
} queries;
typedef struct {
    const char *name;
    int vectors, scores; /* vectors: queries are not codes but vectors; scores: float, not uint32 */
    q2_status (*pair)(const queries *q, const codes *c, void *rank);
    q2_status (*all)(const queries *q, const codes *c, void *ranks);
    q2_status (*one)(const queries *q, const codes *c, size_t k, uint64_t *ids, void *ranks);
    q2_status (*many)(const queries *q, const codes *c, size_t k, uint64_t *ids, void *ranks);
} ranking;
const ranking *ranking_argument(PyObject *argument);
int queries_acquire(queries *q, PyObject *object, const char *name, const ranking *by, size_t n);
int vectors_acquire(queries *q, PyObject *object, size_t n);
void queries_release(queries *q);

PyObject *method_quantise(PyObject *self, PyObject *const *arguments, Py_ssize_t count); /* quantise.c */
PyObject *method_compare(PyObject *self, PyObject *const *arguments, Py_ssize_t count);  /* compare.c */
PyObject *method_dot_query(PyObject *self, PyObject *x);
PyObject *method_nearest(PyObject *self, PyObject *const *arguments, Py_ssize_t count); /* nearest.c */

/* WITHOUT_GIL(bytes, call): the call, without the GIL where it is worth it. */
#define WITHOUT_GIL(bytes, call)                                 \
    do {                                                         \
        PyThreadState *let_go = (bytes) >= GIL_BYTES ? PyEval_SaveThread() : NULL; \
        call;                                                    \
        if (let_go) PyEval_RestoreThread(let_go);                \
    } while (0)

#endif
