package onnx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/gopkg/reference"
)

// fakeEngine stands in for ONNX Runtime: row p of its hidden state holds id+p+d in dimension d. It counts what is open.
type fakeEngine struct {
	inputs, outputs []Value
	n               int64 // what a run shows; the outputs may leave it open
	fail            map[string]error
	open_           map[string]int
	binds           int
	wrong           bool // writes a NaN
}

func newFake(n int64) *fakeEngine {
	return &fakeEngine{
		inputs:  []Value{in(Int64, "input_ids", -1, -1), in(Int64, "attention_mask", -1, -1)},
		outputs: []Value{out("last_hidden_state", -1, -1, n)}, n: n, fail: map[string]error{}, open_: map[string]int{"engine": 1},
	}
}

func (f *fakeEngine) describe(string, sessionOptions) ([]Value, []Value, error) {
	return f.inputs, f.outputs, f.fail["describe"]
}

func (f *fakeEngine) open(string, sessionOptions) (session, error) {
	if f.fail["open"] != nil {
		return nil, f.fail["open"]
	}
	f.open_["session"]++
	return fakeSession{f}, nil
}

func (f *fakeEngine) close() error { f.open_["engine"]--; return nil }

type fakeSession struct{ *fakeEngine }

func (f fakeSession) probe(inputs []buffer, output string) ([]int64, error) {
	return []int64{1, inputs[0].shape[1], f.n}, f.fail["probe"]
}

func (f fakeSession) bind(inputs []buffer, output buffer) (run, error) {
	if f.fail["bind"] != nil {
		return nil, f.fail["bind"]
	}
	f.binds++
	f.open_["run"]++
	return &fakeRun{f.fakeEngine, inputs[0], output}, nil
}

func (f fakeSession) close() error { f.open_["session"]--; return nil }

type fakeRun struct {
	engine     *fakeEngine
	ids, state buffer
}

func (r *fakeRun) execute() error {
	if r.engine.fail["execute"] != nil {
		return r.engine.fail["execute"]
	}
	length, n := r.state.shape[1], r.state.shape[2]
	for p := range length {
		id := binary.NativeEndian.Uint64(r.ids.data[8*p:])
		for d := range n {
			value := float32(int64(id) + p + d)
			if r.engine.wrong {
				value = float32(math.NaN())
			}
			binary.NativeEndian.PutUint32(r.state.data[4*(p*n+d):], math.Float32bits(value))
		}
	}
	return nil
}

func (r *fakeRun) close() error { r.engine.open_["run"]--; return nil }

func (f *fakeEngine) assertAllClosed(t *testing.T) {
	t.Helper()
	for what, count := range f.open_ {
		assert.Zero(t, count, "%s left open", what)
	}
}

func openFake(t *testing.T, f *fakeEngine, o Options) *Model {
	t.Helper()
	m, err := open(f, "fake.onnx", o)
	require.NoError(t, err)
	return m
}

// row is what the fake puts out for a text's last token.
func row(ids []int64, n int) []float32 {
	last := len(ids) - 1
	values := make([]float32, n)
	for d := range values {
		values[d] = float32(int(ids[last]) + last + d)
	}
	return values
}

func quantiseByReference(t *testing.T, values []float32) ([]byte, uint64) {
	t.Helper()
	data := make([]byte, 4*len(values))
	for i, v := range values {
		binary.LittleEndian.PutUint32(data[4*i:], math.Float32bits(v))
	}
	packed := make([]byte, (len(values)+3)/4)
	key, _, err := reference.Quantise(packed, data, 1, len(values), reference.FP32)
	require.NoError(t, err)
	return packed, key
}

func TestFingerprintIsOfTheLastToken(t *testing.T) {
	f := newFake(10)
	m := openFake(t, f, Options{})
	for _, ids := range [][]int64{{1}, {1, 2, 3}, {3, 2, 1, 0}, {2, 3}} {
		want, key := quantiseByReference(t, row(ids, 10))
		packed := make([]byte, 3)
		got, timing, err := m.Fingerprint(packed, ids)
		require.NoError(t, err)
		assert.Equal(t, want, packed)
		assert.Equal(t, key, got.Bits)
		assert.Positive(t, timing.Model)
		assert.Positive(t, timing.Kernel)
	}
	require.NoError(t, m.Close())
	f.assertAllClosed(t)
}

func TestVisitLendsAllRows(t *testing.T) {
	f := newFake(3)
	m := openFake(t, f, Options{})
	defer m.Close()
	stop := errors.New("stop")
	err := m.Visit([]int64{5, 6}, func(hidden q2.Tensor) error {
		assert.Equal(t, 2, hidden.SeqLen)
		assert.Equal(t, 3, hidden.N)
		assert.Equal(t, q2.FP32, hidden.Dtype)
		assert.Len(t, hidden.Data, 2*3*4)
		assert.Equal(t, math.Float32bits(5+0+0), binary.LittleEndian.Uint32(hidden.Data))
		return stop
	})
	assert.ErrorIs(t, err, stop)
	assert.ErrorIs(t, m.Visit(nil, nil), ErrEmptyInput)
}

func TestWhatCannotBeFingerprinted(t *testing.T) {
	f := newFake(8)
	m := openFake(t, f, Options{MaxTokens: 4, VocabularySize: 100})
	defer m.Close()
	for name, c := range map[string]struct {
		ids  []int64
		is   error
		text string
	}{
		"empty":         {nil, ErrEmptyInput, "onnx: no token ids: a fingerprint needs at least one"},
		"too long":      {[]int64{1, 2, 3, 4, 5}, ErrTooLong, "onnx: too many token ids: the number of token ids is 5, must be at most 4"},
		"out of range":  {[]int64{1, 100}, ErrTokenRange, "onnx: token id out of range: token 1 is 100, must be 0 to 99"},
		"negative":      {[]int64{-1}, ErrTokenRange, "onnx: token id out of range: token 0 is -1, must be 0 to 99"},
		"and by far so": {[]int64{math.MinInt64}, ErrTokenRange, ""},
	} {
		packed := []byte{0xaa, 0xaa}
		_, _, err := m.Fingerprint(packed, c.ids)
		assert.ErrorIs(t, err, c.is, name)
		if c.text != "" {
			assert.EqualError(t, err, c.text, name)
		}
		assert.Equal(t, []byte{0xaa, 0xaa}, packed, name)
	}
	_, _, err := m.Fingerprint(make([]byte, 1), []int64{1})
	assert.ErrorIs(t, err, q2.ErrArgument)
	assert.ErrorContains(t, err, "at least 2")

	f.wrong = true
	packed := []byte{0xaa, 0xaa}
	_, _, err = m.Fingerprint(packed, []int64{1})
	assert.ErrorIs(t, err, q2.ErrNotFinite)
	assert.Equal(t, []byte{0xaa, 0xaa}, packed)
	f.wrong = false

	for _, step := range []string{"bind", "execute"} {
		broken := errors.New("broken")
		f.fail[step] = broken
		_, _, err = m.Fingerprint(packed, []int64{1, 2, 3}[:2+len(step)%2]) // bind: a new length; execute: one more
		assert.ErrorIs(t, err, broken, step)
		delete(f.fail, step)
	}
	_, _, err = m.Fingerprint(packed, []int64{1, 2})
	assert.NoError(t, err, "a failed run leaves the model usable")
}

func TestAnInt32ModelBoundsIDs(t *testing.T) {
	f := newFake(8)
	f.inputs = []Value{in(Int32, "input_ids", -1, -1)}
	m := openFake(t, f, Options{})
	defer m.Close()
	_, _, err := m.Fingerprint(make([]byte, 2), []int64{math.MaxInt32 + 1})
	assert.ErrorIs(t, err, ErrTokenRange)
}

func TestBoundTensorsAreLimitedAndTheOldestGo(t *testing.T) {
	f := newFake(4)
	m := openFake(t, f, Options{})
	packed, ids := make([]byte, 1), make([]int64, 3*maxBound)
	fingerprint := func(length int) {
		_, _, err := m.Fingerprint(packed, ids[:length])
		require.NoError(t, err)
	}
	for length := 1; length <= maxBound; length++ {
		fingerprint(length)
	}
	assert.Equal(t, maxBound, f.binds)
	fingerprint(1) // now 2 is the oldest
	assert.Equal(t, maxBound, f.binds, "a length seen before is bound already")
	fingerprint(maxBound + 1)
	assert.Equal(t, maxBound, f.open_["run"])
	fingerprint(1)
	assert.Equal(t, maxBound+1, f.binds, "1 was used lately and is kept")
	fingerprint(2)
	assert.Equal(t, maxBound+2, f.binds, "2 was given up")
	for length := range ids {
		fingerprint(length + 1)
	}
	assert.Equal(t, maxBound, f.open_["run"])
	require.NoError(t, m.Close())
	f.assertAllClosed(t)
}

func TestAFixedLengthIsPadded(t *testing.T) {
	f := newFake(8)
	f.inputs = []Value{in(Int64, "input_ids", 1, 6), in(Int64, "attention_mask", 1, 6)}
	f.outputs = []Value{out("last_hidden_state", 1, 6, 8)}
	m := openFake(t, f, Options{MaxTokens: 100})
	defer m.Close()
	assert.Equal(t, 6, m.MaxTokens())
	for _, ids := range [][]int64{{4, 5, 6, 7}, {9}, {1, 2, 3, 4, 5, 6}} {
		want, _ := quantiseByReference(t, row(ids, 8))
		packed := make([]byte, 2)
		_, _, err := m.Fingerprint(packed, ids)
		require.NoError(t, err)
		assert.Equal(t, want, packed, "the last real token, not the last row")
	}
	_, _, err := m.Fingerprint(make([]byte, 2), make([]int64, 7))
	assert.ErrorIs(t, err, ErrTooLong)
	assert.Equal(t, 1, f.binds)
}

func TestAnOpenDimension(t *testing.T) {
	f := newFake(-1)
	f.n = 12
	m := openFake(t, f, Options{})
	assert.Equal(t, 12, m.N(), "found by a run")
	require.NoError(t, m.Close())

	f = newFake(-1)
	f.fail["probe"] = errors.New("can't allocate")
	_, err := open(f, "fake.onnx", Options{})
	assert.ErrorIs(t, err, f.fail["probe"])
	assert.ErrorContains(t, err, "Options.N")
	f.assertAllClosed(t)

	f.open_["engine"] = 1
	m = openFake(t, f, Options{N: 16})
	assert.Equal(t, 16, m.N(), "given")
	require.NoError(t, m.Close())
	f.assertAllClosed(t)
}

func TestOpenRefusesAndLeavesNothingOpen(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		change func(*fakeEngine)
		o      Options
		want   string
	}{
		"no description":    {func(f *fakeEngine) { f.fail["describe"] = broken }, Options{}, "onnx: fake.onnx: broken"},
		"no session":        {func(f *fakeEngine) { f.fail["open"] = broken }, Options{}, "onnx: fake.onnx: broken"},
		"no hidden state":   {func(f *fakeEngine) { f.outputs = nil }, Options{}, "the model puts out no hidden state"},
		"unknown input":     {func(f *fakeEngine) { f.inputs = append(f.inputs, in(Float32, "pixels", 1)) }, Options{}, `"pixels"`},
		"dimension 0":       {func(f *fakeEngine) { f.outputs[0].Shape[2] = 0 }, Options{}, `unusable hidden dimension: the last dimension of "last_hidden_state" float32 [?, ?, 0] is 0, must be 1 to 1048576`},
		"dimension too big": {func(f *fakeEngine) { f.outputs[0].Shape[2] = 1<<20 + 1 }, Options{}, "is 1048577, must be 1 to 1048576"},
		"another dimension": {func(f *fakeEngine) {}, Options{N: 9}, "N is 9, must be 8, as the model has it"},
		"batch of 2":        {func(f *fakeEngine) { f.outputs[0].Shape[0] = 2 }, Options{}, "has a batch of 2"},
		"one row only":      {func(f *fakeEngine) { f.outputs[0].Shape[1] = 1 }, Options{}, "has always 1 rows"},
		"no memory":         {func(f *fakeEngine) { f.outputs[0].Shape[2] = 1 << 20 }, Options{MaxTokens: 1 << 20}, ""},
	} {
		f := newFake(8)
		c.change(f)
		m, err := open(f, "fake.onnx", c.o)
		if name == "no memory" && err == nil { // a machine may promise 4 TiB
			require.NoError(t, m.Close())
		} else {
			assert.ErrorContains(t, err, c.want, name)
		}
		f.assertAllClosed(t)
	}
}

func TestOptionsOutOfRange(t *testing.T) {
	for _, o := range []Options{{VocabularySize: -1}, {N: -1}, {N: q2.MaxDim + 1}, {MaxTokens: -1}, {MaxTokens: maxTokensLimit + 1}, {IntraOpThreads: -1}, {InterOpThreads: 5000}} {
		_, err := Open("fake.onnx", o)
		assert.ErrorIs(t, err, ErrOption, fmt.Sprintf("%+v", o))
		_, err = Inspect("fake.onnx", o)
		assert.ErrorIs(t, err, ErrOption, fmt.Sprintf("%+v", o))
	}
}

func TestInspectTellsWhatOpenWouldRefuse(t *testing.T) {
	f := newFake(8)
	f.outputs = []Value{out("logits", -1, -1, 8)}
	f.inputs = append(f.inputs, in(Float32, "pixels", 1))
	i, err := inspect(f, "/not/there.onnx", Options{})
	require.NoError(t, err)
	assert.Nil(t, i.Hidden)
	assert.Contains(t, i.Lack, "no hidden state")
	assert.Contains(t, i.Unfed, `"pixels" float32 [1]`)
	assert.Len(t, i.Inputs, 3)
	assert.Len(t, i.Outputs, 1)
	assert.Zero(t, i.VocabularySize)
	assert.Contains(t, i.VocabularySource, "unknown: ")

	i, err = inspect(newFake(8), "/not/there.onnx", Options{VocabularySize: 77})
	require.NoError(t, err)
	assert.Equal(t, "last_hidden_state", i.Hidden.Name)
	assert.Empty(t, i.Lack+i.Unfed)
	assert.Equal(t, 77, i.VocabularySize)
}

func TestClose(t *testing.T) {
	m := openFake(t, newFake(8), Options{})
	require.NoError(t, m.Close())
	assert.ErrorIs(t, m.Close(), ErrClosed)
	_, _, err := m.Fingerprint(make([]byte, 2), []int64{1})
	assert.ErrorIs(t, err, ErrClosed)
	assert.ErrorIs(t, m.Visit([]int64{1}, nil), ErrClosed)
}

func TestConcurrentCallsGetTheirOwnAnswers(t *testing.T) {
	m := openFake(t, newFake(32), Options{})
	defer m.Close()
	var group sync.WaitGroup
	for g := range 8 {
		ids := []int64{int64(g - 4 + 20), int64(g), int64(2 * g)}[:1+g%3]
		want, key := quantiseByReference(t, row(ids, 32))
		group.Go(func() {
			packed := make([]byte, 8)
			for range 100 {
				got, _, err := m.Fingerprint(packed, ids)
				assert.NoError(t, err)
				assert.Equal(t, key, got.Bits)
				assert.Equal(t, want, packed)
			}
		})
	}
	group.Wait()
}
