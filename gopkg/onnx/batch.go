package onnx

import (
	"errors"
	"fmt"
	"time"

	"github.com/q2kernel/q2/gopkg/onnx/graph"
	"github.com/q2kernel/q2/gopkg/q2"
)

// Result is what FingerprintBatch makes of one text.
type Result struct {
	Packed []byte           // the caller's buffer, of q2.PackedLen(N()) bytes or more
	Key    q2.TransitionKey // zero with an Err
	Err    error            // why there is no fingerprint; Packed is then untouched
}

// FingerprintBatch runs the model once on the token ids of several texts and quantises the hidden state of each one's last token, in one
// call of the kernel. Shorter texts are filled up to the longest and masked; sorting by length before saves work. A model that can't pad (Pads) is
// run once for each length, and one in which texts of a run would change each other's codes (Run.Dynamic) once for each text.
//
// A text that can't be used fails alone, and is not run: its Err is that of Check, or q2.ErrNotFinite. The others' Err is nil.
//
// Where ONNX Runtime fails on a run of several texts, each is run again by itself, so that only those fail that can't be run.
//
// The error returned is the batch's. A *q2.ArgumentError (dst is not as long as ids, a Packed is too short) and a *LimitError that is ErrBatch (more
// than MaxBatch texts) leave dst alone. Others are also the Err of each text that they cost its fingerprint: ErrBatch again, where the
// number of usable texts times the longest is more than MaxBatchTokens; ErrClosed; and what ONNX Runtime says of the first text that
// it fails on, after which the model stays usable. No texts are fine.
//
// Once a shape has been seen, nothing is allocated on Go's heap but for errors.
func (m *Model) FingerprintBatch(dst []Result, ids [][]int64) (Timing, error) {
	var timing Timing
	if err := m.checkResults(dst, ids); err != nil {
		return timing, err
	}
	if err := m.checkTexts(dst, ids); err != nil {
		return timing, fail(dst, err)
	}
	t, err := m.begin(&timing)
	if err != nil {
		return timing, fail(dst, err)
	}
	t.members = t.members[:0]
	for i := range dst {
		if dst[i].Err == nil {
			t.members = append(t.members, i)
		}
	}
	for left := t.members; len(left) > 0; {
		count := m.share(left, ids)
		if failed := t.fingerprint(dst, ids, left[:count], &timing); err == nil {
			err = failed
		}
		left = left[count:]
	}
	return timing, errors.Join(err, t.finish())
}

// checkResults holds the arguments against their limits, before dst is written to.
func (m *Model) checkResults(dst []Result, ids [][]int64) error {
	if len(dst) != len(ids) {
		return &q2.ArgumentError{What: "number of results", Value: len(dst), Limit: fmt.Sprintf("%d, as there are texts", len(ids))}
	}
	if len(ids) > m.limits.batch {
		return &LimitError{ErrBatch, "the number of texts", int64(len(ids)), fmt.Sprintf("at most %d", m.limits.batch)}
	}
	for i := range dst {
		if err := m.checkPacked(dst[i].Packed); err != nil {
			return fmt.Errorf("text %d: %w", i, err)
		}
	}
	return nil
}

// checkTexts marks the texts that can't be used, and adds up the others.
func (m *Model) checkTexts(dst []Result, ids [][]int64) error {
	texts, longest := 0, 0
	for i := range dst {
		dst[i].Key, dst[i].Err = q2.TransitionKey{}, m.Check(ids[i])
		if dst[i].Err == nil {
			texts, longest = texts+1, max(longest, len(ids[i]))
		}
	}
	length := m.plan.lengthOf(longest)
	if tokens := texts * length; m.plan.pads() && tokens > m.limits.batchTokens {
		return &LimitError{ErrBatch, fmt.Sprintf("the number of tokens, %d texts filled up to %d,", texts, length), int64(tokens), fmt.Sprintf("at most %d", m.limits.batchTokens)}
	}
	return nil
}

// fail gives an error to the texts that have none of their own.
func fail(dst []Result, err error) error {
	for i := range dst {
		if dst[i].Err == nil {
			dst[i].Err = err
		}
	}
	return err
}

// share brings texts that share the next run to the front, and returns how many there are.
func (m *Model) share(members []int, ids [][]int64) int {
	switch {
	case m.plan.single:
		return 1
	case m.plan.pads():
		return len(members)
	}
	length, count := len(ids[members[0]]), 1
	most := m.limits.batchTokens / length
	for i := 1; i < len(members) && count < most; i++ {
		if len(ids[members[i]]) == length {
			members[count], members[i] = members[i], members[count]
			count++
		}
	}
	return count
}

// fingerprint is one run and one call of the kernel for the members of a batch; if the run fails, one for each.
func (t turn) fingerprint(dst []Result, ids [][]int64, members []int, timing *Timing) error {
	longest := 0
	t.texts = t.texts[:0]
	for _, i := range members {
		t.texts = append(t.texts, ids[i])
		longest = max(longest, len(ids[i]))
	}
	length := t.model.plan.lengthOf(longest)
	err := t.forward(t.texts, length, timing)
	if err != nil && len(members) > 1 {
		return t.fingerprintApart(dst, ids, members, timing)
	}
	began := time.Now()
	if err == nil {
		err = t.quantise(t.texts, length)
	}
	for at, i := range members {
		t.deliver(&dst[i], at, err)
	}
	timing.Kernel += time.Since(began)
	return err
}

// fingerprintApart runs each member by itself, and returns the first failure.
func (t turn) fingerprintApart(dst []Result, ids [][]int64, members []int, timing *Timing) (first error) {
	for i := range members {
		if err := t.fingerprint(dst, ids, members[i:i+1], timing); first == nil {
			first = err
		}
	}
	return first
}

// deliver copies a row's results to the caller.
func (r *runner) deliver(dst *Result, row int, err error) {
	if err == nil && r.results.Status[row] == q2.StatusNotFinite {
		dst.Err = q2.ErrNotFinite
		return
	}
	if dst.Err = err; err == nil {
		size := q2.PackedLen(r.model.n)
		copy(dst.Packed, r.results.Packed[row*size:(row+1)*size])
		dst.Key = q2.TransitionKey{Bits: r.results.Keys[row], Transitions: r.results.Transitions[row]}
	}
}

// quantise takes the last row of each text of a run. They are equally far apart but where an uncut model has texts filled up on the
// right.
func (r *runner) quantise(texts [][]int64, length int) error {
	m := r.model
	if m.run.LastToken {
		return r.quantiseRows(0, len(texts), m.rowBytes(), 0)
	}
	first, stride := r.lastRow(texts, 0, length), length*m.rowBytes()
	for at := range texts {
		if r.lastRow(texts, at, length) != first+at*stride {
			return r.quantiseApart(texts, length)
		}
	}
	return r.quantiseRows(first, len(texts), stride, 0)
}

func (r *runner) quantiseApart(texts [][]int64, length int) error {
	for at := range texts {
		if err := r.quantiseRows(r.lastRow(texts, at, length), 1, r.model.rowBytes(), at); err != nil {
			return err
		}
	}
	return nil
}

// lastRow is where the last real token's row of an uncut model begins, in bytes.
func (r *runner) lastRow(texts [][]int64, at, length int) int {
	last := len(texts[at]) - 1
	if r.model.plan.padding == graph.PadLeft {
		last = length - 1
	}
	return (at*length + last) * r.model.rowBytes()
}

// quantiseRows puts count rows of the activation into the results, from place on. Refused rows have their status, and are no error.
func (r *runner) quantiseRows(start, count, stride, place int) error {
	m, size := r.model, q2.PackedLen(r.model.n)
	end := start + (count-1)*stride + m.rowBytes()
	err := m.quantiseRows(q2.RowResults{
		Packed: r.results.Packed[place*size : (place+count)*size], Keys: r.results.Keys[place : place+count],
		Transitions: r.results.Transitions[place : place+count], Status: r.results.Status[place : place+count],
	}, q2.Rows{Data: r.activation[start:end:end], Dtype: m.dtype, Count: count, N: m.n, Stride: stride})
	if errors.Is(err, q2.ErrNotFinite) {
		return nil
	}
	return err
}
