package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/q2kernel/q2/gopkg/arena"
	"github.com/q2kernel/q2/gopkg/cache"
	"github.com/q2kernel/q2/gopkg/chat"
	"github.com/q2kernel/q2/gopkg/onnx"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/gopkg/tokenizer"
	"github.com/q2kernel/q2/gopkg/worker"
)

// Runner runs the model; *onnx.Model is one.
type Runner interface {
	worker.Runner
	VisitTimed(ids []int64, read func(hidden q2.Tensor) error) (onnx.Timing, error)
	MaxTokens() int
	Stats() arena.Stats
}

// Model is what makes fingerprints of texts, and what it says of itself.
type Model struct {
	Name      string // of the folder
	Runner    Runner
	Tokenizer *tokenizer.Tokenizer
	// Template writes conversations; nil joins their contents with newlines. TemplateError says why the folder's can't be used: then texts work,
	// and conversations don't.
	Template      *chat.Template
	TemplateError error
	Inspection    onnx.Inspection
	Close         func() error // may be nil
}

// LoadModel opens a model folder, by default the one that q2 setup fetched.
func LoadModel(folder string, o onnx.Options) (*Model, error) {
	folder, err := modelFolder(folder)
	if err != nil {
		return nil, err
	}
	tok, err := tokenizer.Load(filepath.Join(folder, cache.TokenizerFile))
	if err != nil {
		return nil, err
	}
	o.VocabularySize = tok.VocabularySize()
	m := &Model{Name: strings.ToValidUTF8(filepath.Base(folder), "\ufffd"), Tokenizer: tok}
	file := filepath.Join(folder, cache.ModelFile)
	if m.Inspection, err = onnx.Inspect(file, o); err != nil {
		return nil, err
	}
	m.Template, m.TemplateError = chat.Load(folder)
	model, err := onnx.Open(file, o)
	if err != nil {
		return nil, err
	}
	m.Runner, m.Close = model, model.Close
	return m, nil
}

// modelFolder is the folder, or the one that q2 setup fetches, once its files are there.
func modelFolder(folder string) (string, error) {
	remedy := ""
	if folder == "" {
		var err error
		if folder, err = cache.DefaultModelFolder(); err != nil {
			return "", err
		}
		remedy = "; `q2 setup` fetches it"
	}
	for _, name := range []string{cache.ModelFile, cache.TokenizerFile} {
		if _, err := os.Stat(filepath.Join(folder, name)); errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("the model folder %s holds no %s%s", folder, name, remedy)
		}
	}
	return folder, nil
}

// engine is a model at work.
type engine struct {
	*Model
	whole    *tokenizer.Tokenizer // cuts nothing short
	rendered *tokenizer.Tokenizer // for what the chat template has written
	worker   *worker.Worker
	alone    *gate // runs outside the worker, for activations
	timeout  time.Duration
	about    []byte // the answer of /v1/model
}

func newEngine(m *Model, c Config, watch func(batch int, t onnx.Timing)) (e *engine, err error) {
	e = &engine{Model: m, timeout: c.QueueTimeout, alone: newGate("activations", c.Runs, c.Queue)}
	if e.whole, err = m.Tokenizer.With(tokenizer.Options{NoTruncation: true}); err != nil {
		return nil, err
	}
	if e.rendered, err = m.Tokenizer.With(tokenizer.Options{NoTruncation: true, NoSpecialTokens: m.Template != nil}); err != nil {
		return nil, err
	}
	if e.about, err = describeEngine(e); err != nil {
		return nil, err
	}
	e.worker, err = worker.New(worker.Parts{Runner: watched{m.Runner, watch}}, worker.Options{Runs: c.Runs, MaxBatch: c.MaxBatch, Queue: c.Queue})
	return e, err
}

// stop answers what waits and lets go of the model.
func (e *engine) stop(ctx context.Context) error {
	err := e.worker.Shutdown(ctx)
	if e.Close != nil {
		err = errors.Join(err, e.Close())
	}
	return err
}

// watched tells of every batch.
type watched struct {
	Runner
	watch func(batch int, t onnx.Timing)
}

func (w watched) FingerprintBatch(dst []onnx.Result, ids [][]int64) (timing onnx.Timing, err error) {
	err = sheltered(func() error {
		timing, err = w.Runner.FingerprintBatch(dst, ids)
		return err
	})
	w.watch(len(ids), timing)
	return timing, err
}

// tokens are a text's ids, as far as the tokenizer's limit goes; cut says that this was not all.
func (e *engine) tokens(text string) (ids []int64, cut bool, err error) {
	ids, err = e.Tokenizer.Encode(nil, text)
	if err != nil || e.Tokenizer.MaxLength() == 0 || len(ids) < e.Tokenizer.MaxLength() {
		return ids, false, err
	}
	all, err := e.whole.Encode(nil, text)
	return ids, len(all) > len(ids), err
}

// conversationTokens are a whole one's ids: it is fingerprinted at its end, so it is never cut.
func (e *engine) conversationTokens(messages []chat.Message) (ids []int64, cut bool, err error) {
	if len(messages) == 0 {
		return nil, false, problem(http.StatusBadRequest, "invalid", "a conversation has no messages, must have at least 1")
	}
	if e.TemplateError != nil {
		p := problem(http.StatusUnprocessableEntity, "conversation", "this model's chat template can't be used, so it takes no conversations")
		p.cause = e.TemplateError
		return nil, false, p
	}
	text, err := e.Template.Render(messages, false)
	if err != nil {
		return nil, false, err
	}
	ids, err = e.rendered.Encode(nil, text)
	return ids, false, err
}

// fingerprint waits for a turn in a batch.
func (e *engine) fingerprint(ctx context.Context, ids []int64) (q2.Fingerprint, error) {
	ctx, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	return e.worker.Submit(ctx, worker.Request{TokenIDs: ids})
}

// sight is a fingerprint with the activation that it was made of.
type sight struct {
	q2.Fingerprint
	activation    []float32
	model, kernel time.Duration
}

// look runs a text alone and copies its activation. A run that has begun is waited for also when the caller is gone.
func (e *engine) look(ctx context.Context, ids []int64) (s sight, err error) {
	ctx, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	if err := e.alone.enter(ctx); err != nil {
		return s, err
	}
	defer e.alone.leave()
	s.Fingerprint = q2.Fingerprint{Packed: make([]byte, q2.PackedLen(e.Runner.N())), N: e.Runner.N()}
	timing, err := e.Runner.VisitTimed(ids, func(hidden q2.Tensor) (err error) {
		began := time.Now()
		s.Key, err = q2.Quantise(s.Packed, hidden)
		if s.kernel = time.Since(began); err == nil {
			s.activation = lastRow(hidden)
		}
		return err
	})
	s.model = timing.Model
	return s, err
}
