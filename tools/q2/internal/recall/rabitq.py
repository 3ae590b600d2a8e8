"""RaBitQ's neighbours, for the recall report: rabitqlib at so many bits a dimension, one cluster, so that every vector is looked at.

    rabitq.py STATES.npy BITS IDS.npy

Queries are the report's: 1000 evenly spaced vectors of the set, or all of a smaller one. Vectors are normalised, since the report is on the cosine.
"""
import sys

import numpy as np
import rabitqlib

MOST_QUERIES, DEEPEST = 1000, 101

states, bits, target = sys.argv[1], int(sys.argv[2]), sys.argv[3]
rows = np.load(states)
unit = np.ascontiguousarray(rows / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True), dtype=np.float32)
count = min(MOST_QUERIES, len(rows))
queries = unit[[i * len(rows) // count for i in range(count)]]

index = rabitqlib.IvfIndex(unit.shape[1], len(unit), 1, bits, metric="l2")
index.build(unit, unit.mean(axis=0, keepdims=True), np.zeros(len(unit), dtype=np.uint32))
found = index.search(queries, DEEPEST, 1, high_accuracy=True)
ids = found[0] if found[0].dtype.kind in "iu" else found[1]
np.save(target, ids.astype("<i8"))
