"""Ray Datasets of vectors to codes and keys, batch by batch. Needs pyarrow (``libq2[ray]``).

codes = ds.map_batches(q2.ray.quantise_batch(column="embedding"), batch_format="pyarrow")
"""

from __future__ import annotations

from typing import Any, Callable

from .arrow import NotFinite
from .arrow import quantise as _quantise


def quantise_batch(
    column: str = "embedding", *, codes: str = "codes", keys: str = "keys", keep: bool = False, n: int | None = None, not_finite: NotFinite = "null"
) -> Callable[[Any], Any]:
    """The function for ``map_batches(..., batch_format="pyarrow")``: every column but ``column`` as it is (with ``keep`` that too), then ``codes``
    (fixed-size binary) and ``keys`` (uint64).

    ``column`` holds vectors of one length: fixed-size lists, lists, or Ray's own tensors. ``n`` is needed only where a whole batch of lists may be null. A null vector
    gives nulls, and so does one with a NaN or an infinity, unless ``not_finite="raise"``.
    """

    def quantise_table(table: Any) -> Any:
        if column not in table.column_names:
            raise KeyError(f"there is no column {column!r}: {table.column_names}")
        packed, bits = _quantise(table.column(column), n=n, not_finite=not_finite)
        kept = table if keep else table.drop_columns([column])
        return kept.append_column(codes, packed).append_column(keys, bits)

    return quantise_table
