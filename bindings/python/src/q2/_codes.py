"""What is done with codes: keys, distances, neighbours."""

from __future__ import annotations

from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt

from . import _extension

Ranking = Literal["lee", "l1", "code_dot", "dot"]
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
    return _extension.compare(a, b, n, "lee")


def l1(a: Any, b: Any, n: int | None = None) -> Any:
    """The L1 distance, 0 to 3n, of code ``a`` to code ``b``, or to each of the codes ``b`` (section 10): as :func:`lee`, but the values 0 to 3 of the symbols do not
    wrap, so the opposite extremes are far apart.
    """
    return _extension.compare(a, b, n, "l1")


def code_dot(a: Any, b: Any, n: int | None = None) -> Any:
    """The score of code ``a`` against code ``b``, or against each of the codes ``b`` (section 10): the product of their levels -4, -1, 1 and 4, divided by the norm of
    the code in ``b``. Larger is nearer, and the order of the arguments matters.

    Codes as in :func:`lee`; a ``b`` of one code gives a float, ``[count, ceil(n/4)]`` gives float32 ``[count]``. Codes of an ``n`` that is no multiple of 4 need ``n``:
    the bits beyond count. Raises ArgumentError, DtypeError.
    """
    return _extension.compare(a, b, n, "code_dot")


def dot(query: Any, codes: Any, n: int | None = None) -> Any:
    """The score of a vector against a code, or against each of several (section 10), divided by the code's norm. Larger is nearer.

    ``query`` is the vector itself, float32 ``[n]``, as it was before ``quantise``, or int8 ``[n]``, as :func:`dot_query` makes it once for many calls. One code gives a
    float, ``[count, ceil(n/4)]`` gives float32 ``[count]``; rows may lie apart. ``n`` is only checked. Raises ArgumentError, DtypeError, and NotFiniteError for a
    vector with a NaN or an infinity.
    """
    return _extension.compare(query, codes, n, "dot")


def dot_query(x: Any) -> npt.NDArray[np.int8]:
    """Vectors, float32 ``[n]`` or ``[queries, n]``, as :func:`dot` and ``nearest(..., ranking="dot")`` score with them: int8 of the same shape, ``x * (127 / max|x|)``
    rounded half to even. A zero vector becomes zeros. Raises ArgumentError, DtypeError, NotFiniteError.
    """
    result: npt.NDArray[np.int8] = _extension.dot_query(x)
    return result


@overload
def nearest(query: Any, codes: Any, k: int, *, n: int | None = ..., ranking: Literal["lee", "l1"] = ...) -> tuple[Ids, npt.NDArray[np.uint32]]: ...
@overload
def nearest(query: Any, codes: Any, k: int, *, n: int | None = ..., ranking: Literal["code_dot", "dot"]) -> tuple[Ids, npt.NDArray[np.float32]]: ...
@overload
def nearest(query: Any, codes: Any, k: int, *, n: int | None = ..., ranking: Ranking) -> tuple[Ids, Any]: ...
def nearest(query: Any, codes: Any, k: int, *, n: int | None = None, ranking: Ranking = "lee") -> tuple[Ids, Any]:
    """The ``k`` codes nearest to the query, nearest first, ties by lower index: ``(ids, distances)``, or ``(ids, scores)``.

    ``query`` is one code, bytes or uint8 ``[ceil(n/4)]``: both results are ``[k]``. Or it is several, ``[queries, ceil(n/4)]``: both are ``[queries, k]``, made in one
    pass over the codes, several times as fast as one by one. ``codes`` is ``[count, ceil(n/4)]``, its rows may lie apart. ids are uint64. ``k`` is 1 to 4096; where
    there are fewer codes, there are fewer columns.

    ============== ============================================================================================ ==============================
    ``ranking``    what it is (sections 7 and 10)                                                               second result
    ============== ============================================================================================ ==============================
    ``"lee"``      Lee distance: fastest; opposite extremes count as neighbours                                 uint32, smaller is nearer
    ``"l1"``       distance of the values 0 to 3, without the wrap                                              uint32, smaller is nearer
    ``"code_dot"`` the query's levels (-4, -1, 1, 4) times the code's, divided by the code's norm               float32, larger is nearer
    ``"dot"``      a vector against codes, divided by the code's norm: finds most true neighbours               float32, larger is nearer
    ============== ============================================================================================ ==============================

    For ``"dot"``, ``query`` is no code but the vector itself, float32 ``[n]`` or ``[queries, n]``, as it was before ``quantise`` (or int8 of any scale).

    ``n`` is as many dimensions as the bytes hold, or the vector has. Codes of an ``n`` that is no multiple of 4 need it for ``"code_dot"``, where the bits beyond count.

    Raises ArgumentError, DtypeError, and NotFiniteError for a vector with a NaN or an infinity.
    """
    return _extension.nearest(query, codes, k, n, ranking)
