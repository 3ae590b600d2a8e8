package worker_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/q2kernel/q2/gopkg/onnx"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/gopkg/worker"
)

// No test of this package may leave a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	poison   = 77  // a token whose hidden state is not finite
	refused  = 100 // and the first id outside the vocabulary
	tooLong  = 33
	modelRun = 10 * time.Millisecond
)

var errRuntime = errors.New("onnx: run of 3 texts: node MatMul_7 failed")

// model stands in for ONNX Runtime: a run takes its time, and what comes out depends on the ids alone.
type model struct {
	batch, tokens int
	noPadding     bool

	mutex   sync.Mutex
	batches [][]int // the first id of each text of each run
	on      int
	most    int
	fail    func(batch []int) error
	spoil   bool // writes results into texts of a run that fails
}

func newModel() *model { return &model{batch: 8, tokens: 256} }

func (m *model) N() int                  { return 8 }
func (m *model) MaxBatch() int           { return m.batch }
func (m *model) MaxBatchTokens() int     { return m.tokens }
func (m *model) PaddedLength(l int) int  { return l }
func (m *model) Pads() bool              { return !m.noPadding }
func (m *model) ran() (batches [][]int)  { m.mutex.Lock(); defer m.mutex.Unlock(); return m.batches }
func (m *model) enter(batch []int) error { return m.count(batch, 1) }

func (m *model) count(batch []int, by int) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.on += by
	m.most = max(m.most, m.on)
	if by < 0 {
		return nil
	}
	m.batches = append(m.batches, batch)
	if m.fail != nil {
		return m.fail(batch)
	}
	return nil
}

func (m *model) Check(ids []int64) error {
	if len(ids) == 0 {
		return onnx.ErrEmptyInput
	}
	if len(ids) >= tooLong {
		return fmt.Errorf("%w: %d", onnx.ErrTooLong, len(ids))
	}
	for _, id := range ids {
		if id < 0 || id >= refused {
			return fmt.Errorf("%w: %d", onnx.ErrTokenRange, id)
		}
	}
	return nil
}

func (m *model) FingerprintBatch(dst []onnx.Result, ids [][]int64) (onnx.Timing, error) {
	var batch []int
	for _, text := range ids {
		batch = append(batch, int(text[0]))
	}
	err := m.enter(batch)
	time.Sleep(modelRun)
	for i, text := range ids {
		dst[i].Err = err
		if text[0] == poison {
			dst[i].Err = q2.ErrNotFinite
		}
		if dst[i].Err == nil {
			f := expected(text...)
			copy(dst[i].Packed, f.Packed)
			dst[i].Key = f.Key
		}
	}
	_ = m.count(nil, -1)
	return onnx.Timing{Model: modelRun, Kernel: time.Microsecond}, err
}

// expected is the fingerprint that the stand-in gives a text.
func expected(ids ...int64) q2.Fingerprint {
	last := ids[len(ids)-1]
	return q2.Fingerprint{Packed: []byte{byte(last), byte(len(ids))}, Key: q2.TransitionKey{Bits: uint64(1000*last) + uint64(len(ids)), Transitions: 3}, N: 8}
}

// text has so many tokens and starts with a number that tells it from others.
func text(name, length int) []int64 {
	ids := make([]int64, length)
	for i := range ids {
		ids[i] = int64(name)
	}
	return ids
}

func tokens(ids ...int64) worker.Request { return worker.Request{TokenIDs: ids} }

func newWorker(t *testing.T, m *model, o worker.Options) *worker.Worker {
	t.Helper()
	w, err := worker.New(worker.Parts{Runner: m}, o)
	require.NoError(t, err)
	return w
}

// answer is what became of a request.
type answer struct {
	fingerprint q2.Fingerprint
	err         error
	after       time.Duration
}

// submit sends a request from a goroutine of its own.
func submit(ctx context.Context, w *worker.Worker, ids ...int64) <-chan answer {
	result, began := make(chan answer, 1), time.Now()
	go func() {
		f, err := w.Submit(ctx, tokens(ids...))
		result <- answer{f, err, time.Since(began)}
	}()
	return result
}

func assertAnswer(t *testing.T, got answer, ids ...int64) {
	t.Helper()
	assert.NoError(t, got.err)
	assert.Equal(t, expected(ids...), got.fingerprint)
}
