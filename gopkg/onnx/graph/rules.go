package graph

// rule infers the outputs of an operator from its inputs. len(in) is the number of inputs in the file: use at.
type rule func(n *node, in []fact) []fact

// rules has the operators that lie between embeddings and logits in exported transformers. A missing one costs nothing but knowledge.
var rules = map[string]rule{}

const microsoft = "com.microsoft:"

func init() {
	for _, op := range []string{"Identity", "Dropout", "Tanh", "Sigmoid", "Relu", "Gelu", "Erf", "Sqrt", "Reciprocal", "Neg", "Exp", "Log", "Abs", "Softmax", "LogSoftmax",
		"Clip", "LeakyRelu", "Elu", "HardSigmoid", "HardSwish", "Mish", "Softplus", "Swish", "RMSNormalization", "Trilu", "LayerNormalization", "SimplifiedLayerNormalization",
		"RotaryEmbedding", microsoft + "Gelu", microsoft + "FastGelu", microsoft + "QuickGelu", microsoft + "BiasGelu", microsoft + "RotaryEmbedding"} {
		rules[op] = sameAsFirst
	}
	for _, op := range []string{"Add", "Sub", "Mul", "Div", "Pow", "Min", "Max", "Sum", "Mean", "PRelu", microsoft + "BiasAdd"} {
		rules[op] = broadcastRule
	}
	for _, op := range []string{"MatMul", microsoft + "FusedMatMul", microsoft + "MatMulIntegerToFloat", microsoft + "DynamicQuantizeMatMul", "MatMulInteger", "QLinearMatMul",
		"Gemm", microsoft + "FusedGemm", microsoft + "MatMulNBits", microsoft + "MatMulBnb4"} {
		rules[op] = productRule
	}
	for op, r := range map[string]rule{microsoft + "SkipLayerNormalization": skipRule, microsoft + "SkipSimplifiedLayerNormalization": skipRule,
		microsoft + "GroupQueryAttention": headsRule, microsoft + "MultiHeadAttention": headsRule, "Cast": castRule, "Constant": constantRule, "Shape": shapeRule, "Gather": gatherRule, "Unsqueeze": unsqueezeRule, "Squeeze": squeezeRule,
		"Concat": concatRule, "Reshape": reshapeRule, "Flatten": flattenRule, "Transpose": transposeRule, "Slice": sliceRule, "Where": whereRule, "Expand": expandRule,
		"ConstantOfShape": constantOfShapeRule, "QuantizeLinear": quantizeRule, "DequantizeLinear": dequantizeRule, "DynamicQuantizeLinear": dynamicQuantizeRule,
		microsoft + "Attention": attentionRule, "ReduceMean": reduceRule, "ReduceSum": reduceRule, "GatherND": gatherNDRule,
		microsoft + "QuantizeLinear": quantizeRule, microsoft + "DequantizeLinear": dequantizeRule, microsoft + "EmbedLayerNormalization": embedRule} {
		rules[op] = r
	}
}

func at(in []fact, i int) fact {
	if i < len(in) {
		return in[i]
	}
	return fact{}
}

// one is the fact list of a node with one output of interest.
func one(elem ElemType, s Shape) []fact { return []fact{{elem: elem, shape: s}} }

// sameAsFirst also learns the last dimension from a normalisation's weight.
func sameAsFirst(n *node, in []fact) []fact {
	x := at(in, 0)
	s := x.shape
	if len(s) > 0 && s.last().Size < 0 {
		for _, f := range in[1:] {
			if f.fixed && len(f.shape) == 1 && f.shape[0].Size > 1 && isNormalisation(n.op) {
				s = append(append(Shape{}, s[:len(s)-1]...), f.shape[0])
				break
			}
		}
	}
	return []fact{{elem: x.elem, shape: s, ints: identityInts(n, x)}}
}

func isNormalisation(op string) bool {
	switch op {
	case "LayerNormalization", "SimplifiedLayerNormalization", "RMSNormalization", "SkipLayerNormalization", "SkipSimplifiedLayerNormalization":
		return true
	}
	return false
}

// skipRule: output 3 is the sum before the normalisation, which the next layer adds to.
func skipRule(n *node, in []fact) []fact {
	y := sameAsFirst(n, in)[0]
	return []fact{y, {}, {}, y}
}

// headsRule: the result is [b, s, heads × width of a value], and the query may hold keys and values too.
func headsRule(n *node, in []fact) []fact {
	q := at(in, 0)
	if len(q.shape) < 3 {
		return one(q.elem, nil)
	}
	return one(q.elem, Shape{q.shape[0], q.shape[1], unknownDim})
}

func identityInts(n *node, x fact) []known {
	if n.op == "Identity" {
		return x.ints
	}
	return nil
}

func broadcastRule(n *node, in []fact) []fact {
	out := at(in, 0)
	for i := 1; i < len(in); i++ {
		out.shape = broadcast(out.shape, in[i].shape)
	}
	return one(out.elem, out.shape)
}

// broadcast follows numpy; a nil shape makes the result nil.
func broadcast(a, b Shape) Shape {
	if a == nil || b == nil {
		return nil
	}
	if len(a) < len(b) {
		a, b = b, a
	}
	out := append(Shape{}, a...)
	for i := range b {
		j := len(a) - len(b) + i
		out[j] = broadcastDim(a[j], b[i])
	}
	return out
}

func broadcastDim(a, b Dim) Dim {
	switch {
	case a == b, b.Size == 1, a.Size > 1:
		return a
	case a.Size == 1, b.Size > 1:
		return b
	}
	return unknownDim
}

func castRule(n *node, in []fact) []fact {
	x := at(in, 0)
	to := ElemType(n.number("to", 0))
	out := fact{elem: to, shape: x.shape}
	if to.isInteger() {
		out.ints = x.ints
	}
	return []fact{out}
}

func constantRule(n *node, _ []fact) []fact {
	if a := n.attr("value"); a != nil && a.tensor != nil {
		return []fact{{elem: a.tensor.elem, shape: a.tensor.shape(), ints: elementsOf(a.tensor)}}
	}
	if a := n.attr("value_int"); a != nil {
		return []fact{{elem: Int64, shape: Shape{}, ints: []known{{a.number, true}}}}
	}
	if a := n.attr("value_ints"); a != nil && len(a.ints) < smallTensor {
		return []fact{{elem: Int64, shape: Shape{sized(int64(len(a.ints)))}, ints: exactly(a.ints)}}
	}
	return nil
}

func whereRule(n *node, in []fact) []fact {
	s := broadcast(broadcast(at(in, 0).shape, at(in, 1).shape), at(in, 2).shape)
	return one(at(in, 1).elem, s)
}

func quantizeRule(n *node, in []fact) []fact {
	elem := at(in, 2).elem
	if len(n.in) < 3 || n.in[2] == "" {
		elem = ElemType(n.number("output_dtype", int64(Uint8)))
	}
	return one(elem, at(in, 0).shape)
}

func dequantizeRule(n *node, in []fact) []fact { return one(at(in, 1).elem, at(in, 0).shape) }

func dynamicQuantizeRule(n *node, in []fact) []fact {
	return []fact{{elem: Uint8, shape: at(in, 0).shape}, {elem: Float32, shape: Shape{}}, {elem: Uint8, shape: Shape{}}}
}

// attentionRule: [b, s, ·] times a weight of [·, 3n] gives [b, s, n], since query, key and value are made at once.
func attentionRule(n *node, in []fact) []fact {
	x, w := at(in, 0), at(in, 1)
	if len(x.shape) != 3 {
		return one(x.elem, nil)
	}
	width := unknownDim
	if len(w.shape) == 2 && w.shape[1].Size > 0 && n.attr("qkv_hidden_sizes") == nil {
		width = sized(w.shape[1].Size / 3)
	}
	return one(x.elem, Shape{x.shape[0], x.shape[1], width})
}

func embedRule(n *node, in []fact) []fact {
	ids, words := at(in, 0), at(in, 2)
	if len(ids.shape) != 2 || len(words.shape) != 2 {
		return one(words.elem, nil)
	}
	return one(words.elem, Shape{ids.shape[0], ids.shape[1], words.shape[1]})
}
