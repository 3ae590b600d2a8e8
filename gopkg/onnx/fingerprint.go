package onnx

import (
	"errors"
	"fmt"
	"time"

	"github.com/q2kernel/q2/gopkg/q2"
)

// Fingerprint runs the model on one text's token ids and quantises the hidden state of the last one into packed, which needs
// q2.PackedLen(N()) bytes. Errors: ErrEmptyInput, ErrTooLong, ErrTokenRange, ErrClosed, a *q2.ArgumentError for packed, q2.ErrNotFinite, and
// what ONNX Runtime says; packed is then untouched. Once a length has been seen, nothing is allocated on Go's heap.
func (m *Model) Fingerprint(packed []byte, ids []int64) (q2.TransitionKey, Timing, error) {
	if need := q2.PackedLen(m.n); len(packed) < need {
		return q2.TransitionKey{}, Timing{}, &q2.ArgumentError{What: "length of packed", Value: len(packed), Limit: fmt.Sprintf("at least %d", need)}
	}
	if err := m.checkIDs(ids); err != nil {
		return q2.TransitionKey{}, Timing{}, err
	}
	m.turn.Lock()
	defer m.turn.Unlock()
	began := time.Now()
	hidden, err := m.forward(ids)
	if err != nil {
		return q2.TransitionKey{}, Timing{}, err
	}
	ran := time.Now()
	key, err := m.quantise(packed, hidden)
	return key, Timing{ran.Sub(began), time.Since(ran)}, err
}

// Visit runs the model on one text's token ids and lends its hidden state to read: [len(ids) × N()], in the memory that ONNX Runtime wrote.
// It is read's until it returns; other runs wait. Errors are those of Fingerprint, and read's own.
func (m *Model) Visit(ids []int64, read func(hidden q2.Tensor) error) error {
	if err := m.checkIDs(ids); err != nil {
		return err
	}
	m.turn.Lock()
	defer m.turn.Unlock()
	hidden, err := m.forward(ids)
	if err != nil {
		return err
	}
	return read(hidden)
}

func (m *Model) checkIDs(ids []int64) error {
	if len(ids) == 0 {
		return ErrEmptyInput
	}
	if len(ids) > m.maxTokens {
		return &LimitError{ErrTooLong, "the number of token ids", int64(len(ids)), fmt.Sprintf("at most %d", m.maxTokens)}
	}
	largest := m.plan.largestID()
	if vocabulary := int64(m.inspection.VocabularySize); vocabulary > 0 {
		largest = min(largest, vocabulary-1)
	}
	for at, id := range ids {
		if id < 0 || id > largest {
			return &LimitError{ErrTokenRange, fmt.Sprintf("token %d", at), id, fmt.Sprintf("0 to %d", largest)}
		}
	}
	return nil
}

// forward runs the model and returns the rows of the real tokens: with a mask of ones and then zeros the last of them is row
// sum(attention_mask) − 1. Whoever calls it has the turn.
func (m *Model) forward(ids []int64) (q2.Tensor, error) {
	if m.closed {
		return q2.Tensor{}, ErrClosed
	}
	length := len(ids)
	if m.plan.length > 0 {
		length = m.plan.length
	}
	run, err := m.runFor(length)
	if err != nil {
		return q2.Tensor{}, err
	}
	m.plan.feed(ids)
	if err := run.execute(); err != nil {
		return q2.Tensor{}, fmt.Errorf("onnx: run of %d tokens: %w", length, err)
	}
	size := len(ids) * m.rowBytes()
	return q2.Tensor{Data: m.activation.bytes[:size:size], Dtype: m.dtype, SeqLen: len(ids), N: m.n}, nil
}

func (m *Model) rowBytes() int { return m.n * m.kind.bytes() }

// runFor has the tensors of a length bound: ONNX Runtime takes an output only in exactly the shape of the run.
func (m *Model) runFor(length int) (run, error) {
	if r := m.bound.find(length); r != nil {
		return r, nil
	}
	output := buffer{
		name: m.inspection.Hidden.Name, kind: m.kind, shape: []int64{1, int64(length), int64(m.n)},
		data: m.activation.bytes[:length*m.rowBytes()],
	}
	r, err := m.session.bind(m.plan.buffers(length), output)
	if err != nil {
		return nil, fmt.Errorf("onnx: bind tensors of %d tokens: %w", length, err)
	}
	return r, m.bound.keep(length, r)
}

// maxBound is how many lengths keep their tensors. Binding anew costs microseconds, and a tensor some hundred bytes.
const maxBound = 64

// boundRuns are the runs of the lengths seen last. All of them share the model's memory.
type boundRuns struct {
	runs  map[int]*boundRun
	clock uint64
}

type boundRun struct {
	run  run
	used uint64
}

func (b *boundRuns) find(length int) run {
	r := b.runs[length]
	if r == nil {
		return nil
	}
	b.clock++
	r.used = b.clock
	return r.run
}

// keep remembers a run, and gives up the one unused for longest if there are too many.
func (b *boundRuns) keep(length int, r run) error {
	var err error
	if len(b.runs) >= maxBound {
		oldest := length
		for l, r := range b.runs {
			if oldest == length || r.used < b.runs[oldest].used {
				oldest = l
			}
		}
		err = b.runs[oldest].run.close()
		delete(b.runs, oldest)
	}
	if b.runs == nil {
		b.runs = map[int]*boundRun{}
	}
	b.clock++
	b.runs[length] = &boundRun{r, b.clock}
	return err
}

func (b *boundRuns) close() (err error) {
	for _, r := range b.runs {
		err = errors.Join(err, r.run.close())
	}
	b.runs = nil
	return err
}
