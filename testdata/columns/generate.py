"""Writes the Parquet and Arrow files of this folder with pyarrow: golden rows (fp32 of n = 64, fp16 of n = 4096), so that the golden keys are what must come out.

    pip install -r testdata/columns/requirements.txt
    python3 testdata/columns/generate.py
"""

import pathlib
import struct

import numpy
import pyarrow
import pyarrow.parquet

HERE = pathlib.Path(__file__).parent
FP32, FP16 = 0, 1


def golden(dtype, n):
    """The inputs of all cases of a type and dimension that are one row and not refused."""
    data = (HERE.parent / "golden" / "golden.q2gv").read_bytes()
    count, at, inputs = struct.unpack_from("<I", data, 8)[0], 16, []
    for _ in range(count):
        kind, dim, rows, status, _, size, packed, _ = struct.unpack_from("<8I", data, at)
        if (kind, dim, rows, status) == (dtype, n, 1, 0):
            inputs.append(data[at + 48 : at + 48 + size])
        at += -(-(48 + size + packed) // 8) * 8
    return numpy.frombuffer(b"".join(inputs), {FP32: "<f4", FP16: "<f2"}[dtype])


def table(kind, values, n):
    """A column of lists between an id and a name, so that it is not the first."""
    lists = {
        "fixed": lambda v: pyarrow.FixedSizeListArray.from_arrays(v, n),
        "list": lambda v: pyarrow.ListArray.from_arrays(pyarrow.array(range(0, len(v) + 1, n), pyarrow.int32()), v),
        "large": lambda v: pyarrow.LargeListArray.from_arrays(pyarrow.array(range(0, len(v) + 1, n), pyarrow.int64()), v),
    }
    rows = lists[kind](pyarrow.array(values))
    ids = pyarrow.array(range(100, 100 + len(rows)), pyarrow.int64())
    names = pyarrow.array([None if i == 1 else f"row {i}" for i in range(len(rows))])
    return pyarrow.table({"id": ids, "embedding": rows, "name": names})


def write_arrow(path, new, data, **options):
    with new(str(path), data.schema, options=pyarrow.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(data, max_chunksize=4)


def main():
    fp32 = golden(FP32, 64)
    for kind in ("fixed", "list", "large"):
        pyarrow.parquet.write_table(table(kind, fp32, 64), HERE / f"{kind}.parquet", row_group_size=5, compression="zstd")
    pyarrow.parquet.write_table(table("fixed", golden(FP16, 4096), 4096), HERE / "half.parquet")
    pyarrow.parquet.write_table(table("list", fp32, 64), HERE / "pages.parquet", data_page_size=512, data_page_version="2.0", use_dictionary=False)
    write_arrow(HERE / "fixed.arrow", pyarrow.ipc.new_file, table("fixed", fp32, 64))
    write_arrow(HERE / "lz4.arrow", pyarrow.ipc.new_file, table("list", fp32, 64), compression="lz4")
    write_arrow(HERE / "fixed.arrows", pyarrow.ipc.new_stream, table("fixed", fp32, 64))
    nulls = pyarrow.array([[1.0, 2.0], None, [3.0, 4.0]], pyarrow.list_(pyarrow.float32(), 2))
    pyarrow.parquet.write_table(pyarrow.table({"rows": nulls}), HERE / "null.parquet")
    inner = pyarrow.array([[1.0, 2.0], [3.0, None]], pyarrow.list_(pyarrow.float32()))
    pyarrow.parquet.write_table(pyarrow.table({"rows": inner}), HERE / "null_element.parquet")


if __name__ == "__main__":
    main()
