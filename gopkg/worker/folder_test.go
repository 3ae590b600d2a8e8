package worker_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/cache"
	"github.com/q2kernel/q2/gopkg/onnx"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/gopkg/reference"
	"github.com/q2kernel/q2/gopkg/tokenizer"
	"github.com/q2kernel/q2/gopkg/worker"
)

// needsModel lets a test go on only where the default model can be run. Where Q2_REQUIRE names onnx, its absence is a failure.
func needsModel(t *testing.T) (folder string, tok *tokenizer.Tokenizer, model *onnx.Model) {
	t.Helper()
	folder, err := cache.DefaultModelFolder()
	require.NoError(t, err)
	model = needs(t, filepath.Join(folder, cache.ModelFile))
	tok, err = tokenizer.Load(filepath.Join(folder, cache.TokenizerFile))
	require.NoError(t, err)
	return folder, tok, model
}

func needs(t *testing.T, path string) *onnx.Model {
	t.Helper()
	model, err := onnx.Open(path, onnx.Options{IntraOpThreads: 1})
	if err != nil {
		if slices.Contains(strings.Split(os.Getenv("Q2_REQUIRE"), ","), "onnx") {
			t.Fatalf("Q2_REQUIRE names onnx: %v", err)
		}
		t.Skipf("NOT TESTED, run `make setup` first: %v", err)
	}
	t.Cleanup(func() { assert.NoError(t, model.Close()) })
	return model
}

// wanted is a text's fingerprint by the reference, from the hidden state of the text alone.
func wanted(t *testing.T, tok *tokenizer.Tokenizer, model *onnx.Model, text string) q2.Fingerprint {
	t.Helper()
	ids, err := tok.Encode(nil, text)
	require.NoError(t, err)
	return wantedOf(t, model, ids)
}

func wantedOf(t *testing.T, model *onnx.Model, ids []int64) q2.Fingerprint {
	t.Helper()
	f := q2.Fingerprint{Packed: make([]byte, q2.PackedLen(model.N())), N: model.N()}
	require.NoError(t, model.Visit(ids, func(hidden q2.Tensor) error {
		bits, transitions, err := reference.Quantise(f.Packed, hidden.Data, hidden.SeqLen, hidden.N, reference.Dtype(hidden.Dtype))
		f.Key = q2.TransitionKey{Bits: bits, Transitions: transitions}
		return err
	}))
	return f
}

func TestAModelFolder(t *testing.T) {
	folder, tok, model := needsModel(t)
	w, err := worker.Start(worker.Options{Folder: folder, MaxBatch: 1, Model: onnx.Options{IntraOpThreads: 1}})
	require.NoError(t, err)
	events := w.Events(t.Context())
	f, err := w.Submit(t.Context(), worker.Request{Text: "Knead the dough."}) // waits until the model is there
	require.NoError(t, err)
	assert.Equal(t, wanted(t, tok, model, "Knead the dough."), f)
	assert.Equal(t, 384, w.N())

	f, err = w.SubmitConversation(t.Context(), []worker.Message{{Role: "user", Content: "Is the dough ready?"}, {Role: "assistant", Content: "Not yet."}})
	require.NoError(t, err)
	assert.Equal(t, wanted(t, tok, model, "Is the dough ready?\nNot yet."), f)
	require.NoError(t, w.Close())

	assert.Equal(t, worker.Event{Kind: worker.Loading, Step: "tokenizer", Done: 0, Total: 2}, <-events)
	assert.Equal(t, worker.Event{Kind: worker.Loading, Step: "model", Done: 1, Total: 2}, <-events)
	assert.Equal(t, worker.Event{Kind: worker.Loading, Step: "model", Done: 2, Total: 2}, <-events)
	outputs := <-events
	assert.Equal(t, worker.Outputs, outputs.Kind)
	assert.Equal(t, model.Outputs(), outputs.Outputs)
	assert.Equal(t, "last_hidden_state", outputs.Hidden.Name)
	assert.Equal(t, []worker.EventKind{worker.Ready, worker.Result, worker.Result, worker.Closed}, kinds(events))
}

// Goroutines of two workers over one model, real batches: each text's answer is its own, and no lease stays out.
func TestTheDefaultModelInBatches(t *testing.T) {
	_, tok, model := needsModel(t)
	texts := []string{"Knead the dough.", "Let it rise.", "Two seats by the window are still free.", "Restart the service."}
	var alone []q2.Fingerprint
	for _, text := range texts {
		alone = append(alone, wanted(t, tok, model, text))
	}
	for range 2 {
		w, err := worker.New(worker.Parts{Runner: model, Texts: tok}, worker.Options{})
		require.NoError(t, err)
		defer func() { assert.NoError(t, w.Close()) }()
		var callers sync.WaitGroup
		for caller := range 8 {
			callers.Go(func() {
				for at := range 8 {
					which := (caller + at) % len(texts)
					f, err := w.Submit(context.Background(), worker.Request{Text: texts[which]})
					if !assert.NoError(t, err) {
						return
					}
					assert.Equal(t, which, nearest(t, alone, f), "a batch changes some symbols of an int8 model's code, not whose it is")
				}
			})
		}
		defer callers.Wait()
	}
	t.Cleanup(func() { assert.Zero(t, model.Stats().InUse) })
}

func nearest(t *testing.T, all []q2.Fingerprint, f q2.Fingerprint) (best int) {
	least := 2 * f.N
	for i, other := range all {
		distance, err := q2.LeeDistance(f.Packed, other.Packed, f.N)
		assert.NoError(t, err)
		if distance < least {
			best, least = i, distance
		}
	}
	return best
}

func TestAFolderThatCannotBeLoaded(t *testing.T) {
	folder := t.TempDir()
	_, err := worker.Open(t.Context(), worker.Options{Folder: folder})
	assert.ErrorIs(t, err, os.ErrNotExist)
	assert.ErrorContains(t, err, cache.TokenizerFile)

	w, err := worker.Start(worker.Options{Folder: folder})
	require.NoError(t, err)
	_, err = w.Submit(t.Context(), worker.Request{Text: "a"})
	events := w.Events(t.Context()) // a late listener is told of loading too
	assert.ErrorIs(t, err, os.ErrNotExist)
	assert.ErrorIs(t, w.Ready(t.Context()), os.ErrNotExist)
	assert.Zero(t, w.N())
	require.NoError(t, w.Close())
	assert.Equal(t, []worker.EventKind{worker.Loading, worker.Error, worker.Closed}, kinds(events))
}
