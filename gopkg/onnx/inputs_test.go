package onnx

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func in(kind ElementType, name string, shape ...int64) Value { return Value{name, shape, kind} }

var bertInputs = []Value{in(Int64, "input_ids", -1, -1), in(Int64, "attention_mask", -1, -1), in(Int64, "token_type_ids", -1, -1), in(Int32, "position_ids", 1, -1)}

// fed is what each input holds for ids, as integers.
func fed(t *testing.T, values []Value, maxTokens int, ids ...int64) map[string][]int64 {
	t.Helper()
	p, err := planInputs(values)
	require.NoError(t, err)
	p.place(make([]byte, p.bytes(maxTokens)), maxTokens)
	p.feed([]int64{7, 7, 7, 7}) // an earlier text, longer than most
	p.feed(ids)
	length := len(ids)
	if p.length > 0 {
		length = p.length
	}
	got := map[string][]int64{}
	for _, b := range p.buffers(length) {
		require.Equal(t, []int64{1, int64(length)}, b.shape)
		for at := range length {
			if b.kind == Int32 {
				got[b.name] = append(got[b.name], int64(int32(binary.NativeEndian.Uint32(b.data[4*at:]))))
			} else {
				got[b.name] = append(got[b.name], int64(binary.NativeEndian.Uint64(b.data[8*at:])))
			}
		}
		require.Len(t, b.data, length*b.kind.bytes())
	}
	return got
}

func TestFeed(t *testing.T) {
	assert.Equal(t, map[string][]int64{
		"input_ids": {101, 2054, 102}, "attention_mask": {1, 1, 1}, "token_type_ids": {0, 0, 0}, "position_ids": {0, 1, 2},
	}, fed(t, bertInputs, 16, 101, 2054, 102))
}

func TestFeedPadsAFixedLength(t *testing.T) {
	fixed := []Value{in(Int32, "input_ids", 1, 5), in(Int64, "attention_mask", -1, 5)}
	assert.Equal(t, map[string][]int64{"input_ids": {9, 8, 0, 0, 0}, "attention_mask": {1, 1, 0, 0, 0}}, fed(t, fixed, 5, 9, 8))
	assert.Equal(t, map[string][]int64{"input_ids": {1, 2, 3, 4, 5}, "attention_mask": {1, 1, 1, 1, 1}}, fed(t, fixed, 5, 1, 2, 3, 4, 5))
}

func TestAnEmptyPastIsFed(t *testing.T) {
	for _, c := range []struct{ shape, want []int64 }{
		{[]int64{-1, 32, -1, 64}, []int64{1, 32, 0, 64}},
		{[]int64{1, 32, -1, 64}, []int64{1, 32, 0, 64}},
		{[]int64{2, -1, 12, -1, 64}, []int64{2, 1, 12, 0, 64}},
	} {
		p, err := planInputs([]Value{bertInputs[0], in(Float16, "past_key_values.0.key", c.shape...)})
		require.NoError(t, err)
		p.place(make([]byte, p.bytes(8)), 8)
		b := p.buffers(3)[1]
		assert.Equal(t, c.want, b.shape)
		assert.NotEmpty(t, b.data, "a tensor wants an address")
	}
}

func TestInputsThatCannotBeFedAreNamed(t *testing.T) {
	ids := bertInputs[0]
	for name, c := range map[string]struct {
		inputs []Value
		want   string
	}{
		"unknown":          {[]Value{ids, in(Float32, "pixel_values", -1, 3, 224, 224)}, `onnx: can't feed the model's input "pixel_values" float32 [?, 3, 224, 224]: only input_ids`},
		"no ids":           {[]Value{in(Int64, "attention_mask", -1, -1)}, `"input_ids"`},
		"none at all":      {nil, `"input_ids"`},
		"embeddings":       {[]Value{in(Float32, "inputs_embeds", -1, -1, 8)}, `"inputs_embeds"`},
		"float ids":        {[]Value{in(Float32, "input_ids", -1, -1)}, "must be int64 or int32"},
		"4-D mask":         {[]Value{ids, in(Int64, "attention_mask", -1, 1, -1, -1)}, "must be [batch, sequence]"},
		"batch of two":     {[]Value{in(Int64, "input_ids", 2, -1)}, "must be [batch, sequence], and the batch 1 or open"},
		"two lengths":      {[]Value{in(Int64, "input_ids", 1, 16), in(Int64, "attention_mask", 1, 32)}, "its length is 32"},
		"length 0":         {[]Value{in(Int64, "input_ids", 1, 0)}, "its length is 0"},
		"fixed, no mask":   {[]Value{in(Int64, "input_ids", 1, 16)}, "takes exactly 16 token ids and has no attention_mask"},
		"static cache":     {[]Value{ids, in(Float32, "past_key_values.0.key", 1, 2, 128, 4)}, "a past must leave open"},
		"open heads":       {[]Value{ids, in(Float32, "past_key_values.0.key", -1, -1, -1, 4)}, "a past must leave open"},
		"past of no type":  {[]Value{ids, in(NoTensor, "past_key_values.0.key")}, "a past of this type is not known"},
		"merged decoder":   {[]Value{ids, in(9, "use_cache_branch", 1)}, `"use_cache_branch" bool [1]`},
		"an absurd length": {[]Value{in(Int64, "input_ids", 1, math.MaxInt64), in(Int64, "attention_mask", 1, math.MaxInt64)}, "at most 1048576"},
	} {
		_, err := planInputs(c.inputs)
		var refused *InputError
		require.ErrorAs(t, err, &refused, name)
		assert.ErrorContains(t, err, c.want, name)
	}
}
