"""q2.arrow.quantise: columns of vectors, on the buffers as they are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import q2
import q2.arrow
from q2 import _extension

N = 30


def vectors_of(x: np.ndarray, kind: str = "fixed", missing: tuple[int, ...] = ()) -> pa.Array:
    """x as a column: fixed-size lists, lists or large lists, some of them null (a null list has no elements of its own)."""
    mask = np.isin(np.arange(len(x)), missing)
    values = pa.array(x.reshape(-1))
    if kind == "fixed":
        return pa.FixedSizeListArray.from_arrays(values, x.shape[1], mask=pa.array(mask))
    offsets = np.concatenate(([0], np.cumsum(np.where(mask, 0, x.shape[1]))))
    dense = pa.array(x[~mask].reshape(-1))
    array_type, offset_type = (pa.ListArray, pa.int32()) if kind == "list" else (pa.LargeListArray, pa.int64())
    return array_type.from_arrays(pa.array(offsets, offset_type), dense, mask=pa.array(mask))


def check(got: tuple[pa.Array, pa.Array], x: np.ndarray, missing: tuple[int, ...] = ()) -> None:
    codes, keys = got
    assert (codes.type, keys.type) == (pa.binary((x.shape[1] + 3) // 4), pa.uint64())
    want_codes, want_keys = q2.quantise(np.ascontiguousarray(x))
    assert codes.to_pylist() == [None if i in missing else want_codes[i].tobytes() for i in range(len(x))]
    assert keys.to_pylist() == [None if i in missing else int(want_keys[i]) for i in range(len(x))]
    codes.validate(full=True)
    keys.validate(full=True)


@pytest.fixture
def x(rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal((40, N)).astype(np.float32)


@pytest.mark.parametrize("kind", ["fixed", "list", "large"])
@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int8])
def test_columns(x: np.ndarray, kind: str, dtype: type) -> None:
    typed = (x * 40).astype(dtype)
    array = vectors_of(typed, kind)
    got = q2.arrow.quantise(array)
    assert _extension.last_address() == array.values.buffers()[1].address
    check(got, typed)


@pytest.mark.parametrize("kind", ["fixed", "list", "large"])
@pytest.mark.parametrize("missing", [(0,), (39,), (3, 4, 5, 17), tuple(range(0, 40, 2)), tuple(range(40))])
def test_nulls_give_nulls(x: np.ndarray, kind: str, missing: tuple[int, ...]) -> None:
    check(q2.arrow.quantise(vectors_of(x, kind, missing), n=N), x, missing)


@pytest.mark.parametrize("kind", ["fixed", "list", "large"])
@pytest.mark.parametrize(("start", "count"), [(0, 40), (1, 39), (7, 9), (9, 8), (39, 1), (40, 0)])
def test_slices(x: np.ndarray, kind: str, start: int, count: int) -> None:
    missing = (8, 11, 39)
    array = vectors_of(x, kind, missing).slice(start, count)
    check(q2.arrow.quantise(array, n=N), x[start : start + count], tuple(m - start for m in missing))
    inner = pa.FixedSizeListArray.from_arrays(pa.array(x.reshape(-1)).slice(2 * N), N)  # an offset of the elements, too
    got = q2.arrow.quantise(inner.slice(3, 5))
    assert _extension.last_address() == inner.values.buffers()[1].address + 4 * 5 * N
    check(got, x[5:10])


def test_null_vectors_may_hold_anything(x: np.ndarray) -> None:
    bad = x.copy()
    bad[4] = np.nan
    check(q2.arrow.quantise(vectors_of(bad, "fixed", (4,))), x, (4,))
    check(q2.arrow.quantise(pa.array([list(map(float, x[0])), None], pa.list_(pa.float32(), N))), x[:2], (1,))
    offsets = pa.array([0, N, 2 * N, 3 * N], pa.int32())  # a null list with elements
    check(q2.arrow.quantise(pa.ListArray.from_arrays(offsets, pa.array(x[:3].reshape(-1)), mask=pa.array([False, True, False]))), x[:3], (1,))


def test_chunks(x: np.ndarray) -> None:
    column = pa.chunked_array([vectors_of(x, "list", (0, 1)).slice(0, 2), vectors_of(x[2:2], "list"), vectors_of(x[2:], "list", (5,))])
    codes, keys = q2.arrow.quantise(column)
    assert isinstance(codes, pa.ChunkedArray)
    assert codes.num_chunks == 3
    check((codes.combine_chunks(), keys.combine_chunks()), x, (0, 1, 7))
    codes, keys = q2.arrow.quantise(pa.chunked_array([], pa.list_(pa.float32(), 8)))
    assert (len(codes), codes.type, keys.type) == (0, pa.binary(2), pa.uint64())


def test_fixed_shape_tensors(x: np.ndarray) -> None:
    check(q2.arrow.quantise(pa.FixedShapeTensorArray.from_numpy_ndarray(x)), x)


def test_not_finite(x: np.ndarray) -> None:
    bad = x.copy()
    bad[[3, 30], 5] = np.nan, np.inf
    with pytest.raises(q2.NotFiniteError, match=r'row 3 is refused.*not_finite="null"') as caught:
        q2.arrow.quantise(vectors_of(bad))
    assert caught.value.rows == [3, 30]
    with pytest.raises(q2.NotFiniteError) as caught:
        q2.arrow.quantise(pa.chunked_array([vectors_of(bad[4:10]), vectors_of(bad[10:])]))
    assert caught.value.rows == [26]
    check(q2.arrow.quantise(vectors_of(bad, "fixed", (1,)), not_finite="null"), x, (1, 3, 30))


@pytest.mark.parametrize(
    ("array", "told", "error", "text"),
    [
        (pa.array([[1.0, 2.0]], pa.list_(pa.float64(), 2)), {}, q2.DtypeError, "vectors of double"),
        (pa.array([1.0], pa.float32()), {}, q2.DtypeError, "array of float: vectors are fixed-size lists"),
        (pa.array(["a"]), {}, q2.DtypeError, "array of string"),
        ([[1.0]], {}, q2.DtypeError, "array is a list"),
        (pa.array([[1.0, None], [1.0, 2.0]], pa.list_(pa.float32(), 2)), {}, q2.ArgumentError, "a null element"),
        (pa.array([[1.0, 2.0], None, [1.0]], pa.list_(pa.float32())), {}, q2.ArgumentError, "row 2 has a list of 1, others have 2"),
        (pa.array([[1.0, 2.0]], pa.list_(pa.float32())), {"n": 3}, q2.ArgumentError, "have 2 elements, and n is 3"),
        (pa.array([[1.0, 2.0]], pa.list_(pa.float32(), 2)), {"n": 3}, q2.ArgumentError, "have 2 elements, and n is 3"),
        (pa.array([None], pa.list_(pa.float32())), {}, q2.ArgumentError, "pass n"),
        (pa.array([[]], pa.list_(pa.float32())), {}, q2.ArgumentError, "have no elements: n is at least 1"),
        (pa.array([[1.0]], pa.list_(pa.float32(), 1)), {"not_finite": "skip"}, q2.ArgumentError, "'skip'"),
    ],
)
def test_columns_that_are_refused(array: object, told: dict, error: type, text: str) -> None:
    with pytest.raises(error, match=text):
        q2.arrow.quantise(array, **told)


def test_nothing_is_copied(rng: np.random.Generator) -> None:
    """Arrow's own count of what it allocates: nothing; and the results are numpy's arrays as they were written."""
    array = vectors_of(np.ones((20000, 384), np.float32))
    before = pa.total_allocated_bytes()
    codes, keys = q2.arrow.quantise(array)
    assert pa.total_allocated_bytes() == before
    assert (codes.nbytes, keys.nbytes) == (20000 * 96, 20000 * 8)
