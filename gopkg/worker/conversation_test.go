package worker_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/cache"
	"github.com/q2kernel/q2/gopkg/chat"
	"github.com/q2kernel/q2/gopkg/onnx"
	"github.com/q2kernel/q2/gopkg/worker"
)

// smallModel knows 50 tokens and 64 positions, and its state differs with each.
var smallModel = filepath.Join("..", "..", "testdata", "onnx", "hidden.onnx")

// smallTokenizer puts 1 before a text and 2 behind it, and cuts it to 4 ids.
const smallTokenizer = `{"version": "1.0", "padding": null, "decoder": null,
 "truncation": {"max_length": 4, "direction": "Right", "strategy": "LongestFirst", "stride": 0},
 "added_tokens": [` + added0 + `"id": 0, "content": "[UNK]"}, ` + added0 + `"id": 1, "content": "[CLS]"}, ` + added0 + `"id": 2, "content": "[SEP]"},
  ` + added0 + `"id": 3, "content": "<|user|>"}, ` + added0 + `"id": 4, "content": "<|assistant|>"}, ` + added0 + `"id": 5, "content": "<|end|>"}],
 "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
 "pre_tokenizer": {"type": "BertPreTokenizer"},
 "post_processor": {"type": "TemplateProcessing",
  "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
  "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
  "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [1], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [2], "tokens": ["[SEP]"]}}},
 "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
  "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "<|user|>": 3, "<|assistant|>": 4, "<|end|>": 5, "is": 6, "it": 7, "ready": 8, "not": 9, "yet": 10, "monday": 11, "tuesday": 12}}}`

const added0 = `{"single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true, `

// modelFolder is one with the small model and its tokenizer, and the other files given.
func modelFolder(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	model, err := os.ReadFile(smallModel)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, cache.ModelFile), model, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, cache.TokenizerFile), []byte(smallTokenizer), 0o600))
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	return folder
}

func openFolder(t *testing.T, folder string, o chat.Options) *worker.Worker {
	t.Helper()
	w, err := worker.Open(t.Context(), worker.Options{Folder: folder, Chat: o, Model: onnx.Options{IntraOpThreads: 1}})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, w.Close()) })
	return w
}

var (
	talk = []worker.Message{{Role: "user", Content: "Is it ready"}, {Role: "assistant", Content: "Not yet"}}
	// As plain lines the tokenizer puts its own special tokens around them, and a template brings its own.
	plainIDs     = []int64{1, 6, 7, 8, 9, 10, 2}
	templatedIDs = []int64{3, 6, 7, 8, 5, 4, 9, 10, 5}
)

const turnTemplate = `{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{{ eos_token }}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}`

func TestAConversationIsWrittenByTheModelsTemplate(t *testing.T) {
	model := needs(t, smallModel)
	for name, c := range map[string]struct {
		files map[string]string
		ids   []int64
	}{
		"no template":           {nil, plainIDs},
		"a file without one":    {map[string]string{"tokenizer_config.json": `{"eos_token": "<|end|>"}`}, plainIDs},
		"tokenizer_config.json": {map[string]string{"tokenizer_config.json": `{"chat_template": "` + turnTemplate + `", "eos_token": "<|end|>"}`}, templatedIDs},
		"chat_template.jinja": {map[string]string{"chat_template.jinja": turnTemplate, "tokenizer_config.json": `{"eos_token": {"content": "<|end|>"}}`},
			templatedIDs},
	} {
		t.Run(name, func(t *testing.T) {
			w := openFolder(t, modelFolder(t, c.files), chat.Options{})
			f, err := w.SubmitConversation(t.Context(), talk)
			require.NoError(t, err)
			assert.Equal(t, wantedOf(t, model, c.ids), f)
			f, err = w.Submit(t.Context(), worker.Request{Text: "Is it ready? Not yet."})
			require.NoError(t, err)
			assert.Equal(t, wantedOf(t, model, []int64{1, 6, 7, 2}), f, "a text is the tokenizer's, and cut as it says")
		})
	}
}

// What a template is told beside the conversation goes with the worker.
func TestAWorkerTellsItsTemplate(t *testing.T) {
	model := needs(t, smallModel)
	folder := modelFolder(t, map[string]string{"chat_template.jinja": `{{ strftime_now("%A") }} {% if shy %}not yet{% endif %}`})
	tuesday := func() time.Time { return time.Date(2024, 2, 27, 12, 0, 0, 0, time.UTC) }
	f, err := openFolder(t, folder, chat.Options{Now: tuesday, Variables: map[string]any{"shy": true}}).SubmitConversation(t.Context(), talk)
	require.NoError(t, err)
	assert.Equal(t, wantedOf(t, model, []int64{12, 9, 10}), f)
	_, err = worker.Open(t.Context(), worker.Options{Folder: folder, Chat: chat.Options{Variables: map[string]any{"shy": []int{1}}}})
	assert.ErrorIs(t, err, chat.ErrInvalid)
}

// A template that is refused, by name or by its own word, fails conversations and leaves texts alone.
func TestATemplateThatCannotBeUsedFailsConversationsOnly(t *testing.T) {
	model := needs(t, smallModel)
	for template, want := range map[string]error{
		`{% include "other" %}`:                 chat.ErrUnsupported,
		`{% if %}`:                              chat.ErrInvalid,
		`{{ raise_exception("system first") }}`: chat.ErrRefused,
		`{% for m in messages %}{{ m.role.x.y }}{% endfor %}`: chat.ErrInvalid,
	} {
		w := openFolder(t, modelFolder(t, map[string]string{"chat_template.jinja": template}), chat.Options{})
		_, err := w.SubmitConversation(t.Context(), talk)
		assert.ErrorIs(t, err, want, template)
		f, err := w.Submit(t.Context(), worker.Request{Text: "ready"})
		require.NoError(t, err, template)
		assert.Equal(t, wantedOf(t, model, []int64{1, 8, 2}), f)
		s := w.Stats()
		assert.Equal(t, [2]uint64{1, 1}, [2]uint64{s.Rejected, s.Done})
	}
}

// A conversation that is longer than the model's positions fails alone, whatever it would share a run with, and is not cut.
func TestAConversationBeyondTheModelsPositions(t *testing.T) {
	model := needs(t, smallModel)
	w := openFolder(t, modelFolder(t, nil), chat.Options{})
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			f, err := w.SubmitConversation(context.Background(), talk)
			assert.NoError(t, err)
			assert.Equal(t, wantedOf(t, model, plainIDs), f)
		})
		callers.Go(func() {
			_, err := w.SubmitConversation(context.Background(), []worker.Message{{Content: strings.Repeat("ready ", 63)}})
			assert.EqualError(t, err, "onnx: too many token ids: the number of token ids is 65, must be at most 64, the model's positions")
		})
	}
	callers.Wait()
	f, err := w.SubmitConversation(t.Context(), []worker.Message{{Content: strings.Repeat("ready ", 62)}})
	require.NoError(t, err)
	assert.Equal(t, wantedOf(t, model, slices.Concat([]int64{1}, slices.Repeat([]int64{8}, 62), []int64{2})), f)
}
