//go:build cgo

package onnx

import (
	"cmp"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	ort "github.com/yalue/onnxruntime_go"

	"github.com/q2kernel/q2/gopkg/onnx/graph"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/gopkg/reference"
)

func graphFixture(name string) string {
	return filepath.Join("..", "..", "testdata", "graph", name+".onnx")
}

const graphN = 16 // of the graphs in testdata/graph

// graphs are those that ONNX Runtime runs here. whole is the file to run in its place for the expected rows, hidden the value they are.
var graphs = []struct {
	name, whole, hidden, mask string
	dtype                     q2.Dtype
}{
	{name: "matmul"}, {name: "gemm"}, {name: "matmulnbits"}, {name: "dynamic_int8"}, {name: "dynamic_layer"}, {name: "static_int8"}, {name: "tied"}, {name: "skipnorm"},
	{name: "fp16", dtype: q2.FP16}, {name: "bf16", dtype: q2.BF16, whole: "bf16.hidden"}, {name: "bf16.hidden", dtype: q2.BF16},
	{name: "int8", dtype: q2.Q8, hidden: "last_hidden_state"}, {name: "encoder", hidden: "last_hidden_state"},
	{name: "opset10"}, {name: "opset11"}, {name: "opset12_int32"}, {name: "opset13_bool"}, {name: "othermask", mask: "padding_mask"},
	{name: "past"}, {name: "gathered"}, {name: "sliced"}, {name: "sharded"}, {name: "if_captured"}, {name: "function"}, {name: "sparse", hidden: "weighed"},
	{name: "external"}, {name: "external_head"}, {name: "nomask"},
	{name: "positions_list", hidden: "last_hidden_state"}, {name: "positions_range", hidden: "last_hidden_state"}, {name: "positions_offset", hidden: "last_hidden_state"},
	{name: "positions_past", hidden: "last_hidden_state"}, {name: "positions_roberta", hidden: "last_hidden_state"}, {name: "positions_mask", hidden: "last_hidden_state"},
}

var graphTexts = [][]int64{{3, 17, 30, 8, 2}, {39}, {1, 2, 3}, {0, 0, 7, 7, 7, 12, 38, 5}, {21, 4, 9}}

// TestGraphs: every graph gives each text, alone and in a batch with others, cut and not, padded on either side, the code of the row that
// ONNX Runtime gives for it with nothing of this package in between.
func TestGraphs(t *testing.T) {
	needRuntime(t)
	for _, g := range graphs {
		for way, o := range ways {
			t.Run(g.name+"/"+way, func(t *testing.T) {
				o.IntraOpThreads, o.Mask = 1, g.mask
				m, err := Open(graphFixture(g.name), o)
				require.NoError(t, err)
				defer m.Close()
				cut := !o.EveryToken && !(g.name == "opset10" && o.Padding == graph.PadRight)
				assert.Equal(t, cut, m.Run().LastToken, m.Run().NotCut)
				assert.Equal(t, cut, m.Run().NotCut == "")
				assert.Equal(t, g.dtype, m.Dtype())
				raw := rawSession(t, cmp.Or(g.whole, g.name), cmp.Or(g.hidden, "hidden"), cmp.Or(g.mask, graph.DefaultMask), g.dtype)
				for _, ids := range graphTexts {
					packed := make([]byte, 4)
					key, _, err := m.Fingerprint(packed, ids)
					require.NoError(t, err)
					assertCode(t, raw.lastRows([][]int64{ids}, o.Padding)[0], g.dtype, packed, key, ids)
				}
				dst := make([]Result, len(graphTexts))
				for i := range dst {
					dst[i].Packed = make([]byte, 4)
				}
				_, err = m.FingerprintBatch(dst, graphTexts)
				require.NoError(t, err)
				want := raw.lastRows(graphTexts, o.Padding)
				for i, ids := range graphTexts {
					require.NoError(t, dst[i].Err)
					if !m.Pads() { // each length, or each text, has a run of its own
						want[i] = raw.lastRows([][]int64{ids}, o.Padding)[0]
					}
					assertCode(t, want[i], g.dtype, dst[i].Packed, dst[i].Key, ids)
				}
			})
		}
	}
}

func assertCode(t *testing.T, row []byte, dtype q2.Dtype, packed []byte, key q2.TransitionKey, ids []int64) {
	t.Helper()
	want := make([]byte, 4)
	bits, transitions, err := reference.Quantise(want, row, 1, graphN, reference.Dtype(dtype))
	require.NoError(t, err)
	assert.Equal(t, want, packed, "%v", ids)
	assert.Equal(t, q2.TransitionKey{Bits: bits, Transitions: transitions}, key, "%v", ids)
}

// raw runs a whole graph with its hidden state as one more output, through onnxruntime_go alone.
type raw struct {
	t       *testing.T
	session *ort.DynamicAdvancedSession
	inputs  []graph.Value
	mask    string
	dtype   q2.Dtype
}

func rawSession(t *testing.T, name, hidden, mask string, dtype q2.Dtype) raw {
	t.Helper()
	path := graphFixture(name)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	m, err := graph.Open(path)
	require.NoError(t, err)
	defer m.Close()
	if !slices.ContainsFunc(m.Outputs, func(v graph.Value) bool { return v.Name == hidden }) {
		data = text(data, 7, string(text(nil, 12, string(text(nil, 1, hidden))))) // a second graph field is merged with the first
	}
	options, err := ort.NewSessionOptions()
	require.NoError(t, err)
	defer options.Destroy()
	require.NoError(t, options.SetIntraOpNumThreads(1))
	require.NoError(t, options.AddSessionConfigEntry(externalFolder, filepath.Dir(path)))
	var inputs []string
	for _, v := range m.Inputs {
		inputs = append(inputs, v.Name)
	}
	session, err := ort.NewDynamicAdvancedSessionWithONNXData(data, inputs, []string{hidden}, options)
	require.NoError(t, err)
	t.Cleanup(func() { session.Destroy() })
	return raw{t, session, m.Inputs, mask, dtype}
}

// lastRows are the rows of the texts' last tokens, run together.
func (r raw) lastRows(texts [][]int64, side graph.Padding) (rows [][]byte) {
	longest := 0
	for _, ids := range texts {
		longest = max(longest, len(ids))
	}
	var ids, mask []int64
	for _, text := range texts {
		zeros := make([]int64, longest-len(text))
		ones := slices.Repeat([]int64{1}, len(text))
		if side == graph.PadLeft {
			ids, mask = slices.Concat(ids, zeros, text), slices.Concat(mask, zeros, ones)
		} else {
			ids, mask = slices.Concat(ids, text, zeros), slices.Concat(mask, ones, zeros)
		}
	}
	size := r.dtype.RowBytes(graphN)
	out := make([]byte, len(ids)*size)
	kind := map[q2.Dtype]ort.TensorElementDataType{q2.FP32: 1, q2.FP16: 10, q2.BF16: 16, q2.Q8: 3}[r.dtype]
	output := r.tensor(out, kind, int64(len(texts)), int64(longest), graphN)
	var inputs []ort.Value
	for _, v := range r.inputs {
		inputs = append(inputs, r.input(v, ids, mask, int64(len(texts)), int64(longest)))
	}
	require.NoError(r.t, r.session.Run(inputs, []ort.Value{output}))
	for i, text := range texts {
		last := len(text) - 1
		if side == graph.PadLeft {
			last = longest - 1
		}
		at := (i*longest + last) * size
		rows = append(rows, out[at:at+size])
	}
	return rows
}

func (r raw) input(v graph.Value, ids, mask []int64, texts, length int64) ort.Value {
	switch {
	case v.Name == r.mask:
		return r.tensor(encoded(mask, v.Elem), ort.TensorElementDataType(v.Elem), texts, length)
	case v.Name == "input_ids":
		return r.tensor(encoded(ids, v.Elem), ort.TensorElementDataType(v.Elem), texts, length)
	case v.Name == "token_type_ids":
		return r.tensor(encoded(make([]int64, len(ids)), v.Elem), ort.TensorElementDataType(v.Elem), texts, length)
	case v.Name == "num_logits_to_keep":
		return r.tensor(make([]byte, 8), ort.TensorElementDataTypeInt64, 1)
	}
	require.True(r.t, strings.HasPrefix(v.Name, "past"), v.Name)
	return r.tensor(make([]byte, 64), ort.TensorElementDataTypeFloat, texts, 0, graphN)
}

func encoded(values []int64, kind graph.ElemType) (b []byte) {
	for _, v := range values {
		switch kind {
		case graph.Int64:
			b = binary.LittleEndian.AppendUint64(b, uint64(v))
		case graph.Int32:
			b = binary.LittleEndian.AppendUint32(b, uint32(v))
		case graph.Float32:
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
		case graph.Bool:
			b = append(b, byte(v))
		}
	}
	return b
}

func (r raw) tensor(data []byte, kind ort.TensorElementDataType, shape ...int64) ort.Value {
	v, err := ort.NewCustomDataTensor(shape, data, kind)
	require.NoError(r.t, err)
	r.t.Cleanup(func() { v.Destroy() })
	return v
}

// What can't be run says why, and the reason is that of the graph.
func TestGraphsThatAreRefused(t *testing.T) {
	needRuntime(t)
	for name, want := range map[string]string{
		"if_merged":            "(a decoder merged with its cached variant, as a rule); export the decoder without merging",
		"two_heads":            "two candidates for the head",
		"headless":             "no head found behind output \"logits\"",
		"classifier":           "flattened it or picked one token",
		"gathered_before_norm": "picked one token before",
		"function_head":        "inline the model's functions first",
		"othermask":            "can't feed the model's input padding_mask",
	} {
		_, err := Open(graphFixture(name), Options{})
		assert.ErrorContains(t, err, want, name)
		i, err := Inspect(graphFixture(name), Options{})
		require.NoError(t, err)
		assert.ErrorContains(t, i.Err(), want, name)
	}
}

// TestTextsOfADynamicModelRunAlone: with MixDynamic a text's row depends on its company, and so by default it has none.
func TestTextsOfADynamicModelRunAlone(t *testing.T) {
	needRuntime(t)
	alone := openGraph(t, "dynamic_layer", Options{})
	assert.Contains(t, alone.Run().Dynamic, "DynamicQuantizeLinear")
	assert.False(t, alone.Pads())
	mixed := openGraph(t, "dynamic_layer", Options{MixDynamic: true})
	assert.True(t, mixed.Pads())
	_, one := batched(t, alone, graphTexts, 1)
	_, many := batched(t, alone, graphTexts, len(graphTexts))
	assert.Equal(t, one, many)
	_, many = batched(t, mixed, graphTexts, len(graphTexts))
	assert.NotEqual(t, one, many, "if company changes nothing any more, MixDynamic has no use")

	static := openGraph(t, "static_int8", Options{})
	assert.Empty(t, static.Run().Dynamic)
	assert.True(t, static.Pads())
}

func openGraph(t testing.TB, name string, o Options) *Model {
	t.Helper()
	m, err := Open(graphFixture(name), o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, m.Close()) })
	return m
}
