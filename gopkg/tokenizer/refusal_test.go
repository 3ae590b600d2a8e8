package tokenizer

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// smallFile is a valid tokenizer.json; the tests below break one thing in it.
const smallFile = `{
	"version": "1.0", "truncation": null, "padding": null,
	"added_tokens": [
		{"id": 0, "content": "[UNK]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
		{"id": 1, "content": "[CLS]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}
	],
	"normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
	"pre_tokenizer": {"type": "BertPreTokenizer"},
	"post_processor": {
		"type": "TemplateProcessing",
		"single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
		"pair": [],
		"special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [1], "tokens": ["[CLS]"]}}
	},
	"decoder": null,
	"model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
		"vocab": {"[UNK]": 0, "[CLS]": 1, "a": 2, "##a": 3}}
}`

// change returns smallFile with the value at a path replaced, or removed if value is nil.
func change(t testing.TB, value any, path ...any) []byte {
	t.Helper()
	return changeIn(t, smallFile, value, path...)
}

func changeIn(t testing.TB, whole string, value any, path ...any) []byte {
	t.Helper()
	var file any
	require.NoError(t, json.Unmarshal([]byte(whole), &file))
	at := file
	for _, step := range path[:len(path)-1] {
		switch step := step.(type) {
		case string:
			at = at.(map[string]any)[step]
		case int:
			at = at.([]any)[step]
		}
	}
	switch last := path[len(path)-1].(type) {
	case string:
		if value == nil {
			delete(at.(map[string]any), last)
		} else {
			at.(map[string]any)[last] = value
		}
	case int:
		at.([]any)[last] = value
	}
	data, err := json.Marshal(file)
	require.NoError(t, err)
	return data
}

func addition(content string, id int, normalized, lstrip bool) map[string]any {
	return map[string]any{"id": id, "content": content, "single_word": false, "lstrip": lstrip, "rstrip": false, "normalized": normalized, "special": false}
}

// shareID gives two added tokens one id, which a vocabulary that has it twice allows.
func shareID(t testing.TB) []byte {
	var changed map[string]any
	require.NoError(t, json.Unmarshal(change(t, 0, "model", "vocab", "a"), &changed))
	changed["added_tokens"] = []any{addition("[UNK]", 0, false, false), addition("a", 0, false, false)}
	data, err := json.Marshal(changed)
	require.NoError(t, err)
	return data
}

func twins(t testing.TB) []byte {
	return change(t, []any{addition("X", 4, true, false), addition("x", 5, true, false)}, "added_tokens")
}

func TestWhatIsNotSupportedIsRefusedByName(t *testing.T) {
	object := func(kind string) map[string]any { return map[string]any{"type": kind} }
	list := func(field string, parts ...any) map[string]any {
		return map[string]any{"type": "Sequence", field: parts}
	}
	byteLevel := map[string]any{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true}
	truncation := func(field string, value any) map[string]any {
		o := map[string]any{"max_length": 5, "strategy": "LongestFirst", "stride": 0}
		o[field] = value
		return o
	}
	for _, c := range []struct {
		want string
		file []byte
	}{
		{`tokenizer: model.type "Unigram" is not supported: only WordPiece or BPE is`, change(t, "Unigram", "model", "type")},
		{`tokenizer: model.type "WordLevel" is not supported: only WordPiece or BPE is`, change(t, "WordLevel", "model", "type")},
		{`tokenizer: model.merges is not supported`, change(t, []any{}, "model", "merges")},
		{`tokenizer: normalizer.type "NFKC" is not supported: only BertNormalizer, NFC or Sequence is`, change(t, object("NFKC"), "normalizer")},
		{`tokenizer: normalizer.Lowercase is not supported`, change(t, true, "normalizer", "Lowercase")},
		{`tokenizer: normalizer.normalizers[1].type "Strip" is not supported: only BertNormalizer, NFC or Sequence is`, change(t, list("normalizers", object("NFC"), object("Strip")), "normalizer")},
		{`tokenizer: pre_tokenizer.type "Metaspace" is not supported: only BertPreTokenizer, ByteLevel, Digits, Split or Sequence is`, change(t, object("Metaspace"), "pre_tokenizer")},
		{`tokenizer: pre_tokenizer.pretokenizers[0].type "Whitespace" is not supported: only BertPreTokenizer, ByteLevel, Digits, Split or Sequence is`, change(t, list("pretokenizers", object("Whitespace")), "pre_tokenizer")},
		{`tokenizer: pre_tokenizer "ByteLevel" is not supported: only ByteLevel before a BPE model is`, change(t, byteLevel, "pre_tokenizer")},
		{`tokenizer: pre_tokenizer.behavior is not supported`, change(t, "Isolated", "pre_tokenizer", "behavior")},
		{`tokenizer: post_processor.type "RobertaProcessing" is not supported: only TemplateProcessing, BertProcessing, ByteLevel or Sequence is`, change(t, object("RobertaProcessing"), "post_processor")},
		{`tokenizer: post_processor.single[0].SpecialToken.type_id "1" is not supported: only 0 is`, change(t, 1, "post_processor", "single", 0, "SpecialToken", "type_id")},
		{`tokenizer: truncation.strategy "OnlyThird" is not supported: only ["LongestFirst" "OnlyFirst" "OnlySecond"] is`, change(t, truncation("strategy", "OnlyThird"), "truncation")},
		{`tokenizer: truncation.direction "Up" is not supported: only ["Right" "Left"] is`, change(t, truncation("direction", "Up"), "truncation")},
		{`tokenizer: truncation.max_words is not supported`, change(t, truncation("max_words", 1), "truncation")},
		{`tokenizer: added_tokens[1].sticky is not supported`, change(t, true, "added_tokens", 1, "sticky")},
		{`tokenizer: added_tokens: lstrip " " is not supported: only a token that is not white space alone is`, change(t, addition(" ", 4, true, true), "added_tokens", 1)},
		{`tokenizer: version "2.0" is not supported: only 1.0 is`, change(t, "2.0", "version")},
		{`tokenizer: chat is not supported`, change(t, true, "chat")},
	} {
		_, err := Parse(c.file)
		require.ErrorIs(t, err, ErrUnsupported, c.want)
		assert.NotErrorIs(t, err, ErrInvalid)
		assert.EqualError(t, err, c.want)
	}
}

func TestWhatIsWrongIsRefusedByName(t *testing.T) {
	limit := func(length, stride int) map[string]any {
		return map[string]any{"max_length": length, "strategy": "LongestFirst", "stride": stride}
	}
	for _, c := range []struct {
		want string
		file []byte
	}{
		{"tokenizer: tokenizer.json: not a JSON object: unexpected end of JSON input", nil},
		{"tokenizer: tokenizer.json: not a JSON object: invalid character 'x' looking for beginning of value", []byte("x")},
		{"tokenizer: tokenizer.json: null where an object should be", []byte("null")},
		{"tokenizer: tokenizer.json: not UTF-8", []byte("{\"\xff\": 1}")},
		{"tokenizer: model: missing", change(t, nil, "model")},
		{"tokenizer: model.vocab: missing", change(t, nil, "model", "vocab")},
		{"tokenizer: model.max_input_chars_per_word: missing", change(t, nil, "model", "max_input_chars_per_word")},
		{`tokenizer: model.unk_token: "[unk]" is not in model.vocab`, change(t, "[unk]", "model", "unk_token")},
		{"tokenizer: model.vocab: wrong kind of value: json: cannot unmarshal number -1 into Go value of type uint32", change(t, -1, "model", "vocab", "a")},
		{"tokenizer: normalizer.lowercase: missing", change(t, nil, "normalizer", "lowercase")},
		{"tokenizer: normalizer.type: missing", change(t, nil, "normalizer", "type")},
		{"tokenizer: added_tokens[0].normalized: missing", change(t, nil, "added_tokens", 0, "normalized")},
		{`tokenizer: added_tokens[1].id: "new" has id 9, and counting on from the model's tokens gives 4`, change(t, addition("new", 9, false, false), "added_tokens", 1)},
		{`tokenizer: added_tokens: the normaliser leaves nothing of "\u200b"`, change(t, addition("\u200b", 4, true, false), "added_tokens", 1)},
		{`tokenizer: added_tokens: "[UNK]" and "a" share id 0`, shareID(t)},
		{`tokenizer: added_tokens: "X" and "x" are the same once normalised`, twins(t)},
		{`tokenizer: post_processor.single[0].SpecialToken.id: "[BOS]" is not among the special_tokens`, change(t, "[BOS]", "post_processor", "single", 0, "SpecialToken", "id")},
		{`tokenizer: post_processor.single[1].Sequence.id: "B" in the template for a single text; it has only A`, change(t, "B", "post_processor", "single", 1, "Sequence", "id")},
		{`tokenizer: post_processor.special_tokens["[CLS]"].ids: id 77 is no token's`, change(t, []int{77}, "post_processor", "special_tokens", "[CLS]", "ids")},
		{`tokenizer: post_processor.special_tokens["[CLS]"].ids: 2 ids for 1 tokens`, change(t, []int{1, 1}, "post_processor", "special_tokens", "[CLS]", "ids")},
		{"tokenizer: truncation: max_length 0 should be at least 1", change(t, limit(0, 0), "truncation")},
		{"tokenizer: truncation: stride 4 should be 0 or more and less than 4, what max_length leaves to the text", change(t, limit(5, 4), "truncation")},
	} {
		_, err := Parse(c.file)
		require.ErrorIs(t, err, ErrInvalid, c.want)
		assert.NotErrorIs(t, err, ErrUnsupported)
		assert.EqualError(t, err, c.want)
	}
}

func TestOptionsThatContradictAreRefused(t *testing.T) {
	tok := loadModel(t)
	for want, options := range map[string]Options{
		"tokenizer: Options: NoTruncation and Truncation exclude each other":                                               {NoTruncation: true, Truncation: &Truncation{MaxLength: 5}},
		"tokenizer: Options.Truncation: max_length 1 should be at least 2":                                                 {Truncation: &Truncation{MaxLength: 1}},
		"tokenizer: Options.Truncation: max_length -3 should be at least 1":                                                {Truncation: &Truncation{MaxLength: -3}, NoSpecialTokens: true},
		"tokenizer: Options.Truncation: strategy unknown (7)":                                                              {Truncation: &Truncation{MaxLength: 5, Strategy: 7}},
		"tokenizer: Options.Truncation: direction unknown (2)":                                                             {Truncation: &Truncation{MaxLength: 5, Direction: 2}},
		"tokenizer: Options.Truncation: stride -1 should be 0 or more and less than 3, what max_length leaves to the text": {Truncation: &Truncation{MaxLength: 5, Stride: -1}},
	} {
		_, err := tok.With(options)
		require.ErrorIs(t, err, ErrInvalid)
		assert.EqualError(t, err, want)
	}
}

func TestLoadNamesTheFile(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "tokenizer.json")
	_, err := Load(missing)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, missing)
	require.NoError(t, os.WriteFile(missing, change(t, "Unigram", "model", "type"), 0o600))
	_, err = Load(missing)
	require.ErrorIs(t, err, ErrUnsupported)
	require.ErrorContains(t, err, missing)
}
