"""How the types read from outside: `mypy --strict` on this file is a test, it is not run."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

import q2
import q2.arrow
import q2.ray
import q2.spark

x = np.zeros((2, 384), np.float32)
codes, keys = q2.quantise(x)
with_transitions: tuple[npt.NDArray[np.uint8], Any, Any] = q2.quantise(x, transitions=True)
with_both: tuple[npt.NDArray[np.uint8], Any, Any, Any] = q2.quantise(x, transitions=True, row_status=True, dtype="fp32")
first: npt.NDArray[np.uint8] = codes[0]
key: q2.Key = q2.Key(keys[0])
text: str = key.hex() + key.symbols(3) + key.bases()
number: int = key
ids, distances = q2.nearest(codes[0], codes, 1)
best: np.uint64 = ids[0]
isa: str = q2.isa()
q2.force_isa(None)
try:
    q2.quantise(x)
except q2.NotFiniteError as e:
    rows: list[int] = e.rows
q2.quantise(x, dtype="fp8")  # type: ignore[call-overload]
batches = q2.spark.quantise_map(column="embedding")
table = q2.ray.quantise_batch(column="embedding")
columns: tuple[Any, Any] = q2.arrow.quantise(None, not_finite="null")
scores: npt.NDArray[np.float32] = q2.nearest(x[0], codes, 1, ranking="dot")[1]
whole: npt.NDArray[np.uint32] = q2.nearest(codes[0], codes, 1, ranking="l1")[1]
apart: Any = q2.l1(codes[0], codes[1])
query: npt.NDArray[np.int8] = q2.dot_query(x[0])
near: Any = q2.dot(query, codes) + q2.code_dot(codes[0], codes)
