"""Texts through onnxruntime, one by one in each of so many threads, and the last token's hidden state through numpy (docs/SPEC.md, sections 2 to 6).

plain.py MODEL_FOLDER TEXTS CALLERS SECONDS THREADS prints a JSON line.
"""
import json
import os
import sys
import threading
import time

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

GRAY = np.array([0, 1, 3, 2], dtype=np.uint8)


def quantise(x):
    """The code and the key of one row of float32."""
    n = len(x)
    lanes = np.cumsum((x * x).reshape(-1, 4), axis=0, dtype=np.float32)[-1]
    norm = (lanes[0] + lanes[2]) + (lanes[1] + lanes[3])
    v = x * (np.float32(1) / np.sqrt(norm)) if norm > np.float32(1e-16) else x
    tau = np.float32(0.6745) / np.sqrt(np.float32(n))
    z = (v > -tau).astype(np.uint8) + (v > 0) + (v > tau)
    g = GRAY[z].reshape(-1, 4)
    packed = (g[:, 0] << 6 | g[:, 1] << 4 | g[:, 2] << 2 | g[:, 3]).tobytes()
    kept = z[np.concatenate(([True], z[1:] != z[:-1]))]
    key = 0
    for symbol in kept[:32].tolist():
        key = key << 2 | symbol
    return packed, key << 2 * (32 - min(len(kept), 32)), len(kept)


def load(folder, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(os.path.join(folder, "model.onnx"), options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    tokenizer.no_padding()
    return session, tokenizer


def fingerprint(session, tokenizer, text):
    ids = np.array([tokenizer.encode(text).ids], dtype=np.int64)
    feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    began = time.perf_counter()
    hidden = session.run(["last_hidden_state"], feeds)[0]
    model = time.perf_counter() - began
    return quantise(hidden[0, -1]), model


def main(folder, texts_file, callers, seconds, threads):
    session, tokenizer = load(folder, threads)
    with open(texts_file, encoding="utf-8") as file:
        texts = file.read().splitlines()
    check = [f"{key:016x}" for (_, key, _), _ in (fingerprint(session, tokenizer, text) for text in texts)]
    begin, latencies, models = threading.Barrier(callers + 1), [[] for _ in range(callers)], []

    def call(caller):
        at = caller * len(texts) // callers
        begin.wait()
        until = time.perf_counter() + seconds
        while (began := time.perf_counter()) < until:
            _, model = fingerprint(session, tokenizer, texts[at % len(texts)])
            latencies[caller].append(time.perf_counter() - began)
            models.append(model)
            at += 1

    workers = [threading.Thread(target=call, args=(c,)) for c in range(callers)]
    for w in workers:
        w.start()
    begin.wait()
    began = time.perf_counter()
    for w in workers:
        w.join()
    elapsed = time.perf_counter() - began
    every = np.array(sum(latencies, []))
    print(json.dumps({"path": "python", "callers": callers, "texts_per_second": len(every) / elapsed, "p50_ms": 1000 * float(np.median(every)),
                      "p99_ms": 1000 * float(np.quantile(every, 0.99)), "model_p50_ms": 1000 * float(np.median(models)), "keys": check}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))
