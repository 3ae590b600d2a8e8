"""What quantise takes: for each kind, libq2 reads the caller's own memory, and the result is that of the same numbers in a plain array."""

from __future__ import annotations

import array
import ctypes
import mmap

import ml_dtypes
import numpy as np
import pyarrow as pa
import pytest

import q2
from q2 import _extension

N = 384


class OnlyDlpack:
    """An array that shows itself by DLPack alone."""

    def __init__(self, x: np.ndarray) -> None:
        self.x = x

    def __dlpack__(self, **options: object) -> object:
        return self.x.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.x.__dlpack_device__()


class OnlyArrow:
    """An array that shows itself by the Arrow C data interface alone."""

    def __init__(self, array: pa.Array) -> None:
        self.array = array

    def __arrow_c_array__(self, requested_schema: object = None) -> object:
        return self.array.__arrow_c_array__(requested_schema)


def address(x: np.ndarray) -> int:
    return int(x.__array_interface__["data"][0])


@pytest.fixture
def x(rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal((7, N)).astype(np.float32)


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int8, ml_dtypes.bfloat16])
def test_numpy(x: np.ndarray, dtype: type) -> None:
    typed = (x * 40).astype(dtype)
    codes, keys = q2.quantise(typed)
    assert _extension.last_address() == address(typed.view(np.uint8))
    for i in range(len(typed)):
        code, key = q2.quantise(typed[i])
        assert _extension.last_address() == address(typed[i].view(np.uint8))
        assert code.tobytes() == codes[i].tobytes()
        assert key == keys[i]
        assert isinstance(key, q2.Key)
    assert codes.dtype == np.uint8
    assert codes.shape == (7, N // 4)
    assert keys.dtype == np.uint64


def test_bfloat16_is_its_own_type(x: np.ndarray) -> None:
    """As fp32 of the same values, which the specification says it widens to."""
    typed = x.astype(ml_dtypes.bfloat16)
    np.testing.assert_array_equal(q2.quantise(typed)[0], q2.quantise(typed.astype(np.float32))[0])
    np.testing.assert_array_equal(q2.quantise(typed.view(np.uint16), dtype="bf16")[0], q2.quantise(typed)[0])


def test_buffers(x: np.ndarray) -> None:
    expected = q2.quantise(x[0])
    shared = mmap.mmap(-1, 4 * N)
    shared.write(x[0].tobytes())
    plain, c_array = array.array("f", x[0]), (ctypes.c_float * N)(*x[0])
    held = bytearray(x[0].tobytes())
    for source, start, told in (
        (plain, plain.buffer_info()[0], {}),
        (c_array, ctypes.addressof(c_array), {}),
        (memoryview(x[0]), address(x[0]), {}),
        (memoryview(held).cast("f"), address(np.frombuffer(held, np.uint8)), {}),
        (held, address(np.frombuffer(held, np.uint8)), {"dtype": "fp32"}),
        (shared, address(np.frombuffer(shared, np.uint8)), {"dtype": "float32"}),
    ):
        codes, key = q2.quantise(source, **told)
        assert _extension.last_address() == start
        assert (codes.tobytes(), key) == (expected[0].tobytes(), expected[1])


def test_bytes_are_held_while_they_are_read_and_let_go_then() -> None:
    held = bytearray(np.ones(8, np.float32).tobytes())
    q2.quantise(held, dtype="fp32")
    held.extend(b"1234")  # BufferError while a view is left
    with pytest.raises(q2.ArgumentError):
        q2.quantise(held, dtype="fp32", n=8)
    held.clear()


def test_arrow(x: np.ndarray) -> None:
    codes, keys = q2.quantise(x)
    values = pa.array(x.reshape(-1))
    start = values.buffers()[1].address
    vectors = pa.FixedSizeListArray.from_arrays(values, N)
    for source, first, rows in ((vectors, 0, 7), (vectors.slice(2, 3), 2, 3), (OnlyArrow(vectors), 0, 7), (OnlyArrow(vectors.slice(1)), 1, 6)):
        got = q2.quantise(source)
        assert _extension.last_address() == start + 4 * N * first
        np.testing.assert_array_equal(got[0], codes[first : first + rows])
        np.testing.assert_array_equal(got[1], keys[first : first + rows])
    single = q2.quantise(values.slice(N, N))
    assert _extension.last_address() == start + 4 * N
    assert single[0].tobytes() == codes[1].tobytes()


def test_arrow_codes_are_codes(x: np.ndarray) -> None:
    codes, _ = q2.quantise(x)
    column = q2.arrow.quantise(pa.FixedSizeListArray.from_arrays(pa.array(x.reshape(-1)), N))[0]
    np.testing.assert_array_equal(q2.lee(codes[0], column.slice(2)), q2.lee(codes[0], codes[2:]))


def test_dlpack(x: np.ndarray) -> None:
    codes, keys = q2.quantise(OnlyDlpack(x))
    assert _extension.last_address() == address(x)
    np.testing.assert_array_equal(codes, q2.quantise(x)[0])
    np.testing.assert_array_equal(keys, q2.quantise(x)[1])


def test_read_only_input(x: np.ndarray) -> None:
    x.flags.writeable = False
    q2.quantise(x)
    assert _extension.last_address() == address(x)


def test_rows_that_lie_apart(x: np.ndarray) -> None:
    codes, _ = q2.quantise(x)
    for part, want in ((x[::2], codes[::2]), (x[1:6:3], codes[1:6:3]), (x[3:4], codes[3:4]), (x[::-1][2:3], codes[4:5])):
        np.testing.assert_array_equal(q2.quantise(part)[0], want)
        assert _extension.last_address() == address(part)
    narrow = x[:, 5:105]
    np.testing.assert_array_equal(q2.quantise(narrow)[0], q2.quantise(narrow.copy())[0])


def test_unaligned(x: np.ndarray) -> None:
    raw = np.zeros(x.nbytes + 1, np.uint8)
    raw[1:] = x.reshape(-1).view(np.uint8)
    shifted = raw[1:].view(np.float32).reshape(x.shape)
    codes, _ = q2.quantise(shifted)
    assert _extension.last_address() == address(shifted)
    np.testing.assert_array_equal(codes, q2.quantise(x)[0])


def test_last_tokens(rng: np.random.Generator) -> None:
    x = rng.standard_normal((4, 3, N)).astype(np.float32)
    codes, keys = q2.quantise(x[:, -1, :].copy())
    for source, told in ((x, {}), (x, {"seq_len": 3}), (x[:, -1, :], {}), (x.reshape(12, N), {"seq_len": 3})):
        got = q2.quantise(source, **told)
        assert _extension.last_address() == address(x[0, 2])
        np.testing.assert_array_equal(got[0], codes)
        np.testing.assert_array_equal(got[1], keys)
    code, key = q2.quantise(x[1].reshape(-1), seq_len=3)
    assert (code.tobytes(), key) == (codes[1].tobytes(), keys[1])
    assert _extension.last_address() == address(x[1, 2])


def test_zero_rows_are_fine() -> None:
    codes, keys, transitions, status = q2.quantise(np.empty((0, N), np.float32), transitions=True, row_status=True)
    assert (codes.shape, keys.shape, transitions.shape, status.shape) == ((0, N // 4), (0,), (0,), (0,))
    codes, keys = q2.quantise(np.empty((0, 5, N), np.float16))
    assert (codes.shape, keys.shape) == ((0, N // 4), (0,))


def test_outputs_of_the_caller(x: np.ndarray) -> None:
    codes, keys = q2.quantise(x)
    out, numbers = np.full((7, 100), 0xA5, np.uint8), np.zeros(7, np.uint64)
    got = q2.quantise(x, out=out[:, 2:98], keys=numbers)
    np.testing.assert_array_equal(out[:, 2:98], codes)
    assert (out[:, :2] == 0xA5).all()
    assert (out[:, 98:] == 0xA5).all()
    assert got[1] is numbers
    np.testing.assert_array_equal(numbers, keys)
    single = bytearray(96)
    assert q2.quantise(x[0], out=single)[0] is single
    assert bytes(single) == codes[0].tobytes()


def test_memory_is_not_copied() -> None:
    """Peak memory grows by the codes and not by the rows, for every kind that passes through a view."""
    import resource
    import sys

    rows = 4096
    x = np.ones((rows, 8192), ml_dtypes.bfloat16)  # 64 MiB
    x.view(np.uint16)[:, ::2] |= 0x8000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    q2.quantise(x)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * (1 if sys.platform == "darwin" else 1024)
    assert grown < x.nbytes // 3  # the codes are an eighth
