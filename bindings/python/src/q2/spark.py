"""Spark DataFrames of vectors to codes and keys, batch by batch, through ``DataFrame.mapInArrow``. Needs pyspark and pyarrow (``libq2[spark]``).

    codes = df.mapInArrow(q2.spark.quantise_map(column="embedding"), q2.spark.quantise_schema(df.schema, column="embedding"))

Spark starts the parallel tasks and carries the batches, libq2 reads each batch's vectors where Arrow put them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable

import numpy as np
import pyarrow as pa

from .arrow import NotFinite
from .arrow import quantise as _quantise

BatchMap = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]


def quantise_map(
    column: str = "embedding", *, codes: str = "codes", keys: str = "keys", keep: bool = False, n: int | None = None, not_finite: NotFinite = "null"
) -> BatchMap:
    """The function for ``mapInArrow``: every column but ``column`` as it is (with ``keep`` that too), then ``codes`` (binary) and ``keys`` (bigint).

    ``column`` is ``array<float>``, all vectors of one length; ``n`` is needed only where a whole batch may be null. A null vector gives nulls, and so does one with a NaN
    or an infinity, unless ``not_finite="raise"``, which fails the job.

    Spark has no unsigned integers: a key's 64 bits come as a bigint, negative where the top bit is set. Equal keys stay equal; ``q2.Key(key & (1 << 64) - 1)`` is the
    number itself.
    """

    def quantise_batches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield _quantise_batch(batch, column, codes, keys, keep, n, not_finite)

    return quantise_batches


def quantise_schema(schema: Any, column: str = "embedding", *, codes: str = "codes", keys: str = "keys", keep: bool = False) -> Any:
    """The schema, as ``mapInArrow`` wants it, of what ``quantise_map`` with the same arguments makes of a DataFrame with ``schema``."""
    from pyspark.sql.types import BinaryType, LongType, StructField, StructType

    if column not in schema.names:
        raise KeyError(f"there is no column {column!r}: {schema.names}")
    fields = [field for field in schema.fields if keep or field.name != column]
    return StructType([*fields, StructField(codes, BinaryType()), StructField(keys, LongType())])


def _quantise_batch(batch: Any, column: str, codes: str, keys: str, keep: bool, n: int | None, not_finite: NotFinite) -> Any:
    at = batch.schema.get_field_index(column)
    if at < 0:
        raise KeyError(f"there is no column {column!r}: {batch.schema.names}")
    vectors = batch.column(at)
    if n is None and vectors.null_count == len(vectors):
        made = pa.nulls(len(vectors), pa.binary()), pa.nulls(len(vectors), pa.int64())
    else:
        packed, bits = _quantise(vectors, n=n, not_finite=not_finite)
        made = _variable(packed), bits.view(pa.int64())
    kept = [i for i in range(batch.num_columns) if keep or i != at]
    names = [batch.schema.names[i] for i in kept]
    return pa.RecordBatch.from_arrays([*(batch.column(i) for i in kept), *made], [*names, codes, keys])


def _variable(packed: Any) -> Any:
    """FixedSizeBinary as Binary, which is what Spark's side reads: the same bytes, with offsets."""
    width = packed.type.byte_width
    offsets = np.arange(0, (len(packed) + 1) * width, width, dtype=np.int32)
    bitmap, data = packed.buffers()
    return pa.BinaryArray.from_buffers(pa.binary(), len(packed), [bitmap, pa.py_buffer(offsets), data])
