"""torch CPU tensors, read where they lie. torch is in requirements-long.txt: its wheel brings gigabytes."""

from __future__ import annotations

import numpy as np
import pytest

import q2
from q2 import _extension

torch = pytest.importorskip("torch", reason="torch is not installed (ci/test-long installs it)")


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "int8"])
def test_tensors(rng: np.random.Generator, dtype: str) -> None:
    x = torch.from_numpy((rng.standard_normal((9, 384)) * 40).astype(np.float32)).to(getattr(torch, dtype))
    codes, keys = q2.quantise(x)
    assert _extension.last_address() == x.data_ptr()
    want = q2.quantise(x.to(torch.float32).numpy())
    np.testing.assert_array_equal(codes, want[0])
    np.testing.assert_array_equal(keys, want[1])
    np.testing.assert_array_equal(q2.quantise(x[1::2])[0], want[0][1::2])
    assert _extension.last_address() == x[1].data_ptr()
    code, key = q2.quantise(x[3])
    assert (code.tobytes(), key) == (want[0][3].tobytes(), want[1][3])


def test_the_last_token_of_a_model(rng: np.random.Generator) -> None:
    """[batch, tokens, n], still attached to its graph, as a model hands it over."""
    hidden = torch.randn(4, 6, 256, requires_grad=True)
    codes, _ = q2.quantise(hidden)
    assert _extension.last_address() == hidden[0, 5].data_ptr()
    np.testing.assert_array_equal(codes, q2.quantise(hidden[:, -1, :])[0])
    np.testing.assert_array_equal(codes, q2.quantise(hidden[:, -1, :].detach().numpy().copy())[0])


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: torch.zeros(8, dtype=torch.float64), q2.DtypeError, "format 'd'"),
        (lambda: torch.zeros(8, device="meta"), q2.ArgumentError, r"on the device meta.*x\.cpu\(\)"),
        (lambda: torch.zeros(8, 8).to_sparse(), q2.ArgumentError, "layout torch.sparse_coo"),
        (lambda: torch.zeros(8, 8).t()[:, ::2], q2.ArgumentError, "bytes apart"),
        (lambda: torch.full((8,), float("nan")), q2.NotFiniteError, "the row is refused"),
    ],
)
def test_tensors_that_are_refused(make: object, error: type, text: str) -> None:
    with pytest.raises(error, match=text):
        q2.quantise(make())
