"""ns per call of q2_quantise, n = 384, by each way that Python has into C: what docs/RATIONALE.md chose from.

doors.py LIBRARY_FOLDER HEADER_FOLDER: the folder of libq2.so and libq2.a, and the one of q2.h. Needs cc, c++, numpy, cffi and nanobind.
Each door gets the same numpy row and the same output array, checks that it is float32 and contiguous, and returns the key.
"""

import ctypes
import importlib.util
import os
import subprocess
import sys
import sysconfig
import tempfile
import timeit

import cffi
import nanobind
import numpy as np

DECLARATION = """int q2_quantise(const void *tensor, size_t seq_len, size_t n, int dtype,
                                uint8_t *packed, uint64_t *key, uint32_t *transitions);"""

BUFFER_PROTOCOL = r"""
#define Py_LIMITED_API 0x030b0000
#include <Python.h>
#include "q2.h"
static PyObject *quantise(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    Py_buffer x, out;
    uint64_t key = 0;
    (void)self; (void)count;
    if (PyObject_GetBuffer(args[0], &x, PyBUF_STRIDES | PyBUF_FORMAT)) return NULL;
    if (PyObject_GetBuffer(args[1], &out, PyBUF_STRIDES | PyBUF_WRITABLE)) { PyBuffer_Release(&x); return NULL; }
    int fits = x.ndim == 1 && x.format[0] == 'f' && x.strides[0] == 4;
    if (fits) q2_quantise(x.buf, 1, (size_t)x.shape[0], Q2_FP32, out.buf, &key, NULL);
    PyBuffer_Release(&out); PyBuffer_Release(&x);
    if (!fits) { PyErr_SetString(PyExc_TypeError, "float32"); return NULL; }
    return PyLong_FromUnsignedLongLong(key);
}
static PyMethodDef methods[] = {{"quantise", (PyCFunction)(void (*)(void))quantise, METH_FASTCALL, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "door_buffer", NULL, 0, methods, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_door_buffer(void) { return PyModule_Create(&module); }
"""

NANOBIND = r"""
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include "q2.h"
namespace nb = nanobind;
NB_MODULE(door_nanobind, m) {
    m.def("quantise", [](nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu> x,
                         nb::ndarray<uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu> out) {
        uint64_t key = 0;
        q2_quantise(x.data(), 1, x.shape(0), Q2_FP32, out.data(), &key, nullptr);
        return key;
    }, nb::arg("x").noconvert(), nb::arg("out").noconvert());
}
"""


def compile_extension(name, sources, compiler, flags):
    target = f"{name}{sysconfig.get_config_var('EXT_SUFFIX')}"
    include = sysconfig.get_paths()["include"]
    subprocess.run([compiler, "-O3", "-shared", "-fPIC", f"-I{include}", *flags, *sources, f"{LIBRARY}/libq2.a", "-o", target], check=True)
    spec = importlib.util.spec_from_file_location(name, os.path.abspath(target))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write(name, text):
    with open(name, "w") as file:
        file.write(text)
    return name


def check(x):
    if x.dtype.char != "f" or x.ndim != 1 or not x.flags.c_contiguous:
        raise TypeError("a contiguous row of float32 is needed")


def by_ctypes():
    library = ctypes.CDLL(f"{LIBRARY}/libq2.so")
    function = library.q2_quantise
    p, size = ctypes.c_void_p, ctypes.c_size_t
    function.argtypes = [p, size, size, ctypes.c_int, p, p, p]
    key = ctypes.c_uint64()
    reference = ctypes.byref(key)

    def quantise(x, out):
        check(x)
        function(x.ctypes.data, 1, x.shape[0], 0, out.ctypes.data, reference, None)
        return key.value

    return quantise


def by_cffi(ffi, library):
    key = ffi.new("uint64_t *")

    def quantise(x, out):
        check(x)
        library.q2_quantise(ffi.from_buffer(x), 1, x.shape[0], 0, ffi.from_buffer(out), key, ffi.NULL)
        return key[0]

    return quantise


def by_cffi_abi():
    ffi = cffi.FFI()
    ffi.cdef(DECLARATION.replace("uint8_t *", "void *"))
    return by_cffi(ffi, ffi.dlopen(f"{LIBRARY}/libq2.so"))


def by_cffi_api():
    ffi = cffi.FFI()
    ffi.cdef(DECLARATION.replace("uint8_t *", "void *"))
    ffi.set_source("door_cffi", '#include "q2.h"\n#define q2_quantise(t, s, n, d, p, k, c) (int)q2_quantise(t, s, n, (q2_dtype)(d), p, k, c)')
    ffi.emit_c_code("door_cffi.c")
    module = compile_extension("door_cffi", ["door_cffi.c"], "cc", [f"-I{HEADER}"])
    return by_cffi(module.ffi, module.lib)


def by_nanobind():
    root = os.path.dirname(nanobind.__file__)
    flags = ["-std=c++17", "-fno-strict-aliasing", "-fvisibility=hidden", "-DNDEBUG", f"-I{root}/include", f"-I{root}/ext/robin_map/include", f"-I{HEADER}"]
    return compile_extension("door_nanobind", [write("door_nanobind.cpp", NANOBIND), f"{root}/src/nb_combined.cpp"], "c++", flags).quantise


def by_buffer_protocol():
    return compile_extension("door_buffer", [write("door_buffer.c", BUFFER_PROTOCOL)], "cc", ["-std=c11", f"-I{HEADER}"]).quantise


def measure(doors, x, out, rounds=11, calls=20000):
    """Medians of the rounds, in which the doors take turns."""
    times = {name: [] for name in doors}
    for _ in range(rounds + 1):
        for name, quantise in doors.items():
            times[name].append(timeit.timeit(lambda: quantise(x, out), number=calls) / calls * 1e9)  # noqa: B023
    return {name: sorted(each[1:])[rounds // 2] for name, each in times.items()}


def main():
    builders = {
        "ctypes": by_ctypes,
        "cffi, ABI mode": by_cffi_abi,
        "cffi, API mode": by_cffi_api,
        "nanobind": by_nanobind,
        "buffer protocol, limited API": by_buffer_protocol,
    }
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        doors = {name: build() for name, build in builders.items()}
        x, out = np.random.default_rng(1).standard_normal(384, dtype=np.float32), np.empty(96, np.uint8)
        assert len({quantise(x, out) for quantise in doors.values()}) == 1
        times = measure(doors, x, out)
        times["(an empty Python call)"] = measure({"": lambda x, out: None}, x, out)[""]
        for name, ns in times.items():
            print(f"{name:30} {ns:6.0f} ns")


if __name__ == "__main__":
    LIBRARY, HEADER = (os.path.abspath(folder) for folder in sys.argv[1:3])
    main()
