package graph_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/q2kernel/q2/gopkg/onnx/graph"
)

// fixture is the path of a graph made by testdata/graph/generate.py.
func fixture(name string) string {
	return filepath.Join("..", "..", "..", "testdata", "graph", name+".onnx")
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

func edit(t testing.TB, path string, o graph.Options) *graph.Edit {
	t.Helper()
	m, err := graph.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { m.Close() })
	e, err := m.Edit(o)
	require.NoError(t, err)
	return e
}

// contents is what a model file holds, read by a decoder that shares nothing with the package under test and knows whole files only.
type contents struct {
	nodes        []contentNode
	initializers []string
	sparse       []string
	inputs       []string
	outputs      []string
	infos        []string
	functions    int
	metadata     map[string]string
	graphs       int
}

type contentNode struct {
	op      string
	in, out []string
}

// fields calls visit with the payload of each field: bytes for a length-delimited one, the number's bytes otherwise.
func fields(t testing.TB, b []byte, visit func(num protowire.Number, body []byte)) {
	t.Helper()
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		require.Positive(t, n, "a tag")
		size := protowire.ConsumeFieldValue(num, typ, b[n:])
		require.GreaterOrEqual(t, size, 0, "field %d", num)
		body := b[n : n+size]
		if typ == protowire.BytesType {
			body, _ = protowire.ConsumeBytes(body)
		}
		visit(num, body)
		b = b[n+size:]
	}
}

func nameIn(t testing.TB, b []byte, field protowire.Number) (name string) {
	fields(t, b, func(num protowire.Number, body []byte) {
		if num == field {
			name = string(body)
		}
	})
	return name
}

func decode(t testing.TB, model []byte) contents {
	t.Helper()
	c := contents{metadata: map[string]string{}}
	fields(t, model, func(num protowire.Number, body []byte) {
		switch num {
		case 7:
			c.graphs++
			c.decodeGraph(t, body)
		case 14:
			c.metadata[nameIn(t, body, 1)] = nameIn(t, body, 2)
		case 25:
			c.functions++
		}
	})
	return c
}

func (c *contents) decodeGraph(t testing.TB, g []byte) {
	fields(t, g, func(num protowire.Number, body []byte) {
		switch num {
		case 1:
			var n contentNode
			fields(t, body, func(num protowire.Number, body []byte) {
				switch num {
				case 1:
					n.in = append(n.in, string(body))
				case 2:
					n.out = append(n.out, string(body))
				case 4:
					n.op = string(body)
				}
			})
			c.nodes = append(c.nodes, n)
		case 5:
			c.initializers = append(c.initializers, nameIn(t, body, 8))
		case 11:
			c.inputs = append(c.inputs, nameIn(t, body, 1))
		case 12:
			c.outputs = append(c.outputs, nameIn(t, body, 1))
		case 13:
			c.infos = append(c.infos, nameIn(t, body, 1))
		case 15:
			fields(t, body, func(num protowire.Number, body []byte) {
				if num == 1 {
					c.sparse = append(c.sparse, nameIn(t, body, 8))
				}
			})
		}
	})
}

func (c contents) ops() []string {
	var list []string
	for _, n := range c.nodes {
		list = append(list, n.op)
	}
	return list
}

// field encodes one length-delimited field.
func field(num protowire.Number, bodies ...[]byte) []byte {
	var all []byte
	for _, b := range bodies {
		all = append(all, b...)
	}
	return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), all)
}

func text(num protowire.Number, s string) []byte { return field(num, []byte(s)) }

func number(num protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, num, protowire.VarintType), v)
}

// withOutput adds an output of any inner value by appending a second graph, which protobuf merges with the first.
func withOutput(model []byte, name string) []byte {
	return append(append([]byte{}, model...), field(7, field(12, text(1, name)))...)
}

// tensorType is a TypeProto of a tensor; a size below 0 stays open.
func tensorType(elem uint64, dims ...int64) []byte {
	var shape []byte
	for _, d := range dims {
		if d < 0 {
			shape = append(shape, field(1)...)
		} else {
			shape = append(shape, field(1, number(1, uint64(d)))...)
		}
	}
	return field(2, field(1, number(1, elem), field(2, shape)))
}

// opset is an import of the default operator set.
func opset(version uint64) []byte { return field(8, text(1, ""), number(2, version)) }

func node(op string, in, out []string, attributes ...[]byte) []byte {
	var b []byte
	for _, name := range in {
		b = append(b, text(1, name)...)
	}
	for _, name := range out {
		b = append(b, text(2, name)...)
	}
	b = append(b, text(4, op)...)
	for _, a := range attributes {
		b = append(b, field(5, a)...)
	}
	return field(1, b)
}

// floats is an initializer of zeros.
func floats(name string, dims ...int64) []byte {
	var b []byte
	size := int64(1)
	for _, d := range dims {
		b = append(b, number(1, uint64(d))...)
		size *= d
	}
	b = append(append(b, number(2, 1)...), text(8, name)...)
	return field(5, append(b, field(9, make([]byte, 4*size))...))
}

// integers is an initializer of int64.
func integers(name string, values ...int64) []byte {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return field(5, number(1, uint64(len(values))), number(2, 7), text(8, name), field(9, raw))
}

// relength adds n to the lengths of the messages that are still open at the end of b: those whose claimed end lies beyond it.
func relength(b []byte, n int64) []byte {
	var out []byte
	for len(b) > 0 {
		num, typ, size := protowire.ConsumeTag(b)
		rest := b[size:]
		if typ == protowire.BytesType {
			length, k := protowire.ConsumeVarint(rest)
			if length > uint64(len(rest)-k) {
				out = protowire.AppendTag(out, num, typ)
				inner := relength(rest[k:], n)
				grown := int64(len(inner)) - int64(len(rest)-k)
				return append(protowire.AppendVarint(out, uint64(int64(length)+n+grown)), inner...)
			}
		}
		whole := size + protowire.ConsumeFieldValue(num, typ, rest)
		out, b = append(out, b[:whole]...), b[whole:]
	}
	return out
}
