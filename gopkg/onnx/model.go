package onnx

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/q2kernel/q2/gopkg/arena"
	"github.com/q2kernel/q2/gopkg/onnx/graph"
	"github.com/q2kernel/q2/gopkg/q2"
)

// Timing says how long the parts of a call took.
type Timing struct {
	Wait   time.Duration // for a lease, while as many runs were on as may be
	Model  time.Duration // ONNX Runtime's runs
	Kernel time.Duration // quantising
}

// Model is a transformer ready to run. Its methods may be called from many goroutines; Options.ParallelRuns of them run at a time, and the
// others wait for a lease of its arena.
type Model struct {
	run            Run
	plan           inputPlan
	outputs        []Output
	vocabularySize int
	limits         limits
	n              int
	dtype          q2.Dtype
	quantise       func([]byte, q2.Tensor) (q2.TransitionKey, error)
	quantiseRows   func(q2.RowResults, q2.Rows) error

	// open is held for reading by whoever uses what follows, and for writing by Close.
	open    sync.RWMutex
	closed  atomic.Bool
	engine  engine
	session session
	arena   *arena.Arena
	runners map[*byte]*runner // by the first byte of the lease that each belongs to
}

// Open loads the model in the .onnx file at path, cut to the last token if that can be done (Run says if not, and why). Errors: *LibraryError,
// *SelectionError, *InputError, *LimitError, *graph.FormatError, ErrNoCgo, and what ONNX Runtime and the file system say. Close gives
// everything back.
func Open(path string, o Options) (*Model, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	e, err := newEngine(o.Library)
	if err != nil {
		return nil, err
	}
	return open(e, path, o)
}

// open takes over the engine: it is closed with the model, or at once if there is an error.
func open(e engine, path string, o Options) (_ *Model, err error) {
	m := &Model{engine: e, quantise: q2.Quantise, quantiseRows: q2.QuantiseRows}
	defer func() {
		if err != nil {
			_ = m.release()
		}
	}()
	file, err := graph.Open(path)
	if err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	defer file.Close()
	s, err := settle(file, o)
	if err != nil {
		return nil, err
	}
	if m.limits, err = o.limits(&s.plan, s.Positions); err != nil {
		return nil, err
	}
	m.run, m.plan, m.outputs, m.vocabularySize = s.Run, s.plan, verdicts(file, o, s), vocabularySize(file, o)
	m.dtype, _ = dtypeOf(m.run.Output.Elem)
	if m.session, err = s.load(e, path, o.session()); err != nil {
		return nil, fmt.Errorf("onnx: %s: %w", path, err)
	}
	return m, m.reserve(o)
}

// reserve maps the memory of a model whose session is open: an arena with a lease for each parallel run.
func (m *Model) reserve(o Options) (err error) {
	if m.n, err = m.dimension(o); err != nil {
		return err
	}
	inputs := m.plan.place(m.limits.batchTokens)
	rows := min(m.limits.batch, m.limits.batchTokens)
	if !m.run.LastToken {
		rows = m.limits.batchTokens
	}
	if m.run.LastToken && m.plan.single {
		rows = 1
	}
	size := int64(inputs) + int64(rows)*int64(m.rowBytes())
	if size > math.MaxInt {
		return &LimitError{ErrOption, "memory for MaxBatchTokens in bytes", size, fmt.Sprintf("at most %d", math.MaxInt)}
	}
	parallel := cmp.Or(o.ParallelRuns, DefaultParallelRuns)
	if m.arena, err = arena.New(arena.Options{Leases: parallel, LeaseBytes: int(size), Lock: o.Lock}); err != nil {
		return fmt.Errorf("onnx: memory for the tensors (Options.MaxBatchTokens makes it smaller): %w", err)
	}
	return m.makeRunners(parallel, inputs)
}

// makeRunners takes every lease once, so that each has its runner.
func (m *Model) makeRunners(count, inputs int) (err error) {
	m.runners = make(map[*byte]*runner, count)
	for range count {
		lease, e := m.arena.TryAcquire()
		if e != nil {
			return errors.Join(err, e)
		}
		defer func() { err = errors.Join(err, lease.Release()) }()
		memory, e := lease.Bytes()
		if e != nil {
			return errors.Join(err, e)
		}
		m.runners[&memory[0]] = newRunner(m, memory, inputs)
	}
	return err
}

// dimension is the hidden dimension: the graph's, the caller's, or what a run of one token shows.
func (m *Model) dimension(o Options) (int, error) {
	output := m.run.Output
	rank := len(output.Shape)
	n := output.Shape[rank-1].Size
	switch {
	case n < 0 && o.N > 0:
		n = int64(o.N)
	case n < 0:
		shape, err := m.probe()
		if err != nil {
			return 0, fmt.Errorf("onnx: the model leaves the dimension of %s open and a trial run failed; give it as Options.N: %w", output, err)
		}
		if len(shape) != rank {
			return 0, &SelectionError{fmt.Sprintf("the output %q came out with shape %v, and %s was expected", output.Name, shape, output.Shape), m.outputs}
		}
		n = shape[rank-1]
	case o.N > 0 && int64(o.N) != n:
		return 0, &LimitError{ErrOption, "N", int64(o.N), fmt.Sprintf("%d, as the model has it", n)}
	}
	if n < 1 || n > q2.MaxDim {
		return 0, &LimitError{ErrHiddenDimension, "the last dimension of " + output.String(), n, fmt.Sprintf("1 to %d", q2.MaxDim)}
	}
	return int(n), nil
}

// probe runs one text of token 0 and returns the shape that comes out.
func (m *Model) probe() (shape []int64, err error) {
	length := m.plan.lengthOf(1)
	memory, err := newRegion(int64(m.plan.place(length)), arena.LockOff)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, memory.close()) }()
	m.plan.feed(memory.bytes, [][]int64{{0}}, length)
	return m.session.probe(m.plan.buffers(memory.bytes, 1, length))
}

func (m *Model) rowBytes() int { return m.n * elementBytes(m.run.Output.Elem) }

// N is the hidden dimension: a code has q2.PackedLen(N()) bytes.
func (m *Model) N() int { return m.n }

// Dtype is the element type in which the model puts out its hidden state.
func (m *Model) Dtype() q2.Dtype { return m.dtype }

// MaxTokens is the length of the longest text that is accepted.
func (m *Model) MaxTokens() int { return m.limits.tokens }

// MaxBatch is the number of texts that FingerprintBatch takes.
func (m *Model) MaxBatch() int { return m.limits.batch }

// MaxBatchTokens is what the number of texts in a run times PaddedLength of the longest may be.
func (m *Model) MaxBatchTokens() int { return m.limits.batchTokens }

// PaddedLength is the length to which texts are filled up in a run whose longest has so many tokens: that length, or the only one that the
// model takes.
func (m *Model) PaddedLength(longest int) int { return m.plan.lengthOf(longest) }

// Pads says whether texts of different lengths share a run. Without an attention mask only those of equal length do, and a model whose
// batch is 1, or in which texts would change each other's codes (Run.Dynamic, Options.MixDynamic), takes one text a run; FingerprintBatch then
// runs the model more than once.
func (m *Model) Pads() bool { return m.plan.pads() }

// VocabularySize is the number of token ids that the model knows, 0 if nothing tells.
func (m *Model) VocabularySize() int { return m.vocabularySize }

// Hidden is the hidden state that is quantised, and why it is that.
func (m *Model) Hidden() Selection { return Selection{m.run.Hidden, m.run.Why} }

// Run is how the model is run: cut to the last token, or why not.
func (m *Model) Run() Run {
	r := m.run
	r.Feeds = slices.Clone(r.Feeds)
	return r
}

// Inputs are what a run feeds.
func (m *Model) Inputs() []graph.Value { return slices.Clone(m.run.Feeds) }

// Outputs are what the model file offers, with a verdict each.
func (m *Model) Outputs() []Output { return slices.Clone(m.outputs) }

// Stats tells of the leases: how many runs are on, and how long callers have waited. It stays readable after Close.
func (m *Model) Stats() arena.Stats { return m.arena.Stats() }

// Close refuses new calls at once, waits for those that have begun, and gives back the session, its memory, and ONNX Runtime with the last
// model. Closing twice returns ErrClosed.
func (m *Model) Close() error {
	if m.closed.Swap(true) {
		return ErrClosed
	}
	m.open.Lock()
	defer m.open.Unlock()
	return m.release()
}

// release works on half-opened models too. Tensors go before the memory they point to.
func (m *Model) release() (err error) {
	for _, r := range m.runners {
		err = errors.Join(err, r.bound.close())
	}
	if m.session != nil {
		err = errors.Join(err, m.session.close())
	}
	if m.arena != nil {
		err = errors.Join(err, m.arena.Close())
	}
	return errors.Join(err, m.engine.close())
}

// region is one lease of an arena of its own.
type region struct {
	arena *arena.Arena
	lease arena.Lease
	bytes []byte
}

func newRegion(size int64, lock arena.Lock) (*region, error) {
	if size > math.MaxInt {
		return nil, fmt.Errorf("%d bytes do not fit into the address space", size)
	}
	a, err := arena.New(arena.Options{Leases: 1, LeaseBytes: int(size), Lock: lock})
	if err != nil {
		return nil, err
	}
	lease, err := a.TryAcquire()
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	bytes, err := lease.Bytes()
	return &region{a, lease, bytes}, err
}

func (r *region) close() error { return errors.Join(r.lease.Release(), r.arena.Close()) }
