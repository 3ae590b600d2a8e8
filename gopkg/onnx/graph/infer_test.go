package graph_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"google.golang.org/protobuf/encoding/protowire"
)

func intsAttribute(name string, list ...int64) []byte {
	b := text(1, name)
	for _, v := range list {
		b = append(b, number(8, uint64(v))...)
	}
	return append(b, number(20, 7)...)
}

func microsoft(n []byte) []byte {
	body, _ := protowire.ConsumeBytes(n[1:])
	return field(1, body, text(7, "com.microsoft"))
}

// Shapes are told where they can be told, and only there: x is [batch, sequence, 4] of float32, and dimensions unknown are "?".
func TestInferredShapes(t *testing.T) {
	ab := []string{"a", "b"}
	cases := []struct {
		name  string
		want  string
		nodes [][]byte
	}{
		{"broadcast with a vector", "y float32 [batch, sequence, 4]", [][]byte{node("Add", []string{"x", "v4"}, []string{"y"})}},
		{"broadcast turned round", "y float32 [batch, sequence, 4]", [][]byte{node("Add", []string{"v4", "x"}, []string{"y"})}},
		{"broadcast of ones", "y float32 [batch, sequence, 4]", [][]byte{node("Add", []string{"ones", "x"}, []string{"y"})}},
		{"broadcast of two names", "y float32 [?, ?, 4]", [][]byte{node("Transpose", []string{"x"}, []string{"a"}, intsAttribute("perm", 1, 0, 2)), node("Add", []string{"x", "a"}, []string{"y"})}},
		{"product", "y float32 [batch, sequence, 8]", [][]byte{node("MatMul", []string{"x", "w48"}, []string{"y"})}},
		{"product of stacks", "y float32 [?, ?, ?]", [][]byte{node("MatMul", []string{"x", "x"}, []string{"y"})}},
		{"Gemm", "y float32 [?, 4]", [][]byte{node("Flatten", []string{"x"}, ab[:1]), node("Gemm", []string{"a", "w48"}, []string{"y"}, intAttribute("transB", 1))}},
		{"packed product", "y float32 [batch, sequence, 8]", [][]byte{microsoft(node("MatMulNBits", []string{"x", "packed", "v4"}, []string{"y"}, intAttribute("K", 4), intAttribute("N", 8)))}},
		{"integer product", "y int32 [batch, sequence, 8]", [][]byte{node("DynamicQuantizeLinear", []string{"x"}, []string{"a", "s", "z"}), node("MatMulInteger", []string{"a", "w48"}, []string{"y"})}},
		{"cast", "y float16 [batch, sequence, 4]", [][]byte{node("Cast", []string{"x"}, []string{"y"}, intAttribute("to", 10))}},
		{"flat", "y float32 [?, 4]", [][]byte{node("Reshape", []string{"x", "minus1_4"}, []string{"y"})}},
		{"Flatten", "y float32 [?, 4]", [][]byte{node("Flatten", []string{"x"}, []string{"y"}, intAttribute("axis", 2))}},
		{"Flatten of two", "y float32 [?, ?]", [][]byte{node("Flatten", []string{"x"}, []string{"y"}, intAttribute("axis", 1))}},
		{"heads and back", "y float32 [batch, sequence, 4]", [][]byte{node("Reshape", []string{"x", "to_heads"}, []string{"a"}), node("Reshape", []string{"a", "from_heads"}, []string{"y"})}},
		{"reshape by a computed shape", "y float32 [?, ?, 4]", [][]byte{node("Shape", []string{"x"}, []string{"a"}), node("Gather", []string{"a", "zero"}, []string{"b"}),
			node("Gather", []string{"a", "one"}, []string{"c"}), node("Unsqueeze", []string{"b", "zeros"}, []string{"d"}), node("Unsqueeze", []string{"c", "zeros"}, []string{"e"}),
			node("Concat", []string{"d", "e", "four"}, []string{"f"}, intAttribute("axis", 0)), node("Reshape", []string{"x", "f"}, []string{"y"})}},
		{"gather of a row", "y float32 [batch, 4]", [][]byte{node("Gather", []string{"x", "zero"}, []string{"y"}, intAttribute("axis", 1))}},
		{"gather by axis −2", "y float32 [batch, 4]", [][]byte{node("Gather", []string{"x", "zero"}, []string{"y"}, intAttribute("axis", -2))}},
		{"Squeeze", "y float32 [sequence, 4]", [][]byte{node("Squeeze", []string{"x", "zeros"}, []string{"y"})}},
		{"Unsqueeze with an attribute", "y float32 [batch, sequence, 1, 4]", [][]byte{node("Unsqueeze", []string{"x"}, []string{"y"}, intsAttribute("axes", 2))}},
		{"Transpose", "y float32 [4, sequence, batch]", [][]byte{node("Transpose", []string{"x"}, []string{"y"})}},
		{"concatenation", "y float32 [batch, sequence, 8]", [][]byte{node("Concat", []string{"x", "x"}, []string{"y"}, intAttribute("axis", -1))}},
		{"mean", "y float32 [batch, sequence, 1]", [][]byte{node("ReduceMean", []string{"x"}, []string{"y"}, intsAttribute("axes", -1))}},
		{"a slice", "y float32 [batch, ?, 4]", [][]byte{node("Slice", []string{"x", "zeros", "four", "ones1"}, []string{"y"})}},
		{"dequantised", "y float32 [batch, sequence, 4]", [][]byte{node("QuantizeLinear", []string{"x", "v4", "zp"}, ab[:1]), node("DequantizeLinear", []string{"a", "v4", "zp"}, []string{"y"})}},
		{"quantised", "y int8 [batch, sequence, 4]", [][]byte{node("QuantizeLinear", []string{"x", "v4", "zp"}, []string{"y"})}},
		{"the sum beside a norm", "y float32 [batch, sequence, 4]", [][]byte{microsoft(node("SkipLayerNormalization", []string{"x", "x", "v4", "v4"}, []string{"a", "", "", "y"}))}},
		{"packed attention", "y float32 [batch, sequence, ?]", [][]byte{microsoft(node("GroupQueryAttention", []string{"x", "", ""}, []string{"y"}))}},
		{"an operator not known", "y unknown [unknown shape]", [][]byte{node("Whatever", []string{"x"}, []string{"y"})}},
		{"a known name in another domain", "y unknown [unknown shape]", [][]byte{microsoft(node("Add", []string{"x", "x"}, []string{"y"}))}},
	}
	dims := field(2, field(1, text(2, "batch")), field(1, text(2, "sequence")), field(1, number(1, 4)))
	weights := bytes.Join([][]byte{floats("v4", 4), floats("ones", 1, 1), floats("w48", 4, 8), integers("minus1_4", -1, 4), integers("to_heads", 0, 0, 2, 2), integers("from_heads", 0, 0, -1),
		field(5, number(2, 7), text(8, "zero"), field(9, make([]byte, 8))), field(5, number(2, 7), text(8, "one"), field(7, protowire.AppendVarint(nil, 1))), integers("zeros", 0), integers("four", 4), integers("ones1", 1),
		field(5, number(2, 3), text(8, "zp"), field(9, []byte{0})), field(5, number(2, 2), text(8, "packed"))}, nil)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g := field(7, bytes.Join(c.nodes, nil), weights, field(11, text(1, "x"), field(2, field(1, number(1, 1), dims))), field(12, text(1, "y")))
			assert.Equal(t, c.want, readBytes(t, append(opset(17), g...)).Outputs[0].String())
		})
	}
}
