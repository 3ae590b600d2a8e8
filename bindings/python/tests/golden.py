"""Reads golden.q2gv (specification, section 9) and golden.q2gs (testdata/golden-search/README.md)."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

DTYPES = ["fp32", "fp16", "q8", "q4", "q2", "bf16"]
NOT_FINITE = 3


class Case(NamedTuple):
    dtype: str
    n: int
    seq_len: int
    status: int
    transitions: int
    key: int
    tensor: bytes
    packed: bytes


def read(path: Path) -> list[Case]:
    file = path.read_bytes()
    magic, version, count, _ = struct.unpack_from("<4sIII", file)
    assert (magic, version) == (b"Q2GV", 1)
    cases, at = [], 16
    for _ in range(count):
        dtype, n, seq_len, status, _, tensor_bytes, packed_bytes, transitions, key, _ = struct.unpack_from("<8IQQ", file, at)
        body = at + 48
        tensor, packed = file[body : body + tensor_bytes], file[body + tensor_bytes : body + tensor_bytes + packed_bytes]
        cases.append(Case(DTYPES[dtype], n, seq_len, status, transitions, key, tensor, packed))
        at = body + (tensor_bytes + packed_bytes + 7) // 8 * 8
    assert at == len(file)
    return cases


class Search(NamedTuple):
    """Queries, codes, and for each ranking the distances or scores of all codes and the ids of the nearest k."""

    n: int
    k: int
    refused: bool
    vector: np.ndarray
    query: np.ndarray
    code: np.ndarray
    codes: np.ndarray
    ranked: dict[str, tuple[np.ndarray, np.ndarray]]


def read_search(path: Path) -> list[Search]:
    file, at = path.read_bytes(), 16

    def take(dtype: Any, count: int) -> np.ndarray:
        nonlocal at
        at += count * np.dtype(dtype).itemsize
        return np.frombuffer(file, dtype, count, at - count * np.dtype(dtype).itemsize)

    magic, version, cases, _ = struct.unpack_from("<4sIII", file)
    assert (magic, version) == (b"Q2GS", 1)
    searches = []
    for _ in range(cases):
        n, count, k, refused = (int(word) for word in take("<u4", 4))
        width = (n + 3) // 4
        vector, query, code, codes = take("<f4", n), take("i1", n), take("u1", width), take("u1", count * width).reshape(count, width)
        ranked = {
            ranking: (take(dtype, count), take("<u4", min(k, count))) for ranking, dtype in (("lee", "<u4"), ("l1", "<u4"), ("code_dot", "<f4"), ("dot", "<f4"))
        }
        searches.append(Search(n, k, bool(refused), vector, query, code, codes, ranked))
        at = (at + 7) // 8 * 8
    assert at == len(file)
    return searches
