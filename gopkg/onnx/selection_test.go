package onnx

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func out(name string, shape ...int64) Value { return Value{name, shape, Float32} }

func outOf(kind ElementType, name string, shape ...int64) Value { return Value{name, shape, kind} }

func TestChoose(t *testing.T) {
	for name, c := range map[string]struct {
		outputs    []Value
		named      string
		vocabulary int
		want       string
		why        string
	}{
		"the usual model": {outputs: []Value{out("last_hidden_state", -1, -1, 384), out("pooler_output", -1, 384)},
			want: "last_hidden_state", why: "named last_hidden_state, with 3 dimensions"},
		"names in their order, not the model's": {outputs: []Value{out("encoder_last_hidden_state", -1, -1, 8), out("last_conv_hidden_states", -1, -1, 8),
			out("hidden_states", -1, -1, 8), out("last_hidden_state", -1, -1, 8)}, want: "last_hidden_state"},
		"a pooled one is passed over": {outputs: []Value{out("last_hidden_state", -1, 8), out("last_conv_hidden_states", -1, -1, 8), out("encoder_last_hidden_state", -1, -1, 8)},
			want: "last_conv_hidden_states"},
		"a name beats the only other": {outputs: []Value{out("x", -1, -1, 9), out("hidden_states", -1, -1, 8)}, want: "hidden_states"},
		"the only one": {outputs: []Value{out("logits", -1, -1, 8), out("present.0.key", -1, -1, 8), out("sentence_embedding", -1, 8), out("output_0", -1, -1, 8)},
			want: "output_0", why: "the only output with 3 dimensions that is neither logits nor a cache"},
		"logits known by the vocabulary": {outputs: []Value{out("scores", -1, -1, 1000), out("states", -1, -1, 8)}, vocabulary: 1000, want: "states"},
		"ids and sequences are none":     {outputs: []Value{outOf(Int64, "ids", -1, -1, 4), outOf(NoTensor, "list"), out("states", -1, -1, 8)}, want: "states"},
		"the caller's own": {outputs: []Value{out("last_hidden_state", -1, -1, 8), out("middle", -1, -1, 8)}, named: "middle",
			want: "middle", why: "named by the caller"},
		"the caller's own, even logits": {outputs: []Value{out("logits", -1, -1, 8)}, named: "logits", want: "logits"},
		"half precision":                {outputs: []Value{outOf(Float16, "last_hidden_state", -1, -1, 8)}, want: "last_hidden_state"},
	} {
		got, verdicts, err := choose(c.outputs, c.named, c.vocabulary)
		require.NoError(t, err, name)
		assert.Equal(t, c.want, got.Name, name)
		if c.why != "" {
			assert.Equal(t, c.why, got.Why, name)
		}
		for _, v := range verdicts {
			assert.Equal(t, v.Name == c.want, v.Chosen, name)
			assert.NotEmpty(t, v.Why, name)
		}
	}
}

func TestChooseSaysWhatAModelLacks(t *testing.T) {
	for name, c := range map[string]struct {
		outputs []Value
		named   string
		want    string
	}{
		"only logits and caches": {
			outputs: []Value{out("logits", -1, -1, 32000), out("present.0.key", -1, 8, -1, 64), out("past_key_values.0.value", -1, -1, 64), out("cache_position", -1, -1, 1)},
			want: `onnx: the model puts out no hidden state: it has no last_hidden_state, hidden_states, last_conv_hidden_states, encoder_last_hidden_state with 3 dimensions ` +
				`[batch, sequence, n], and no other such output but logits and caches; export it with its last hidden state as an output; its outputs are: ` +
				`"logits" float32 [?, ?, 32000]: logits by its name; "present.0.key" float32 [?, 8, ?, 64]: a cache by its name; ` +
				`"past_key_values.0.value" float32 [?, ?, 64]: a cache by its name; "cache_position" float32 [?, ?, 1]: a cache by its name`,
		},
		"a pooled embedding": {
			outputs: []Value{out("sentence_embedding", -1, 384), out("score", -1)},
			want:    `its outputs are: "sentence_embedding" float32 [?, 384]: 2 dimensions, and a hidden state has 3; "score" float32 [?]: 1 dimension, and a hidden state has 3`,
		},
		"two that could be": {
			outputs: []Value{out("a", -1, -1, 8), out("b", -1, -1, 8)},
			want:    `onnx: 2 outputs could be the hidden state (a, b): name one; its outputs are: "a" float32 [?, ?, 8]: it could be; "b" float32 [?, ?, 8]: it could be`,
		},
		"the caller's own is not there": {
			outputs: []Value{out("last_hidden_state", -1, -1, 8)}, named: "middle",
			want: `onnx: the model has no output "middle"; its outputs are: "last_hidden_state" float32 [?, ?, 8]: `,
		},
		"the caller's own is flat": {
			outputs: []Value{out("pooled", -1, 8)}, named: "pooled",
			want: `onnx: the output "pooled" has 2 dimensions, and a hidden state has 3: [batch, sequence, n]; `,
		},
		"double precision": {
			outputs: []Value{outOf(11, "last_hidden_state", -1, -1, 8)},
			want:    `onnx: the hidden state "last_hidden_state" has elements of type float64; float32, float16, bfloat16 and int8 can be quantised; `,
		},
		"no outputs": {want: "onnx: the model puts out no hidden state"},
	} {
		_, verdicts, err := choose(c.outputs, c.named, 0)
		var lack *SelectionError
		require.ErrorAs(t, err, &lack, name)
		assert.ErrorContains(t, err, c.want, name)
		assert.Len(t, verdicts, len(c.outputs), name)
	}
}
