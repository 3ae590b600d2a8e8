"""q2.ray: the function alone on tables, and Ray Data on this machine."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import q2
import q2.ray

N = 384


def test_tables(rng: np.random.Generator) -> None:
    x = rng.standard_normal((10, N)).astype(np.float32)
    codes, keys = q2.quantise(x)
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(x.reshape(-1)), N)
    table = pa.table({"id": pa.array(range(10)), "embedding": pa.chunked_array([vectors[:3], vectors[3:]])})
    got = q2.ray.quantise_batch("embedding")(table)
    assert got.column_names == ["id", "codes", "keys"]
    assert got["codes"].to_pylist() == [code.tobytes() for code in codes]
    assert got["keys"].to_pylist() == keys.tolist()
    assert q2.ray.quantise_batch(codes="c", keys="k", keep=True)(table).column_names == ["id", "embedding", "c", "k"]
    with pytest.raises(KeyError, match="no column 'vector'"):
        q2.ray.quantise_batch("vector")(table)


@pytest.mark.long
def test_a_dataset(rng: np.random.Generator) -> None:
    """Ray's own tensor columns, in several blocks and tasks."""
    ray = pytest.importorskip("ray")
    ray.data = pytest.importorskip("ray.data")
    x = rng.standard_normal((20000, N)).astype(np.float32)
    x[11] = np.nan
    codes, keys, status = q2.quantise(x, row_status=True)
    ray.init(num_cpus=2, include_dashboard=False, object_store_memory=512 << 20)
    try:
        dataset = ray.data.from_numpy(np.array_split(x, 8)).map_batches(q2.ray.quantise_batch(column="data"), batch_format="pyarrow")
        rows = dataset.take_all()
    finally:
        ray.shutdown()
    assert len(rows) == len(x)
    got = sorted((row["keys"], row["codes"]) for row in rows if row["codes"] is not None)
    assert got == sorted((int(k), c.tobytes()) for k, c, s in zip(keys, codes, status) if s == 0)
