"""All 763 golden cases, on each instruction set, as single rows and as rows among others."""

from __future__ import annotations

import golden
import ml_dtypes
import numpy as np
import pytest
from conftest import GOLDEN

import q2

CASES = golden.read(GOLDEN)
NUMPY = {"fp32": np.dtype("<f4"), "fp16": np.dtype("<f2"), "q8": np.dtype("i1"), "bf16": np.dtype(ml_dtypes.bfloat16)}


def row(case: golden.Case) -> tuple[np.ndarray, dict]:
    """The tensor as a user would hold it, and what quantise must be told of it."""
    told = {} if case.dtype in NUMPY else {"dtype": case.dtype}
    if case.dtype == "q2":
        told["n"] = case.n
    elif case.seq_len > 1:
        told["seq_len"] = case.seq_len
    return np.frombuffer(case.tensor, NUMPY.get(case.dtype, np.uint8)), told


def test_every_case_as_a_single_row(isa: str) -> None:
    done = 0
    for case in CASES:
        x, told = row(case)
        if case.status == golden.NOT_FINITE:
            with pytest.raises(q2.NotFiniteError):
                q2.quantise(x, **told)
        else:
            codes, key, transitions = q2.quantise(x, transitions=True, **told)
            assert (codes.tobytes(), key, transitions) == (case.packed, case.key, case.transitions), case[:5]
            assert q2.key(codes, case.n, transitions=True) == (case.key, case.transitions)
        done += 1
    assert done == 763


def test_every_case_as_bytes_among_rows(isa: str) -> None:
    """Three rows that lie apart in a larger array of bytes, the case's own in the middle."""
    done = 0
    for case in CASES:
        tokens = 1 if case.dtype == "q2" else case.seq_len
        width = len(case.tensor) // tokens
        wide = np.zeros((3, width + 5), np.uint8)
        wide[1, :width] = np.frombuffer(case.tensor, np.uint8)[-width:]
        codes, keys, transitions, status = q2.quantise(wide[:, :width], dtype=case.dtype, n=case.n, transitions=True, row_status=True)
        assert list(status) == [0, case.status, 0]
        expected = (case.packed, case.key, case.transitions) if case.status == 0 else (bytes(len(case.packed)), 0, 0)
        assert (codes[1].tobytes(), keys[1], transitions[1]) == expected, case[:5]
        done += 1
    assert done == 763
