package tokenizer

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// smallByteFile is a valid tokenizer.json with a BPE model; the tests below break one thing in it.
const smallByteFile = `{
	"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
	"pre_tokenizer": {"type": "Sequence", "pretokenizers": [
		{"type": "Split", "pattern": {"Regex": "` + `'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+` + `"}, "behavior": "Isolated", "invert": false},
		{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]},
	"post_processor": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false},
	"decoder": null,
	"model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null, "end_of_word_suffix": null,
		"fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
		"vocab": {"a": 0, "b": 1, "ab": 2, "abb": 3}, "merges": [["a", "b"], ["ab", "b"]]}
}`

func TestTheSmallByteFileIsTaken(t *testing.T) {
	tok, err := Parse([]byte(smallByteFile))
	require.NoError(t, err)
	ids, err := tok.Encode(nil, "abb ab ba?")
	require.NoError(t, err)
	require.Equal(t, []int64{3, 2, 1, 0}, ids, "the space and the mark have no token and are dropped, as the Rust library does")
}

func TestByteLevelPartsThatAreNotSupportedAreRefusedByName(t *testing.T) {
	split := func(field string, value any) []byte {
		return changeIn(t, smallByteFile, value, "pre_tokenizer", "pretokenizers", 0, field)
	}
	model := func(field string, value any) []byte { return changeIn(t, smallByteFile, value, "model", field) }
	template := map[string]any{"type": "TemplateProcessing", "single": []any{}, "pair": []any{}, "special_tokens": map[string]any{}}
	byteLevel := map[string]any{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true}
	for _, c := range []struct {
		want string
		file []byte
	}{
		{`tokenizer: model.dropout "0.1" is not supported: only 0.0 is`, model("dropout", 0.1)},
		{`tokenizer: model.continuing_subword_prefix "##" is not supported: only "" is`, model("continuing_subword_prefix", "##")},
		{`tokenizer: model.end_of_word_suffix "</w>" is not supported: only "" is`, model("end_of_word_suffix", "</w>")},
		{`tokenizer: model.byte_fallback "true" is not supported: only false is`, model("byte_fallback", true)},
		{`tokenizer: model.cache is not supported`, model("cache", 5)},
		{`tokenizer: model.type "BPE" is not supported: only BPE behind a ByteLevel pre_tokenizer is`, changeIn(t, smallByteFile, nil, "pre_tokenizer")},
		{`tokenizer: pre_tokenizer.pretokenizers[0].pattern.Regex "\\w+" is not supported: only a pattern of GPT-2, Llama 3, Qwen2 or Qwen3.5 is`, split("pattern", map[string]any{"Regex": `\w+`})},
		{`tokenizer: pre_tokenizer.pretokenizers[0].pattern "map[String: ]" is not supported: only a Regex is`, split("pattern", map[string]any{"String": " "})},
		{`tokenizer: pre_tokenizer.pretokenizers[0].behavior "Removed" is not supported: only Isolated, or Removed with invert, is`, split("behavior", "Removed")},
		{`tokenizer: pre_tokenizer.pretokenizers[0].behavior "MergedWithNext" is not supported: only Isolated, or Removed with invert, is`, split("behavior", "MergedWithNext")},
		{`tokenizer: pre_tokenizer.pretokenizers[1].type "Digits" is not supported: only ByteLevel as the last of a Sequence is`,
			changeIn(t, smallByteFile, map[string]any{"type": "Sequence", "pretokenizers": []any{byteLevel, map[string]any{"type": "Digits", "individual_digits": true}}}, "pre_tokenizer")},
		{`tokenizer: pre_tokenizer.pretokenizers[1].type "ByteLevel" is not supported: only ByteLevel as the last of a Sequence is`,
			changeIn(t, smallByteFile, map[string]any{"type": "Sequence", "pretokenizers": []any{byteLevel, byteLevel}}, "pre_tokenizer")},
		{`tokenizer: post_processor.processors "2" is not supported: only one that adds tokens is`,
			changeIn(t, smallByteFile, map[string]any{"type": "Sequence", "processors": []any{template, template}}, "post_processor")},
	} {
		_, err := Parse(c.file)
		require.ErrorIs(t, err, ErrUnsupported, c.want)
		assert.EqualError(t, err, c.want)
	}
}

func TestByteLevelPartsThatAreWrongAreRefusedByName(t *testing.T) {
	model := func(field string, value any) []byte { return changeIn(t, smallByteFile, value, "model", field) }
	for _, c := range []struct {
		want string
		file []byte
	}{
		{`tokenizer: model.merges[1]: "c" is not in model.vocab`, model("merges", []any{[]any{"a", "b"}, []any{"ab", "c"}})},
		{`tokenizer: model.merges[0]: "c" is not in model.vocab`, model("merges", []any{"c b"})},
		{`tokenizer: model.merges[0]: "ba" is not in model.vocab`, model("merges", []any{"b a"})},
		{`tokenizer: model.merges[0]: "a b b" should be two tokens with a space between`, model("merges", []any{"a b b"})},
		{`tokenizer: model.merges[0]: ["a"] should be two tokens`, model("merges", []any{[]any{"a"}})},
		{`tokenizer: model.merges: neither pairs of tokens nor lines of two tokens: json: cannot unmarshal number into Go value of type string`, model("merges", []any{5})},
		{`tokenizer: model.merges: missing`, model("merges", nil)},
		{`tokenizer: model.vocab: missing`, model("vocab", nil)},
		{`tokenizer: model.vocab: "a" and "b" share id 0`, changeIn(t, smallByteFile, 0, "model", "vocab", "b")},
		{`tokenizer: model.vocab: "b" has id 4294967295, the limit is 4294967294`, changeIn(t, smallByteFile, 4294967295, "model", "vocab", "b")},
		{`tokenizer: model.unk_token: "<unk>" is not in model.vocab, which lacks byte 0x00`, model("unk_token", "<unk>")},
		{`tokenizer: pre_tokenizer.pretokenizers[1].add_prefix_space: missing`, changeIn(t, smallByteFile, nil, "pre_tokenizer", "pretokenizers", 1, "add_prefix_space")},
		{`tokenizer: post_processor.trim_offsets: missing`, changeIn(t, smallByteFile, nil, "post_processor", "trim_offsets")},
	} {
		_, err := Parse(c.file)
		require.ErrorIs(t, err, ErrInvalid, c.want)
		assert.EqualError(t, err, c.want)
	}
}
