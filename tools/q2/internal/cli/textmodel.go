package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/q2kernel/q2/gopkg/cache"
	"github.com/q2kernel/q2/gopkg/onnx"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/gopkg/tokenizer"
)

// textModel turns texts into fingerprints: a tokenizer before a model.
type textModel struct {
	folder    string
	tokenizer *tokenizer.Tokenizer
	model     *onnx.Model
	ids       []int64
}

// openTextModel opens a model folder, by default the one that `q2 setup` leaves in the cache.
func openTextModel(folder string) (*textModel, error) {
	remedy := ""
	if folder == "" {
		var err error
		if folder, err = cache.DefaultModelFolder(); err != nil {
			return nil, err
		}
		remedy = "; `q2 setup` fetches it"
	}
	for _, name := range []string{cache.ModelFile, cache.TokenizerFile} {
		if _, err := os.Stat(filepath.Join(folder, name)); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("the model folder %s holds no %s%s", folder, name, remedy)
		}
	}
	tok, err := tokenizer.Load(filepath.Join(folder, cache.TokenizerFile))
	if err != nil {
		return nil, err
	}
	model, err := onnx.Open(filepath.Join(folder, cache.ModelFile), onnx.Options{VocabularySize: tok.VocabularySize()})
	if err != nil {
		return nil, err
	}
	return &textModel{folder: folder, tokenizer: tok, model: model}, nil
}

func (m *textModel) close() error { return m.model.Close() }

// fingerprint is a text's, with the times that the model and the kernel took.
func (m *textModel) fingerprint(text string) (q2.Fingerprint, onnx.Timing, error) {
	ids, err := m.tokenizer.Encode(m.ids[:0], text)
	if err != nil {
		return q2.Fingerprint{}, onnx.Timing{}, err
	}
	m.ids = ids
	packed := make([]byte, q2.PackedLen(m.model.N()))
	key, timing, err := m.model.Fingerprint(packed, ids)
	if err != nil {
		return q2.Fingerprint{}, onnx.Timing{}, err
	}
	return q2.Fingerprint{Packed: packed, Key: key, N: m.model.N()}, timing, nil
}

// again is the median time of quantising one text's hidden state many times over, so with all of it in the caches.
func (m *textModel) again(kernel *q2.Kernel, text string) (time.Duration, error) {
	ids, err := m.tokenizer.Encode(m.ids[:0], text)
	if err != nil {
		return 0, err
	}
	packed := make([]byte, q2.PackedLen(m.model.N()))
	times := make([]time.Duration, 1001)
	err = m.model.Visit(ids, func(hidden q2.Tensor) error {
		for i := range times {
			begin := time.Now()
			if _, err := kernel.Quantise(packed, hidden); err != nil {
				return err
			}
			times[i] = time.Since(begin)
		}
		return nil
	})
	return median(times), err
}
