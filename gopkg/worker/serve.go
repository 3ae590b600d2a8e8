package worker

import (
	"sync"
	"time"

	"github.com/q2kernel/q2/gopkg/onnx"
	"github.com/q2kernel/q2/gopkg/q2"
)

// serveAll runs batches until the worker is closed and the queue empty.
func (w *Worker) serveAll() {
	var all sync.WaitGroup
	for range w.options.Runs {
		all.Go(func() {
			s := server{Worker: w}
			for members := w.gather(); members != nil; members = w.gather() {
				s.run(members)
			}
		})
	}
	all.Wait()
}

// server runs one batch at a time, with room that is used again.
type server struct {
	*Worker
	results []onnx.Result
	ids     [][]int64
}

// run is one batch. When the runner returns its lease is free; then the callers are answered.
func (s *server) run(members []*request) {
	s.results, s.ids = s.results[:0], s.ids[:0]
	for _, r := range members {
		s.results = append(s.results, onnx.Result{Packed: r.packed, Err: errNoResult})
		s.ids = append(s.ids, r.ids)
	}
	timing, err := s.parts.Runner.FingerprintBatch(s.results, s.ids)
	for i := range s.results {
		if s.results[i].Err == errNoResult && err != nil {
			s.results[i].Err = err
		}
	}
	answered := s.answer(members, timing)
	for i, r := range members {
		if answered[i] {
			s.tell(r, s.results[i], len(members), timing)
		}
	}
	clear(s.results)
	clear(s.ids)
}

func (s *server) answer(members []*request, timing onnx.Timing) (answered []bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	answered = make([]bool, len(members))
	s.counts.end(members, timing)
	count := 0
	for i, r := range members {
		if answered[i] = s.finish(r, s.results[i]); answered[i] {
			count++
		}
	}
	// Fewer than wait already are not worth holding the others up.
	if count > len(s.queue) {
		s.returning += count
		s.until = time.Now().Add(s.options.Delay)
	}
	return answered
}

func (s *server) tell(r *request, result onnx.Result, batch int, timing onnx.Timing) {
	e := Event{Kind: Result, Label: r.label, Batch: batch, Timing: timing}
	if result.Err == nil {
		e.Fingerprint = q2.Fingerprint{Packed: r.packed, Key: result.Key, N: s.parts.Runner.N()}
	} else {
		e.Kind, e.Err = Error, result.Err
	}
	s.events.tell(e)
}
