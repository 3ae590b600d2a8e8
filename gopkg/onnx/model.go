package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/q2kernel/q2/gopkg/arena"
	"github.com/q2kernel/q2/gopkg/q2"
)

const (
	defaultMaxTokens = 4096
	maxTokensLimit   = 1 << 20
	maxThreads       = 1024
)

// Options say how a model is opened. The zero value is fine.
type Options struct {
	// Library is the path of ONNX Runtime's shared library, 1.24 or newer. Without it the environment variable ONNXRUNTIME_LIB is
	// taken, else what `q2 setup` fetched, else what the system's loader finds. A process has one ONNX Runtime: if somebody
	// initialised onnxruntime_go before, theirs is used.
	Library string
	// Output names the hidden state, for a model in which it can't be found.
	Output string
	// VocabularySize tells logits from hidden states and bounds token ids. Without it the embedding table tells.
	VocabularySize int
	// N is the hidden dimension of a model that leaves it open. Without it one run of one token finds it out.
	N int
	// MaxTokens bounds the length of a text, 4096 if 0. Memory for it is reserved, and used only as far as texts need it.
	MaxTokens int
	// IntraOpThreads and InterOpThreads are ONNX Runtime's threads within and between operators; 0 leaves it to ONNX Runtime, which
	// takes all cores for the first.
	IntraOpThreads, InterOpThreads int
	// Spin lets waiting threads of ONNX Runtime burn processor time: a little faster alone, bad for the rest of a server.
	Spin bool
}

// Timing says how long the parts of a fingerprint took.
type Timing struct {
	Model  time.Duration // ONNX Runtime's run
	Kernel time.Duration // quantising the last row
}

// Model is a transformer ready to run. Its methods may be called from many goroutines; runs take turns, for they share the memory
// that the hidden state is written to. A program that wants several runs at a time opens several models.
type Model struct {
	inspection Inspection
	plan       inputPlan
	n          int
	kind       ElementType
	dtype      q2.Dtype
	maxTokens  int
	quantise   func([]byte, q2.Tensor) (q2.TransitionKey, error)

	turn       sync.Mutex // guards what follows
	closed     bool
	engine     engine
	session    session
	inputs     *region
	activation *region
	bound      boundRuns
}

// Open loads the model in the .onnx file at path. Errors: *LibraryError, *SelectionError, *InputError, *LimitError, ErrNoCgo, and
// what ONNX Runtime says. Close gives everything back.
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
	m := &Model{engine: e, quantise: q2.Quantise}
	defer func() {
		if err != nil {
			_ = m.release()
		}
	}()
	if m.inspection, err = inspect(e, path, o); err != nil {
		return nil, err
	}
	if err := m.inspection.err(); err != nil {
		return nil, err
	}
	m.plan = m.inspection.plan
	if err := m.fitLengths(o); err != nil {
		return nil, err
	}
	if m.session, err = e.open(path, o.session()); err != nil {
		return nil, fmt.Errorf("onnx: %s: %w", path, err)
	}
	return m, m.reserve(o)
}

// Limits of the options, checked before anything is loaded.
func (o Options) check() error {
	for _, c := range []struct {
		what         string
		value, limit int
	}{
		{"VocabularySize", o.VocabularySize, math.MaxInt32}, {"N", o.N, q2.MaxDim}, {"MaxTokens", o.MaxTokens, maxTokensLimit},
		{"IntraOpThreads", o.IntraOpThreads, maxThreads}, {"InterOpThreads", o.InterOpThreads, maxThreads},
	} {
		if c.value < 0 || c.value > c.limit {
			return &LimitError{ErrOption, c.what, int64(c.value), fmt.Sprintf("0 to %d", c.limit)}
		}
	}
	return nil
}

func (o Options) session() sessionOptions {
	return sessionOptions{intraOpThreads: o.IntraOpThreads, interOpThreads: o.InterOpThreads, spin: o.Spin}
}

// fitLengths settles how long a text may be, and checks that the hidden state's shape follows the inputs.
func (m *Model) fitLengths(o Options) error {
	m.maxTokens = o.MaxTokens
	if m.maxTokens == 0 {
		m.maxTokens = defaultMaxTokens
	}
	if m.plan.length > 0 {
		m.maxTokens = m.plan.length
	}
	hidden := m.inspection.Hidden
	m.kind = hidden.Type
	m.dtype, _ = hidden.Type.dtype()
	if batch := hidden.Shape[0]; batch != -1 && batch != 1 {
		return m.unusable(fmt.Sprintf("the hidden state %q has a batch of %d, and it must be 1 or open", hidden.Name, batch))
	}
	if length := hidden.Shape[1]; length != -1 && length != int64(m.plan.length) {
		return m.unusable(fmt.Sprintf("the hidden state %q has always %d rows, whatever the inputs' length", hidden.Name, length))
	}
	return nil
}

func (m *Model) unusable(lack string) error { return &SelectionError{lack, m.inspection.Outputs} }

// reserve maps the memory of a model whose session is open.
func (m *Model) reserve(o Options) (err error) {
	if m.inputs, err = newRegion(int64(m.plan.bytes(m.maxTokens))); err != nil {
		return err
	}
	m.plan.place(m.inputs.bytes, m.maxTokens)
	if m.n, err = m.dimension(o); err != nil {
		return err
	}
	m.activation, err = newRegion(int64(m.maxTokens) * int64(m.n) * int64(m.kind.bytes()))
	return err
}

// dimension is the hidden dimension: the graph's, the caller's, or what a run of one token shows.
func (m *Model) dimension(o Options) (int, error) {
	hidden := m.inspection.Hidden
	n := hidden.Shape[2]
	switch {
	case n == -1 && o.N > 0:
		n = int64(o.N)
	case n == -1:
		shape, err := m.session.probe(m.plan.buffers(max(1, m.plan.length)), hidden.Name)
		if err != nil {
			return 0, fmt.Errorf("onnx: the model leaves the dimension of %s open and a trial run failed; give it as Options.N: %w", hidden.Value, err)
		}
		if len(shape) != 3 {
			return 0, m.unusable(fmt.Sprintf("the hidden state %q came out with %s", hidden.Name, dimensions(len(shape))))
		}
		n = shape[2]
	case o.N > 0 && int64(o.N) != n:
		return 0, &LimitError{ErrOption, "N", int64(o.N), fmt.Sprintf("%d, as the model has it", n)}
	}
	if n < 1 || n > q2.MaxDim {
		return 0, &LimitError{ErrHiddenDimension, "the last dimension of " + hidden.Value.String(), n, fmt.Sprintf("1 to %d", q2.MaxDim)}
	}
	return int(n), nil
}

// N is the hidden dimension: a code has q2.PackedLen(N()) bytes.
func (m *Model) N() int { return m.n }

// Dtype is the element type in which the model puts out its hidden state.
func (m *Model) Dtype() q2.Dtype { return m.dtype }

// MaxTokens is the length of the longest text that is accepted.
func (m *Model) MaxTokens() int { return m.maxTokens }

// VocabularySize is the number of token ids that the model knows, 0 if nothing tells.
func (m *Model) VocabularySize() int { return m.inspection.VocabularySize }

// Hidden is the output that is quantised, and why.
func (m *Model) Hidden() Selection { return *m.inspection.Hidden }

// Inputs are what the model asks for.
func (m *Model) Inputs() []Value { return slices.Clone(m.inspection.Inputs) }

// Outputs are what the model offers, with a verdict each.
func (m *Model) Outputs() []Output { return slices.Clone(m.inspection.Outputs) }

// Close waits for the run that is on, if any, and gives back the session, its memory, and ONNX Runtime with the last model.
// Closing twice returns ErrClosed.
func (m *Model) Close() error {
	m.turn.Lock()
	defer m.turn.Unlock()
	if m.closed {
		return ErrClosed
	}
	return m.release()
}

// release works on half-opened models too. Tensors go before the memory they point to.
func (m *Model) release() error {
	m.closed = true
	err := m.bound.close()
	if m.session != nil {
		err = errors.Join(err, m.session.close())
	}
	return errors.Join(err, m.activation.close(), m.inputs.close(), m.engine.close())
}

// region is one lease of an arena of its own, held as long as the model is open.
type region struct {
	arena *arena.Arena
	lease arena.Lease
	bytes []byte
}

func newRegion(size int64) (*region, error) {
	if size > math.MaxInt {
		return nil, &LimitError{ErrOption, "memory for MaxTokens in bytes", size, fmt.Sprintf("at most %d", math.MaxInt)}
	}
	a, err := arena.New(arena.Options{Leases: 1, LeaseBytes: int(size)})
	if err != nil {
		return nil, fmt.Errorf("onnx: memory for the tensors (Options.MaxTokens makes it smaller): %w", err)
	}
	lease, err := a.TryAcquire()
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	bytes, err := lease.Bytes()
	return &region{a, lease, bytes}, err
}

func (r *region) close() error {
	if r == nil {
		return nil
	}
	return errors.Join(r.lease.Release(), r.arena.Close())
}
