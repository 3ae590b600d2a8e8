package cli_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/cache"
	"github.com/q2kernel/q2/gopkg/onnx"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/gopkg/reference"
	"github.com/q2kernel/q2/gopkg/tokenizer"
	"github.com/q2kernel/q2/tools/q2/internal/demo"
)

// needs ends a test on a machine that lacks what it is about; where Q2_REQUIRE names onnx, that is a failure.
func needs(t *testing.T, lack error) {
	t.Helper()
	switch {
	case lack == nil:
	case slices.Contains(strings.Split(os.Getenv("Q2_REQUIRE"), ","), "onnx"):
		t.Fatalf("Q2_REQUIRE names onnx: %v", lack)
	default:
		t.Skipf("%v (Q2_REQUIRE=onnx makes this a failure)", lack)
	}
}

func needsFile(t *testing.T, path string) {
	t.Helper()
	_, err := os.Stat(path)
	needs(t, err)
}

func needsRuntime(t *testing.T) {
	t.Helper()
	if err := onnx.CheckLibrary(""); errors.Is(err, onnx.ErrNoCgo) {
		needs(t, err)
	}
	path, err := cache.RuntimeLibrary()
	require.NoError(t, err)
	needsFile(t, path)
}

// needsModel returns the default model's folder.
func needsModel(t *testing.T) string {
	t.Helper()
	needsRuntime(t)
	folder, err := cache.DefaultModelFolder()
	require.NoError(t, err)
	needsFile(t, filepath.Join(folder, cache.ModelFile))
	needsFile(t, filepath.Join(folder, cache.TokenizerFile))
	return folder
}

// expectedFingerprint takes the hidden state from the model and quantises it by the specification in plain Go.
func expectedFingerprint(t *testing.T, folder, text string) (hex, symbols, object string) {
	t.Helper()
	tok, err := tokenizer.Load(filepath.Join(folder, cache.TokenizerFile))
	require.NoError(t, err)
	ids, err := tok.Encode(nil, text)
	require.NoError(t, err)
	model, err := onnx.Open(filepath.Join(folder, cache.ModelFile), onnx.Options{})
	require.NoError(t, err)
	defer model.Close()
	packed := make([]byte, 96)
	require.NoError(t, model.Visit(ids, func(hidden q2.Tensor) error {
		bits, transitions, err := reference.Quantise(packed, hidden.Data, hidden.SeqLen, 384, reference.Dtype(q2.FP32))
		key := q2.TransitionKey{Bits: bits, Transitions: transitions}
		hex, symbols = key.Hex(), key.Symbols()
		object = fmt.Sprintf(`{"text":%q,"n":384,"key":"%s","transitions":%d,"packed":"%x"}`+"\n", text, hex, transitions, packed)
		return err
	}))
	return hex, symbols, object
}

func TestFingerprint(t *testing.T) {
	folder := needsModel(t)
	hexA, symbolsA, objectA := expectedFingerprint(t, folder, "Knead the dough.")
	hexB, symbolsB, objectB := expectedFingerprint(t, folder, "naïve café <&>")
	human := fmt.Sprintf("%s  %-32s  Knead the dough.\n%s  %-32s  naïve café <&>\n", hexA, symbolsA, hexB, symbolsB)

	assert.Equal(t, human, succeeds(t, q2run("", "fingerprint", "Knead the dough.", "naïve café <&>")))
	assert.Equal(t, human, succeeds(t, q2run("Knead the dough.\r\nnaïve café <&>", "fingerprint", "--model", folder, "-")))
	assert.Equal(t, objectA+objectB, succeeds(t, q2run("", "fingerprint", "--json", "Knead the dough.", "naïve café <&>")))
	assert.NotContains(t, succeeds(t, q2run("", "fingerprint", "red\x1b[31m\nalert")), "\x1b")
}

// Texts keep their order and their labels whatever batch they were run in; equal texts are equal batches, so their codes are too.
func TestFingerprintInBatches(t *testing.T) {
	folder := needsModel(t)
	_, _, object := expectedFingerprint(t, folder, "Knead the dough.")
	assert.Equal(t, strings.Repeat(object, 50), succeeds(t, q2run(strings.Repeat("Knead the dough.\n", 50), "fingerprint", "--batch", "8", "--json", "-")))
	got := succeeds(t, q2run("a b c\nd\ne f\ng h i j\n", "fingerprint", "--batch", "3", "-"))
	assert.Regexp(t, `^.*  a b c\n.*  d\n.*  e f\n.*  g h i j\n$`, got)
	fails(t, q2run("", "fingerprint", "--batch", "65", "text"), 1, "q2: worker: option out of range: MaxBatch is 65, must be at most 64, the model's")
	fails(t, q2run("", "fingerprint", "--batch=-1", "text"), 1, "q2: worker: option out of range: MaxBatch is -1, must be at least 0 and at most 2147483647")
}

func TestFingerprintRefuses(t *testing.T) {
	t.Run("two kinds of input", func(t *testing.T) {
		fails(t, q2run("", "fingerprint", "text", "-"), 2, "q2: - reads all texts from stdin and can't stand beside others (see q2 fingerprint --help)")
	})
	t.Run("nothing set up", func(t *testing.T) {
		dir := t.TempDir()
		t.Setenv("Q2_CACHE", dir)
		fails(t, q2run("", "fingerprint", "text"), 1, "q2: the model folder "+dir+"/models/all-minilm-l6-v2-int8 holds no model.onnx; `q2 setup` fetches it")
	})
	t.Run("no tokenizer", func(t *testing.T) {
		inFolder(t)
		write(t, "model.onnx", nil)
		fails(t, q2run("", "fingerprint", "--model", ".", "text"), 1, "q2: the model folder . holds no tokenizer.json")
	})
	t.Run("relative cache", func(t *testing.T) {
		t.Setenv("Q2_CACHE", "here")
		fails(t, q2run("", "fingerprint", "text"), 1, `q2: Q2_CACHE="here": not an absolute path`)
	})
	t.Run("nothing on stdin", func(t *testing.T) {
		needsModel(t)
		fails(t, q2run("", "fingerprint", "-"), 1, "q2: stdin: the input is empty")
	})
	t.Run("no end of line", func(t *testing.T) {
		needsModel(t)
		fails(t, q2run(strings.Repeat("x", 16<<20+1), "fingerprint", "-"), 1, "q2: stdin, line 1: longer than 16777216 bytes")
	})
}

// TestDemoWithModel: the model's own sentences come out as `q2 fingerprint` has them, and topics find each other.
func TestDemoWithModel(t *testing.T) {
	needsModel(t)
	objects := demoObjects(t)
	for i, o := range objects {
		assert.False(t, o.Captured)
		assert.Equal(t, demo.Sentences[i].Text, o.Text)
	}
	var one struct{ Packed string }
	require.NoError(t, json.Unmarshal([]byte(succeeds(t, q2run("", "fingerprint", "--json", demo.Sentences[7].Text))), &one))
	assert.Equal(t, one.Packed, objects[7].Packed)

	topic := map[string]string{}
	for _, s := range demo.Sentences {
		topic[s.Text] = s.Topic
	}
	own := 0
	for _, o := range objects {
		if topic[o.Nearest[0].Text] == o.Topic {
			own++
		}
	}
	assert.GreaterOrEqual(t, own, 18, "sentences whose nearest has their topic: integer arithmetic differs a little from CPU to CPU")

	screen := succeeds(t, q2run("", "demo"))
	assert.NotContains(t, screen, "recording")
	assert.Regexp(t, `model  +\d+\.\d\d µs\nkernel +\d+\.\d\d µs  right after the model, .*\n +\d+\.\d\d µs  once more on the same row\n$`, screen)
	for line := range strings.Lines(screen) {
		assert.LessOrEqual(t, len([]rune(strings.TrimSuffix(line, "\n"))), 80, "%q", line)
	}
}
