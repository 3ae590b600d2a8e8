package worker

import (
	"context"
	"fmt"
	"time"

	"github.com/q2kernel/q2/gopkg/chat"
	"github.com/q2kernel/q2/gopkg/onnx"
	"github.com/q2kernel/q2/gopkg/q2"
)

// Request is a text, or the token ids of one.
type Request struct {
	Text     string
	TokenIDs []int64 // instead of Text; copied, so the caller may change it once Submit has returned
	Label    string  // tells results apart in the event stream
}

// request is one on its way. The worker's mutex guards its state.
type request struct {
	ids       []int64
	label     string
	packed    []byte
	submitted time.Time
	state     state
	result    onnx.Result   // once done is closed
	done      chan struct{} // closed when finished
}

type state int

const (
	waiting state = iota
	running
	finished // answered, or the caller is gone
)

// Submit fingerprints a request and waits for the result: of a text, at its last token. Errors: the context's, ErrBusy, ErrClosed, ErrRequest, the
// tokenizer's, those of onnx.Model.Check, q2.ErrNotFinite, and what ONNX Runtime says of the batch.
func (w *Worker) Submit(ctx context.Context, r Request) (q2.Fingerprint, error) {
	return w.submit(ctx, r.Label, func() ([]int64, error) { return w.encode(r) })
}

// SubmitConversation fingerprints a whole conversation at its last token: written by the model's chat template (gopkg/chat), without the opening
// of an answer, or as plain lines where the model has none. It is never cut short: one that is too long is onnx.ErrTooLong. Errors are those of
// Submit and of chat.Load and Render: a template that can't be used fails conversations, and no texts.
func (w *Worker) SubmitConversation(ctx context.Context, messages []Message) (q2.Fingerprint, error) {
	return w.submit(ctx, "", func() ([]int64, error) { return w.encodeConversation(messages) })
}

func (w *Worker) submit(ctx context.Context, label string, encode func() ([]int64, error)) (q2.Fingerprint, error) {
	if err := ctx.Err(); err != nil {
		return q2.Fingerprint{}, err
	}
	if err := w.Ready(ctx); err != nil {
		return q2.Fingerprint{}, err
	}
	ids, err := encode()
	if err == nil {
		err = w.parts.Runner.Check(ids)
	}
	r := &request{ids: ids, label: label, done: make(chan struct{})}
	if err == nil {
		err = w.admit(ctx, r)
	}
	if err != nil {
		w.reject(r, err)
		return q2.Fingerprint{}, err
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		w.abandon(r, ctx.Err())
	}
	if r.result.Err != nil {
		return q2.Fingerprint{}, r.result.Err
	}
	return q2.Fingerprint{Packed: r.packed, Key: r.result.Key, N: w.parts.Runner.N()}, nil
}

func (w *Worker) encode(r Request) ([]int64, error) {
	if r.TokenIDs != nil {
		if r.Text != "" {
			return nil, fmt.Errorf("%w: it has both Text and TokenIDs", ErrRequest)
		}
		// A copy: a run that its caller has left still reads it.
		return append([]int64(nil), r.TokenIDs...), nil
	}
	if w.parts.Texts == nil {
		return nil, fmt.Errorf("%w: text needs a tokenizer, and this worker has none", ErrRequest)
	}
	return w.parts.Texts.Encode(nil, r.Text)
}

func (w *Worker) encodeConversation(messages []Message) ([]int64, error) {
	if w.parts.Conversations == nil {
		return nil, fmt.Errorf("%w: a conversation needs a tokenizer, and this worker has none", ErrRequest)
	}
	if len(messages) == 0 {
		return nil, fmt.Errorf("%w: a conversation needs at least 1 message, and this has 0", ErrRequest)
	}
	text, err := w.render(messages)
	if err != nil {
		return nil, err
	}
	return w.parts.Conversations.Encode(nil, text)
}

func (w *Worker) render(messages []Message) (string, error) {
	if w.parts.Renderer != nil {
		return w.parts.Renderer.Render(messages, false)
	}
	return (*chat.Template)(nil).Render(messages, false)
}

// reject accounts for a request that never came into the queue.
func (w *Worker) reject(r *request, err error) {
	w.mutex.Lock()
	w.counts.rejected++
	w.mutex.Unlock()
	w.events.tell(Event{Kind: Error, Label: r.label, Err: err})
}

// Message is one turn of a conversation.
type Message = chat.Message
