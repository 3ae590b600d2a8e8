"""Hamming distance of 64 queries to random codes, k = 10, on one core, by other libraries: the yardsticks of `q2 bench index`. FAISS
is asked in both ways, with all queries in one call and with a call for each; the others always get all.

    others.py COUNT BYTES ROUNDS CORE

Prints one JSON object a library: {"name", "version", "queries_per_second": [one figure a round]}, or {"name", "missing"}. Times
are processor time. Hamming distance of these codes is Lee distance."""
import json
import os
import sys
import time
from importlib.metadata import version

import numpy as np

QUERIES, K, BLOCK = 64, 10, 1 << 16


def faiss_flat(codes):
    import faiss

    faiss.omp_set_num_threads(1)
    index = faiss.IndexBinaryFlat(8 * codes.shape[1])
    index.add(codes)
    return lambda queries: index.search(queries, K)[0]


def faiss_one_by_one(codes):
    search = faiss_flat(codes)
    return lambda queries: np.concatenate([search(queries[i : i + 1]) for i in range(len(queries))])


def usearch_exact(codes):
    from usearch.index import MetricKind, search

    return lambda queries: search(codes, queries, K, MetricKind.Hamming, exact=True, threads=1).distances


def numkong_and_heap(codes):
    """All distances of a block, then the few that are below the worst kept so far."""
    import numkong

    blocks = [numkong.hammings_pack(codes[at : at + BLOCK], dtype="uint1") for at in range(0, len(codes), BLOCK)]

    def nearest(row, best):
        near = row if best is None else row[row <= best[-1]]
        kept = near if best is None else np.concatenate([best, near])
        return np.sort(np.partition(kept, K - 1)[:K])

    def search(queries):
        best = [None] * len(queries)
        for block in blocks:
            distances = np.asarray(numkong.hammings_packed(queries, block))
            for i, row in enumerate(distances):
                best[i] = nearest(row, best[i])
        return np.array(best)

    return search


LIBRARIES = (
    ("FAISS IndexBinaryFlat", "faiss-cpu", faiss_flat),
    ("FAISS IndexBinaryFlat, a call a query", "faiss-cpu", faiss_one_by_one),
    ("usearch, exact", "usearch", usearch_exact),
    ("NumKong and a heap", "numkong", numkong_and_heap),
)


def timed(search, queries):
    began = time.process_time()
    search(queries)
    return len(queries) / (time.process_time() - began)


def measure(package, prepare, codes, queries, rounds, want):
    search = prepare(codes)
    got = np.sort(np.asarray(search(queries)).astype(np.int64), axis=1)
    if want and not np.array_equal(got, want[0]):
        raise ValueError("other distances than the first library's")
    want.append(got)
    return {"version": version(package), "queries_per_second": [timed(search, queries) for _ in range(rounds)]}


def main():
    count, width, rounds, core = map(int, sys.argv[1:])
    if core >= 0 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})
    random = np.random.default_rng(1)
    codes = random.integers(0, 256, (count, width), dtype=np.uint8)
    queries = random.integers(0, 256, (QUERIES, width), dtype=np.uint8)
    want = []
    for name, package, prepare in LIBRARIES:
        try:
            line = measure(package, prepare, codes, queries, rounds, want)
        except Exception as error:  # one that is missing or broken is a line, and the others go on
            line = {"missing": f"{type(error).__name__}: {error}"}
        print(json.dumps({"name": name} | line), flush=True)


main()
