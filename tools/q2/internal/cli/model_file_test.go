package cli_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/cache"
	"github.com/q2kernel/q2/gopkg/onnx"
	"github.com/q2kernel/q2/gopkg/q2"
)

func testModel(name string) string {
	return filepath.Join("..", "..", "..", "..", "testdata", "onnx", name+".onnx")
}

func testGraph(name string) string {
	return filepath.Join("..", "..", "..", "..", "testdata", "graph", name+".onnx")
}

func TestInspect(t *testing.T) {
	assert.Equal(t, `file
    4.0 KiB, 10 nodes, 4 weights
    operator set 17; IR version 8; producer q2 testdata
inputs
    input_ids int64 [batch, sequence]
    attention_mask int64 [batch, past + sequence]
    past_key_values.0.key float32 [batch, 2, past, 4]
outputs
    logits float32 [batch, sequence, 50]                  named logits
    present.0.key float32 [batch, 2, past + sequence, 4]  a cache of keys and values
 -> last_hidden_state float32 [batch, sequence, 8]        named last_hidden_state, with three dimensions
vocabulary
    50 tokens, the rows of the embedding table
hidden state
    last_hidden_state float32 [batch, sequence, 8]: named last_hidden_state, with three dimensions
    the head, MatMul node "", multiplies it by head and gives logits
    q2 cuts it to the last token in memory: last_token_hidden_state float32 [batch, 8], texts padded on the right
expose
    last_hidden_state float32 [batch, sequence, 8]
    2.1 KiB instead of 4.0 KiB: 4 of 10 nodes and 2 of 4 weights go
    outputs dropped: logits, present.0.key
`, succeeds(t, q2run("", "model", "inspect", testModel("decoder"))))
}

// TestInspectLogitsOnly: where the head is, and what expose would do, for a decoder that puts out nothing but logits.
func TestInspectLogitsOnly(t *testing.T) {
	out := succeeds(t, q2run("", "model", "inspect", testGraph("tied")))
	assert.Contains(t, out, `hidden state
    hidden float32 [batch, sequence, 16]: what the head multiplies
    the head, MatMul node "/MatMul_14", multiplies it by lm_head and gives logits
    q2 cuts it to the last token in memory: last_token_hidden_state float32 [batch, 16], texts padded on the right
expose
    last_hidden_state float32 [batch, sequence, 16]
    7.8 KiB instead of 8.1 KiB: 6 of 19 nodes and 1 of 9 weights go
    outputs dropped: logits
`)
	assert.Contains(t, out, "    operator set 17, com.microsoft 1; IR version 8; producer q2-fixtures 1\n")

	out = succeeds(t, q2run("", "model", "inspect", testGraph("opset10")))
	assert.Contains(t, out, "    q2 runs the model for every token: the model imports version 10 of the default operator set; ")
	out = succeeds(t, q2run("", "model", "inspect", "--padding", "left", testGraph("opset10")))
	assert.Contains(t, out, "    q2 cuts it to the last token in memory: last_token_hidden_state float32 [batch, 16], texts padded on the left\n")
	out = succeeds(t, q2run("", "model", "inspect", testGraph("external")))
	assert.Contains(t, succeeds(t, q2run("", "model", "inspect", testModel("hidden"))), "    texts of at most 64 tokens, the positions in places\n")
	assert.Contains(t, out, "    weights in external.bin, 9.0 KiB\n")
	assert.Contains(t, out, "    needs beside it external.bin\n")
}

// What of the JSON object scripts rely on.
type inspection struct {
	Size     int64
	Producer string
	Opsets   []struct {
		Domain  string
		Version int
	}
	Inputs []struct {
		Name, Type string
		Shape      []any
	}
	Verdicts []struct {
		Name   string
		Chosen bool
		Why    string
	}
	Head *struct {
		Node, Op, Hidden string
		N, Vocabulary    int
	}
	Expose *struct {
		DroppedNodes int `json:"dropped_nodes"`
		Size         int64
	}
	Run *struct {
		Hidden    struct{ Name string }
		LastToken bool `json:"last_token"`
		NotCut    string
	}
	Lack string
}

func inspectJSON(t *testing.T, status int, args ...string) (i inspection) {
	t.Helper()
	r := q2run("", append([]string{"model", "inspect", "--json"}, args...)...)
	require.Equal(t, status, r.status, r.stderr)
	assert.Equal(t, 1, strings.Count(r.stdout, "\n"))
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &i))
	return i
}

func TestInspectJSON(t *testing.T) {
	i := inspectJSON(t, 0, testGraph("tied"))
	info, err := os.Stat(testGraph("tied"))
	require.NoError(t, err)
	assert.Equal(t, info.Size(), i.Size)
	assert.Equal(t, "q2-fixtures", i.Producer)
	assert.Equal(t, 17, i.Opsets[0].Version)
	assert.Equal(t, "int64", i.Inputs[0].Type)
	assert.Equal(t, []any{"batch", "sequence"}, i.Inputs[0].Shape)
	assert.Equal(t, "named logits", i.Verdicts[0].Why)
	assert.Equal(t, "MatMul", i.Head.Op)
	assert.Equal(t, "hidden", i.Head.Hidden)
	assert.Equal(t, []int{16, 40}, []int{i.Head.N, i.Head.Vocabulary})
	assert.Equal(t, 6, i.Expose.DroppedNodes)
	assert.True(t, i.Run.LastToken)
	assert.Equal(t, "hidden", i.Run.Hidden.Name)
	assert.Empty(t, i.Lack)

	i = inspectJSON(t, 1, testGraph("if_merged"))
	assert.Nil(t, i.Run)
	assert.Contains(t, i.Lack, "export the decoder without merging")
}

// TestInspectUnusable: the description is there, the reason is an error, and the status says so to a script.
func TestInspectUnusable(t *testing.T) {
	path := testGraph("if_merged")
	r := q2run("", "model", "inspect", path)
	assert.Equal(t, 1, r.status)
	assert.Contains(t, r.stdout, "    logits float32 [batch, sequence, 40]  named logits\n")
	assert.Contains(t, r.stdout, "hidden state\n    none that can be used\n")
	assert.Contains(t, r.stderr, "q2: "+path+`: no head found behind output "logits": `)
	assert.Equal(t, 1, strings.Count(r.stderr, "\n"))

	path = testModel("pixels")
	r = q2run("", "model", "inspect", path)
	assert.Equal(t, 1, r.status)
	assert.Contains(t, r.stderr, "q2: "+path+": can't feed the model's input pixel_values ")
}

func TestModelCommandsRefuse(t *testing.T) {
	tied, err := filepath.Abs(testGraph("tied"))
	require.NoError(t, err)
	external, err := filepath.Abs(testGraph("external"))
	require.NoError(t, err)
	inFolder(t)
	require.NoError(t, os.Mkdir("folder", 0o755))
	write(t, "text.onnx", []byte("no model at all"))
	fails(t, q2run("", "model", "inspect", "missing.onnx"), 1, "q2: onnx: open missing.onnx: no such file or directory")
	fails(t, q2run("", "model", "expose", "missing.onnx", "-o", "x"), 1, "q2: open missing.onnx: no such file or directory")
	fails(t, q2run("", "model", "inspect", "folder"), 1, "q2: onnx: folder: graph: not a well-formed ONNX model: byte 0: not a regular file")
	for _, args := range [][]string{{"inspect", "text.onnx"}, {"expose", "text.onnx", "-o", "x"}} {
		r := q2run("", append([]string{"model"}, args...)...)
		assert.Equal(t, 1, r.status)
		assert.Empty(t, r.stdout)
		assert.Regexp(t, `^q2: (onnx: )?text\.onnx: graph: not a well-formed ONNX model: byte \d+: .+\n$`, r.stderr)
	}
	fails(t, q2run("", "model", "expose", tied, "-o", "folder"), 1, "q2: "+tied+": graph: folder exists and is not a regular file")
	fails(t, q2run("", "model", "expose", tied, "-o", "none/x.onnx"), 1, "q2: "+tied+": output folder none doesn't exist")
	fails(t, q2run("", "model", "expose", tied, "-o", tied), 1, "q2: "+tied+": graph: "+tied+" is the model that is being edited; write to another file")
	fails(t, q2run("", "model", "expose", tied, "-o", "-", "--json"), 2, "q2: -o - and --json both want stdout (see q2 model expose --help)")
	fails(t, q2run("", "model", "expose", external, "-o", "-"), 1, "q2: "+external+": the model needs external.bin beside it, and stdout is in no folder")
	assert.Equal(t, 1, q2run("", "model", "expose", external, "-o", "away.onnx").status)
	assert.Equal(t, 2, q2run("", "model", "expose", tied).status, "no -o")
	assert.Equal(t, 2, q2run("", "model", "expose", tied, "-o", "x", "--padding", "both").status)
	assert.Equal(t, []string{"folder", "text.onnx"}, files(t))
}

func TestExpose(t *testing.T) {
	tied, err := filepath.Abs(testGraph("tied"))
	require.NoError(t, err)
	inFolder(t)
	assert.Equal(t, `hidden state
    hidden float32 [batch, sequence, 16]: what the head multiplies
output
    last_token_hidden_state float32 [batch, 16]
    the last real token's, by attention_mask, padded on the right
    8.2 KiB instead of 8.1 KiB: 6 of 19 nodes and 1 of 9 weights go
    outputs dropped: logits
`, succeeds(t, q2run("", "model", "expose", "--last-token", tied, "-o", "cut.onnx")))
	stdout := succeeds(t, q2run("", "model", "expose", "--last-token", tied, "-o", "-"))
	assert.Equal(t, string(read(t, "cut.onnx")), stdout)

	var plan struct {
		Output struct{ Name string }
		Keeps  []string `json:"outputs"`
		Size   int64
	}
	out := succeeds(t, q2run("", "model", "expose", "--json", "--name", "mine", "--keep", "logits", tied, "-o", "kept.onnx"))
	require.NoError(t, json.Unmarshal([]byte(out), &plan))
	assert.Equal(t, "mine", plan.Output.Name)
	assert.ElementsMatch(t, []string{"mine", "logits"}, plan.Keeps)
	assert.Len(t, read(t, "kept.onnx"), int(plan.Size))
	assert.Equal(t, []string{"cut.onnx", "kept.onnx"}, files(t))

	out = succeeds(t, q2run("", "model", "inspect", "cut.onnx"))
	assert.Contains(t, out, " -> last_token_hidden_state float32 [batch, 16]  cut to the last token by an earlier edit\n")
	assert.Contains(t, out, "    q2 runs the file as it is: last_token_hidden_state float32 [batch, 16], texts padded on the right\n")
}

// exposable are the graphs whose hidden state can be found and run here.
var exposable = []string{"bf16", "dynamic_int8", "dynamic_layer", "encoder", "external", "external_head", "fp16", "function", "fusable", "gathered", "gemm", "if_captured", "int8", "matmul",
	"matmulnbits", "nomask", "opset11", "opset12_int32", "opset13_bool", "past", "positions_roberta", "sharded", "skipnorm", "sliced", "sparse", "static_int8", "tied"}

// TestExposedModelsGiveTheSameFingerprints: exposed, and cut to the last token, on either side, each graph gives a text the fingerprint that
// it gives as it is, and that the library gives its token ids.
func TestExposedModelsGiveTheSameFingerprints(t *testing.T) {
	needsRuntime(t)
	for _, name := range exposable {
		before := graphFolder(t, name)
		want := fingerprintIn(t, before)
		assert.Equal(t, fingerprintOf(t, testGraph(name)), want, name)
		for _, flags := range [][]string{nil, {"--last-token"}, {"--last-token", "--padding", "left"}} {
			edited, after := filepath.Join(before, "edited.onnx"), graphFolder(t, "")
			succeeds(t, q2run("", append([]string{"model", "expose", filepath.Join(before, cache.ModelFile), "-o", edited}, flags...)...))
			require.NoError(t, os.Rename(edited, filepath.Join(after, cache.ModelFile)))
			assert.Equal(t, want, fingerprintIn(t, after), "%s %v", name, flags)
		}
	}
}

// graphFolder is a model folder: a tokenizer in which "t7" is token 7, the graphs' data files, and the graph named, if one is.
func graphFolder(t *testing.T, name string) string {
	t.Helper()
	folder := t.TempDir()
	files := map[string]string{"external.bin": "external.bin", "external_head.bin": "external_head.bin"}
	if name != "" {
		files[cache.ModelFile] = name + ".onnx"
	}
	for to, from := range files {
		data, err := os.ReadFile(filepath.Join(filepath.Dir(testGraph("x")), from))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(folder, to), data, 0o644))
	}
	vocabulary := map[string]int{"[UNK]": 0}
	for id := 1; id < 40; id++ {
		vocabulary[fmt.Sprintf("t%d", id)] = id
	}
	tokenizer, err := json.Marshal(map[string]any{
		"version": "1.0", "truncation": nil, "padding": nil, "added_tokens": []any{}, "post_processor": nil, "decoder": nil,
		"normalizer":    map[string]any{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": nil, "lowercase": true},
		"pre_tokenizer": map[string]any{"type": "BertPreTokenizer"},
		"model":         map[string]any{"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocabulary},
	})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, cache.TokenizerFile), tokenizer, 0o644))
	return folder
}

// fingerprintIn is what q2 fingerprint prints for a text of known token ids, as key and code in hex.
func fingerprintIn(t *testing.T, folder string) string {
	t.Helper()
	var printed struct{ Key, Packed string }
	require.NoError(t, json.Unmarshal([]byte(succeeds(t, q2run("", "fingerprint", "--json", "--model", folder, "t3 t17 t30 t8 t2"))), &printed))
	return printed.Key + " " + printed.Packed
}

func fingerprintOf(t *testing.T, path string) string {
	t.Helper()
	model, err := onnx.Open(path, onnx.Options{IntraOpThreads: 1})
	require.NoError(t, err, path)
	defer model.Close()
	packed := make([]byte, q2.PackedLen(model.N()))
	key, _, err := model.Fingerprint(packed, []int64{3, 17, 30, 8, 2})
	require.NoError(t, err, path)
	return key.Hex() + " " + hex.EncodeToString(packed)
}

// TestFingerprintThroughAnExposedModel: the default model, exposed into a folder of its own beside its tokenizer.
func TestFingerprintThroughAnExposedModel(t *testing.T) {
	source := needsModel(t)
	folder := t.TempDir()
	succeeds(t, q2run("", "model", "expose", "--last-token", filepath.Join(source, cache.ModelFile), "-o", filepath.Join(folder, cache.ModelFile)))
	data, err := os.ReadFile(filepath.Join(source, cache.TokenizerFile))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, cache.TokenizerFile), data, 0o644))
	texts := []string{"Knead the dough.", "Restart the router."}
	assert.Equal(t, succeeds(t, q2run("", append([]string{"fingerprint", "--json"}, texts...)...)),
		succeeds(t, q2run("", append([]string{"fingerprint", "--json", "--model", folder}, texts...)...)))
}
