"""Writes the small models that the tests of gopkg/onnx run. Usage: generate.py FOLDER (see ci/generate-onnx)

A token's hidden state is W[id] + P[position] + T[type], times its mask: sums of small quarters, exact in every float type, which
the tests compute again on their own:

    W[i][d] = ((7 i + 3 d) mod 11 - 5) / 4        50 tokens
    P[p][d] = ((5 p + d) mod 7 - 3) / 4           64 positions
    T[t][d] = (t + d mod 3) / 4                   2 types
    n = 8
"""

import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper, numpy_helper

N, VOCABULARY, POSITIONS = 8, 50, 64
D = np.arange(N)
WORDS = (((7 * np.arange(VOCABULARY)[:, None] + 3 * D) % 11 - 5) / 4).astype(np.float32)
PLACES = (((5 * np.arange(POSITIONS)[:, None] + D) % 7 - 3) / 4).astype(np.float32)
TYPES = ((np.arange(2)[:, None] + D % 3) / 4).astype(np.float32)
OPEN = ["batch", "sequence"]


def value(name, kind, shape):
    return helper.make_tensor_value_info(name, kind, shape)


def weight(name, array):
    return numpy_helper.from_array(array, name)


def ids(kind=T.INT64, shape=OPEN):
    return value("input_ids", kind, shape)


class Model:
    def __init__(self, *inputs):
        self.inputs, self.outputs, self.nodes, self.weights = list(inputs), [], [], {}

    def add(self, op, inputs, output, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output

    def const(self, name, array):
        self.weights[name] = weight(name, array)
        return name

    def embed(self, tokens="input_ids", output="h", table=WORDS):
        return self.add("Gather", [self.const("words", table), tokens], output)

    def out(self, name, kind, shape):
        self.outputs.append(value(name, kind, shape))
        return self

    def write(self, folder, name):
        graph = helper.make_graph(self.nodes, name, self.inputs, self.outputs, list(self.weights.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="q2 testdata")
        onnx.checker.check_model(model, full_check=True)
        (folder / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))


def full(kind=T.INT64, shape=OPEN):
    """All four inputs, and last_hidden_state."""
    m = Model(*(value(n, kind, shape) for n in ("input_ids", "attention_mask", "token_type_ids", "position_ids")))
    m.embed(output="w")
    m.add("Gather", [m.const("places", PLACES), "position_ids"], "p")
    m.add("Gather", [m.const("types", TYPES), "token_type_ids"], "t")
    m.add("Add", ["w", "p"], "wp")
    m.add("Add", ["wp", "t"], "wpt")
    m.add("Cast", ["attention_mask"], "mask", to=T.FLOAT)
    m.add("Unsqueeze", ["mask", m.const("last", np.array([2], np.int64))], "mask3")
    m.add("Mul", ["wpt", "mask3"], "last_hidden_state")
    return m.out("last_hidden_state", T.FLOAT, [*shape, N])


def logits(name, hidden_too):
    m = Model(ids())
    m.embed()
    m.add("MatMul", ["h", m.const("head", np.ascontiguousarray(WORDS.T))], name)
    m.out(name, T.FLOAT, [*OPEN, VOCABULARY])
    return m.out("h", T.FLOAT, [*OPEN, N]) if hidden_too else m


def decoder():
    """Takes and gives a cache; the hidden state adds the sum of what was in the cache, which is nothing."""
    past = value("past_key_values.0.key", T.FLOAT, ["batch", 2, "past", 4])
    m = Model(ids(), value("attention_mask", T.INT64, ["batch", "past + sequence"]), past)
    m.embed()
    m.add("Reshape", ["h", m.const("heads", np.array([0, 0, 2, 4], np.int64))], "h4")
    m.add("Transpose", ["h4"], "key", perm=[0, 2, 1, 3])
    m.add("Concat", ["past_key_values.0.key", "key"], "present.0.key", axis=2)
    m.add("ReduceSum", ["past_key_values.0.key"], "sum", keepdims=0)
    m.add("Cast", ["attention_mask"], "mask", to=T.FLOAT)
    m.add("Unsqueeze", ["mask", m.const("last", np.array([2], np.int64))], "mask3")
    m.add("Mul", ["h", "mask3"], "masked")
    m.add("Add", ["masked", "sum"], "last_hidden_state")
    m.out("logits", T.FLOAT, [*OPEN, VOCABULARY])
    m.add("MatMul", ["last_hidden_state", m.const("head", np.ascontiguousarray(WORDS.T))], "logits")
    m.out("present.0.key", T.FLOAT, ["batch", 2, "past + sequence", 4])
    return m.out("last_hidden_state", T.FLOAT, [*OPEN, N])


def cast(kind):
    m = Model(ids())
    m.embed()
    if kind == T.INT8:
        m.add("Mul", ["h", m.const("quarters", np.array(4, np.float32))], "scaled")
    m.add("Cast", ["scaled" if kind == T.INT8 else "h"], "last_hidden_state", to=kind)
    return m.out("last_hidden_state", kind, [*OPEN, N])


def two():
    m = Model(ids())
    m.embed(output="first")
    m.add("Neg", ["first"], "second")
    return m.out("first", T.FLOAT, [*OPEN, N]).out("second", T.FLOAT, [*OPEN, N])


def open_dimension(kind=T.FLOAT):
    """Only a run tells the last dimension: the count of what is not zero."""
    m = Model(ids())
    m.embed(output="w")
    m.add("NonZero", [m.const("all", np.ones(N, np.float32))], "which")
    m.add("Squeeze", ["which", m.const("first", np.array([0], np.int64))], "columns")
    m.add("Gather", ["w", "columns"], "picked", axis=2)
    m.add("Cast", ["picked"], "last_hidden_state", to=kind)
    return m.out("last_hidden_state", kind, [*OPEN, "n"])


def no_dimension():
    m = Model(ids())
    m.embed(output="last_hidden_state", table=np.zeros((VOCABULARY, 0), np.float32))
    return m.out("last_hidden_state", T.FLOAT, [*OPEN, 0])


def wants_pixels():
    m = Model(ids(), value("pixel_values", T.FLOAT, ["batch", 3, 4, 4]))
    m.embed(output="w")
    m.add("ReduceSum", ["pixel_values"], "light", keepdims=0)
    m.add("Add", ["w", "light"], "last_hidden_state")
    return m.out("last_hidden_state", T.FLOAT, [*OPEN, N])


def shifted():
    """The ids are computed on, so that nothing tells the vocabulary: an id out of range is ONNX Runtime's to refuse."""
    m = Model(ids())
    m.add("Sub", ["input_ids", m.const("zero", np.array(0, np.int64))], "shifted")
    m.embed(tokens="shifted", output="last_hidden_state")
    return m.out("last_hidden_state", T.FLOAT, [*OPEN, N])


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, model in {
        "hidden": full(),
        "int32": full(T.INT32),
        "fixed": full(shape=[1, 16]),
        "logits": logits("logits", hidden_too=False),
        "scores": logits("scores", hidden_too=True),
        "decoder": decoder(),
        "float16": cast(T.FLOAT16),
        "bfloat16": cast(T.BFLOAT16),
        "int8": cast(T.INT8),
        "float64": cast(T.DOUBLE),
        "two": two(),
        "open-dimension": open_dimension(),
        "open-dimension-float16": open_dimension(T.FLOAT16),
        "no-dimension": no_dimension(),
        "pixels": wants_pixels(),
        "shifted": shifted(),
    }.items():
        model.write(folder, name)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
