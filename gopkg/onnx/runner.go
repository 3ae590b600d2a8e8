package onnx

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/q2kernel/q2/gopkg/arena"
	"github.com/q2kernel/q2/gopkg/q2"
)

// runner runs the model in one lease's memory: the inputs first, then what the model puts out. It belongs to whoever has the lease, so
// that everything bound to that memory stays bound from run to run.
type runner struct {
	model      *Model
	inputs     []byte
	activation []byte
	bound      boundRuns

	// Room for one batch: which texts take part, those of a run, and their results.
	members []int
	texts   [][]int64
	results q2.RowResults
}

func newRunner(m *Model, memory []byte, inputs int) *runner {
	batch := m.limits.batch
	return &runner{
		model: m, inputs: memory[:inputs:inputs], activation: memory[inputs:],
		members: make([]int, 0, batch), texts: make([][]int64, 0, batch),
		results: q2.RowResults{Packed: make([]byte, batch*q2.PackedLen(m.n)), Keys: make([]uint64, batch),
			Transitions: make([]uint32, batch), Status: make([]q2.Status, batch)},
	}
}

// turn is the right to run the model: a lease and its runner. finish gives it back.
type turn struct {
	*runner
	lease arena.Lease
}

// begin waits for a lease. ErrClosed once the model is closed.
func (m *Model) begin(timing *Timing) (turn, error) {
	if m.closed.Load() {
		return turn{}, ErrClosed
	}
	m.open.RLock()
	if m.closed.Load() {
		m.open.RUnlock()
		return turn{}, ErrClosed
	}
	began := time.Now()
	lease, err := m.arena.Acquire(context.Background())
	if err != nil {
		m.open.RUnlock()
		return turn{}, err
	}
	timing.Wait += time.Since(began)
	memory, err := lease.Bytes()
	if err != nil {
		m.open.RUnlock()
		return turn{}, errors.Join(err, lease.Release())
	}
	return turn{m.runners[&memory[0]], lease}, nil
}

func (t turn) finish() error {
	clear(t.texts[:cap(t.texts)])
	err := t.lease.Release()
	t.model.open.RUnlock()
	return err
}

// forward runs the model on the texts, filled up to a length.
func (r *runner) forward(texts [][]int64, length int, timing *Timing) error {
	began := time.Now()
	defer func() { timing.Model += time.Since(began) }()
	run, err := r.runFor(shape{len(texts), length})
	if err != nil {
		return err
	}
	r.model.plan.feed(r.inputs, texts, length)
	if err := run.execute(); err != nil {
		return fmt.Errorf("onnx: run of %s: %w", shape{len(texts), length}, err)
	}
	return nil
}

// shape is that of a run: every one has tensors of its own, for ONNX Runtime takes an output only in exactly the shape of the run.
type shape struct{ texts, length int }

func (s shape) String() string {
	if s.texts == 1 {
		return fmt.Sprintf("%d tokens", s.length)
	}
	return fmt.Sprintf("%d texts of %d tokens", s.texts, s.length)
}

func (r *runner) runFor(s shape) (run, error) {
	if run := r.bound.find(s); run != nil {
		return run, nil
	}
	m := r.model
	output := buffer{name: m.run.Output.Name, kind: m.run.Output.Elem}
	rows := s.texts
	if m.run.LastToken {
		output.shape = []int64{int64(s.texts), int64(m.n)}
	} else {
		output.shape = []int64{int64(s.texts), int64(s.length), int64(m.n)}
		rows *= s.length
	}
	output.data = r.activation[: rows*m.rowBytes() : rows*m.rowBytes()]
	run, err := m.session.bind(m.plan.buffers(r.inputs, s.texts, s.length), output)
	if err != nil {
		return nil, fmt.Errorf("onnx: bind tensors for a run of %s: %w", s, err)
	}
	return run, r.bound.keep(s, run)
}

// maxBound is how many shapes keep their tensors. Binding anew costs microseconds, and a tensor some hundred bytes.
const maxBound = 64

// boundRuns are the runs of the shapes seen last. All of them share the lease's memory.
type boundRuns struct {
	runs  map[shape]*boundRun
	clock uint64
}

type boundRun struct {
	run  run
	used uint64
}

func (b *boundRuns) find(s shape) run {
	r := b.runs[s]
	if r == nil {
		return nil
	}
	b.clock++
	r.used = b.clock
	return r.run
}

// keep remembers a run, and gives up the one unused for longest if there are too many.
func (b *boundRuns) keep(s shape, r run) error {
	var err error
	if len(b.runs) >= maxBound {
		oldest := s
		for other, r := range b.runs {
			if oldest == s || r.used < b.runs[oldest].used {
				oldest = other
			}
		}
		err = b.runs[oldest].run.close()
		delete(b.runs, oldest)
	}
	if b.runs == nil {
		b.runs = map[shape]*boundRun{}
	}
	b.clock++
	b.runs[s] = &boundRun{r, b.clock}
	return err
}

func (b *boundRuns) close() (err error) {
	for _, r := range b.runs {
		err = errors.Join(err, r.run.close())
	}
	b.runs = nil
	return err
}
