//go:build cgo

package graph_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	ort "github.com/yalue/onnxruntime_go"

	"github.com/q2kernel/q2/gopkg/cache"
	"github.com/q2kernel/q2/gopkg/onnx/graph"
)

var startRuntime = sync.OnceValues(func() (string, error) {
	path := os.Getenv("ONNXRUNTIME_LIB")
	if path == "" {
		var err error
		if path, err = cache.RuntimeLibrary(); err != nil {
			return "", err
		}
		if _, err := os.Stat(path); err != nil {
			return "", err
		}
	}
	ort.SetSharedLibraryPath(path)
	return path, ort.InitializeEnvironment(ort.WithLogLevelError())
})

// needRuntime skips without ONNX Runtime, unless Q2_REQUIRE says that it must be there.
func needRuntime(t testing.TB) {
	t.Helper()
	_, err := startRuntime()
	if err == nil {
		return
	}
	if slices.Contains(strings.Split(os.Getenv("Q2_REQUIRE"), ","), "onnx") {
		t.Fatalf("Q2_REQUIRE names onnx, but ONNX Runtime is missing: %v", err)
	}
	t.Skipf("no ONNX Runtime (set ONNXRUNTIME_LIB, or run q2 setup): %v", err)
}

// session runs one model, from memory or, with a folder, from memory with its data files in that folder.
type session struct {
	*ort.DynamicAdvancedSession
	inputs []string
}

func newSession(t testing.TB, model []byte, folder string, outputs ...string) *session {
	t.Helper()
	return newSessionAt(t, ort.GraphOptimizationLevelEnableAll, model, folder, outputs...)
}

func newSessionAt(t testing.TB, level ort.GraphOptimizationLevel, model []byte, folder string, outputs ...string) *session {
	t.Helper()
	o, err := ort.NewSessionOptions()
	require.NoError(t, err)
	defer o.Destroy()
	require.NoError(t, o.SetIntraOpNumThreads(1))
	require.NoError(t, o.SetGraphOptimizationLevel(level))
	if folder != "" {
		require.NoError(t, o.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", folder))
	}
	s := &session{inputs: decode(t, model).inputs}
	s.DynamicAdvancedSession, err = ort.NewDynamicAdvancedSessionWithONNXData(model, s.inputs, outputs, o)
	require.NoError(t, err)
	t.Cleanup(func() { s.Destroy() })
	return s
}

// batch is token ids with their mask, [texts × length], and the number of tokens cached before them.
type batch struct {
	ids, mask      []int64
	texts, length  int64
	past           int64
	lastOf         []int // per text, the position of its last real token
	elementsOfMask string
}

// padded makes a batch of texts with the given numbers of real tokens.
func padded(side string, lengths ...int) batch {
	b := batch{texts: int64(len(lengths)), length: int64(slices.Max(lengths))}
	token := int64(3)
	for _, n := range lengths {
		first := 0
		if side == "left" {
			first = int(b.length) - n
		}
		for i := range int(b.length) {
			real := i >= first && i < first+n
			id, m := int64(0), int64(0)
			if real {
				token = (token*7 + 5) % 39
				id, m = token+1, 1
			}
			b.ids, b.mask = append(b.ids, id), append(b.mask, m)
		}
		b.lastOf = append(b.lastOf, first+n-1)
	}
	return b
}

func tensor[T ort.TensorData](t testing.TB, data []T, shape ...int64) ort.Value {
	t.Helper()
	v, err := ort.NewTensor(ort.NewShape(shape...), data)
	require.NoError(t, err)
	t.Cleanup(func() { v.Destroy() })
	return v
}

// value makes the tensor that an input of that name takes. width is the last dimension of a cache.
func (b batch) value(t testing.TB, name string, width int64) ort.Value {
	t.Helper()
	switch {
	case name == "input_ids":
		return tensor(t, b.ids, b.texts, b.length)
	case name == "token_type_ids":
		return tensor(t, make([]int64, b.texts*b.length), b.texts, b.length)
	case strings.HasPrefix(name, "past_key_values"):
		return tensor(t, make([]float32, max(1, b.texts*b.past*width)), b.texts, b.past, width)
	case name == "num_logits_to_keep":
		return tensor(t, []int64{0}, 1)
	case !strings.HasSuffix(name, "mask"):
		t.Fatalf("no value for input %q", name)
	}
	return b.maskValue(t)
}

// maskValue puts ones for the cached tokens before each text's mask.
func (b batch) maskValue(t testing.TB) ort.Value {
	var mask []int64
	for i := range b.texts {
		for range b.past {
			mask = append(mask, 1)
		}
		mask = append(mask, b.mask[i*b.length:(i+1)*b.length]...)
	}
	shape := []int64{b.texts, b.past + b.length}
	switch b.elementsOfMask {
	case "int32":
		small := make([]int32, len(mask))
		for i, m := range mask {
			small[i] = int32(m)
		}
		return tensor(t, small, shape...)
	case "bool":
		bits := make([]byte, len(mask))
		for i, m := range mask {
			bits[i] = byte(m)
		}
		v, err := ort.NewCustomDataTensor(ort.NewShape(shape...), bits, ort.TensorElementDataTypeBool)
		require.NoError(t, err)
		t.Cleanup(func() { v.Destroy() })
		return v
	}
	return tensor(t, mask, shape...)
}

// run gives the bytes of the session's first output, which has the given shape and width of an element.
func (s *session) run(t testing.TB, b batch, elem ort.TensorElementDataType, bytesPerElement int64, shape ...int64) ([]byte, error) {
	t.Helper()
	size := bytesPerElement
	for _, d := range shape {
		size *= d
	}
	out := make([]byte, size)
	v, err := ort.NewCustomDataTensor(ort.NewShape(shape...), out, elem)
	require.NoError(t, err)
	defer v.Destroy()
	var in []ort.Value
	for _, name := range s.inputs {
		in = append(in, b.value(t, name, shape[len(shape)-1]))
	}
	return out, s.Run(in, []ort.Value{v})
}

// defaultModel is the path of the model that q2 setup fetches.
func defaultModel(t testing.TB) string {
	t.Helper()
	dir, err := cache.DefaultModelFolder()
	require.NoError(t, err)
	path := filepath.Join(dir, cache.ModelFile)
	if _, err := os.Stat(path); err != nil {
		if slices.Contains(strings.Split(os.Getenv("Q2_REQUIRE"), ","), "onnx") {
			t.Fatalf("Q2_REQUIRE names onnx, but the default model is missing: %v", err)
		}
		t.Skipf("no default model (run q2 setup): %v", err)
	}
	return path
}

func TestPositionsOfTheDefaultModel(t *testing.T) {
	m, err := graph.Open(defaultModel(t))
	require.NoError(t, err)
	defer m.Close()
	tokens, table := m.Positions("last_hidden_state")
	assert.EqualValues(t, 512, tokens)
	assert.Equal(t, "inner.embeddings.position_embeddings.weight", table)
}
