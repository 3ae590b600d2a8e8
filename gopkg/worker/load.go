package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/q2kernel/q2/gopkg/cache"
	"github.com/q2kernel/q2/gopkg/chat"
	"github.com/q2kernel/q2/gopkg/onnx"
	"github.com/q2kernel/q2/gopkg/tokenizer"
)

// Open loads the model folder and returns a worker that is ready. Errors: *LimitError, those of tokenizer.Load and onnx.Open, and the
// context's; loading then goes on in the background until it can be given up.
func Open(ctx context.Context, o Options) (*Worker, error) {
	w, err := Start(o)
	if err != nil {
		return nil, err
	}
	if err := w.Ready(ctx); err != nil {
		w.refuse(true)
		return nil, err
	}
	return w, nil
}

// Start returns a worker that loads the model folder in the background: Events tells how far it is, Ready waits for the end, and so do requests.
// Errors: *LimitError. What goes wrong with loading is the error of Ready and of every request.
func Start(o Options) (*Worker, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	w := newWorker(o.serving().settled())
	go w.live(func(p progress) (Parts, error) { return loadFolder(w.options, p) })
	return w, nil
}

// loadFolder opens the parts of a model folder. The parts own the model.
func loadFolder(o Options, tell progress) (Parts, error) {
	folder := o.Folder
	if folder == "" {
		var err error
		if folder, err = cache.DefaultModelFolder(); err != nil {
			return Parts{}, fmt.Errorf("worker: %w", err)
		}
	}
	const steps = 2
	tell("tokenizer", 0, steps)
	parts, vocabulary, err := loadText(folder, o.Chat)
	if err != nil {
		return Parts{}, err
	}
	tell("model", 1, steps)
	settings := o.Model
	settings.VocabularySize = cmp.Or(settings.VocabularySize, vocabulary)
	settings.ParallelRuns = o.Runs
	model, err := onnx.Open(filepath.Join(folder, cache.ModelFile), settings)
	if err != nil {
		return Parts{}, err
	}
	tell("model", steps, steps)
	parts.Runner, parts.Outputs, parts.Hidden, parts.close = model, model.Outputs(), model.Hidden(), model.Close
	if _, err := o.limits(model); err != nil {
		return Parts{}, errors.Join(err, model.Close())
	}
	return parts, nil
}

// loadText opens what makes token ids. Conversations are not truncated, and a chat template writes their special tokens itself.
func loadText(folder string, o chat.Options) (p Parts, vocabulary int, err error) {
	texts, err := tokenizer.Load(filepath.Join(folder, cache.TokenizerFile))
	if err != nil {
		return Parts{}, 0, err
	}
	p.Texts = texts
	if p.Renderer, err = loadRenderer(folder, o); err != nil {
		return Parts{}, 0, err
	}
	if p.Conversations, err = texts.With(tokenizer.Options{NoTruncation: true, NoSpecialTokens: p.Renderer != nil}); err != nil {
		return Parts{}, 0, err
	}
	return p, texts.VocabularySize(), nil
}

// loadRenderer is the folder's chat template, nil if it has none. One that can't be used is no reason to refuse texts: it fails conversations.
func loadRenderer(folder string, o chat.Options) (Renderer, error) {
	template, err := chat.Load(folder)
	if err != nil {
		return unusable{err}, nil
	}
	if template == nil {
		return nil, nil
	}
	return template.With(o)
}

// unusable stands for a chat template that was refused, and says why.
type unusable struct{ err error }

func (u unusable) Render([]Message, bool) (string, error) { return "", u.err }
