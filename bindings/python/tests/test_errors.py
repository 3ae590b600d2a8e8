"""What is refused, by which exception, and that the text names the value and the limit."""

from __future__ import annotations

import re

import ml_dtypes
import numpy as np
import pyarrow as pa
import pytest

import q2

X = np.ones((3, 8), np.float32)


def test_the_tree_of_exceptions() -> None:
    assert issubclass(q2.ArgumentError, (q2.Error,))
    assert issubclass(q2.ArgumentError, ValueError)
    assert issubclass(q2.DtypeError, q2.ArgumentError)
    assert issubclass(q2.DtypeError, TypeError)
    assert issubclass(q2.NotFiniteError, q2.Error)
    assert issubclass(q2.NotFiniteError, ValueError)
    assert issubclass(q2.UnsupportedError, q2.Error)


@pytest.mark.parametrize(
    ("x", "told", "error", "text"),
    [
        (X.astype(np.float64), {}, q2.DtypeError, "format 'd'.*float32, float16, bfloat16 and int8"),
        (X.astype(np.int32), {}, q2.DtypeError, "format 'i'"),
        (X.astype(bool), {}, q2.DtypeError, "format '?'"),
        (X.astype(np.complex64), {}, q2.DtypeError, "format 'Zf'"),
        (X.astype(ml_dtypes.float8_e5m2), {}, q2.DtypeError, "float8_e5m2"),
        (X.astype(">f4"), {}, q2.DtypeError, "byte-swapped.*>f"),
        (X.astype(">f2"), {}, q2.DtypeError, "byte-swapped"),
        (X.astype(object), {}, q2.DtypeError, "format 'O'"),
        (X.astype(np.uint8), {}, q2.DtypeError, "say what they stand for"),
        (X.astype(np.uint16), {}, q2.DtypeError, "say what they stand for"),
        (X, {"dtype": "fp16"}, q2.DtypeError, "fp32.*dtype says fp16: nothing is converted"),
        (X.astype(ml_dtypes.bfloat16), {"dtype": "fp16"}, q2.DtypeError, "bf16.*dtype says fp16"),
        (X.astype(np.uint16), {"dtype": "fp32"}, q2.DtypeError, "dtype says fp32"),
        (X, {"dtype": "float64"}, q2.DtypeError, "dtype is 'float64'"),
        (X, {"dtype": 3}, q2.DtypeError, "dtype is 3"),
        ([0.5, 1.0], {}, q2.DtypeError, "x is a list"),
        (None, {}, q2.DtypeError, "x is a NoneType"),
        (np.float32(1), {}, q2.ArgumentError, "0 dimensions"),
        (np.ma.array(X, mask=X > 0), {}, q2.DtypeError, "x is a masked array, and libq2 does not see its mask"),
        (np.zeros((1, 1, 1, 4), np.float32), {}, q2.ArgumentError, "4 dimensions"),
        (X.T, {}, q2.ArgumentError, "32 bytes apart, and 4 is contiguous"),
        (X[:, ::2], {}, q2.ArgumentError, "8 bytes apart, and 4 is contiguous"),
        (X[0, ::-1], {}, q2.ArgumentError, "-4 bytes apart"),
        (X[::-1], {}, q2.ArgumentError, "-32 bytes apart: at least a row's 32"),
        (np.broadcast_to(X[0], (3, 8)), {}, q2.ArgumentError, "rows of x begin 0 bytes apart"),
        (np.lib.stride_tricks.sliding_window_view(np.zeros(9, np.float32), 8), {}, q2.ArgumentError, "begin 4 bytes apart"),
        (np.zeros((2, 0), np.float32), {}, q2.ArgumentError, "n is 0: it is 1 to 1048576"),
        (np.zeros(0, np.float32), {}, q2.ArgumentError, "n is 0"),
        (np.zeros((1, (1 << 20) + 1), np.int8), {}, q2.ArgumentError, "n is 1048577: it is 1 to 1048576"),
        (X, {"n": 7}, q2.ArgumentError, "32 bytes, and n = 7 of fp32 takes 28"),
        (X, {"n": 0}, q2.ArgumentError, "n is 0: it is at least 1"),
        (X, {"n": -3}, q2.ArgumentError, "n is -3"),
        (X, {"n": 1 << 70}, q2.ArgumentError, "n is 1180591620717411303424: that is more than memory has"),
        (X.astype(np.uint8), {"dtype": "q4", "n": 15}, q2.ArgumentError, "n is 15: a row of q4 has an even number"),
        (X.astype(np.uint8), {"dtype": "q2", "n": 28}, q2.ArgumentError, "8 bytes, and n = 28 of q2 takes 7"),
        (np.zeros(7, np.uint8), {"dtype": "fp32"}, q2.ArgumentError, "7 bytes, and n = 1 of fp32 takes 4"),
        (X, {"seq_len": 2}, q2.ArgumentError, "3 rows, which seq_len = 2 does not divide"),
        (X[0], {"seq_len": 3}, q2.ArgumentError, "8 elements, which seq_len = 3 does not divide"),
        (X.reshape(1, 3, 8), {"seq_len": 2}, q2.ArgumentError, "sequences of 3 tokens, and seq_len is 2"),
        (np.zeros((2, 0, 8), np.float32), {}, q2.ArgumentError, "sequences of 0 tokens"),
        (X, {"seq_len": 0}, q2.ArgumentError, "seq_len is 0"),
        (pa.array([[1.0, 2.0], None], pa.list_(pa.float32(), 2)), {}, q2.ArgumentError, "1 nulls: q2.arrow.quantise takes them"),
        (pa.array([1.0, 2.0]), {}, q2.DtypeError, "array of double"),
    ],
)
def test_sources_that_are_refused(x: object, told: dict, error: type, text: str) -> None:
    with pytest.raises(error, match=re.compile(text.replace("'?'", r"'\?'"))):
        q2.quantise(x, **told)


def test_a_wrong_type_of_argument_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        q2.quantise(X, n="8")
    with pytest.raises(TypeError):
        q2.quantise(X, 8)
    with pytest.raises(TypeError, match="k is None: a number is needed"):
        q2.nearest(CODES[0], CODES, None)
    with pytest.raises(TypeError, match="n is None: a number is needed"):
        q2.key(CODES, None)


def read_only(shape: tuple[int, ...], dtype: type) -> np.ndarray:
    out = np.zeros(shape, dtype)
    out.flags.writeable = False
    return out


@pytest.mark.parametrize(
    ("told", "error", "text"),
    [
        ({"out": read_only((3, 2), np.uint8)}, q2.ArgumentError, "out is read-only"),
        ({"out": bytes(6)}, q2.ArgumentError, "out is read-only"),
        ({"out": np.zeros((3, 1), np.uint8)}, q2.ArgumentError, r"shape \(3, 2\).*first 3 and last 1"),
        ({"out": np.zeros((2, 2), np.uint8)}, q2.ArgumentError, r"shape \(3, 2\).*first 2 and last 2"),
        ({"out": np.zeros((3, 3), np.uint8)}, q2.ArgumentError, r"shape \(3, 2\)"),
        ({"out": np.zeros(6, np.uint8)}, q2.ArgumentError, r"shape \(3, 2\)"),
        ({"out": np.zeros((), np.uint8)}, q2.ArgumentError, r"shape \(3, 2\)"),
        ({"out": np.zeros((3, 2), np.uint16)}, q2.DtypeError, "out has elements of format 'H' and 2 bytes"),
        ({"out": np.zeros((3, 4), np.uint8)[:, ::2]}, q2.ArgumentError, "out is not contiguous"),
        ({"out": np.zeros((3, 2), np.uint8)[::-1]}, q2.ArgumentError, "out is not contiguous"),
        ({"out": [0, 0]}, q2.DtypeError, "out is <class 'list'>: a writable array"),
        ({"keys": read_only((3,), np.uint64)}, q2.ArgumentError, "keys is read-only"),
        ({"keys": np.zeros(2, np.uint64)}, q2.ArgumentError, r"keys must be.*\(3,\).*first length 2"),
        ({"keys": np.zeros(6, np.uint64)[::2]}, q2.ArgumentError, "keys must be contiguous"),
        ({"keys": np.zeros(3, np.int64)}, q2.DtypeError, "keys has elements of format 'l'"),
        ({"keys": np.zeros(3, ">u8")}, q2.DtypeError, "keys is byte-swapped"),
        ({"keys": np.zeros(25, np.uint8)[1:].view(np.uint64)}, q2.ArgumentError, "keys is not aligned to its 8 bytes"),
    ],
)
def test_outputs_that_are_refused(told: dict, error: type, text: str) -> None:
    with pytest.raises(error, match=text):
        q2.quantise(X, **told)
    for given in told.values():
        assert not np.any(np.asarray(given)), "something was written"


def test_keys_of_a_single_row_are_returned() -> None:
    with pytest.raises(q2.ArgumentError, match="keys is for rows"):
        q2.quantise(X[0], keys=np.zeros(1, np.uint64))
    with pytest.raises(q2.ArgumentError, match=r"shape \(2,\), and has 1 dimensions of last length 1"):
        q2.quantise(X[0], out=bytearray(1))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 3e38])
def test_a_row_that_is_not_finite(bad: float) -> None:
    x = np.arange(1, 41, dtype=np.float32).reshape(5, 8)
    whole, whole_keys = q2.quantise(x)
    x[1, 3], x[4, 7] = bad, bad
    with pytest.raises(q2.NotFiniteError, match=r"row 1 is refused.*1 more.*row_status=True") as caught:
        q2.quantise(x)
    assert caught.value.rows == [1, 4]
    good = [0, 2, 3]
    np.testing.assert_array_equal(caught.value.codes[good], whole[good])
    np.testing.assert_array_equal(caught.value.keys[good], whole_keys[good])
    assert not caught.value.codes[[1, 4]].any()
    codes, keys, status = q2.quantise(x, row_status=True)
    assert list(status) == [0, 3, 0, 0, 3]
    np.testing.assert_array_equal(codes, caught.value.codes)
    np.testing.assert_array_equal(keys, caught.value.keys)


def test_a_single_row_that_is_not_finite() -> None:
    x, out = np.array([1, np.nan, 2, 3], np.float32), bytearray(b"\xa5")
    with pytest.raises(q2.NotFiniteError, match=r"^the row is refused: it holds a NaN or an infinity, or its squares overflow$") as caught:
        q2.quantise(x, out=out)
    assert (caught.value.rows, caught.value.codes, out) == ([0], None, b"\xa5")
    codes, key, transitions, status = q2.quantise(x, transitions=True, row_status=True)
    assert (codes.tobytes(), key, transitions, status) == (b"\0", 0, 0, 3)
    assert q2.quantise(X[0], row_status=True)[2] == 0


CODES = np.zeros((3, 2), np.uint8)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: q2.lee(CODES[0], np.zeros((3, 3), np.uint8)), q2.ArgumentError, "b has codes of 3 bytes, and n = 8 takes 2"),
        (lambda: q2.lee(CODES[0], CODES[0], 12), q2.ArgumentError, "a has codes of 2 bytes, and n = 12 takes 3"),
        (lambda: q2.lee(CODES, CODES[0]), q2.ArgumentError, "a has 2 dimensions: it is one code"),
        (lambda: q2.lee(CODES[0].astype(np.float32), CODES[0]), q2.DtypeError, "a has elements of format 'f': codes are bytes"),
        (lambda: q2.lee(CODES[0], np.zeros((3, 4), np.uint8)[:, ::2]), q2.ArgumentError, "b is not contiguous"),
        (lambda: q2.lee(CODES[0], CODES[::-1]), q2.ArgumentError, "codes of b begin -2 bytes apart: at least a code's 2"),
        (lambda: q2.lee("ab", CODES[0]), q2.DtypeError, "a is a str"),
        (lambda: q2.lee(b"", b""), q2.ArgumentError, "n is 0"),
        (lambda: q2.lee(CODES[0], CODES.reshape(1, 3, 2)), q2.ArgumentError, "b has 3 dimensions"),
        (lambda: q2.nearest(CODES[0], CODES, 0), q2.ArgumentError, "k is 0"),
        (lambda: q2.nearest(CODES[0], CODES, 1 << 70), q2.ArgumentError, "k is 1180591620717411303424: that is more than memory has"),
        (lambda: q2.nearest(np.ma.array(CODES[0]), CODES, 1), q2.DtypeError, "query is a masked array"),
        (lambda: q2.nearest(CODES[0], CODES, 4097), q2.ArgumentError, "k is 4097: it is 1 to 4096"),
        (lambda: q2.nearest(CODES[0], CODES[0], 1), q2.ArgumentError, "codes has 1 dimension"),
        (lambda: q2.nearest(CODES[:, :1], CODES, 1), q2.ArgumentError, "codes has codes of 2 bytes, and n = 4 takes 1"),
        (lambda: q2.key(CODES, 9), q2.ArgumentError, "codes has codes of 2 bytes, and n = 9 takes 3"),
        (lambda: q2.key(CODES, 0), q2.ArgumentError, "n is 0"),
        (lambda: q2.key(np.zeros(1 << 19, np.uint8), 1 << 21), q2.ArgumentError, "n is 2097152: it is 1 to 1048576"),
        (lambda: q2.force_isa("sse9"), q2.ArgumentError, "'sse9': it is one of scalar, avx2, avx512, neon"),
        (lambda: q2.force_isa(3), q2.ArgumentError, "instruction set 3"),
        (lambda: q2.force_isa("ne\udc80on"), UnicodeEncodeError, "surrogates"),
    ],
)
def test_other_calls_that_are_refused(call: object, error: type, text: str) -> None:
    with pytest.raises(error, match=text):
        call()


def test_an_instruction_set_of_another_processor() -> None:
    before = q2.isa()
    missing = "neon" if before != "neon" else "avx2"
    with pytest.raises(q2.UnsupportedError, match=f"'{missing}': this CPU"):
        q2.force_isa(missing)
    assert q2.isa() == before
