"""Reads golden.q2gv (specification, section 9)."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

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
