"""q2.spark: the function alone on Arrow batches, and a local cluster with 1 M rows of 384 over 4 partitions."""

from __future__ import annotations

import sys

import numpy as np
import pyarrow as pa
import pytest

import q2
import q2.spark

N = 384


def batch_of(x: np.ndarray, first: int = 0, missing: tuple[int, ...] = ()) -> pa.RecordBatch:
    vectors = pa.array([None if i in missing else row for i, row in enumerate(x)], pa.list_(pa.float32()))
    return pa.RecordBatch.from_arrays([pa.array(np.arange(first, first + len(x))), vectors], ["id", "embedding"])


def test_batches(rng: np.random.Generator) -> None:
    x = rng.standard_normal((10, N)).astype(np.float32)
    x[7, 3] = np.nan
    got = list(q2.spark.quantise_map("embedding")(iter([batch_of(x[:4]), batch_of(x[4:], 4, (1,)), batch_of(x[:2], 0, (0, 1))])))
    assert [b.schema.names for b in got] == [["id", "codes", "keys"]] * 3
    assert [b.schema.types for b in got] == [[pa.int64(), pa.binary(), pa.int64()]] * 3
    codes, keys, _status = q2.quantise(x, row_status=True)
    rows = [row for b in got[:2] for row in b.to_pylist()]
    for i, row in enumerate(rows):
        if i in (5, 7):
            assert row == {"id": i, "codes": None, "keys": None}
        else:
            assert row == {"id": i, "codes": codes[i].tobytes(), "keys": int(keys[i].astype(np.int64))}
            assert q2.Key(row["keys"] & (1 << 64) - 1) == keys[i]
    assert got[2].column("codes").null_count == 2
    kept = next(q2.spark.quantise_map(codes="c", keys="k", keep=True)(iter([batch_of(x[:1])])))
    assert kept.schema.names == ["id", "embedding", "c", "k"]


def test_batches_that_are_refused(rng: np.random.Generator) -> None:
    x = np.full((2, N), np.nan, np.float32)
    with pytest.raises(KeyError, match="no column 'vector'"):
        next(q2.spark.quantise_map("vector")(iter([batch_of(x)])))
    with pytest.raises(q2.NotFiniteError):
        next(q2.spark.quantise_map(not_finite="raise")(iter([batch_of(x)])))


@pytest.mark.long
def test_a_million_rows_over_four_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows are made in the tasks; what comes back is counted and, for one row in a thousand, compared."""
    sql = pytest.importorskip("pyspark.sql")
    from pyspark import cloudpickle
    from pyspark.sql.types import ArrayType, FloatType, LongType, StructField, StructType

    rows, step = 1_000_000, 1000
    schema = StructType([StructField("id", LongType()), StructField("embedding", ArrayType(FloatType()))])

    def make(batches):  # type: ignore[no-untyped-def]
        for batch in batches:
            ids = batch.column(0).to_numpy()
            values = pa.array(vectors_for(ids).reshape(-1))
            offsets = pa.array(np.arange(0, (len(ids) + 1) * N, N, dtype=np.int32))
            yield pa.RecordBatch.from_arrays([batch.column(0), pa.ListArray.from_arrays(offsets, values)], ["id", "embedding"])

    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    cloudpickle.register_pickle_by_value(sys.modules[__name__])  # the workers cannot import this file
    spark = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.driver.memory", "2g").getOrCreate()
    try:
        spark.sparkContext.setLogLevel("ERROR")
        frame = spark.range(0, rows, 1, 4).mapInArrow(make, schema)
        assert frame.rdd.getNumPartitions() == 4
        done = frame.mapInArrow(q2.spark.quantise_map("embedding"), q2.spark.quantise_schema(frame.schema, "embedding")).cache()
        assert [(f.name, f.dataType.simpleString()) for f in done.schema.fields] == [("id", "bigint"), ("codes", "binary"), ("keys", "bigint")]
        assert done.count() == rows
        assert done.filter("length(codes) = 96").count() == rows
        sample = done.filter(f"id % {step} = 0").orderBy("id").collect()
    finally:
        spark.stop()
    ids = np.arange(0, rows, step)
    codes, keys = q2.quantise(vectors_for(ids))
    assert [row["id"] for row in sample] == list(ids)
    assert [bytes(row["codes"]) for row in sample] == [code.tobytes() for code in codes]
    assert [row["keys"] for row in sample] == list(keys.astype(np.int64))


def vectors_for(ids: np.ndarray) -> np.ndarray:
    """Other numbers for each id, the same ones in every process."""
    phases = ids.astype(np.float64)[:, None] * 0.7548776662466927 + np.arange(N) * 0.5698402909980532
    return (phases % 1 - 0.5).astype(np.float32)
