package worker

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/q2kernel/q2/gopkg/onnx"
	"github.com/q2kernel/q2/gopkg/q2"
)

// admit puts a request into the queue.
func (w *Worker) admit(ctx context.Context, r *request) error {
	r.packed = make([]byte, q2.PackedLen(w.parts.Runner.N()))
	if err := w.enter(ctx); err != nil {
		return err
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.shut {
		<-w.room
		return ErrClosed
	}
	r.submitted = time.Now()
	w.queue = append(w.queue, r)
	w.counts.accepted++
	w.returning = max(0, w.returning-1)
	w.wake()
	return nil
}

// enter takes a place in the queue.
func (w *Worker) enter(ctx context.Context) error {
	select {
	case <-w.closing:
		return ErrClosed
	default:
	}
	select {
	case w.room <- struct{}{}:
		return nil
	default:
	}
	if !w.options.Wait {
		return fmt.Errorf("%w: %d requests wait, as many as may", ErrBusy, w.options.Queue)
	}
	select {
	case w.room <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-w.closing:
		return ErrClosed
	}
}

// wake tells whoever gathers that there is something new.
func (w *Worker) wake() {
	select {
	case w.arrived <- struct{}{}:
	default:
	}
}

// abandon is the end of a request whose context has ended, unless it was answered just before.
func (w *Worker) abandon(r *request, err error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if r.state == finished {
		return
	}
	if r.state == waiting {
		at := slices.Index(w.queue, r)
		w.queue = slices.Delete(w.queue, at, at+1)
		<-w.room
	}
	r.state = finished
	r.result = onnx.Result{Err: err}
	w.counts.cancelled++
}

// finish answers a request whose caller is still there, and says whether it was. Whoever calls it has the mutex.
func (w *Worker) finish(r *request, result onnx.Result) bool {
	if r.state == finished {
		return false
	}
	r.state, r.result = finished, result
	if result.Err == nil {
		w.counts.done++
	} else {
		w.counts.failed++
	}
	close(r.done)
	return true
}

// gather waits for requests and takes a batch of them; nil once the worker is closed and the queue empty. One goroutine gathers at a time.
func (w *Worker) gather() []*request {
	w.turn <- struct{}{}
	defer func() { <-w.turn }()
	for {
		members, patience, open := w.take()
		if members != nil || !open {
			return members
		}
		w.listen(patience)
	}
}

// forever is the patience with an empty queue.
const forever = time.Duration(-1)

// listen waits for a new request, the end of patience, or closing.
func (w *Worker) listen(patience time.Duration) {
	var late <-chan time.Time
	if patience != forever {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-w.arrived:
	case <-late:
	case <-w.closing:
	}
}

// take removes a batch from the queue, or says how long to wait for one; open is false when there will be none.
func (w *Worker) take() (members []*request, patience time.Duration, open bool) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if len(w.queue) == 0 {
		return nil, forever, !w.shut
	}
	now := time.Now()
	if patience := w.patience(now); patience > 0 {
		return nil, patience, true
	}
	members = w.limits.choose(w.queue[:min(len(w.queue), windows*w.limits.batch)])
	for _, r := range members {
		r.state = running
		w.counts.queued += now.Sub(r.submitted)
		<-w.room
	}
	w.queue = slices.DeleteFunc(w.queue, func(r *request) bool { return r.state == running })
	w.counts.begin(members)
	return members, 0, true
}

// windows is how many full batches are looked at to find requests of like length. Sorting them costs microseconds.
const windows = 4

// patience is how long callers that were just answered are waited for.
func (w *Worker) patience(now time.Time) time.Duration {
	if w.returning == 0 || w.shut || w.limits.full(w.queue) {
		return 0
	}
	left := w.until.Sub(now)
	if left <= 0 {
		w.returning = 0
	}
	return max(0, left)
}
