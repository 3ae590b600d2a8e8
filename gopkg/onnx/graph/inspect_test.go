package graph_test

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/onnx/graph"
)

func inspect(t *testing.T, name string, o graph.Options) *graph.Report {
	t.Helper()
	r, err := graph.Inspect(fixture(name), o)
	require.NoError(t, err)
	return r
}

func TestReportOfADecoder(t *testing.T) {
	r := inspect(t, "matmul", graph.Options{LastToken: true})
	assert.EqualValues(t, len(read(t, fixture("matmul"))), r.Size)
	assert.EqualValues(t, 8, r.IRVersion)
	assert.Equal(t, []graph.Opset{{Domain: "", Version: 17}, {Domain: "com.microsoft", Version: 1}}, r.Opsets)
	assert.Equal(t, "q2-fixtures 1", r.Producer+" "+r.ProducerVersion)
	assert.Equal(t, "matmul", r.Graph)
	assert.EqualValues(t, 40, r.Vocabulary)
	assert.Equal(t, []graph.Value{
		{Name: "input_ids", Elem: graph.Int64, Shape: graph.Shape{{Size: -1, Name: "batch"}, {Size: -1, Name: "sequence"}}, Kind: "tensor"},
		{Name: "attention_mask", Elem: graph.Int64, Shape: graph.Shape{{Size: -1, Name: "batch"}, {Size: -1, Name: "sequence"}}, Kind: "tensor"},
	}, r.Inputs)
	assert.Equal(t, graph.Choice{Why: "no output is a hidden state"}, r.Hidden)
	assert.Equal(t, []graph.Verdict{{Output: "present.0.key", Why: "a cache of keys and values"}, {Output: "logits", Why: "named logits"}}, r.NotHidden)
	require.NotNil(t, r.Head)
	assert.Equal(t, "hidden", r.Head.Hidden)
	assert.Equal(t, "lm_head", r.Head.Weight)
	assert.Equal(t, []string{"Add"}, r.Head.After)
	require.NotNil(t, r.Expose)
	assert.Equal(t, "what the head multiplies", r.Expose.Why)
	assert.Equal(t, "attention_mask", r.Expose.Mask)
	assert.Equal(t, []string{"last_token_hidden_state"}, r.Expose.Outputs)
	assert.Empty(t, r.Refused)
}

func TestReportOfAnEncoder(t *testing.T) {
	r := inspect(t, "encoder", graph.Options{})
	assert.Equal(t, graph.Choice{Output: "last_hidden_state", Why: "named last_hidden_state, with three dimensions"}, r.Hidden)
	assert.Equal(t, []graph.Verdict{{Output: "pooler_output", Why: "it has 2 dimensions instead of 3"}}, r.NotHidden)
	assert.Nil(t, r.Head)
	assert.Contains(t, r.NoHead, "none is logits")
}

func TestReportOfARefusal(t *testing.T) {
	r := inspect(t, "if_merged", graph.Options{})
	assert.Nil(t, r.Expose)
	assert.Equal(t, r.NoHead, r.Refused)
	assert.Contains(t, r.Refused, "merged")
}

func TestReportOfExternalData(t *testing.T) {
	r := inspect(t, "external", graph.Options{})
	assert.Equal(t, []graph.File{{Name: "external.bin", Size: int64(len(read(t, filepath.Join(filepath.Dir(fixture("x")), "external.bin"))))}}, r.ExternalData)
}

// A path that leaves the model's folder is not looked at.
func TestDataFilesOutsideTheFolderAreNotTouched(t *testing.T) {
	outside := func(path string) []byte {
		return field(7, field(5, text(8, "w"), number(14, 1), field(13, text(1, "location"), text(2, path))))
	}
	for _, path := range []string{"/etc/passwd", "../../../go.mod", "missing.bin"} {
		m := readBytes(t, outside(path))
		assert.Equal(t, []graph.File{{Name: path, Size: -1}}, m.Report(graph.Options{}).ExternalData)
	}
}

func TestReportOfACutModel(t *testing.T) {
	dst := filepath.Join(t.TempDir(), "cut.onnx")
	_, err := graph.Expose(fixture("tied"), dst, graph.Options{LastToken: true, Padding: graph.PadLeft})
	require.NoError(t, err)
	r, err := graph.Inspect(dst, graph.Options{})
	require.NoError(t, err)
	assert.Equal(t, "last_token_hidden_state", r.LastTokenOf)
	assert.Contains(t, r.Refused, "cut before")
}

func TestReportAsJSON(t *testing.T) {
	data, err := json.Marshal(inspect(t, "fp16", graph.Options{LastToken: true}))
	require.NoError(t, err)
	var r struct {
		Outputs []struct {
			Name, Type string
			Shape      []any
		}
		Expose struct {
			Output  struct{ Type string }
			Padding string
		}
	}
	require.NoError(t, json.Unmarshal(data, &r))
	assert.Equal(t, "float32", r.Outputs[0].Type)
	assert.Equal(t, []any{"batch", "sequence", 40.0}, r.Outputs[0].Shape)
	assert.Equal(t, "float16", r.Expose.Output.Type)
	assert.Equal(t, "right", r.Expose.Padding)
}

func TestPaddingNames(t *testing.T) {
	for _, p := range []graph.Padding{graph.PadRight, graph.PadLeft} {
		got, err := graph.ParsePadding(p.String())
		require.NoError(t, err)
		assert.Equal(t, p, got)
	}
	_, err := graph.ParsePadding("centre")
	require.ErrorContains(t, err, `"centre" is neither right nor left`)
}
