package graph_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/onnx/graph"
)

// headed lists the fixtures with a head to be cut off: the head's operator, and what must be gone with it.
var headed = []struct {
	name, op string
	elem     graph.ElemType
	gone     []string // initializers
	goneOps  []string
	before   []string
}{
	{name: "matmul", op: "MatMul", gone: []string{"lm_head", "lm_bias", "key", "key_shape"}, goneOps: []string{"Transpose", "Reshape"}},
	{name: "gemm", op: "Gemm", gone: []string{"lm_head", "lm_bias", "flat_shape", "width"}, goneOps: []string{"Gemm", "Reshape", "Shape", "Concat"}, before: []string{"Reshape"}},
	{name: "matmulnbits", op: "com.microsoft:MatMulNBits", gone: []string{"lm_head_q4", "lm_head_scales"}, goneOps: []string{"MatMulNBits"}},
	{name: "dynamic_int8", op: "MatMulInteger", gone: []string{"lm_head_int8", "lm_head_zero", "lm_head_scale", "lm_bias"}, goneOps: []string{"DynamicQuantizeLinear", "MatMulInteger"}, before: []string{"DynamicQuantizeLinear"}},
	{name: "static_int8", op: "MatMul", gone: []string{"lm_head_int8", "scale", "zero"}, goneOps: []string{"QuantizeLinear", "DequantizeLinear"}, before: []string{"DequantizeLinear", "QuantizeLinear"}},
	{name: "tied", op: "MatMul", gone: []string{"cap"}, goneOps: []string{"Transpose"}},
	{name: "skipnorm", op: "com.microsoft:FusedMatMul", goneOps: []string{"FusedMatMul"}},
	{name: "fp16", op: "MatMul", elem: graph.Float16, gone: []string{"lm_head"}},
	{name: "bf16", op: "MatMul", elem: graph.BFloat16, gone: []string{"lm_head"}},
	{name: "opset11", op: "MatMul", gone: []string{"lm_head"}},
	{name: "opset12_int32", op: "MatMul", gone: []string{"lm_head"}},
	{name: "opset13_bool", op: "MatMul", gone: []string{"lm_head"}},
	{name: "nomask", op: "MatMul", gone: []string{"lm_head"}},
	{name: "past", op: "MatMul", gone: []string{"lm_head"}},
	{name: "gathered", op: "MatMul", gone: []string{"lm_head", "minus_one"}, before: []string{"Gather"}},
	{name: "sliced", op: "MatMul", gone: []string{"lm_head", "from", "to", "along"}, goneOps: []string{"Slice"}, before: []string{"Slice"}},
	{name: "sharded", op: "MatMul", gone: []string{"shard0", "shard1"}, goneOps: []string{"Concat"}},
	{name: "if_captured", op: "MatMul", gone: []string{"lm_head", "unused_by_all"}},
	{name: "function", op: "MatMul", gone: []string{"lm_head"}},
	{name: "sparse", op: "MatMul", gone: []string{"lm_head", "lm_bias"}},
	{name: "external", op: "MatMul", gone: []string{"lm_head"}},
	{name: "external_head", op: "MatMul", gone: []string{"lm_head"}},
}

func TestTheHeadIsFoundAndCutOff(t *testing.T) {
	for _, f := range headed {
		t.Run(f.name, func(t *testing.T) {
			e := edit(t, fixture(f.name), graph.Options{Logits: "logits"})
			if f.elem == graph.Unknown {
				f.elem = graph.Float32
			}
			assert.Equal(t, "hidden", e.Hidden.Name)
			assert.Equal(t, "last_hidden_state "+f.elem.String()+" [batch, sequence, 16]", e.Output.String())
			require.NotNil(t, e.Head)
			assert.Equal(t, f.op, e.Head.Op)
			assert.EqualValues(t, 16, e.Head.N)
			assert.EqualValues(t, 40, e.Head.Vocabulary)
			assert.Equal(t, f.before, e.Head.Before)

			whole, cut := decode(t, read(t, fixture(f.name))), decode(t, written(t, e))
			assert.Equal(t, []string{"last_hidden_state"}, cut.outputs)
			assert.ElementsMatch(t, f.gone, missing(whole.initializers, cut.initializers))
			for _, op := range f.goneOps {
				assert.NotContains(t, cut.ops(), op)
			}
			assert.Len(t, cut.nodes, e.Nodes+1, "the kept nodes and the Identity that names the output")
			assert.Less(t, e.Size, int64(len(read(t, fixture(f.name)))))
		})
	}
}

// written is the edited model, whatever external data it needs.
func written(t testing.TB, e *graph.Edit) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := e.WriteTo(&b)
	require.NoError(t, err)
	require.Equal(t, e.Size, n, "the planned size")
	require.EqualValues(t, n, b.Len())
	return b.Bytes()
}

func missing(before, after []string) []string {
	var gone []string
	for _, name := range before {
		if !slices.Contains(after, name) {
			gone = append(gone, name)
		}
	}
	return gone
}

func TestATiedEmbeddingStays(t *testing.T) {
	for _, name := range []string{"tied", "skipnorm"} {
		cut := decode(t, written(t, edit(t, fixture(name), graph.Options{})))
		assert.Contains(t, cut.initializers, "embedding", name)
	}
}

func TestEmptyOutputNamesStay(t *testing.T) {
	cut := decode(t, written(t, edit(t, fixture("skipnorm"), graph.Options{})))
	at := slices.IndexFunc(cut.nodes, func(n contentNode) bool { return n.op == "SkipLayerNormalization" })
	require.GreaterOrEqual(t, at, 0)
	assert.Equal(t, []string{"hidden", "", "", "sum"}, cut.nodes[at].out)
}

func TestNamesThatBodiesUseStay(t *testing.T) {
	cut := decode(t, written(t, edit(t, fixture("if_captured"), graph.Options{})))
	assert.Subset(t, cut.initializers, []string{"gamma", "beta", "twice", "always"}, "used two bodies deep")
	assert.Contains(t, cut.ops(), "Tanh", "what makes the state that the bodies use")
}

func TestUnusedSparseInitializersGo(t *testing.T) {
	cut := decode(t, written(t, edit(t, fixture("sparse"), graph.Options{Logits: "logits"})))
	assert.Equal(t, []string{"kept_sparse"}, cut.sparse)
}

func TestLocalFunctionsStay(t *testing.T) {
	assert.Equal(t, 2, decode(t, written(t, edit(t, fixture("function"), graph.Options{}))).functions)
}

func TestCachesGoUnlessAskedFor(t *testing.T) {
	e := edit(t, fixture("matmul"), graph.Options{})
	assert.Equal(t, []string{"present.0.key", "logits"}, e.DroppedOutputs)
	for _, o := range []graph.Options{{KeepCaches: true}, {Keep: []string{"present.0.key"}}, {Keep: []string{"present.0.key"}, KeepCaches: true}} {
		e = edit(t, fixture("matmul"), o)
		cut := decode(t, written(t, e))
		assert.Equal(t, []string{"present.0.key", "last_hidden_state"}, cut.outputs)
		assert.Equal(t, []string{"logits"}, e.DroppedOutputs)
		assert.Contains(t, cut.initializers, "key")
		assert.NotContains(t, cut.initializers, "lm_head")
	}
}

func TestInputsThatNobodyNeedsGo(t *testing.T) {
	e := edit(t, fixture("past"), graph.Options{})
	assert.Equal(t, []string{"num_logits_to_keep"}, e.DroppedInputs)
	assert.Equal(t, []string{"input_ids", "attention_mask", "past_key_values.0.key"}, decode(t, written(t, e)).inputs)
}

func TestAnExportedHiddenStateIsTaken(t *testing.T) {
	e := edit(t, fixture("encoder"), graph.Options{})
	assert.Nil(t, e.Head)
	cut := decode(t, written(t, e))
	assert.Equal(t, []string{"last_hidden_state"}, cut.outputs)
	assert.ElementsMatch(t, []string{"zeroth", "pooler", "pooler_bias"}, missing(decode(t, read(t, fixture("encoder"))).initializers, cut.initializers))

	e = edit(t, fixture("encoder"), graph.Options{LastToken: true})
	assert.Equal(t, "last_token_hidden_state float32 [batch, 16]", e.Output.String())
	assert.Equal(t, []string{"last_token_hidden_state"}, decode(t, written(t, e)).outputs)
}

func TestNewNamesAvoidThoseInUse(t *testing.T) {
	e := edit(t, fixture("matmul"), graph.Options{Name: "embedded"})
	assert.Equal(t, "embedded_2", e.Output.Name)
	e = edit(t, fixture("matmul"), graph.Options{Name: "state_of_text"})
	assert.Equal(t, "state_of_text", e.Output.Name)
}

func TestEditingTwice(t *testing.T) {
	dir := t.TempDir()
	exposed := filepath.Join(dir, "exposed.onnx")
	_, err := graph.Expose(fixture("matmul"), exposed, graph.Options{})
	require.NoError(t, err)
	cut := filepath.Join(dir, "cut.onnx")
	plan, err := graph.Expose(exposed, cut, graph.Options{LastToken: true})
	require.NoError(t, err)
	assert.Equal(t, "last_hidden_state", plan.Hidden.Name)
	assert.Equal(t, map[string]string{"q2.last_token": "last_token_hidden_state", "q2.padding": "right"}, decode(t, read(t, cut)).metadata)

	_, err = graph.Expose(cut, filepath.Join(dir, "again.onnx"), graph.Options{LastToken: true})
	require.ErrorIs(t, err, graph.ErrAlreadyCut)
	require.ErrorIs(t, err, graph.ErrRefused)
	assert.ErrorContains(t, err, `"last_token_hidden_state" is the last token's hidden state (padding right)`)
	assert.NoFileExists(t, filepath.Join(dir, "again.onnx"))
}

// A cut model that kept a whole hidden state can be cut again from that; what it says of itself is then the new cut alone.
func TestCuttingAgainFromAKeptState(t *testing.T) {
	dir := t.TempDir()
	cut, again := filepath.Join(dir, "cut.onnx"), filepath.Join(dir, "again.onnx")
	_, err := graph.Expose(fixture("encoder"), cut, graph.Options{LastToken: true, Keep: []string{"last_hidden_state"}})
	require.NoError(t, err)
	_, err = graph.Expose(cut, again, graph.Options{Output: "last_hidden_state", LastToken: true, Padding: graph.PadLeft})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"q2.last_token": "last_token_hidden_state_2", "q2.padding": "left"}, decode(t, read(t, again)).metadata)
	assert.Equal(t, 1, bytes.Count(read(t, again), []byte("q2.padding")))
}

func TestWhatIsRefused(t *testing.T) {
	cases := []struct {
		name string
		o    graph.Options
		say  string
	}{
		{"if_merged", graph.Options{}, "merged with its cached variant"},
		{"function_head", graph.Options{}, "local function local:Head"},
		{"two_heads", graph.Options{}, "two candidates"},
		{"headless", graph.Options{}, "joins 2 activations"},
		{"transposed", graph.Options{}, "Transpose node /Transpose_15 stands between logits and head"},
		{"classifier", graph.Options{}, "instead of [batch, sequence, n]"},
		{"gathered_before_norm", graph.Options{}, "picked one token before"},
		{"othermask", graph.Options{LastToken: true}, `named "padding_mask"`},
		{"opset10", graph.Options{LastToken: true}, "needs 11 or later"},
		{"encoder", graph.Options{Output: "pooler_output"}, "three dimensions"},
		{"encoder", graph.Options{Output: "nothing"}, `no output "nothing"; it has last_hidden_state float32 [batch, sequence, 16]; pooler_output`},
		{"encoder", graph.Options{Logits: "nothing"}, `no output "nothing"`},
		{"encoder", graph.Options{Keep: []string{"nothing"}}, `no output "nothing" to keep`},
		{"encoder", graph.Options{LastToken: true, Mask: "nothing"}, `no input "nothing"`},
		{"encoder", graph.Options{LastToken: true, Padding: 7}, "padding 7"},
		{"past", graph.Options{LastToken: true, Mask: "past_key_values.0.key"}, "instead of [batch, sequence]"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dst := filepath.Join(t.TempDir(), "out.onnx")
			_, err := graph.Expose(fixture(c.name), dst, c.o)
			require.ErrorIs(t, err, graph.ErrRefused)
			assert.ErrorContains(t, err, c.say)
			assert.Empty(t, entries(t, filepath.Dir(dst)), "nothing is written")
		})
	}
}

func TestRefusalsThatAnOptionLifts(t *testing.T) {
	edit(t, fixture("othermask"), graph.Options{LastToken: true, Mask: "padding_mask"})
	edit(t, fixture("othermask"), graph.Options{LastToken: true, Padding: graph.PadLeft})
	edit(t, fixture("opset10"), graph.Options{LastToken: true, Padding: graph.PadLeft})
}

func entries(t testing.TB, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}
