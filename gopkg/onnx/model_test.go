package onnx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/onnx/graph"
	"github.com/q2kernel/q2/gopkg/q2"
)

// ways are all those in which a model with a mask is run.
var ways = map[string]Options{
	"cut, padded right":         {},
	"cut, padded left":          {Padding: graph.PadLeft},
	"every token, padded right": {EveryToken: true},
	"every token, padded left":  {EveryToken: true, Padding: graph.PadLeft},
}

func TestFingerprintIsOfTheLastToken(t *testing.T) {
	for name, o := range ways {
		f := newFake(10)
		m := openFake(t, f, o)
		assert.Equal(t, !o.EveryToken, m.Run().LastToken, name)
		for _, ids := range [][]int64{{1}, {1, 2, 3}, {3, 2, 1, 0}, {2, 3}} {
			want, key := quantiseByReference(t, row(ids, 10))
			packed := make([]byte, 3)
			got, timing, err := m.Fingerprint(packed, ids)
			require.NoError(t, err)
			assert.Equal(t, want, packed, name)
			assert.Equal(t, key, got.Bits, name)
			assert.Positive(t, timing.Model)
			assert.Positive(t, timing.Kernel)
		}
		require.NoError(t, m.Close())
		f.assertAllClosed(t)
	}
}

func TestVisitLendsTheRows(t *testing.T) {
	stop := errors.New("stop")
	for name, o := range ways {
		m := openFake(t, newFake(3), o)
		err := m.Visit([]int64{5, 6}, func(hidden q2.Tensor) error {
			want := []float32{6 + 1 + 0, 8, 9}
			if o.EveryToken {
				want = append([]float32{5 + 0 + 0, 6, 7}, want...)
			}
			assert.Equal(t, q2.Tensor{Data: hidden.Data, Dtype: q2.FP32, SeqLen: len(want) / 3, N: 3}, hidden, name)
			assert.Equal(t, want, floats(hidden.Data), name)
			return stop
		})
		assert.ErrorIs(t, err, stop)
		assert.Zero(t, m.Stats().InUse, "the lease is back after an error")
		assert.ErrorIs(t, m.Visit(nil, nil), ErrEmptyInput)
		require.NoError(t, m.Close())
	}
}

func floats(b []byte) (values []float32) {
	for ; len(b) > 0; b = b[4:] {
		values = append(values, math.Float32frombits(binary.LittleEndian.Uint32(b)))
	}
	return values
}

var unusable = map[string]struct {
	ids  []int64
	is   error
	text string
}{
	"empty":         {nil, ErrEmptyInput, "onnx: no token ids: a fingerprint needs at least one"},
	"too long":      {[]int64{1, 2, 3, 4, 5}, ErrTooLong, "onnx: too many token ids: the number of token ids is 5, must be at most 4"},
	"out of range":  {[]int64{1, 100}, ErrTokenRange, "onnx: token id out of range: token 1 is 100, must be 0 to 99"},
	"negative":      {[]int64{-1}, ErrTokenRange, "onnx: token id out of range: token 0 is -1, must be 0 to 99"},
	"and by far so": {[]int64{math.MinInt64}, ErrTokenRange, "onnx: token id out of range: token 0 is -9223372036854775808, must be 0 to 99"},
}

func TestWhatCannotBeFingerprinted(t *testing.T) {
	f := newFake(8)
	m := openFake(t, f, Options{MaxTokens: 4, VocabularySize: 100})
	defer m.Close()
	for name, c := range unusable {
		packed := []byte{0xaa, 0xaa}
		_, _, err := m.Fingerprint(packed, c.ids)
		assert.ErrorIs(t, err, c.is, name)
		assert.EqualError(t, err, c.text, name)
		assert.Equal(t, err, m.Check(c.ids), name)
		assert.Equal(t, []byte{0xaa, 0xaa}, packed, name)
	}
	assert.NoError(t, m.Check([]int64{0, 99, 0, 0}))
	_, _, err := m.Fingerprint(make([]byte, 1), []int64{1})
	assert.ErrorIs(t, err, q2.ErrArgument)
	assert.ErrorContains(t, err, "at least 2")

	f.poison = 7
	packed := []byte{0xaa, 0xaa}
	_, _, err = m.Fingerprint(packed, []int64{7})
	assert.ErrorIs(t, err, q2.ErrNotFinite)
	assert.Equal(t, []byte{0xaa, 0xaa}, packed)

	for _, step := range []string{"bind", "execute"} {
		broken := errors.New("broken")
		f.fail[step] = broken
		_, _, err = m.Fingerprint(packed, []int64{1, 2, 3}[:2+len(step)%2]) // bind: a new length; execute: one more
		assert.ErrorIs(t, err, broken, step)
		assert.Equal(t, []byte{0xaa, 0xaa}, packed)
		delete(f.fail, step)
	}
	_, _, err = m.Fingerprint(packed, []int64{1, 2})
	assert.NoError(t, err, "a failed run leaves the model usable")
	assert.Zero(t, m.Stats().InUse)
}

func TestAnInt32ModelBoundsIDs(t *testing.T) {
	f := newFake(8)
	f.inputs = []graph.Value{in(graph.Int32, "input_ids", -1, -1)}
	m := openFake(t, f, Options{})
	defer m.Close()
	_, _, err := m.Fingerprint(make([]byte, 2), []int64{math.MaxInt32 + 1})
	assert.ErrorIs(t, err, ErrTokenRange)
}

func TestBoundTensorsAreLimitedAndTheOldestGo(t *testing.T) {
	f := newFake(4)
	m := openFake(t, f, Options{ParallelRuns: 1})
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

func fixedFake() *fakeEngine {
	f := newFake(8)
	f.inputs = []graph.Value{in(graph.Int64, "input_ids", 1, 6), in(graph.Int64, "attention_mask", 1, 6)}
	f.outputs = []graph.Value{out("last_hidden_state", 1, 6, 8)}
	return f
}

func TestAFixedLengthIsPadded(t *testing.T) {
	for name, o := range ways {
		f := fixedFake()
		o.MaxTokens, o.ParallelRuns = 100, 1
		m := openFake(t, f, o)
		assert.Equal(t, 6, m.MaxTokens())
		assert.Equal(t, 6, m.PaddedLength(2))
		for _, ids := range [][]int64{{4, 5, 6, 7}, {9}, {1, 2, 3, 4, 5, 6}} {
			want, _ := quantiseByReference(t, row(ids, 8))
			packed := make([]byte, 2)
			_, _, err := m.Fingerprint(packed, ids)
			require.NoError(t, err)
			assert.Equal(t, want, packed, "%s: the last real token, not the last row", name)
		}
		_, _, err := m.Fingerprint(make([]byte, 2), make([]int64, 7))
		assert.ErrorIs(t, err, ErrTooLong)
		assert.Equal(t, 1, f.binds)
		require.NoError(t, m.Close())
	}
}

func TestAnOpenDimension(t *testing.T) {
	for _, every := range []bool{false, true} {
		f := newFake(-1)
		f.n = 12
		m := openFake(t, f, Options{EveryToken: every})
		assert.Equal(t, 12, m.N(), "found by a run")
		require.NoError(t, m.Close())

		f = newFake(-1)
		f.fail["probe"] = errors.New("can't allocate")
		_, err := f.openModel(t, Options{EveryToken: every})
		assert.ErrorIs(t, err, f.fail["probe"])
		assert.ErrorContains(t, err, "Options.N")
		f.assertAllClosed(t)

		f.open_["engine"] = 1
		m = openFake(t, f, Options{N: 16, EveryToken: every})
		assert.Equal(t, 16, m.N(), "given")
		require.NoError(t, m.Close())
		f.assertAllClosed(t)
	}
}

func TestOpenRefusesAndLeavesNothingOpen(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		change func(*fakeEngine)
		o      Options
		want   string
	}{
		"no session":      {func(f *fakeEngine) { f.fail["open"] = broken }, Options{}, "fake.onnx: broken"},
		"no hidden state": {func(f *fakeEngine) { f.outputs = nil }, Options{}, "onnx: no hidden state to be had: no output is a hidden state, and none is logits; the model has no outputs; the outputs are:"},
		"not that one":    {func(f *fakeEngine) {}, Options{Output: "x"}, `onnx: no hidden state to be had: the model has no output "x"; it has `},
		"double precision": {func(f *fakeEngine) { f.outputs[0].Elem = graph.Float64 }, Options{},
			`the hidden state "last_hidden_state" has elements of type float64; float32, float16, bfloat16 and int8 can be quantised`},
		"unknown input":     {func(f *fakeEngine) { f.inputs = append(f.inputs, in(graph.Float32, "pixels", 1)) }, Options{}, "can't feed the model's input pixels float32 [1]: "},
		"dimension 0":       {func(f *fakeEngine) { f.outputs[0].Shape[2].Size = 0 }, Options{}, `unusable hidden dimension: the last dimension of last_token_hidden_state float32 [open, 0] is 0, must be 1 to 1048576`},
		"dimension too big": {func(f *fakeEngine) { f.outputs[0].Shape[2].Size = 1<<20 + 1 }, Options{}, "is 1048577, must be 1 to 1048576"},
		"another dimension": {func(f *fakeEngine) {}, Options{N: 9}, "N is 9, must be 8, as the model has it"},
		"batch of 2":        {func(f *fakeEngine) { f.outputs[0].Shape[0].Size = 2 }, Options{}, "has a batch of 2"},
		"one row only":      {func(f *fakeEngine) { f.outputs[0].Shape[1].Size = 1 }, Options{EveryToken: true}, "has always 1 rows"},
		"few tokens":        {func(f *fakeEngine) { *f = *fixedFake() }, Options{MaxBatchTokens: 5}, "MaxBatchTokens is 5, must be at least 6, the length of the model's texts"},
		"no memory":         {func(f *fakeEngine) { f.outputs[0].Shape[2].Size = 1 << 20 }, Options{MaxTokens: 1 << 20, EveryToken: true, ParallelRuns: 1024}, ""},
	} {
		f := newFake(8)
		c.change(f)
		m, err := f.openModel(t, c.o)
		if name == "no memory" && err == nil { // a machine may promise 4 PiB
			require.NoError(t, m.Close())
		} else {
			assert.ErrorContains(t, err, c.want, name)
		}
		f.assertAllClosed(t)
	}
	f := newFake(8)
	_, err := open(f, filepath.Join(t.TempDir(), "none.onnx"), Options{})
	assert.ErrorContains(t, err, "no such file")
	f.assertAllClosed(t)
}

func TestOptionsOutOfRange(t *testing.T) {
	for _, o := range []Options{{VocabularySize: -1}, {N: -1}, {N: q2.MaxDim + 1}, {MaxTokens: -1}, {MaxTokens: maxTokensLimit + 1}, {IntraOpThreads: -1}, {InterOpThreads: 5000},
		{MaxBatch: -1}, {MaxBatch: maxBatchLimit + 1}, {MaxBatchTokens: -1}, {MaxTokens: 11, MaxBatchTokens: 10}, {ParallelRuns: -1}, {ParallelRuns: maxParallel + 1}, {Padding: 2}, {Lock: -1}} {
		_, err := Open("fake.onnx", o)
		assert.ErrorIs(t, err, ErrOption, fmt.Sprintf("%+v", o))
		_, err = Inspect("fake.onnx", o)
		assert.ErrorIs(t, err, ErrOption, fmt.Sprintf("%+v", o))
	}
}

func TestLimitsFollowTheOptions(t *testing.T) {
	for _, c := range []struct {
		o    Options
		want limits
	}{
		{Options{}, limits{4096, 64, 16384}},
		{Options{MaxTokens: 20000}, limits{20000, 64, 20000}},
		{Options{MaxBatchTokens: 512}, limits{512, 64, 512}},
		{Options{MaxTokens: 128, MaxBatch: 8, MaxBatchTokens: 600}, limits{128, 8, 600}},
	} {
		m := openFake(t, newFake(8), c.o)
		assert.Equal(t, c.want, limits{m.MaxTokens(), m.MaxBatch(), m.MaxBatchTokens()})
		require.NoError(t, m.Close())
	}
}

func TestInspectTellsWhatOpenWouldRefuse(t *testing.T) {
	i, err := Inspect(modelFile(t, []graph.Value{in(graph.Int64, "input_ids", -1, -1)}, []graph.Value{out("logits", -1, -1, 8)}), Options{})
	require.NoError(t, err)
	assert.Nil(t, i.Run)
	var selection *SelectionError
	require.ErrorAs(t, i.Err(), &selection)
	assert.Equal(t, selection.Lack, i.Lack)
	assert.Contains(t, i.Lack, `no head found behind output "logits"`)
	assert.Equal(t, []Output{{out("logits", -1, -1, 8), false, "named logits"}}, unnamed(i.Verdicts))

	i, err = Inspect(modelFile(t, []graph.Value{in(graph.Float32, "pixels", 1), in(graph.Int64, "input_ids", -1, -1)}, newFake(8).outputs), Options{})
	require.NoError(t, err)
	var input *InputError
	require.ErrorAs(t, i.Err(), &input)
	assert.Contains(t, i.Lack, "can't feed the model's input pixels float32 [1]: ")

	i, err = Inspect(modelFile(t, newFake(8).inputs, newFake(8).outputs), Options{})
	require.NoError(t, err)
	require.NoError(t, i.Err())
	assert.Empty(t, i.Lack)
	assert.Equal(t, "last_hidden_state", i.Run.Hidden.Name)
	assert.True(t, i.Run.LastToken)
	assert.Empty(t, i.Run.NotCut)
}

// unnamed leaves out the names of dimensions, which modelFile invents.
func unnamed(outputs []Output) []Output {
	for _, o := range outputs {
		for d := range o.Shape {
			o.Shape[d].Name = ""
		}
	}
	return outputs
}

func TestOutputsHaveAVerdictEach(t *testing.T) {
	f := newFake(8)
	f.outputs = append(f.outputs, out("other", -1, -1, 8), out("pooled", -1, 8))
	m := openFake(t, f, Options{Output: "other"})
	defer m.Close()
	var verdicts []string
	for _, o := range m.Outputs() {
		verdicts = append(verdicts, fmt.Sprint(o.Name, " ", o.Chosen, ": ", o.Why))
	}
	assert.Equal(t, []string{"last_hidden_state false: another one was named", "other true: named by the caller", "pooled false: it has 2 dimensions instead of 3"}, verdicts)
	assert.Equal(t, "other", m.Hidden().Name)
	assert.Len(t, m.Inputs(), 2)
}

func TestClose(t *testing.T) {
	m := openFake(t, newFake(8), Options{})
	require.NoError(t, m.Close())
	assert.ErrorIs(t, m.Close(), ErrClosed)
	_, _, err := m.Fingerprint(make([]byte, 2), []int64{1})
	assert.ErrorIs(t, err, ErrClosed)
	assert.ErrorIs(t, m.Visit([]int64{1}, nil), ErrClosed)
	dst := []Result{{Packed: make([]byte, 2)}, {Packed: make([]byte, 2)}}
	_, err = m.FingerprintBatch(dst, [][]int64{{1}, {}})
	assert.ErrorIs(t, err, ErrClosed)
	assert.ErrorIs(t, dst[0].Err, ErrClosed)
	assert.ErrorIs(t, dst[1].Err, ErrEmptyInput)
	assert.NoError(t, m.Check([]int64{1}))
}

// Close waits for the run that is on and for the caller who waits for its lease, and refuses whoever comes later.
func TestCloseWaitsForRuns(t *testing.T) {
	f := newFake(8)
	m := openFake(t, f, Options{ParallelRuns: 1})
	f.hold, f.begun = make(chan struct{}), make(chan struct{}, 2)
	results, closed := make(chan error, 2), make(chan error)
	for range 2 {
		go func() {
			_, _, err := m.Fingerprint(make([]byte, 2), []int64{1, 2})
			results <- err
		}()
	}
	<-f.begun
	require.Eventually(t, func() bool { return m.Stats().Waiting == 1 }, timeout, tick)
	go func() { closed <- m.Close() }()
	require.Eventually(t, m.closed.Load, timeout, tick)
	_, _, err := m.Fingerprint(make([]byte, 2), []int64{1})
	assert.ErrorIs(t, err, ErrClosed, "a late caller is refused while runs are on")
	select {
	case <-closed:
		t.Fatal("closed over a run")
	default:
	}
	close(f.hold)
	require.NoError(t, <-closed)
	assert.NoError(t, <-results)
	assert.NoError(t, <-results)
	f.assertAllClosed(t)
}

// A caller who finds the model open, and then waits until Close is done, is refused as well.
func TestCloseOvertakesACaller(t *testing.T) {
	m := openFake(t, newFake(8), Options{})
	m.open.Lock() // as Close has it
	refused := make(chan error)
	go func() {
		_, _, err := m.Fingerprint(make([]byte, 2), []int64{1})
		refused <- err
	}()
	time.Sleep(20 * time.Millisecond) // for the caller to get as far as the lock
	m.closed.Store(true)
	m.open.Unlock()
	assert.ErrorIs(t, <-refused, ErrClosed)
	m.closed.Store(false)
	require.NoError(t, m.Close())
}

func TestRunsInParallelAreLimited(t *testing.T) {
	const limit, callers = 3, 8
	f := newFake(32)
	m := openFake(t, f, Options{ParallelRuns: limit})
	f.hold, f.begun = make(chan struct{}), make(chan struct{}, callers)
	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			_, _, err := m.Fingerprint(make([]byte, 8), []int64{1})
			assert.NoError(t, err)
		})
	}
	for range limit {
		<-f.begun
	}
	require.Eventually(t, func() bool { return m.Stats().Waiting == callers-limit }, timeout, tick)
	assert.Equal(t, limit, f.running)
	close(f.hold)
	group.Wait()
	assert.Equal(t, limit, f.most)
	require.NoError(t, m.Close())
	f.assertAllClosed(t)
}

func TestConcurrentCallsGetTheirOwnAnswers(t *testing.T) {
	m := openFake(t, newFake(32), Options{ParallelRuns: 3})
	defer m.Close()
	var group sync.WaitGroup
	for g := range 8 {
		ids := []int64{int64(g - 4 + 20), int64(g), int64(2 * g)}[:1+g%3]
		want, key := quantiseByReference(t, row(ids, 32))
		group.Go(func() {
			packed := make([]byte, 8)
			dst := []Result{{Packed: make([]byte, 8)}, {Packed: make([]byte, 8)}}
			for range 100 {
				got, _, err := m.Fingerprint(packed, ids)
				assert.NoError(t, err)
				assert.Equal(t, key, got.Bits)
				assert.Equal(t, want, packed)
				_, err = m.FingerprintBatch(dst, [][]int64{{1, 2, 3, 4}, ids})
				assert.NoError(t, err)
				assert.Equal(t, want, dst[1].Packed)
			}
		})
	}
	group.Wait()
}
