//go:build cgo

package onnx

import (
	"encoding/binary"
	"math"
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
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/gopkg/reference"
)

// needRuntime lets a test go on only where ONNX Runtime can be loaded. Where Q2_REQUIRE names onnx, its absence is a failure.
func needRuntime(t *testing.T) {
	t.Helper()
	err := acquireEnvironment("")
	if err == nil {
		t.Cleanup(func() { assert.NoError(t, releaseEnvironment()) })
		return
	}
	if slices.Contains(strings.Split(os.Getenv("Q2_REQUIRE"), ","), "onnx") {
		t.Fatalf("Q2_REQUIRE names onnx: %v", err)
	}
	t.Skipf("NOT TESTED, run `make setup` first: %v", err)
}

func fixture(name string) string { return filepath.Join("..", "..", "testdata", "onnx", name+".onnx") }

func openFixture(t *testing.T, name string, o Options) *Model {
	t.Helper()
	needRuntime(t)
	o.IntraOpThreads = 1
	m, err := Open(fixture(name), o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, m.Close()) })
	return m
}

const fixtureN = 8

// What testdata/onnx/generate.py says the models compute.
func wordQuarters(id int64, d int) int { return (7*int(id)+3*d)%11 - 5 }

func wordRow(ids []int64) []float32 {
	values := make([]float32, fixtureN)
	for d := range values {
		values[d] = float32(wordQuarters(ids[len(ids)-1], d)) / 4
	}
	return values
}

func fullRow(ids []int64) []float32 {
	values, last := wordRow(ids), len(ids)-1
	for d := range values {
		values[d] += float32((5*last+d)%7-3)/4 + float32(d%3)/4
	}
	return values
}

var texts = [][]int64{{1}, {1, 2, 3}, {49, 0, 17, 8, 8, 30, 11}, {5, 4}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 9}}

func assertFingerprints(t *testing.T, m *Model, expected func([]int64) []float32) {
	t.Helper()
	for _, ids := range texts {
		want, key := quantiseByReference(t, expected(ids))
		packed := make([]byte, q2.PackedLen(m.N()))
		got, timing, err := m.Fingerprint(packed, ids)
		require.NoError(t, err)
		assert.Equal(t, want, packed, "%v", ids)
		assert.Equal(t, key, got.Bits)
		assert.Positive(t, timing.Model)
	}
}

func TestModels(t *testing.T) {
	for _, c := range []struct {
		name     string
		expected func([]int64) []float32
		dtype    q2.Dtype
		hidden   string
	}{
		{"hidden", fullRow, q2.FP32, "last_hidden_state"},
		{"int32", fullRow, q2.FP32, "last_hidden_state"},
		{"fixed", fullRow, q2.FP32, "last_hidden_state"},
		{"scores", wordRow, q2.FP32, "h"},
		{"logits", wordRow, q2.FP32, "h"},
		{"decoder", wordRow, q2.FP32, "last_hidden_state"},
		{"float16", wordRow, q2.FP16, "last_hidden_state"},
		{"bfloat16", wordRow, q2.BF16, "last_hidden_state"},
		{"int8", wordRow, q2.Q8, "last_hidden_state"},
		{"open-dimension", wordRow, q2.FP32, "last_hidden_state"},
		{"shifted", wordRow, q2.FP32, "last_hidden_state"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := openFixture(t, c.name, Options{})
			assert.Equal(t, fixtureN, m.N())
			assert.Equal(t, c.dtype, m.Dtype())
			assert.Equal(t, c.hidden, m.Hidden().Name)
			assertFingerprints(t, m, c.expected)
		})
	}
}

func TestAnOpenDimensionInHalfPrecisionMustBeGiven(t *testing.T) {
	needRuntime(t)
	_, err := Open(fixture("open-dimension-float16"), Options{})
	require.ErrorContains(t, err, "give it as Options.N")
	m := openFixture(t, "open-dimension-float16", Options{N: fixtureN})
	assertFingerprints(t, m, wordRow)

	wrong := openFixture(t, "open-dimension-float16", Options{N: fixtureN + 1})
	packed := []byte{0xaa, 0xaa, 0xaa}
	_, _, err = wrong.Fingerprint(packed, []int64{1})
	require.ErrorContains(t, err, "onnx: run of 1 tokens: ")
	assert.Equal(t, []byte{0xaa, 0xaa, 0xaa}, packed)
}

func TestTheCallersOutput(t *testing.T) {
	m := openFixture(t, "two", Options{Output: "second"})
	assertFingerprints(t, m, func(ids []int64) []float32 {
		values := wordRow(ids)
		for d := range values {
			values[d] = -values[d]
		}
		return values
	})
}

func TestModelsThatAreRefused(t *testing.T) {
	needRuntime(t)
	for name, want := range map[string]string{
		"two":          `onnx: no hidden state to be had: several outputs could be the hidden state (first, second); name one`,
		"float64":      `has elements of type float64`,
		"pixels":       `onnx: can't feed the model's input pixel_values float32 [batch, 3, 4, 4]: `,
		"no-dimension": `onnx: unusable hidden dimension: the last dimension of last_token_hidden_state float32 [batch, 0] is 0, must be 1 to 1048576`,
		"not-there":    "onnx: open ../../testdata/onnx/not-there.onnx: no such file",
	} {
		_, err := Open(fixture(name), Options{})
		assert.ErrorContains(t, err, want, name)
		assert.NotContains(t, err.Error(), "\n", "one line")
	}
}

func TestAFileThatIsNoModel(t *testing.T) {
	needRuntime(t)
	path := filepath.Join(t.TempDir(), "text.onnx")
	require.NoError(t, os.WriteFile(path, []byte("this is no model"), 0o644))
	_, err := Open(path, Options{})
	assert.ErrorContains(t, err, "onnx: "+path+": ")
	_, err = Inspect(path, Options{})
	assert.ErrorContains(t, err, "onnx: "+path+": ")
}

func TestInspectFixtures(t *testing.T) {
	i, err := Inspect(fixture("decoder"), Options{})
	require.NoError(t, err)
	require.NotNil(t, i.Run)
	assert.Equal(t, "last_hidden_state float32 [batch, sequence, 8]", i.Run.Hidden.String())
	assert.Equal(t, int64(50), i.Vocabulary)
	whys := map[string]string{}
	for _, o := range i.Verdicts {
		whys[o.Name] = o.Why
	}
	assert.Equal(t, map[string]string{"logits": "named logits", "present.0.key": "a cache of keys and values",
		"last_hidden_state": "named last_hidden_state, with three dimensions"}, whys)
	assert.Equal(t, "past_key_values.0.key float32 [batch, 2, past, 4]", i.Inputs[2].String())

	i, err = Inspect(fixture("scores"), Options{})
	require.NoError(t, err)
	assert.Equal(t, "logits: its last dimension is the vocabulary's 50", i.Verdicts[0].Why)
}

func TestAnIDThatOnlyONNXRuntimeCanRefuse(t *testing.T) {
	m := openFixture(t, "shifted", Options{})
	require.Zero(t, m.VocabularySize())
	packed := []byte{0xaa, 0xaa}
	_, _, err := m.Fingerprint(packed, []int64{1, 50})
	require.ErrorContains(t, err, "onnx: run of 2 tokens: ")
	assert.NotContains(t, err.Error(), "\n")
	assert.Equal(t, []byte{0xaa, 0xaa}, packed)
	assertFingerprints(t, m, wordRow)

	m = openFixture(t, "hidden", Options{})
	_, _, err = m.Fingerprint(packed, []int64{1, 50})
	assert.ErrorIs(t, err, ErrTokenRange, "here the embedding table tells")
}

func TestConcurrentFingerprints(t *testing.T) {
	m := openFixture(t, "hidden", Options{})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() { assertFingerprints(t, m, fullRow) })
	}
	group.Wait()
}

func TestTheEnvironmentComesAndGoes(t *testing.T) {
	needRuntime(t) // holds it while this runs
	require.NoError(t, releaseEnvironment())
	require.False(t, ort.IsInitialized(), "ours goes with the last user")
	for range 5 {
		first, err := Open(fixture("hidden"), Options{})
		require.NoError(t, err)
		second, err := Open(fixture("int32"), Options{})
		require.NoError(t, err)
		require.NoError(t, first.Close())
		require.True(t, ort.IsInitialized(), "a model is open still")
		assertFingerprints(t, second, fullRow)
		require.NoError(t, second.Close())
		require.False(t, ort.IsInitialized())
	}
	require.NoError(t, acquireEnvironment(""))
}

func TestSomebodyElsesEnvironmentIsUsedAndLeft(t *testing.T) {
	needRuntime(t)
	path := environment.path
	require.NoError(t, releaseEnvironment())
	ort.SetSharedLibraryPath(path)
	require.NoError(t, ort.InitializeEnvironment())
	m, err := Open(fixture("hidden"), Options{Library: "/not/there"})
	require.NoError(t, err, "there is one ONNX Runtime already")
	assertFingerprints(t, m, fullRow)
	require.NoError(t, m.Close())
	require.True(t, ort.IsInitialized(), "it is theirs to destroy")
	require.NoError(t, ort.DestroyEnvironment())
	require.NoError(t, acquireEnvironment(""))
}

func TestASecondLibraryIsRefused(t *testing.T) {
	needRuntime(t)
	_, err := Open(fixture("hidden"), Options{Library: "/another/lib.so"})
	var library *LibraryError
	require.ErrorAs(t, err, &library)
	assert.ErrorContains(t, err, environment.path)
}

func TestALibraryThatIsNone(t *testing.T) {
	needRuntime(t)
	require.NoError(t, releaseEnvironment())
	defer func() { require.NoError(t, acquireEnvironment("")) }()
	text := filepath.Join(t.TempDir(), "lib.so")
	require.NoError(t, os.WriteFile(text, []byte("no library"), 0o644))
	for _, path := range []string{text, "/not/there.so"} {
		_, err := Open(fixture("hidden"), Options{Library: path})
		var library *LibraryError
		require.ErrorAs(t, err, &library)
		assert.ErrorContains(t, err, path+" (option): ")
		t.Setenv(LibraryVariable, path)
		assert.ErrorContains(t, CheckLibrary(""), path+" (ONNXRUNTIME_LIB): ")
		t.Setenv(LibraryVariable, "")
	}
	require.False(t, ort.IsInitialized())
}

// runAllocated lets ONNX Runtime allocate the hidden state, without anything of this package.
func runAllocated(t *testing.T, path string, ids []int64) (shape []int64, last []byte) {
	t.Helper()
	shape1 := ort.NewShape(1, int64(len(ids)))
	mask := make([]int64, len(ids))
	for i := range mask {
		mask[i] = 1
	}
	var inputs []ort.Value
	for _, data := range [][]int64{ids, mask, make([]int64, len(ids))} {
		tensor, err := ort.NewTensor(shape1, data)
		require.NoError(t, err)
		defer tensor.Destroy()
		inputs = append(inputs, tensor)
	}
	session, err := ort.NewDynamicAdvancedSession(path, []string{"input_ids", "attention_mask", "token_type_ids"}, []string{"last_hidden_state"}, nil)
	require.NoError(t, err)
	defer session.Destroy()
	outputs := []ort.Value{nil}
	require.NoError(t, session.Run(inputs, outputs))
	defer outputs[0].Destroy()
	tensor, ok := outputs[0].(*ort.Tensor[float32])
	require.True(t, ok)
	shape = outputs[0].GetShape()
	values := tensor.GetData()
	for _, v := range values[len(values)-int(shape[2]):] {
		last = binary.LittleEndian.AppendUint32(last, math.Float32bits(v))
	}
	return shape, last
}

func defaultModel() (string, error) {
	folder, err := cache.DefaultModelFolder()
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, cache.ModelFile)
	_, err = os.Stat(path)
	return path, err
}

// openDefault opens the model that `q2 setup` fetches.
func openDefault(t *testing.T) (*Model, string) {
	t.Helper()
	needRuntime(t)
	path, err := defaultModel()
	if err != nil {
		if slices.Contains(strings.Split(os.Getenv("Q2_REQUIRE"), ","), "onnx") {
			t.Fatalf("Q2_REQUIRE names onnx: %v", err)
		}
		t.Skipf("NOT TESTED, run `make setup` first: %v", err)
	}
	m, err := Open(path, Options{ParallelRuns: 1})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, m.Close()) })
	return m, path
}

func TestTheDefaultModelAgainstARunOnItsOwn(t *testing.T) {
	m, path := openDefault(t)
	assert.Equal(t, 384, m.N())
	assert.Equal(t, 30522, m.VocabularySize())
	for _, ids := range [][]int64{
		{101, 1996, 4937, 25126, 2006, 1996, 10682, 1012, 102}, // The cat sleeps on the sofa.
		{101, 102},
		append(append([]int64{101}, slices.Repeat([]int64{7592, 2088}, 100)...), 102),
	} {
		shape, last := runAllocated(t, path, ids)
		require.Equal(t, []int64{1, int64(len(ids)), 384}, shape)
		want := make([]byte, 96)
		key, transitions, err := reference.Quantise(want, last, 1, 384, reference.FP32)
		require.NoError(t, err)

		packed := make([]byte, 96)
		got, timing, err := m.Fingerprint(packed, ids)
		require.NoError(t, err)
		assert.Equal(t, want, packed)
		assert.Equal(t, q2.TransitionKey{Bits: key, Transitions: transitions}, got)
		assert.Less(t, timing.Kernel, timing.Model)
	}
	_, _, err := m.Fingerprint(make([]byte, 96), make([]int64, 513))
	assert.EqualError(t, err, "onnx: too many token ids: the number of token ids is 513, must be at most 512, the model's positions")
	assert.ErrorIs(t, err, ErrTooLong)
}
