"""Arrow columns of vectors to columns of codes and keys, on the buffers as they are. Needs pyarrow (``libq2[arrow]``).

    codes, keys = q2.arrow.quantise(table["embedding"])

``FixedSizeList<float32 | float16 | int8>[n]`` goes to libq2 as it lies in memory, slices and offsets included, and comes back as ``FixedSizeBinary[ceil(n/4)]`` and
``UInt64``. ``List`` and ``LargeList`` are taken too where all lists have the same length, as engines without fixed-size lists hand them over; so are extension
types over these, as fixed-shape tensors.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ._errors import ArgumentError, DtypeError, NotFiniteError
from ._quantise import quantise as _quantise

_ELEMENTS = {pa.float32(): np.float32, pa.float16(): np.float16, pa.int8(): np.int8}

NotFinite = Literal["raise", "null"]


def quantise(array: Any, *, n: int | None = None, not_finite: NotFinite = "raise") -> tuple[Any, Any]:
    """Codes and keys of a column of vectors: ``(FixedSizeBinary[ceil(n/4)], UInt64)``, each a ChunkedArray where ``array`` is one.

    ``array`` is a pyarrow Array or ChunkedArray, or anything with ``__arrow_c_array__``; its values are read in place. A null vector gives a null code and a null key.
    ``n`` says how many dimensions the vectors have: it is checked where the type says it, and needed for variable-size lists that may all be null or absent.

    A vector with a NaN or an infinity raises :class:`q2.NotFiniteError`, which names the rows; with ``not_finite="null"`` it gives nulls instead. A null element
    within a vector is an ArgumentError.
    """
    if not_finite not in ("raise", "null"):
        raise ArgumentError(f'not_finite is {not_finite!r}: it is "raise" or "null"')
    if not isinstance(array, pa.ChunkedArray):
        return _quantise_array(_array(array, "array"), n, not_finite, 0)
    n = n or next((size for size in map(_dimension, array.chunks) if size), None)
    pairs, start = [], 0
    for chunk in array.chunks or [pa.array([], array.type)]:
        pairs.append(_quantise_array(chunk, n, not_finite, start))
        start += len(chunk)
    return pa.chunked_array([codes for codes, _ in pairs]), pa.chunked_array([keys for _, keys in pairs])


def matrix(x: Any, name: str) -> npt.NDArray[Any]:
    """The memory of an Arrow array without nulls: vectors as ``[rows, n]``, plain numbers as ``[n]``, codes as ``[rows, bytes]``. For q2's other functions."""
    array = _array(x, name)
    if array.null_count:
        raise ArgumentError(f"{name} has {array.null_count} nulls: q2.arrow.quantise takes them")
    if pa.types.is_fixed_size_binary(array.type):
        width = array.type.byte_width
        bytes_ = np.frombuffer(array.buffers()[1] or b"", np.uint8, len(array) * width, array.offset * width)
        return bytes_.reshape(len(array), width)
    if array.type in _ELEMENTS:
        return _elements(array)
    _, starts, n = _layout(array, None)
    values = _elements(_values(array))
    blocks = list(_blocks(starts, n))
    if len(blocks) > 1 or _has_null_elements(array, starts, n):
        raise ArgumentError(f"{name} has vectors of {n} that do not lie one after the other, or null elements: q2.arrow.quantise takes the former")
    return values[starts[0] : starts[0] + len(starts) * n].reshape(-1, n) if len(starts) else values[:0].reshape(0, n)


def _array(x: Any, name: str) -> Any:
    if not isinstance(x, pa.Array):
        if not hasattr(x, "__arrow_c_array__"):
            raise DtypeError(f"{name} is a {type(x).__qualname__}: an Arrow array is needed")
        x = pa.array(x)  # the C data interface: no copy
    return x.storage if isinstance(x, pa.ExtensionArray) else x


def _is_list(kind: Any) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _values(array: Any) -> Any:
    """The child with the elements of all vectors, from its own start: offsets of ``array`` are not in it."""
    return array.values


def _dimension(array: Any) -> int | None:
    """The length of the vectors, if the type or a vector says it."""
    array = _array(array, "array")
    if pa.types.is_fixed_size_list(array.type):
        return int(array.type.list_size)
    if not _is_list(array.type):
        return None
    lengths = np.diff(_offsets(array))
    valid = lengths[_valid(array)]
    return int(valid[0]) if len(valid) else None


def _offsets(array: Any) -> npt.NDArray[np.int64]:
    """Where each list begins, and the last one ends: a few bytes a row, widened."""
    kind = np.int64 if pa.types.is_large_list(array.type) else np.int32
    buffer = array.buffers()[1]
    if buffer is None or len(array) == 0:
        return np.zeros(1, np.int64)
    return np.frombuffer(buffer, kind, len(array) + 1, array.offset * np.dtype(kind).itemsize).astype(np.int64)


def _valid(array: Any) -> npt.NDArray[np.bool_]:
    """True for each row that is not null."""
    bitmap = array.buffers()[0]
    if bitmap is None or array.null_count == 0:
        return np.ones(len(array), np.bool_)
    return _bits(bitmap, array.offset, len(array))


def _bits(bitmap: Any, start: int, count: int) -> npt.NDArray[np.bool_]:
    first, last = start // 8, (start + count + 7) // 8
    bits = np.unpackbits(np.frombuffer(bitmap, np.uint8, last - first, first), bitorder="little")
    return bits[start - 8 * first :][:count].astype(np.bool_)


def _layout(array: Any, n: int | None) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], int]:
    """The rows to quantise, where their vectors begin, in elements of the child, and how long each is.

    All rows of a fixed-size list have memory, the null ones too: they are done and forgotten, so that one call does all. A null list has none.
    """
    own = _dimension(array)
    if own is None and not _is_list(array.type):
        raise DtypeError(f"an array of {array.type}: vectors are fixed-size lists, or lists of one length, of float32, float16 or int8")
    if own is None and n is None:
        raise ArgumentError("no list in this column says how long the vectors are: pass n")
    length = own or n or 0
    if length == 0:
        raise ArgumentError("the vectors have no elements: n is at least 1")
    if n is not None and length != n:
        raise ArgumentError(f"the vectors have {length} elements, and n is {n}")
    if pa.types.is_fixed_size_list(array.type):
        rows = np.arange(len(array), dtype=np.int64)
        return rows, (array.offset + rows) * length, length
    valid, offsets = _valid(array), _offsets(array)
    lengths = np.diff(offsets)
    odd = np.flatnonzero(valid & (lengths != length))
    if len(odd):
        raise ArgumentError(f"row {odd[0]} has a list of {lengths[odd[0]]}, others have {length}: vectors of one column have one length")
    return np.flatnonzero(valid), offsets[:-1][valid], length


def _elements(child: Any) -> npt.NDArray[Any]:
    """The child's memory as an array: a view."""
    kind = _ELEMENTS.get(child.type)
    if kind is None:
        raise DtypeError(f"vectors of {child.type}: float32, float16 and int8 are taken; nothing is converted silently")
    buffer = child.buffers()[1]
    if buffer is None or len(child) == 0:
        return np.empty(0, kind)
    return np.frombuffer(buffer, kind, len(child), child.offset * np.dtype(kind).itemsize)


def _has_null_elements(array: Any, starts: npt.NDArray[np.int64], n: int) -> bool:
    """Whether a valid vector has a null within. Those of null vectors often have."""
    child = _values(array)
    bitmap = child.buffers()[0]
    if bitmap is None or child.null_count == 0 or len(starts) == 0:
        return False
    holes = np.concatenate(([0], np.cumsum(~_bits(bitmap, child.offset, len(child)))))
    return bool(np.any(holes[starts + n] != holes[starts]))


def _blocks(starts: npt.NDArray[np.int64], n: int) -> list[npt.NDArray[np.int64]]:
    """The vectors in groups whose members lie one after the other: one group, unless null lists leave gaps."""
    if len(starts) == 0:
        return []
    return np.split(starts, np.flatnonzero(np.diff(starts) != n) + 1)


def _quantise_array(array: Any, n: int | None, not_finite: NotFinite, first_row: int) -> tuple[Any, Any]:
    array = _array(array, "array")
    rows, starts, n = _layout(array, n)
    values, valid = _elements(_values(array)), _valid(array)
    if _has_null_elements(array, starts[valid[rows]], n):
        raise ArgumentError("a vector has a null element: only whole vectors may be null")
    codes, keys = np.zeros((len(array), (n + 3) // 4), np.uint8), np.zeros(len(array), np.uint64)
    status, done = np.zeros(len(array), np.uint8), 0
    for block in _blocks(starts, n):
        to = rows[done : done + len(block)]
        part = values[block[0] : block[0] + len(block) * n].reshape(-1, n)
        if to[-1] - to[0] + 1 == len(to):
            here = slice(to[0], to[-1] + 1)
            _, _, status[here] = _quantise(part, out=codes[here], keys=keys[here], row_status=True)
        else:
            codes[to], keys[to], status[to] = _quantise(part, row_status=True)
        done += len(block)
    return _result(codes, keys, status * valid, valid, not_finite, first_row)


def _result(codes: Any, keys: Any, status: Any, valid: Any, not_finite: NotFinite, first_row: int) -> tuple[Any, Any]:
    if not_finite == "raise" and status.any():
        before = np.zeros(first_row, np.uint8)
        raise NotFiniteError(np.concatenate((before, status)), remedy='not_finite="null" gives nulls instead')
    valid = valid & (status == 0)
    bitmap = None if valid.all() else pa.py_buffer(np.packbits(valid, bitorder="little"))
    width, count = codes.shape[1], len(codes)
    return (
        pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), count, [bitmap, pa.py_buffer(codes)]),
        pa.UInt64Array.from_buffers(pa.uint64(), count, [bitmap, pa.py_buffer(keys)]),
    )
