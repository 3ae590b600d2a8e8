package worker

import (
	"math/bits"
	"slices"
	"time"

	"github.com/q2kernel/q2/gopkg/onnx"
)

// Stats is a snapshot for metrics. Accepted = Queued + Running + Done + Failed + Cancelled, but that a cancelled request is still in Running while its run
// is on.
type Stats struct {
	Queued  int // requests that wait now
	Running int // requests in runs now

	Accepted  uint64 // requests that came into the queue
	Rejected  uint64 // those that did not: unusable, busy, closed, or their context ended before
	Done      uint64
	Failed    uint64
	Cancelled uint64 // whose context ended in the queue or in a run

	Batches      uint64
	BatchSizes   []uint64 // how many batches had 1, 2, 3–4, 5–8, 9–16 … requests
	Tokens       uint64   // real ones that were run
	PaddedTokens uint64   // and those that only filled up

	QueueTime  time.Duration // of all requests that were run, together
	LeaseTime  time.Duration // of all batches, waiting for a lease
	ModelTime  time.Duration // and in ONNX Runtime
	KernelTime time.Duration // and quantising

	DroppedEvents uint64 // that listeners were too slow for
}

// counts are the sums of Stats. The worker's mutex guards them.
type counts struct {
	accepted, rejected, done, failed, cancelled uint64

	running         int
	batches         uint64
	sizes           []uint64
	tokens, padding uint64
	queued          time.Duration
	timing          onnx.Timing
}

func (c *counts) begin(members []*request) {
	c.running += len(members)
	c.batches++
	size := bits.Len(uint(len(members) - 1))
	for len(c.sizes) <= size {
		c.sizes = append(c.sizes, 0)
	}
	c.sizes[size]++
	longest := len(members[len(members)-1].ids)
	for _, r := range members {
		c.tokens += uint64(len(r.ids))
		c.padding += uint64(longest - len(r.ids))
	}
}

func (c *counts) end(members []*request, t onnx.Timing) {
	c.running -= len(members)
	c.timing.Wait += t.Wait
	c.timing.Model += t.Model
	c.timing.Kernel += t.Kernel
}

// Stats tells what waits, what was done, in batches of which size, and where the time went.
func (w *Worker) Stats() Stats {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	c := &w.counts
	return Stats{
		Queued: len(w.queue), Running: c.running,
		Accepted: c.accepted, Rejected: c.rejected, Done: c.done, Failed: c.failed, Cancelled: c.cancelled,
		Batches: c.batches, BatchSizes: slices.Clone(c.sizes), Tokens: c.tokens, PaddedTokens: c.padding,
		QueueTime: c.queued, LeaseTime: c.timing.Wait, ModelTime: c.timing.Model, KernelTime: c.timing.Kernel,
		DroppedEvents: w.events.drops(),
	}
}
