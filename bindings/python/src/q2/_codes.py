"""What is done with codes: keys, distances, neighbours."""

from __future__ import annotations

from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt

from . import _extension

Ids = npt.NDArray[np.uint64]


@overload
def key(codes: Any, n: int) -> Any: ...
@overload
def key(codes: Any, n: int, *, transitions: Literal[True]) -> tuple[Any, Any]: ...
@overload
def key(codes: Any, n: int, *, transitions: bool = ...) -> Any: ...
def key(codes: Any, n: int, *, transitions: bool = False) -> Any:
    """The transition key of packed codes of ``n`` dimensions (section 6).

    ``codes`` is bytes or a uint8 array: ``[ceil(n/4)]`` gives a :class:`Key`, ``[count, ceil(n/4)]`` uint64 ``[count]``. With ``transitions`` the full number of
    transitions comes second: an int, or uint32 ``[count]``. ``n`` is needed because bits beyond it would read as A. Raises ArgumentError, DtypeError.
    """
    return _extension.key(codes, n, transitions)


def lee(a: Any, b: Any, n: int | None = None) -> Any:
    """The Lee distance, 0 to 2n, of code ``a`` to code ``b``, or to each of the codes ``b`` (section 7).

    Codes are bytes or uint8 arrays: ``a`` is ``[ceil(n/4)]``; a ``b`` of the same shape gives an int, ``[count, ceil(n/4)]`` gives uint32 ``[count]``. ``b``'s rows may
    lie apart. Codes from ``quantise`` need no ``n``; with it, bits beyond ``n`` are ignored. Raises ArgumentError, DtypeError.
    """
    return _extension.lee(a, b, n)


def nearest(query: Any, codes: Any, k: int, *, n: int | None = None) -> tuple[Ids, npt.NDArray[np.uint32 | np.float32]]:
    """The ``k`` codes nearest to the query by Lee distance, nearest first, ties by lower index: ``(ids, distances)``.

    ``query`` is one code, bytes or uint8 ``[ceil(n/4)]``: ids are uint64 ``[k]``, distances uint32 ``[k]``. Or it is several, ``[queries, ceil(n/4)]``: both are
    ``[queries, k]``, made in one pass over the codes, several times as fast as one by one. ``codes`` is ``[count, ceil(n/4)]``, its rows may lie apart. ``k`` is 1
    to 4096; where there are fewer codes, there are fewer columns. Raises ArgumentError, DtypeError.
    """
    return _extension.nearest(query, codes, k, n)
