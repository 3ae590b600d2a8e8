package onnx

import (
	"errors"
	"fmt"
	"time"

	"github.com/q2kernel/q2/gopkg/onnx/graph"
	"github.com/q2kernel/q2/gopkg/q2"
)

// Check says whether Fingerprint and FingerprintBatch would take a text's token ids: ErrEmptyInput, ErrTooLong, ErrTokenRange or nil. It runs
// nothing, and works on a closed model.
func (m *Model) Check(ids []int64) error {
	if len(ids) == 0 {
		return ErrEmptyInput
	}
	if len(ids) > m.limits.tokens {
		limit := fmt.Sprintf("at most %d", m.limits.tokens)
		if int64(m.limits.tokens) == m.run.Positions {
			limit += ", the model's positions"
		}
		return &LimitError{ErrTooLong, "the number of token ids", int64(len(ids)), limit}
	}
	largest := m.plan.largestID()
	if vocabulary := int64(m.vocabularySize); vocabulary > 0 {
		largest = min(largest, vocabulary-1)
	}
	for at, id := range ids {
		if id < 0 || id > largest {
			return &LimitError{ErrTokenRange, fmt.Sprintf("token %d", at), id, fmt.Sprintf("0 to %d", largest)}
		}
	}
	return nil
}

func (m *Model) checkPacked(packed []byte) error {
	if need := q2.PackedLen(m.n); len(packed) < need {
		return &q2.ArgumentError{What: "length of packed", Value: len(packed), Limit: fmt.Sprintf("at least %d", need)}
	}
	return nil
}

// Fingerprint runs the model on one text's token ids and quantises the hidden state of the last one into packed, which needs
// q2.PackedLen(N()) bytes. Errors: those of Check, ErrClosed, a *q2.ArgumentError for packed, q2.ErrNotFinite, and
// what ONNX Runtime says; packed is then untouched. Once a length has been seen, nothing is allocated on Go's heap.
func (m *Model) Fingerprint(packed []byte, ids []int64) (key q2.TransitionKey, timing Timing, err error) {
	if err := m.checkPacked(packed); err != nil {
		return q2.TransitionKey{}, Timing{}, err
	}
	err = m.alone(ids, &timing, func(hidden q2.Tensor) (err error) {
		began := time.Now()
		key, err = m.quantise(packed, hidden)
		timing.Kernel = time.Since(began)
		return err
	})
	return key, timing, err
}

// Visit runs the model on one text's token ids and lends its hidden state to read, in the memory that ONNX Runtime wrote: the last
// token's, [1 × N()], or with Options.EveryToken and where the model can't be cut every token's, [len(ids) × N()]. It is read's until it returns.
// Errors are those of Fingerprint, and read's own.
func (m *Model) Visit(ids []int64, read func(hidden q2.Tensor) error) error {
	var timing Timing
	return m.alone(ids, &timing, read)
}

// VisitTimed is Visit that says how long the parts of it took: Kernel is read's time.
func (m *Model) VisitTimed(ids []int64, read func(hidden q2.Tensor) error) (timing Timing, err error) {
	err = m.alone(ids, &timing, func(hidden q2.Tensor) error {
		began := time.Now()
		defer func() { timing.Kernel = time.Since(began) }()
		return read(hidden)
	})
	return timing, err
}

// alone runs one text and hands its rows to use, while the lease is held.
func (m *Model) alone(ids []int64, timing *Timing, use func(hidden q2.Tensor) error) error {
	if err := m.Check(ids); err != nil {
		return err
	}
	t, err := m.begin(timing)
	if err != nil {
		return err
	}
	length := m.plan.lengthOf(len(ids))
	t.texts = append(t.texts[:0], ids)
	if err = t.forward(t.texts, length, timing); err == nil {
		err = use(t.rows(len(ids), length))
	}
	return errors.Join(err, t.finish())
}

// rows are those of the real tokens of the only text of a run; of a cut model the last one's.
func (r *runner) rows(tokens, length int) q2.Tensor {
	m := r.model
	t := q2.Tensor{Dtype: m.dtype, SeqLen: tokens, N: m.n}
	start := 0
	if m.run.LastToken {
		t.SeqLen = 1
	} else if m.plan.padding == graph.PadLeft {
		start = (length - tokens) * m.rowBytes()
	}
	end := start + t.SeqLen*m.rowBytes()
	t.Data = r.activation[start:end:end]
	return t
}
