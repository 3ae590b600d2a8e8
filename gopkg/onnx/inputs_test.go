package onnx

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/onnx/graph"
)

var bertInputs = []graph.Value{in(graph.Int64, "input_ids", -1, -1), in(graph.Int64, "attention_mask", -1, -1), in(graph.Int64, "token_type_ids", -1, -1), in(graph.Int32, "position_ids", -1, -1)}

// fed is what each input holds for texts, as integers.
func fed(t *testing.T, values []graph.Value, padding graph.Padding, texts ...[]int64) map[string][]int64 {
	t.Helper()
	const tokens = 64
	p, err := planInputs(values, "", padding)
	require.NoError(t, err)
	memory := make([]byte, p.place(tokens))
	p.feed(memory, [][]int64{{7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7}}, 11) // an earlier text
	longest := 0
	for _, ids := range texts {
		longest = max(longest, len(ids))
	}
	length := p.lengthOf(longest)
	p.feed(memory, texts, length)
	got := map[string][]int64{}
	for _, b := range p.buffers(memory, len(texts), length) {
		require.Equal(t, []int64{int64(len(texts)), int64(length)}, b.shape)
		require.Len(t, b.data, len(texts)*length*elementBytes(b.kind))
		for at := range len(texts) * length {
			got[b.name] = append(got[b.name], element(b, at))
		}
	}
	return got
}

func element(b buffer, at int) int64 {
	switch b.kind {
	case graph.Int32:
		return int64(int32(binary.NativeEndian.Uint32(b.data[4*at:])))
	case graph.Float32:
		return int64(math.Float32frombits(binary.NativeEndian.Uint32(b.data[4*at:])))
	case graph.Bool:
		return int64(b.data[at])
	}
	return int64(binary.NativeEndian.Uint64(b.data[8*at:]))
}

func TestFeed(t *testing.T) {
	assert.Equal(t, map[string][]int64{
		"input_ids": {101, 2054, 102}, "attention_mask": {1, 1, 1}, "token_type_ids": {0, 0, 0}, "position_ids": {0, 1, 2},
	}, fed(t, bertInputs, graph.PadRight, []int64{101, 2054, 102}))
}

func TestFeedPads(t *testing.T) {
	texts := [][]int64{{9, 8}, {1, 2, 3, 4}, {5}}
	assert.Equal(t, map[string][]int64{
		"input_ids":      {9, 8, 0, 0, 1, 2, 3, 4, 5, 0, 0, 0},
		"attention_mask": {1, 1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0},
		"token_type_ids": make([]int64, 12),
		"position_ids":   {0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3},
	}, fed(t, bertInputs, graph.PadRight, texts...))
	assert.Equal(t, map[string][]int64{
		"input_ids":      {0, 0, 9, 8, 1, 2, 3, 4, 0, 0, 0, 5},
		"attention_mask": {0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1},
		"token_type_ids": make([]int64, 12),
		"position_ids":   {0, 0, 0, 1, 0, 1, 2, 3, 0, 0, 0, 0},
	}, fed(t, bertInputs, graph.PadLeft, texts...))
}

func TestMasksOfOtherTypes(t *testing.T) {
	for _, kind := range []graph.ElemType{graph.Int32, graph.Bool, graph.Float32} {
		got := fed(t, []graph.Value{bertInputs[0], in(kind, "attention_mask", -1, -1)}, graph.PadRight, []int64{9, 8}, []int64{7})
		assert.Equal(t, []int64{1, 1, 1, 0}, got["attention_mask"], kind)
	}
}

func TestFeedPadsAFixedLength(t *testing.T) {
	fixed := []graph.Value{in(graph.Int32, "input_ids", 1, 5), in(graph.Int64, "attention_mask", -1, 5)}
	assert.Equal(t, map[string][]int64{"input_ids": {9, 8, 0, 0, 0}, "attention_mask": {1, 1, 0, 0, 0}}, fed(t, fixed, graph.PadRight, []int64{9, 8}))
	assert.Equal(t, map[string][]int64{"input_ids": {0, 0, 0, 9, 8}, "attention_mask": {0, 0, 0, 1, 1}}, fed(t, fixed, graph.PadLeft, []int64{9, 8}))
	assert.Equal(t, map[string][]int64{"input_ids": {1, 2, 3, 4, 5}, "attention_mask": {1, 1, 1, 1, 1}}, fed(t, fixed, graph.PadRight, []int64{1, 2, 3, 4, 5}))
}

func TestAnEmptyPastIsFed(t *testing.T) {
	for _, c := range []struct {
		shape, want []int64
		single      bool
	}{
		{[]int64{-1, 32, -1, 64}, []int64{3, 32, 0, 64}, false},
		{[]int64{1, 32, -1, 64}, []int64{1, 32, 0, 64}, true},
		{[]int64{2, -1, 12, -1, 64}, []int64{2, 3, 12, 0, 64}, false},
	} {
		p, err := planInputs([]graph.Value{bertInputs[0], in(graph.Float16, "past_key_values.0.key", c.shape...)}, "", graph.PadRight)
		require.NoError(t, err)
		assert.Equal(t, c.single, p.single)
		b := p.buffers(make([]byte, p.place(64)), 3, 5)[1]
		assert.Equal(t, c.want, b.shape)
		assert.NotEmpty(t, b.data, "a tensor wants an address")
	}
}

func TestInputsOfOneRunDoNotOverlap(t *testing.T) {
	p, err := planInputs(bertInputs, "", graph.PadRight)
	require.NoError(t, err)
	memory := make([]byte, p.place(21))
	for i, b := range p.buffers(memory, 3, 7) {
		for at := range b.data {
			require.Zero(t, b.data[at], "input %d shares byte %d", i, at)
			b.data[at] = 1
		}
		assert.Zero(t, p.inputs[i].start%64)
	}
}

func TestTheMaskMayHaveAnotherName(t *testing.T) {
	inputs := []graph.Value{bertInputs[0], in(graph.Int64, "padding_mask", -1, -1)}
	p, err := planInputs(inputs, "padding_mask", graph.PadRight)
	require.NoError(t, err)
	assert.True(t, p.pads())
	_, err = planInputs(inputs, "", graph.PadRight)
	assert.ErrorContains(t, err, "can't feed the model's input padding_mask int64 [?, ?]: if it tells real tokens from padding, name it as the mask (Options.Mask)")
}

func TestInputsThatCannotBeFedAreNamed(t *testing.T) {
	ids := bertInputs[0]
	for name, c := range map[string]struct {
		inputs []graph.Value
		want   string
	}{
		"unknown":          {[]graph.Value{ids, in(graph.Float32, "pixel_values", -1, 3, 224, 224)}, `onnx: can't feed the model's input pixel_values float32 [?, 3, 224, 224]: only input_ids`},
		"no ids":           {[]graph.Value{in(graph.Int64, "attention_mask", -1, -1)}, "input input_ids: the model has none"},
		"none at all":      {nil, "input input_ids: the model has none"},
		"embeddings":       {[]graph.Value{in(graph.Float32, "inputs_embeds", -1, -1, 8)}, "inputs_embeds"},
		"float ids":        {[]graph.Value{in(graph.Float32, "input_ids", -1, -1)}, "must be int64 or int32"},
		"float16 mask":     {[]graph.Value{ids, in(graph.Float16, "attention_mask", -1, -1)}, "must be int64 or int32 or bool or float32"},
		"4-D mask":         {[]graph.Value{ids, in(graph.Int64, "attention_mask", -1, 1, -1, -1)}, "must be [batch, sequence]"},
		"batch of two":     {[]graph.Value{in(graph.Int64, "input_ids", 2, -1)}, "must be [batch, sequence], and the batch 1 or open"},
		"two lengths":      {[]graph.Value{in(graph.Int64, "input_ids", 1, 16), in(graph.Int64, "attention_mask", 1, 32)}, "its length is 32"},
		"length 0":         {[]graph.Value{in(graph.Int64, "input_ids", 1, 0)}, "its length is 0"},
		"fixed, no mask":   {[]graph.Value{in(graph.Int64, "input_ids", 1, 16)}, "takes exactly 16 token ids and has no attention_mask"},
		"static cache":     {[]graph.Value{ids, in(graph.Float32, "past_key_values.0.key", 1, 2, 128, 4)}, "a past must leave open"},
		"open heads":       {[]graph.Value{ids, in(graph.Float32, "past_key_values.0.key", -1, -1, -1, 4)}, "a past must leave open"},
		"past of no type":  {[]graph.Value{ids, in(graph.Unknown, "past_key_values.0.key")}, "a past of this type is not known"},
		"merged decoder":   {[]graph.Value{ids, in(graph.Bool, "use_cache_branch", 1)}, "use_cache_branch bool [1]"},
		"an absurd length": {[]graph.Value{in(graph.Int64, "input_ids", 1, math.MaxInt64), in(graph.Int64, "attention_mask", 1, math.MaxInt64)}, "at most 1048576"},
	} {
		_, err := planInputs(c.inputs, "", graph.PadRight)
		var refused *InputError
		require.ErrorAs(t, err, &refused, name)
		assert.ErrorContains(t, err, c.want, name)
	}
}
