"""ns a call and a row of q2, beside numpy doing the same steps and beside libraries that do comparable work. One thread; medians of rounds that take turns.

compare.py [--quick]. What is not installed is left out, and said; ci/bench-python installs all but sentence-transformers, which brings torch.
"""

from __future__ import annotations

import platform
import sys
import timeit
from pathlib import Path
from typing import Any, Callable

import numpy as np

import q2

ROUNDS, SECONDS = (2, 0.002) if "--quick" in sys.argv else (9, 0.03)
ROWS, CODES, QUERIES, K = 1000, 100_000, 64, 10
TAU = np.float32(0.6745)


def numpy_codes(x: np.ndarray) -> np.ndarray:
    """Sections 2 to 5 on [rows, n], step by step, in the pinned order: the same bytes."""
    rows, n = x.shape
    lanes = (x * x).reshape(rows, n // 4, 4).sum(axis=1)
    norms = (lanes[:, 0] + lanes[:, 2]) + (lanes[:, 1] + lanes[:, 3])
    v = x * np.where(norms > np.float32(1e-16), np.float32(1) / np.sqrt(norms), np.float32(1))[:, None]
    tau = TAU / np.sqrt(np.float32(n))
    z = (v > -tau).astype(np.uint8) + (v > 0) + (v > tau)
    gray = z ^ z >> 1
    return gray[:, 0::4] << 6 | gray[:, 1::4] << 4 | gray[:, 2::4] << 2 | gray[:, 3::4]


def numpy_codes_rearranged(x: np.ndarray) -> np.ndarray:
    """The fastest numpy found, which gives other codes now and then: any order of additions, limits for the raw elements, and the two bits of a symbol as its sign
    and "weak"."""
    rows, n = x.shape
    norms = np.einsum("ij,ij->i", x, x)
    limits = TAU / np.sqrt(np.float32(n)) * np.where(norms > 1e-16, np.sqrt(norms), 1)
    bits = np.empty((rows, n, 2), np.bool_)
    np.greater(x, 0, out=bits[..., 0])
    np.less(np.abs(x), limits[:, None], out=bits[..., 1])
    return np.packbits(bits.reshape(rows, 2 * n), axis=1)


def numpy_keys(codes: np.ndarray, n: int, looked_at: int = 128) -> np.ndarray:
    """Section 6 on the first dimensions, and on all of them for the rows whose first ones have no 32 changes."""
    m = min(n, looked_at)
    pairs = np.stack([codes[:, : (m + 3) // 4] >> shift & 3 for shift in (6, 4, 2, 0)], axis=-1).reshape(len(codes), -1)[:, :m]
    values = pairs ^ pairs >> 1
    kept = np.ones(values.shape, np.bool_)
    np.not_equal(values[:, 1:], values[:, :-1], out=kept[:, 1:])
    places = np.cumsum(kept, axis=1, dtype=np.int32) - 1
    used = kept & (places < 32)
    shifts = np.where(used, 62 - 2 * places, 0).astype(np.uint64)
    keys = (np.where(used, values, 0).astype(np.uint64) << shifts).sum(axis=1, dtype=np.uint64)
    if m < n:
        short = np.flatnonzero(places[:, -1] < 31)
        if len(short):
            keys[short] = numpy_keys(codes[short], n, n)
    return keys


def in_blocks(x: np.ndarray, keys: bool, steps: Callable[[np.ndarray], np.ndarray] = numpy_codes) -> tuple[np.ndarray, np.ndarray | None]:
    """Blocks of rows that stay in the cache: numpy's best here."""
    step = max(1, (128 << 10) // x[0].nbytes)
    codes = np.concatenate([steps(x[i : i + step]) for i in range(0, len(x), step)])
    return codes, numpy_keys(codes, x.shape[1]) if keys else None


def measure(calls: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """ns of a call: the median of the rounds, in which the calls take turns."""
    timers = {name: timeit.Timer(call) for name, call in calls.items()}
    counts = {name: max(1, int(SECONDS / max(timer.timeit(3) / 3, 1e-9))) for name, timer in timers.items()}
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, timer in timers.items():
            times[name].append(timer.timeit(counts[name]) / counts[name] * 1e9)
    return {name: sorted(each)[ROUNDS // 2] for name, each in times.items()}


def show(title: str, figures: dict[str, float], first: str, unit: str) -> None:
    print(f"\n{title}")
    for name, ns in figures.items():
        print(f"  {name:66} {ns:11.1f} {unit}  {ns / figures[first]:7.2f}x")


def ubinary() -> tuple[str, Callable[[np.ndarray], Any]]:
    """sentence-transformers' own function, or the line of numpy that it comes down to."""
    try:
        from sentence_transformers.util.quantization import quantize_embeddings
    except ImportError:
        return 'the numpy line of quantize_embeddings(x, "ubinary"), 1 bit, no key', lambda x: np.packbits(x > 0, axis=-1)
    return 'sentence-transformers quantize_embeddings(x, "ubinary"), 1 bit, no key', lambda x: quantize_embeddings(x, "ubinary")


def faiss_bits(faiss: Any, x: np.ndarray) -> Callable[[], Any]:
    out = np.empty((len(x), x.shape[1] // 8), np.uint8)
    return lambda: faiss.fvecs2bitvecs(faiss.swig_ptr(x), faiss.swig_ptr(out), x.shape[1], len(x))


def optional(name: str) -> Any:
    try:
        return __import__(name)
    except ImportError:
        print(f"{name} is not installed: left out")
        return None


def compare_quantise(n: int, faiss: Any) -> None:
    x = np.random.default_rng(n).standard_normal((ROWS, n), dtype=np.float32)
    row, out, keys = x[0], np.empty((ROWS, n // 4), np.uint8), np.empty(ROWS, np.uint64)
    codes, numbers = q2.quantise(x)
    got, got_keys = in_blocks(x, True)
    np.testing.assert_array_equal(got, codes)
    np.testing.assert_array_equal(got_keys, numbers)
    assert np.mean(in_blocks(x, False, numpy_codes_rearranged)[0] == codes) > 0.9999

    single = {
        "q2.quantise(row)": lambda: q2.quantise(row),
        "q2.quantise(row, out=out)": lambda: q2.quantise(row, out=out[0]),
        "numpy, the same steps": lambda: in_blocks(x[:1], True),
    }
    show(f"n = {n}, one row: a call", measure(single), "q2.quantise(row)", "ns")
    name, quantize = ubinary()
    many = {
        "q2.quantise(x)": lambda: q2.quantise(x),
        "q2.quantise(x, out=out, keys=keys)": lambda: q2.quantise(x, out=out, keys=keys),
        "numpy, the same steps": lambda: in_blocks(x, True),
        "numpy, the same steps without the key": lambda: in_blocks(x, False),
        "numpy rearranged, not the same bytes": lambda: in_blocks(x, True, numpy_codes_rearranged),
        "numpy rearranged, not the same bytes, without the key": lambda: in_blocks(x, False, numpy_codes_rearranged),
        name: lambda: quantize(x),
    }
    if faiss:
        many["faiss fvecs2bitvecs, 1 bit, no key"] = faiss_bits(faiss, x)
    show(f"n = {n}, [{ROWS}, n]: a row", {name: ns / ROWS for name, ns in measure(many).items()}, "q2.quantise(x)", "ns")


def compare_nearest(n: int, faiss: Any, usearch: Any) -> None:
    """The same bytes and the same distance everywhere: exact search by Hamming distance of 2n bits."""
    rng = np.random.default_rng(n)
    codes = rng.integers(0, 256, (CODES, n // 4), dtype=np.uint8)
    queries = rng.integers(0, 256, (QUERIES, n // 4), dtype=np.uint8)
    calls: dict[str, Callable[[np.ndarray], Any]] = {"q2.nearest": lambda q: q2.nearest(q, codes, K)}
    if faiss:
        faiss.omp_set_num_threads(1)
        index = faiss.IndexBinaryFlat(2 * n)
        index.add(codes)
        calls["faiss IndexBinaryFlat"] = lambda q: index.search(np.atleast_2d(q), K)
        np.testing.assert_array_equal(index.search(queries, K)[0], q2.nearest(queries, codes, K)[1])
    if usearch:
        from usearch.index import MetricKind, search

        calls["usearch search(..., exact=True)"] = lambda q: search(codes, q, K, MetricKind.Hamming, exact=True, threads=1)
    for query, title, count in ((queries[0], "one query", 1), (queries, f"{QUERIES} queries at once", QUERIES)):
        figures = measure({name: (lambda call=call, query=query: call(query)) for name, call in calls.items()})
        show(
            f"{K} nearest of {CODES} codes, n = {n}, {title}: a code and query", {name: ns / CODES / count for name, ns in figures.items()}, "q2.nearest", "ns"
        )


def processor() -> str:
    try:
        return next(line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def main() -> None:
    print(f"{processor()}; Python {platform.python_version()}, numpy {np.__version__}, q2 {q2.version()} ({q2.isa()}); medians of {ROUNDS} rounds, one thread")
    faiss, usearch = optional("faiss"), optional("usearch")
    for n in (384, 4096):
        compare_quantise(n, faiss)
    compare_nearest(384, faiss, usearch)


if __name__ == "__main__":
    main()
