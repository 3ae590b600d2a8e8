"""What the tests share: the instruction sets of this machine and the golden vectors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import q2

GOLDEN = Path(__file__).resolve().parents[3] / "testdata" / "golden" / "golden.q2gv"


def available_isas() -> list[str]:
    """The instruction sets of this machine; one that Q2_REQUIRE names and that is missing is a failure."""
    found = []
    for name in ("scalar", "avx2", "avx512", "neon"):
        try:
            q2.force_isa(name)
        except q2.UnsupportedError:
            continue
        found.append(name)
    q2.force_isa(None)
    required = set(os.environ.get("Q2_REQUIRE", "").split(",")) & {"scalar", "avx2", "avx512", "neon"}
    if required - set(found):
        raise RuntimeError(f"Q2_REQUIRE names {sorted(required - set(found))}, which this machine or build lacks")
    return found


@pytest.fixture(params=available_isas())
def isa(request: pytest.FixtureRequest) -> Iterator[str]:
    q2.force_isa(request.param)
    assert q2.isa() == request.param
    yield request.param
    q2.force_isa(None)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20261126)
