"""quantise: rows of numbers to codes and keys."""

from __future__ import annotations

from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt

from . import _extension

Dtype = Literal["fp32", "fp16", "bf16", "q8", "q4", "q2", "float32", "float16", "bfloat16", "int8"]
Codes = npt.NDArray[np.uint8]


@overload
def quantise(x: Any, *, dtype: Dtype | None = ..., n: int | None = ..., seq_len: int | None = ..., out: Any = ..., keys: Any = ...) -> tuple[Codes, Any]: ...
@overload
def quantise(
    x: Any,
    *,
    dtype: Dtype | None = ...,
    n: int | None = ...,
    seq_len: int | None = ...,
    out: Any = ...,
    keys: Any = ...,
    transitions: Literal[True],
) -> tuple[Codes, Any, Any]: ...
@overload
def quantise(
    x: Any,
    *,
    dtype: Dtype | None = ...,
    n: int | None = ...,
    seq_len: int | None = ...,
    out: Any = ...,
    keys: Any = ...,
    row_status: Literal[True],
) -> tuple[Codes, Any, Any]: ...
@overload
def quantise(
    x: Any,
    *,
    dtype: Dtype | None = ...,
    n: int | None = ...,
    seq_len: int | None = ...,
    out: Any = ...,
    keys: Any = ...,
    transitions: Literal[True],
    row_status: Literal[True],
) -> tuple[Codes, Any, Any, Any]: ...
@overload
def quantise(
    x: Any,
    *,
    dtype: Dtype | None = ...,
    n: int | None = ...,
    seq_len: int | None = ...,
    out: Any = ...,
    keys: Any = ...,
    transitions: bool = ...,
    row_status: bool = ...,
) -> tuple[Any, ...]: ...
def quantise(
    x: Any,
    *,
    dtype: Dtype | None = None,
    n: int | None = None,
    seq_len: int | None = None,
    out: Any = None,
    keys: Any = None,
    transitions: bool = False,
    row_status: bool = False,
) -> tuple[Any, ...]:
    """Quantises activations to packed codes of 2 bits a dimension and 64-bit transition keys (sections 1 to 6).

    What ``x`` may be, by its dimensions:

    =====================  ==================================================================================================================
    ``[n]``                one row: ``codes`` is uint8 ``[ceil(n/4)]``, ``keys`` a :class:`Key` (an int)
    ``[rows, n]``          row by row: ``codes`` is uint8 ``[rows, ceil(n/4)]``, ``keys`` uint64 ``[rows]``. Zero rows are fine
    ``[batch, tokens, n]`` the last token of each sequence: as ``[batch, n]``
    =====================  ==================================================================================================================

    and by its kind: numpy arrays of float32, float16, int8 or ml_dtypes' bfloat16; anything with the buffer protocol (``array.array``, ``memoryview``, ctypes
    arrays, mmap); torch CPU tensors, bfloat16 included; Arrow fixed-size lists and float arrays without nulls; anything with ``__dlpack__`` that numpy can
    view. It is read where it lies. The elements of a row lie together; rows may lie apart (``x[:, -1, :]``, ``x[::2]``, ``x[:, :n]`` are read in place), forwards
    and without overlap. Anything else is an error: no copy is made behind your back. No alignment is needed. float16 subnormals count as zero.

    Parameters
    ----------
    dtype
        What the elements are, where the array cannot say it: bytes (uint8) may hold any of "fp32", "fp16", "bf16", "q8", "q4" (two dimensions a byte, unsigned
        nibble - 8, the even dimension in the high one) or "q2" (an already packed code, which is copied and gets its key), and 16-bit integers "bf16" or "fp16".
        Never a conversion: a dtype that contradicts the array is an error.
    n
        Dimensions of a row, 1 to 2^20. It follows from the shape but for "q2", whose bytes hold up to 3 dimensions more (they count, unless ``n`` says less).
    seq_len
        The rows are the tokens of sequences of this length, and the last token of each is quantised: ``[batch * seq_len, n]`` gives ``batch`` codes, and
        ``[seq_len * n]`` gives one.
    out
        Where to write the codes, a writable array of bytes of exactly the shape above; its rows may lie apart. It is returned as ``codes``.
    keys
        Where to write the keys of rows, a contiguous, aligned uint64 array ``[rows]``.
    transitions
        Return also the full number of transitions, 1 to n (the key holds the first 32): an int, or uint32 ``[rows]``. It costs time.
    row_status
        Return also a status, an int or uint8 ``[rows]``, in place of an exception for refused rows: 0 is done, 3 refused. A refused row has a code of zero
        bytes, key 0 and 0 transitions.

    Returns
    -------
    ``(codes, keys)``, then transitions, then status, as far as they were asked for.

    Raises
    ------
    NotFiniteError
        A row holds a NaN or an infinity, or its squares overflow. The exception names the rows, and has ``codes`` and ``keys`` with all others done.
    DtypeError, ArgumentError
        Elements, shapes or strides that are not taken. Nothing was written.
    """
    return _extension.quantise(x, dtype, n, seq_len, out, keys, transitions, row_status)
