package onnx

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/onnx/graph"
	"github.com/q2kernel/q2/gopkg/q2"
)

const timeout, tick = 10 * time.Second, time.Millisecond

// results have room for codes of n dimensions, filled with what no fingerprint leaves.
func results(count, n int) []Result {
	dst := make([]Result, count)
	for i := range dst {
		dst[i] = Result{Packed: bytes.Repeat([]byte{0xaa}, q2.PackedLen(n)+1), Key: q2.TransitionKey{Bits: 1}, Err: errors.New("of before")}
	}
	return dst
}

func assertIsOf(t *testing.T, ids []int64, n int, got Result, what ...any) {
	t.Helper()
	want, key := quantiseByReference(t, row(ids, n))
	assert.NoError(t, got.Err, what...)
	assert.Equal(t, append(want, 0xaa), got.Packed, what...)
	assert.Equal(t, key, got.Key.Bits, what...)
	assert.Positive(t, got.Key.Transitions, what...)
}

func assertUntouched(t *testing.T, got Result, want error, what ...any) {
	t.Helper()
	assert.ErrorIs(t, got.Err, want, what...)
	assert.Zero(t, got.Key, what...)
	assert.Equal(t, bytes.Repeat([]byte{0xaa}, len(got.Packed)), got.Packed, what...)
}

var ragged = [][]int64{{1}, {1, 2, 3}, {49, 0, 17, 8, 8, 30, 11}, {5, 4}, {4, 5, 6}}

func TestABatchIsOneRunOfItsTexts(t *testing.T) {
	for name, o := range ways {
		f := newFake(10)
		m := openFake(t, f, o)
		for _, texts := range [][][]int64{ragged, ragged[1:2], {{1, 2}, {3, 4}}} {
			f.shapes = nil
			dst := results(len(texts), 10)
			timing, err := m.FingerprintBatch(dst, texts)
			require.NoError(t, err)
			for i, ids := range texts {
				assertIsOf(t, ids, 10, dst[i], name)
			}
			assert.Positive(t, timing.Model)
			assert.Positive(t, timing.Kernel)
			longest := 0
			for _, ids := range texts {
				longest = max(longest, len(ids))
			}
			assert.Equal(t, [][]int64{{int64(len(texts)), int64(longest)}}, f.shapes, name)
		}
		_, err := m.FingerprintBatch(nil, nil)
		assert.NoError(t, err)
		require.NoError(t, m.Close())
		f.assertAllClosed(t)
	}
}

// A batch takes one call of the kernel, but where an uncut model leaves the last rows at odd distances.
func TestABatchIsOneCallOfTheKernel(t *testing.T) {
	for name, o := range ways {
		m := openFake(t, newFake(10), o)
		calls := 0
		m.quantiseRows = func(dst q2.RowResults, rows q2.Rows) error { calls++; return q2.QuantiseRows(dst, rows) }
		dst := results(len(ragged), 10)
		_, err := m.FingerprintBatch(dst, ragged)
		require.NoError(t, err)
		want := 1
		if o.EveryToken && o.Padding == graph.PadRight {
			want = len(ragged)
		}
		assert.Equal(t, want, calls, name)
		_, err = m.FingerprintBatch(dst[:2], [][]int64{{1, 2}, {3, 4}})
		require.NoError(t, err)
		assert.Equal(t, want+1, calls, "%s, equal lengths", name)
		require.NoError(t, m.Close())
	}
}

func TestATextThatCannotBeUsedFailsAlone(t *testing.T) {
	for name, o := range ways {
		f := newFake(8)
		f.poison = 66
		o.MaxTokens, o.VocabularySize = 4, 100
		m := openFake(t, f, o)
		texts, bad := [][]int64{{1, 2}}, map[int]error{}
		for _, c := range unusable {
			bad[len(texts)] = c.is
			texts = append(texts, c.ids, []int64{int64(len(texts)), 9, 9})
		}
		bad[len(texts)] = q2.ErrNotFinite
		texts = append(texts, []int64{1, 66}, []int64{66, 1})
		dst := results(len(texts), 8)
		_, err := m.FingerprintBatch(dst, texts)
		require.NoError(t, err, name)
		for i, ids := range texts {
			if bad[i] != nil {
				assertUntouched(t, dst[i], bad[i], "%s, text %d", name, i)
			} else {
				assertIsOf(t, ids, 8, dst[i], "%s, text %d", name, i)
			}
		}
		assert.Equal(t, [][]int64{{int64(len(texts) - len(unusable)), 3}}, f.shapes, "only what can be used is run, as short as that is")

		f.shapes = nil
		_, err = m.FingerprintBatch(results(2, 8), [][]int64{{}, {-1}})
		assert.NoError(t, err)
		assert.Empty(t, f.shapes, "nothing to run")
		require.NoError(t, m.Close())
	}
}

func TestABatchThatIsRefused(t *testing.T) {
	f := newFake(8)
	m := openFake(t, f, Options{MaxTokens: 6, MaxBatch: 4, MaxBatchTokens: 12})
	defer m.Close()
	untouched := func(dst []Result) {
		t.Helper()
		assert.Equal(t, results(len(dst), 8), dst)
	}

	dst := results(5, 8)
	_, err := m.FingerprintBatch(dst, make([][]int64, 5))
	assert.ErrorIs(t, err, ErrBatch)
	assert.EqualError(t, err, "onnx: batch too large: the number of texts is 5, must be at most 4")
	untouched(dst)

	_, err = m.FingerprintBatch(dst, make([][]int64, 4))
	assert.EqualError(t, err, "q2: number of results is 5, must be 4, as there are texts")
	untouched(dst)

	dst = results(2, 8)
	dst[1].Packed = dst[1].Packed[:1]
	_, err = m.FingerprintBatch(dst, [][]int64{{1}, {2}})
	assert.EqualError(t, err, "text 1: q2: length of packed is 1, must be at least 2")
	assert.Equal(t, results(1, 8), dst[:1])

	dst = results(4, 8)
	_, err = m.FingerprintBatch(dst, [][]int64{{1, 2, 3, 4, 5}, {1}, {-1}, {1}})
	assert.EqualError(t, err, "onnx: batch too large: the number of tokens, 3 texts filled up to 5, is 15, must be at most 12")
	for i, want := range []error{ErrBatch, ErrBatch, ErrTokenRange, ErrBatch} {
		assertUntouched(t, dst[i], want)
	}
	assert.Empty(t, f.shapes)

	_, err = m.FingerprintBatch(dst, [][]int64{{1, 2, 3, 4}, {1}, {-1}, {1}})
	assert.NoError(t, err, "12 tokens are the limit")
}

func TestAFailedRunFailsItsTextsAndNoMore(t *testing.T) {
	f := newFake(8)
	m := openFake(t, f, Options{})
	broken := errors.New("broken")
	for _, step := range []string{"bind", "execute"} {
		f.fail[step] = broken
		dst := results(3, 8)
		_, err := m.FingerprintBatch(dst, [][]int64{{1, 2}, {}, {3}})
		assert.ErrorIs(t, err, broken)
		for i, want := range []error{broken, ErrEmptyInput, broken} {
			assertUntouched(t, dst[i], want, step)
		}
		delete(f.fail, step)
		_, err = m.FingerprintBatch(dst, [][]int64{{1, 2}, {}, {3}})
		require.NoError(t, err)
		assertIsOf(t, []int64{3}, 8, dst[2])
	}
	assert.Zero(t, m.Stats().InUse)
	require.NoError(t, m.Close())
	f.assertAllClosed(t)
}

// Texts of different lengths can't share a run of a model without a mask.
func TestWithoutAMaskLengthsRunApart(t *testing.T) {
	f := newFake(8)
	f.inputs = f.inputs[:1]
	m := openFake(t, f, Options{MaxTokens: 6, MaxBatchTokens: 8})
	defer m.Close()
	assert.False(t, m.Pads())
	texts := [][]int64{{1, 2}, {3}, {4, 5}, {6, 7}, {8, 9}, {1}, {2, 3, 4, 5, 6}, {7, 7}}
	dst := results(len(texts), 8)
	_, err := m.FingerprintBatch(dst, texts)
	require.NoError(t, err)
	for i, ids := range texts {
		assertIsOf(t, ids, 8, dst[i])
	}
	assert.ElementsMatch(t, [][]int64{{4, 2}, {1, 2}, {2, 1}, {1, 5}}, f.shapes, "at most 8 tokens a run")
}

func TestAModelOfOneTextRunsThemOneByOne(t *testing.T) {
	f := fixedFake()
	m := openFake(t, f, Options{})
	defer m.Close()
	assert.False(t, m.Pads())
	texts := [][]int64{{1, 2}, {3}, {4, 5, 6, 7, 8, 9}}
	dst := results(len(texts), 8)
	_, err := m.FingerprintBatch(dst, texts)
	require.NoError(t, err)
	for i, ids := range texts {
		assertIsOf(t, ids, 8, dst[i])
	}
	assert.Equal(t, [][]int64{{1, 6}, {1, 6}, {1, 6}}, f.shapes)
}

func TestAFixedLengthTakesBatches(t *testing.T) {
	f := newFake(8)
	for i := range f.inputs {
		f.inputs[i].Shape[1].Size = 6
	}
	m := openFake(t, f, Options{MaxBatchTokens: 18})
	defer m.Close()
	assert.True(t, m.Pads())
	dst := results(3, 8)
	_, err := m.FingerprintBatch(dst, ragged[3:])
	assert.ErrorIs(t, err, q2.ErrArgument)
	_, err = m.FingerprintBatch(dst[:2], ragged[3:])
	require.NoError(t, err)
	assertIsOf(t, ragged[4], 8, dst[1])
	assert.Equal(t, [][]int64{{2, 6}}, f.shapes)
	_, err = m.FingerprintBatch(results(4, 8), [][]int64{{1}, {1}, {1}, {1}})
	assert.ErrorIs(t, err, ErrBatch)
}

func TestABatchAllocatesNothing(t *testing.T) {
	if asanEnabled {
		t.Skip("the address sanitiser has variables moved to the heap")
	}
	m := openFake(t, newFake(64), Options{ParallelRuns: 1})
	defer m.Close()
	dst := results(len(ragged), 64)
	assert.Zero(t, testing.AllocsPerRun(20, func() {
		if _, err := m.FingerprintBatch(dst, ragged); err != nil {
			t.Fatal(err)
		}
	}))
}

// Either side may say that the batch is always 1.
func TestABatchOfOneMayBeTheInputsOrTheOutputs(t *testing.T) {
	for name, change := range map[string]func(*fakeEngine){
		"an input":  func(f *fakeEngine) { f.inputs[1].Shape[0].Size = 1 },
		"an output": func(f *fakeEngine) { f.outputs[0].Shape[0].Size = 1 },
	} {
		f := newFake(8)
		change(f)
		m := openFake(t, f, Options{})
		assert.False(t, m.Pads(), name)
		dst := results(2, 8)
		_, err := m.FingerprintBatch(dst, [][]int64{{1, 2}, {3, 4}})
		require.NoError(t, err)
		assertIsOf(t, []int64{3, 4}, 8, dst[1], name)
		assert.Equal(t, [][]int64{{1, 2}, {1, 2}}, f.shapes, name)
		require.NoError(t, m.Close())
	}
}

// The caller's token ids are not kept longer than the call.
func TestTextsAreLetGo(t *testing.T) {
	m := openFake(t, newFake(8), Options{ParallelRuns: 1})
	defer m.Close()
	_, err := m.FingerprintBatch(results(len(ragged), 8), ragged)
	require.NoError(t, err)
	for _, r := range m.runners {
		for _, ids := range r.texts[:cap(r.texts)] {
			assert.Nil(t, ids)
		}
	}
}
