package worker

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/q2kernel/q2/gopkg/onnx"
	"github.com/q2kernel/q2/gopkg/q2"
)

// EventKind says what an event is of.
type EventKind int

const (
	Loading EventKind = iota // a step of loading begins: Step, Done, Total
	Outputs                  // what the model offers and what was chosen: Outputs, Hidden
	Ready                    // requests are run from now on
	Result                   // a request's answer: Label, Fingerprint, Batch, Timing
	Error                    // a request's failure, or loading's: Label, Err, and Batch and Timing if it was run
	Closed                   // the last one: Err, of closing the model
)

var eventNames = []string{"loading", "outputs", "ready", "result", "error", "closed"}

func (k EventKind) String() string {
	if k < 0 || int(k) >= len(eventNames) {
		return fmt.Sprintf("EventKind(%d)", int(k))
	}
	return eventNames[k]
}

// Event is something that happened. The fields that its kind does not name are zero.
type Event struct {
	Kind EventKind

	Step        string // "tokenizer" or "model"
	Done, Total int    // steps of loading that are over, of all

	Outputs []onnx.Output
	Hidden  onnx.Selection

	Label       string
	Fingerprint q2.Fingerprint // Packed is the caller's too: don't change it
	Batch       int            // requests in the batch
	Timing      onnx.Timing    // of the batch
	Err         error
}

// Events is a stream of what happens, from the loading of the model on, whenever it is asked for: the events of loading are told again to each new
// listener, results and errors of requests are not. It never blocks the worker: a listener that is Options.EventBuffer events behind
// loses what comes (Stats.DroppedEvents). The channel is closed after the worker is, or when the context ends.
func (w *Worker) Events(ctx context.Context) <-chan Event { return w.events.listen(ctx) }

// hub passes events on.
type hub struct {
	buffer int

	mutex     sync.Mutex
	past      []Event // those of loading and closing
	listeners []chan Event
	dropped   uint64
	closed    bool
}

func (h *hub) tell(e Event) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.pass(e)
}

// record tells what later listeners are told as well: events of loading and closing.
func (h *hub) record(e Event) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.past = append(h.past, e)
	h.pass(e)
}

func (h *hub) pass(e Event) {
	for _, l := range h.listeners {
		select {
		case l <- e:
		default:
			h.dropped++
		}
	}
}

func (h *hub) listen(ctx context.Context) <-chan Event {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	// Room for the past besides, so that a new listener loses none of it.
	l := make(chan Event, h.buffer+len(h.past))
	for _, e := range h.past {
		l <- e
	}
	if h.closed {
		close(l)
		return l
	}
	h.listeners = append(h.listeners, l)
	context.AfterFunc(ctx, func() { h.leave(l) })
	return l
}

func (h *hub) leave(l chan Event) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if at := slices.Index(h.listeners, l); at >= 0 {
		h.listeners = slices.Delete(h.listeners, at, at+1)
		close(l)
	}
}

func (h *hub) close(err error) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	closed := Event{Kind: Closed, Err: err}
	h.past = append(h.past, closed)
	h.pass(closed)
	for _, l := range h.listeners {
		close(l)
	}
	h.listeners, h.closed = nil, true
}

func (h *hub) drops() uint64 {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return h.dropped
}
