package worker

import (
	"context"
	"sync"
	"time"

	"github.com/q2kernel/q2/gopkg/onnx"
)

// Runner runs batches; *onnx.Model is one. Its methods are called from several goroutines.
type Runner interface {
	// FingerprintBatch, Check and the limits are those of *onnx.Model.
	FingerprintBatch(dst []onnx.Result, ids [][]int64) (onnx.Timing, error)
	Check(ids []int64) error
	N() int
	MaxBatch() int
	MaxBatchTokens() int
	PaddedLength(longest int) int
	Pads() bool
}

// Encoder makes token ids of a text; *tokenizer.Tokenizer is one. It is called from several goroutines.
type Encoder interface {
	Encode(dst []int64, text string) ([]int64, error)
}

// Renderer writes a conversation as one text, in the form that the model was trained on; *chat.Template is one. It is called from
// several goroutines.
type Renderer interface {
	Render(messages []Message, addGenerationPrompt bool) (string, error)
}

// Parts are what a worker is made of. Only the runner must be there.
type Parts struct {
	Runner Runner
	Texts  Encoder // for Request.Text
	// Conversations is for SubmitConversation: it must not cut a text short, for a conversation is fingerprinted at its end. Where the
	// renderer writes the special tokens, it must not add any.
	Conversations Encoder
	Renderer      Renderer // nil: plain lines joined by newlines

	// Outputs and Hidden are told in the Outputs event.
	Outputs []onnx.Output
	Hidden  onnx.Selection

	close func() error
}

// Worker runs requests in batches. Its methods may be called from any number of goroutines.
type Worker struct {
	options Options
	events  hub

	ready    chan struct{} // closed when parts are there, or failed says why not
	failed   error
	parts    Parts
	limits   limits
	finished chan struct{} // closed when nothing is left behind
	closeErr error         // of the parts; readable after finished

	room    chan struct{} // an element for each request in the queue, so that senders wait in order of arrival
	turn    chan struct{} // held by the goroutine that gathers a batch
	arrived chan struct{} // wakes it
	closing chan struct{} // closed when no request is accepted any more

	mutex     sync.Mutex // guards what follows
	shut      bool
	queue     []*request // oldest first
	returning int        // callers that may come back, until
	until     time.Time
	counts    counts
}

// New makes a worker of parts, which stay the caller's to close, after the worker. Several workers may share a runner. Errors: *LimitError.
func New(p Parts, o Options) (*Worker, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if _, err := o.settled().limits(p.Runner); err != nil {
		return nil, err
	}
	w := newWorker(o.settled())
	go w.live(func(progress) (Parts, error) { return p, nil })
	<-w.ready
	return w, nil
}

func newWorker(o Options) *Worker {
	return &Worker{
		options: o, events: hub{buffer: o.EventBuffer},
		ready: make(chan struct{}), finished: make(chan struct{}), closing: make(chan struct{}),
		room: make(chan struct{}, o.Queue), turn: make(chan struct{}, 1), arrived: make(chan struct{}, 1),
	}
}

// progress is told of the steps of loading.
type progress func(step string, done, total int)

// live is a worker's life from loading to closing.
func (w *Worker) live(load func(progress) (Parts, error)) {
	defer close(w.finished)
	w.failed = w.load(load)
	close(w.ready)
	if w.failed == nil {
		w.events.record(Event{Kind: Outputs, Outputs: w.parts.Outputs, Hidden: w.parts.Hidden})
		w.events.record(Event{Kind: Ready})
		w.serveAll()
	} else {
		w.events.record(Event{Kind: Error, Err: w.failed})
	}
	if w.parts.close != nil {
		w.closeErr = w.parts.close()
	}
	w.events.close(w.closeErr)
}

func (w *Worker) load(load func(progress) (Parts, error)) (err error) {
	w.parts, err = load(func(step string, done, total int) {
		w.events.record(Event{Kind: Loading, Step: step, Done: done, Total: total})
	})
	if err == nil {
		w.limits, err = w.options.limits(w.parts.Runner)
	}
	return err
}

// Ready waits until the model is loaded, and returns what went wrong if it could not be, or the context's error.
func (w *Worker) Ready(ctx context.Context) error {
	select {
	case <-w.ready:
		return w.failed
	default:
	}
	select {
	case <-w.ready:
		return w.failed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// N is the hidden dimension, 0 while the model is being loaded.
func (w *Worker) N() int {
	select {
	case <-w.ready:
		if w.failed == nil {
			return w.parts.Runner.N()
		}
	default:
	}
	return 0
}

// Close refuses new requests, fails those that wait with ErrClosed, and returns when the runs that are on have ended and their callers are
// answered, with what closing the model said. During a Shutdown it ends the drain. Closing twice is fine.
func (w *Worker) Close() error {
	w.refuse(true)
	<-w.finished
	return w.closeErr
}

// Shutdown refuses new requests, serves those in the queue, and returns when all are answered, with what closing the model said. Requests that wait
// for room in the queue get ErrClosed. If the context ends first, the rest is done as by Close, and the context's error is returned.
func (w *Worker) Shutdown(ctx context.Context) error {
	w.refuse(false)
	select {
	case <-w.finished:
		return w.closeErr
	case <-ctx.Done():
		if err := w.Close(); err != nil {
			return err
		}
		return ctx.Err()
	}
}

// refuse closes the door, and empties the queue if asked to.
func (w *Worker) refuse(empty bool) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if !w.shut {
		w.shut = true
		close(w.closing)
	}
	if !empty {
		return
	}
	for _, r := range w.queue {
		w.finish(r, onnx.Result{Err: ErrClosed})
		<-w.room
	}
	w.queue = nil
}
