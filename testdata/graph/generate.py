"""Writes the graphs in this folder: tiny transformers whose heads are built in every way that gopkg/onnx/graph knows or must refuse.

    ci/generate-graphs            writes them
    ci/generate-graphs --check    compares them with what this makes

The weights are fixed, so the files come out the same each time. In each graph the hidden state, the value that must be found,
is called "hidden"; nothing but the tests relies on that name.
"""

import os
import sys

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

N, VOCABULARY = 16, 40
MS = "com.microsoft"
OUT = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))


class Graph:
    """Collects the parts of one model."""

    def __init__(self, name, opset=17, dtype=np.float32, seed=1):
        self.name, self.opset, self.dtype = name, opset, dtype
        self.random = np.random.RandomState(seed)
        self.nodes, self.weights, self.inputs, self.outputs, self.sparse, self.functions, self.infos = [], [], [], [], [], [], []

    def node(self, op, inputs, output, domain="", **attributes):
        outputs = [output] if isinstance(output, str) else output
        self.nodes.append(h.make_node(op, inputs, outputs, name=f"/{op}_{len(self.nodes)}", domain=domain, **attributes))
        return outputs[0]

    def weight(self, name, array):
        self.weights.append(numpy_helper.from_array(array.copy(order="C"), name))
        return name

    def random_weight(self, name, *shape):
        return self.weight(name, self.random.standard_normal(shape).astype(np.float32).astype(self.dtype))

    def ints(self, name, values):
        return self.weight(name, np.array(values, dtype=np.int64))

    def input(self, name, elem, shape):
        self.inputs.append(h.make_tensor_value_info(name, elem, shape))
        return name

    def output(self, name, elem, shape):
        self.outputs.append(h.make_tensor_value_info(name, elem, shape))
        return name

    def model(self):
        graph = h.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.weights, value_info=self.infos, sparse_initializer=self.sparse)
        opsets = [h.make_opsetid("", self.opset), h.make_opsetid(MS, 1)]
        if self.functions:
            opsets.append(h.make_opsetid("local", 1))
        return h.make_model(graph, ir_version=8, opset_imports=opsets, functions=self.functions, producer_name="q2-fixtures", producer_version="1")

    def save(self):
        onnx.save(self.model(), os.path.join(OUT, self.name + ".onnx"))

    def elem(self):
        return h.np_dtype_to_tensor_dtype(np.dtype(self.dtype))

    def logits(self, shape=("batch", "sequence", VOCABULARY), elem=T.FLOAT):
        self.output("logits", elem, list(shape))

    # Parts of a transformer.

    def unsqueeze(self, x, axis, out):
        if self.opset < 13:
            return self.node("Unsqueeze", [x], out, axes=[axis])
        return self.node("Unsqueeze", [x, self.ints(out + "_axes", [axis])], out)

    def reduce_sum(self, x, axis, out):
        if self.opset < 13:
            return self.node("ReduceSum", [x], out, axes=[axis], keepdims=1)
        return self.node("ReduceSum", [x, self.ints(out + "_axes", [axis])], out, keepdims=1)

    def norm(self, x, out, width=N):
        scale = self.weight(out + ".weight", (1 + 0.1 * self.random.standard_normal(width)).astype(np.float32).astype(self.dtype))
        bias = self.random_weight(out + ".bias", width)
        if self.opset >= 17:
            return self.node("LayerNormalization", [x, scale, bias], out, axis=-1, epsilon=1e-5)
        mean = self.node("ReduceMean", [x], out + "_mean", axes=[-1], keepdims=1)
        centred = self.node("Sub", [x, mean], out + "_centred")
        square = self.node("Mul", [centred, centred], out + "_square")
        variance = self.node("ReduceMean", [square], out + "_variance", axes=[-1], keepdims=1)
        safe = self.node("Add", [variance, self.weight(out + "_epsilon", np.array(1e-5, dtype=self.dtype))], out + "_safe")
        root = self.node("Sqrt", [safe], out + "_root")
        unit = self.node("Div", [centred, root], out + "_unit")
        return self.node("Add", [self.node("Mul", [unit, scale], out + "_scaled"), bias], out)

    def embed(self, mask=T.INT64, past=False):
        """Embeds the tokens and mixes each text's masked mean into its rows, so that rows depend on the mask."""
        self.input("input_ids", T.INT64, ["batch", "sequence"])
        self.random_weight("embedding", VOCABULARY, N)
        x = self.node("Gather", ["embedding", "input_ids"], "embedded")
        if mask is None:
            return x
        self.input("attention_mask", mask, ["batch", "total" if past else "sequence"])
        real = "attention_mask"
        if past:
            length = self.node("Neg", [self.node("Gather", [self.node("Shape", ["input_ids"], "ids_shape"), self.ints("one_index", [1])], "length")], "minus_length")
            real = self.node("Slice", [real, length, self.ints("far", [2**62]), self.ints("axis_1", [1])], "current_mask")
        m = self.unsqueeze(self.node("Cast", [real], "mask_float", to=self.elem()), 2, "mask_column")
        masked = self.node("Mul", [x, m], "masked")
        total = self.reduce_sum(masked, 1, "total_sum")
        count = self.reduce_sum(m, 1, "count")
        return self.node("Add", [x, self.node("Div", [total, count], "mean_of_text")], "mixed")

    def layer(self, x, out="state"):
        inner = self.node("MatMul", [x, self.random_weight("up", N, 2 * N)], "up_out")
        inner = self.node("Tanh", [inner], "activated")
        return self.node("Add", [x, self.node("MatMul", [inner, self.random_weight("down", 2 * N, N)], "down_out")], out)

    def caches(self, x):
        key = self.node("MatMul", [x, self.random_weight("key", N, N)], "key_flat")
        key = self.node("Reshape", [key, self.ints("key_shape", [0, 0, 2, N // 2])], "key_heads")
        self.node("Transpose", [key], "present.0.key", perm=[0, 2, 1, 3])
        self.output("present.0.key", self.elem(), ["batch", 2, "sequence", N // 2])

    def trunk(self, mask=T.INT64):
        return self.norm(self.layer(self.embed(mask)), "hidden")


def save_heads_in_fp32():
    # In "fusable" the cache is made from what the final norm reads: without the cache, ONNX Runtime can fuse the addition before the norm with it.
    for name, cached in (("matmul", "mixed"), ("fusable", "state")):
        g = Graph(name)
        x = g.layer(g.embed())
        g.caches(cached)
        product = g.node("MatMul", [g.norm(x, "hidden"), g.random_weight("lm_head", N, VOCABULARY)], "product")
        g.node("Add", [g.random_weight("lm_bias", VOCABULARY), product], "logits")
        g.logits()
        g.save()

    g = Graph("gemm")
    flat = g.node("Reshape", [g.trunk(), g.ints("flat_shape", [-1, N])], "flat")
    product = g.node("Gemm", [flat, g.random_weight("lm_head", VOCABULARY, N), g.random_weight("lm_bias", VOCABULARY)], "product", transB=1)
    shape = g.node("Shape", ["input_ids"], "ids_shape")
    shape = g.node("Concat", [shape, g.ints("width", [VOCABULARY])], "logits_shape", axis=0)
    g.node("Reshape", [product, shape], "logits")
    g.logits()
    g.save()

    g = Graph("matmulnbits")
    g.trunk()
    g.weight("lm_head_q4", g.random.randint(0, 256, (VOCABULARY, 1, N // 2)).astype(np.uint8))
    g.weight("lm_head_scales", np.abs(g.random.standard_normal(VOCABULARY)).astype(np.float32))
    g.node("MatMulNBits", ["hidden", "lm_head_q4", "lm_head_scales"], "logits", MS, K=N, N=VOCABULARY, bits=4, block_size=N)
    g.logits()
    g.save()

    g = Graph("dynamic_int8")
    g.node("DynamicQuantizeLinear", [g.trunk()], ["quantised", "scale", "zero"])
    g.weight("lm_head_int8", g.random.randint(-127, 128, (N, VOCABULARY)).astype(np.int8))
    g.weight("lm_head_zero", np.array(0, dtype=np.int8))
    g.node("MatMulInteger", ["quantised", "lm_head_int8", "zero", "lm_head_zero"], "product")
    scale = g.node("Mul", ["scale", g.weight("lm_head_scale", np.array(0.01, dtype=np.float32))], "both_scales")
    scaled = g.node("Mul", [g.node("Cast", ["product"], "product_float", to=T.FLOAT), scale], "scaled")
    g.node("Add", [scaled, g.random_weight("lm_bias", VOCABULARY)], "logits")
    g.logits()
    g.save()

    # Here the layer before the hidden state is the quantised one: its scale is that of all rows of a run together.
    g = Graph("dynamic_layer")
    x = g.embed()
    g.node("DynamicQuantizeLinear", [x], ["quantised", "scale", "zero"])
    g.weight("mix_int8", g.random.randint(-127, 128, (N, N)).astype(np.int8))
    g.weight("mix_zero", np.array(0, dtype=np.int8))
    g.node("MatMulInteger", ["quantised", "mix_int8", "zero", "mix_zero"], "product")
    scale = g.node("Mul", ["scale", g.weight("mix_scale", np.array(0.01, dtype=np.float32))], "both_scales")
    mixed = g.node("Mul", [g.node("Cast", ["product"], "product_float", to=T.FLOAT), scale], "remixed")
    g.norm(g.node("Add", [x, mixed], "state"), "hidden")
    g.node("MatMul", ["hidden", g.random_weight("lm_head", N, VOCABULARY)], "logits")
    g.logits()
    g.save()

    g = Graph("static_int8")
    g.weight("scale", np.array(0.05, dtype=np.float32))
    g.weight("zero", np.array(0, dtype=np.int8))
    q = g.node("QuantizeLinear", [g.trunk(), "scale", "zero"], "quantised")
    x = g.node("DequantizeLinear", [q, "scale", "zero"], "dequantised")
    g.weight("lm_head_int8", g.random.randint(-127, 128, (N, VOCABULARY)).astype(np.int8))
    w = g.node("DequantizeLinear", ["lm_head_int8", "scale", "zero"], "lm_head")
    g.node("MatMul", [x, w], "logits")
    g.logits()
    g.save()


def save_tied():
    g = Graph("tied")
    head = g.node("Transpose", ["embedding"], "lm_head", perm=[1, 0])
    product = g.node("MatMul", [g.trunk(), head], "product")
    cap = g.weight("cap", np.array(30, dtype=np.float32))
    capped = g.node("Mul", [g.node("Tanh", [g.node("Div", [product, cap], "divided")], "bent"), cap], "capped")
    g.node("Identity", [capped], "logits")
    g.logits()
    g.save()

    g = Graph("skipnorm")
    x = g.layer(g.embed())
    g.random_weight("gamma", N)
    g.random_weight("beta", N)
    g.node("SkipLayerNormalization", [x, "mixed", "gamma", "beta"], ["hidden", "", "", "sum"], MS, epsilon=1e-5)
    g.node("FusedMatMul", ["hidden", "embedding"], "logits", MS, transB=1, alpha=0.5)
    g.logits()
    g.save()


def save_other_types():
    g = Graph("fp16", dtype=np.float16)
    product = g.node("MatMul", [g.trunk(), g.random_weight("lm_head", N, VOCABULARY)], "product")
    g.node("Cast", [product], "logits", to=T.FLOAT)
    g.logits()
    g.save()

    # No CPU multiplies bfloat16 here, so this head never runs, and a second file holds the same graph without it.
    for name, with_head in (("bf16", True), ("bf16.hidden", False)):
        g = Graph(name)
        g.node("Cast", [g.norm(g.layer(g.embed()), "wide")], "hidden", to=T.BFLOAT16)
        if with_head:
            g.weight("lm_head", g.random.standard_normal((N, VOCABULARY)).astype(ml_dtypes.bfloat16))
            g.node("MatMul", ["hidden", "lm_head"], "product")
            g.node("Cast", ["product"], "logits", to=T.FLOAT)
            g.logits()
        else:
            g.output("hidden", T.BFLOAT16, ["batch", "sequence", N])
        g.save()

    g = Graph("int8")
    g.weight("scale", np.array(0.02, dtype=np.float32))
    g.weight("zero", np.array(0, dtype=np.int8))
    g.node("QuantizeLinear", [g.norm(g.layer(g.embed()), "wide"), "scale", "zero"], "last_hidden_state")
    g.output("last_hidden_state", T.INT8, ["batch", "sequence", N])
    g.save()


def save_masks_and_opsets():
    for name, opset, mask in (("opset11", 11, T.INT64), ("opset12_int32", 12, T.INT32), ("opset13_bool", 13, T.BOOL), ("opset10", 10, T.INT64), ("nomask", 17, None)):
        g = Graph(name, opset=opset)
        g.node("MatMul", [g.trunk(mask), g.random_weight("lm_head", N, VOCABULARY)], "logits")
        g.logits()
        g.save()

    g = Graph("othermask")
    g.trunk()
    g.node("MatMul", ["hidden", g.random_weight("lm_head", N, VOCABULARY)], "logits")
    g.logits()
    model = g.model()
    for value in model.graph.input:
        value.name = value.name.replace("attention_mask", "padding_mask")
    for node in model.graph.node:
        node.input[:] = ["padding_mask" if name == "attention_mask" else name for name in node.input]
    onnx.save(model, os.path.join(OUT, "othermask.onnx"))

    g = Graph("past")
    x = g.layer(g.embed(past=True))
    g.input("past_key_values.0.key", T.FLOAT, ["batch", "past", N])
    new = g.node("MatMul", [x, g.random_weight("key", N, N)], "new_key")
    both = g.node("Concat", ["past_key_values.0.key", new], "present.0.key", axis=1)
    mean = g.node("ReduceMean", [both], "mean_key", axes=[1], keepdims=1)
    g.node("MatMul", [g.norm(g.node("Add", [x, mean], "attended"), "hidden"), g.random_weight("lm_head", N, VOCABULARY)], "logits")
    g.logits()
    g.output("present.0.key", T.FLOAT, ["batch", "total", N])
    g.input("num_logits_to_keep", T.INT64, [1])
    g.save()


def save_encoder():
    g = Graph("encoder")
    g.input("token_type_ids", T.INT64, ["batch", "sequence"])
    x = g.node("Add", [g.embed(), g.node("Gather", [g.random_weight("types", 2, N), "token_type_ids"], "typed")], "summed")
    g.norm(g.layer(x), "last_hidden_state")
    first = g.node("Gather", ["last_hidden_state", g.weight("zeroth", np.array(0, dtype=np.int64))], "first", axis=1)
    pooled = g.node("Gemm", [first, g.random_weight("pooler", N, N), g.random_weight("pooler_bias", N)], "pooled")
    g.node("Tanh", [pooled], "pooler_output")
    g.output("last_hidden_state", T.FLOAT, ["batch", "sequence", N])
    g.output("pooler_output", T.FLOAT, ["batch", N])
    g.save()

    g = Graph("classifier")
    first = g.node("Gather", [g.trunk(), g.weight("zeroth", np.array(0, dtype=np.int64))], "first", axis=1)
    pooled = g.node("Tanh", [g.node("Gemm", [first, g.random_weight("pooler", N, N)], "pooled")], "pooler_output")
    g.node("Gemm", [pooled, g.random_weight("classes", N, 3)], "logits")
    g.logits(("batch", 3))
    g.save()


def save_row_picks():
    g = Graph("gathered")
    last = g.node("Gather", [g.trunk(), g.weight("minus_one", np.array(-1, dtype=np.int64))], "last", axis=1)
    g.node("MatMul", [last, g.random_weight("lm_head", N, VOCABULARY)], "logits")
    g.logits(("batch", VOCABULARY))
    g.save()

    g = Graph("sliced")
    tail = g.node("Slice", [g.trunk(), g.ints("from", [-1]), g.ints("to", [2**62]), g.ints("along", [1])], "tail")
    g.node("MatMul", [tail, g.random_weight("lm_head", N, VOCABULARY)], "logits")
    g.logits(("batch", 1, VOCABULARY))
    g.save()

    g = Graph("gathered_before_norm")
    tail = g.node("Slice", [g.layer(g.embed()), g.ints("from", [-1]), g.ints("to", [2**62]), g.ints("along", [1])], "tail")
    g.node("MatMul", [g.norm(tail, "late"), g.random_weight("lm_head", N, VOCABULARY)], "logits")
    g.logits(("batch", 1, VOCABULARY))
    g.save()

    g = Graph("sharded")
    g.trunk()
    shards = [g.node("MatMul", ["hidden", g.random_weight(f"shard{i}", N, VOCABULARY // 2)], f"part{i}") for i in (0, 1)]
    g.node("Concat", shards, "logits", axis=-1)
    g.logits()
    g.save()

    g = Graph("two_heads")
    parts = [g.node("MatMul", [x, g.random_weight(x + "_head", N, VOCABULARY // 2)], x + "_part") for x in (g.trunk(), "state")]
    g.node("Concat", parts, "logits", axis=-1)
    g.logits()
    g.save()

    g = Graph("headless")
    g.node("Add", [g.trunk(), "state"], "logits")
    g.logits(("batch", "sequence", N))
    g.save()

    g = Graph("transposed")
    g.node("MatMul", [g.random_weight("lm_head", VOCABULARY, N), g.node("Transpose", [g.trunk()], "columns", perm=[0, 2, 1])], "product")
    g.node("Transpose", ["product"], "logits", perm=[0, 2, 1])
    g.logits()
    g.save()


def body(name, nodes, output, elem=T.FLOAT, weights=(), inputs=()):
    outputs = [h.make_tensor_value_info(o, e, None) for o, e in ([(output, elem)] if isinstance(output, str) else output)]
    return h.make_graph(nodes, name, list(inputs), outputs, list(weights))


def save_bodies():
    # The hidden state comes out of an If whose bodies hold another If and a Loop; they use "state", "gamma" and "beta" from outside.
    g = Graph("if_captured")
    state = g.layer(g.embed())
    g.random_weight("gamma", N)
    g.random_weight("beta", N)
    g.random_weight("unused_by_all", N)
    g.weight("always", np.array(True))
    g.weight("twice", np.array(2, dtype=np.int64))
    innermost = body("innermost", [h.make_node("LayerNormalization", [state, "gamma", "beta"], ["normed"], name="norm")], "normed")
    plain = body("plain", [h.make_node("Identity", [state], ["as_is"], name="plain_state")], "as_is")
    step = body(
        "step",
        [
            h.make_node("Identity", ["go"], ["go_on"], name="keep_going"),
            h.make_node("Add", ["carried", "beta"], ["carried_on"], name="add_beta"),
        ],
        [("go_on", T.BOOL), ("carried_on", T.FLOAT)],
        inputs=[
            h.make_tensor_value_info("turn", T.INT64, []),
            h.make_tensor_value_info("go", T.BOOL, []),
            h.make_tensor_value_info("carried", T.FLOAT, None),
        ],
    )
    then = body(
        "then",
        [
            h.make_node("If", ["always"], ["inner"], name="inner_if", then_branch=innermost, else_branch=plain),
            h.make_node("Loop", ["twice", "always", "inner"], ["looped"], name="loop", body=step),
        ],
        "looped",
    )
    otherwise = body("otherwise", [h.make_node("Identity", [state], ["as_was"], name="otherwise_state")], "as_was")
    g.node("If", ["always"], "hidden", then_branch=then, else_branch=otherwise)
    g.node("MatMul", ["hidden", g.random_weight("lm_head", N, VOCABULARY)], "logits")
    g.logits()
    g.save()

    g = Graph("if_merged")
    g.trunk()
    g.input("use_cache_branch", T.BOOL, [1])
    g.random_weight("lm_head", N, VOCABULARY)
    branches = [body(b, [h.make_node("MatMul", ["hidden", "lm_head"], [b + "_logits"], name=b + "_head")], b + "_logits") for b in ("with_past", "no_past")]
    g.node("If", ["use_cache_branch"], "logits", then_branch=branches[0], else_branch=branches[1])
    g.logits()
    g.save()


def save_functions_and_sparse():
    for name, whole in (("function", False), ("function_head", True)):
        g = Graph(name)
        x = g.layer(g.embed())
        g.functions.append(h.make_function("local", "Twice", ["x"], ["y"], [h.make_node("Add", ["x", "x"], ["y"])], [h.make_opsetid("", 17)]))
        g.functions.append(h.make_function("local", "Head", ["x", "w"], ["y"], [h.make_node("MatMul", ["x", "w"], ["y"])], [h.make_opsetid("", 17)]))
        g.norm(g.node("Twice", [x], "doubled", "local"), "hidden")
        g.node("Head" if whole else "MatMul", ["hidden", g.random_weight("lm_head", N, VOCABULARY)], "logits", "local" if whole else "")
        g.logits()
        g.save()

    g = Graph("sparse")

    def sparse(name, *values):
        g.sparse.append(h.make_sparse_tensor(numpy_helper.from_array(np.array(values, dtype=np.float32), name), h.make_tensor(name + "_at", T.INT64, [len(values)], range(len(values))), [N]))
        return name

    x = g.node("Add", [g.layer(g.embed()), sparse("kept_sparse", 1, 2, 3)], "nudged")
    g.node("Mul", [g.norm(x, "hidden"), sparse("dropped_sparse", 4, 5)], "weighed")
    g.output("weighed", T.FLOAT, ["batch", "sequence", N])
    product = g.node("MatMul", ["hidden", g.random_weight("lm_head", N, VOCABULARY)], "product")
    g.node("Add", [product, g.random_weight("lm_bias", VOCABULARY)], "logits")
    g.logits()
    g.save()


ROWS = 12  # of the tables of positions


def save_positions():
    """Tokens also get what a table of 12 rows has for their place, found in the ways that exporters write: the longest text has "longest" tokens."""

    def graph(name, places, past=False):
        g = Graph("positions_" + name)
        x = g.embed(past=past)
        if past:
            g.input("past_key_values.0.key", T.FLOAT, ["batch", "past", N])
        at = places(g)
        g.norm(g.layer(g.node("Add", [x, g.node("Gather", [g.random_weight("places", ROWS, N), at], "placed")], "positioned")), "last_hidden_state")
        g.output("last_hidden_state", T.FLOAT, ["batch", "sequence", N])
        g.save()

    def scalar(g, name, value):
        return g.weight(name, np.array(value, dtype=np.int64))

    def length(g, of="input_ids", name="tokens"):
        return g.node("Gather", [g.node("Shape", [of], name + "_shape"), scalar(g, name + "_at", 1)], name)

    def counted(g, start, limit):
        return g.unsqueeze(g.node("Range", [start, limit, scalar(g, "step", 1)], "range"), 0, "ranged")

    def mask(g, of):
        return g.node("CumSum", [of, scalar(g, "along", 1)], "summed_up")

    graph("input", lambda g: g.input("position_ids", T.INT64, ["batch", "sequence"]))

    def listed(g):  # longest 11: the list ends before the table
        ends = g.node("Shape", ["input_ids"], "ends", start=1, end=2)
        return g.node("Slice", [g.weight("position_ids", np.arange(11, dtype=np.int64)[None]), g.ints("zero", [0]), ends, g.ints("axis", [1])], "at")

    graph("list", listed)
    graph("range", lambda g: counted(g, scalar(g, "zero", 0), length(g)))
    graph("offset", lambda g: g.node("Add", [scalar(g, "two", 2), counted(g, scalar(g, "zero", 0), length(g))], "moved"))  # longest 10

    def past(g):
        cached = length(g, "past_key_values.0.key", "cached")
        return counted(g, cached, g.node("Add", [cached, length(g)], "total_length"))

    graph("past", past, past=True)

    def roberta(g):  # longest 10: places begin behind the padding's id, 1
        real = g.node("Cast", [g.node("Not", [g.node("Equal", ["input_ids", scalar(g, "pad", 1)], "is_pad")], "is_real")], "real", to=T.INT64)
        return g.node("Add", [g.node("Mul", [mask(g, real), real], "masked_places"), scalar(g, "first", 1)], "at")

    graph("roberta", roberta)

    def by_mask(g):
        places = g.node("Sub", [mask(g, "attention_mask"), scalar(g, "first", 1)], "from_zero")
        padding = g.node("Equal", ["attention_mask", scalar(g, "none", 0)], "padding")
        return g.node("Where", [padding, scalar(g, "filler", 1), places], "at")

    graph("mask", by_mask)

    # Places beyond the table take its last row, so there is no longest text.
    graph("bounded", lambda g: g.node("Min", [counted(g, scalar(g, "zero", 0), length(g)), scalar(g, "last_row", ROWS - 1)], "at"))

    def chosen(g):
        places = counted(g, scalar(g, "zero", 0), length(g))
        return g.node("Where", [g.node("Greater", [places, scalar(g, "last_row", ROWS - 1)], "beyond"), scalar(g, "filler", 0), places], "at")

    graph("chosen", chosen)

    g = Graph("positions_embed")
    for name in ("input_ids", "token_type_ids", "attention_mask"):
        g.input(name, T.INT32, ["batch", "sequence"])
    g.random_weight("embedding", VOCABULARY, N)
    g.random_weight("places", ROWS, N)
    g.random_weight("types", 2, N)
    g.random_weight("gamma", N)
    g.random_weight("beta", N)
    parts = ["input_ids", "token_type_ids", "embedding", "places", "types", "gamma", "beta", "attention_mask"]
    g.node("EmbedLayerNormalization", parts, ["embedded", "mask_index"], MS, epsilon=1e-5)
    g.norm(g.layer("embedded"), "last_hidden_state")
    g.output("last_hidden_state", T.FLOAT, ["batch", "sequence", N])
    g.save()


def save_external():
    g = Graph("external")
    g.node("MatMul", [g.trunk(), g.random_weight("lm_head", N, VOCABULARY)], "logits")
    g.logits()
    for stale in ("external.onnx", "external.bin"):
        path = os.path.join(OUT, stale)
        if os.path.exists(path):
            os.remove(path)
    onnx.save_model(g.model(), os.path.join(OUT, "external.onnx"), save_as_external_data=True, location="external.bin", size_threshold=100)

    # Only the head lies outside: once it is cut off, the model stands alone.
    g = Graph("external_head")
    g.node("MatMul", [g.trunk(), g.random_weight("lm_head", N, VOCABULARY)], "logits")
    g.logits()
    model = g.model()
    path = os.path.join(OUT, "external_head.bin")
    for weight in model.graph.initializer:
        if weight.name == "lm_head":
            with open(path, "wb") as f:
                f.write(weight.raw_data)
            onnx.external_data_helper.set_external_data(weight, "external_head.bin", offset=0, length=len(weight.raw_data))
            weight.ClearField("raw_data")
            weight.data_location = T.EXTERNAL
    onnx.save(model, os.path.join(OUT, "external_head.onnx"))


def save_benchmark():
    """A decoder of one layer whose head is as wide as GPT-2's. The head's weight is made at load time, so that the file stays small."""
    n, vocabulary = 64, 50257
    g = Graph("bighead")
    g.input("input_ids", T.INT64, ["batch", "sequence"])
    g.input("attention_mask", T.INT64, ["batch", "sequence"])
    x = g.node("Gather", [g.random_weight("embedding", VOCABULARY, n), "input_ids"], "embedded")
    x = g.node("Add", [x, g.node("Tanh", [g.node("MatMul", [x, g.random_weight("mix", n, n)], "mixed")], "bent")], "state")
    head = g.node("ConstantOfShape", [g.ints("head_shape", [n, vocabulary])], "lm_head", value=h.make_tensor("one", T.FLOAT, [1], [0.01]))
    g.node("MatMul", [g.norm(x, "hidden", n), head], "logits")
    g.logits(("batch", "sequence", vocabulary))
    g.save()


def main():
    os.makedirs(OUT, exist_ok=True)
    save_heads_in_fp32()
    save_tied()
    save_other_types()
    save_masks_and_opsets()
    save_encoder()
    save_row_picks()
    save_bodies()
    save_functions_and_sparse()
    save_positions()
    save_external()
    save_benchmark()


if __name__ == "__main__":
    sys.exit(main())
