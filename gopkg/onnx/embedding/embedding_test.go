package embedding_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"pgregory.net/rapid"

	"github.com/q2kernel/q2/gopkg/onnx/embedding"
)

func message(fields ...[]byte) (m []byte) {
	for _, f := range fields {
		m = append(m, f...)
	}
	return m
}

func bytesField(number protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), value)
}

func textField(number protowire.Number, value string) []byte {
	return bytesField(number, []byte(value))
}

func varintField(number protowire.Number, value uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), value)
}

func node(op, output string, inputs ...string) []byte {
	n := textField(4, op)
	for _, name := range inputs {
		n = append(n, textField(1, name)...)
	}
	return bytesField(1, message(n, textField(2, output)))
}

// weight is an initializer with a megabyte of data, which nobody should read.
func weight(name string, packed bool, dims ...uint64) []byte {
	var shape []byte
	if packed {
		var all []byte
		for _, d := range dims {
			all = protowire.AppendVarint(all, d)
		}
		shape = bytesField(1, all)
	} else {
		for _, d := range dims {
			shape = append(shape, varintField(1, d)...)
		}
	}
	return bytesField(5, message(shape, varintField(2, 1), bytesField(9, make([]byte, 1<<20)), textField(8, name)))
}

func model(parts ...[]byte) []byte {
	return message(varintField(1, 8), textField(2, "test"), bytesField(7, message(parts...)))
}

func write(t require.TestingT, dir string, content []byte) string {
	path := filepath.Join(dir, "model.onnx")
	require.NoError(t, os.WriteFile(path, content, 0o644))
	return path
}

func TestFind(t *testing.T) {
	positions := weight("positions", false, 512, 8)
	for name, c := range map[string]struct {
		parts [][]byte
		want  embedding.Table
	}{
		"plain": {[][]byte{node("Gather", "h", "words", "input_ids"), weight("words", false, 1000, 8)}, embedding.Table{Weight: "words", Vocabulary: 1000}},
		"packed dims, ids cast and reshaped, positions first": {[][]byte{
			positions, node("Gather", "p", "positions", "position_ids"),
			node("Cast", "ids32", "input_ids"), node("Reshape", "flat", "ids32", "shape"), node("Gather", "h", "words", "flat"),
			weight("words", true, 2000, 8)}, embedding.Table{Weight: "words", Vocabulary: 2000}},
		"int8 with scales": {[][]byte{
			weight("scale", false, 3000, 1), weight("q", false, 3000, 8),
			node("Cast", "f", "q"), node("Mul", "words", "f", "scale"), node("Gather", "h", "words", "input_ids")}, embedding.Table{Weight: "q", Vocabulary: 3000}},
		"fused": {[][]byte{weight("words", false, 4000, 8), positions,
			node("EmbedLayerNormalization", "h", "input_ids", "", "words", "positions")}, embedding.Table{Weight: "words", Vocabulary: 4000}},
		"block-quantised": {[][]byte{weight("words", false, 5000, 4),
			node("GatherBlockQuantized", "h", "words", "input_ids", "scales")}, embedding.Table{Weight: "words", Vocabulary: 5000}},
	} {
		got, ok, err := embedding.Find(write(t, t.TempDir(), model(c.parts...)), "input_ids")
		require.NoError(t, err, name)
		assert.True(t, ok, name)
		assert.Equal(t, c.want, got, name)
	}
}

func TestFindNothing(t *testing.T) {
	for name, parts := range map[string][][]byte{
		"no lookup":      {weight("words", false, 10, 8)},
		"of other ids":   {node("Gather", "h", "words", "position_ids"), weight("words", false, 10, 8)},
		"of a vector":    {node("Gather", "h", "words", "input_ids"), weight("words", false, 10)},
		"ids computed":   {node("Add", "ids", "input_ids", "one"), node("Gather", "h", "words", "ids"), weight("words", false, 10, 8)},
		"names in rings": {node("Cast", "a", "b"), node("Cast", "b", "a"), node("Gather", "h", "c", "a"), node("Cast", "c", "d"), node("Cast", "d", "c"), node("Gather", "h", "c", "input_ids")},
	} {
		_, ok, err := embedding.Find(write(t, t.TempDir(), model(parts...)), "input_ids")
		assert.NoError(t, err, name)
		assert.False(t, ok, name)
	}
}

func TestWhatIsNoModelIsRefused(t *testing.T) {
	whole := model(node("Gather", "h", "words", "input_ids"), weight("words", false, 10, 8))
	for name, content := range map[string][]byte{
		"empty":          {},
		"text":           []byte("this is no model"),
		"no graph":       textField(2, "test"),
		"cut short":      whole[:len(whole)-1],
		"field too long": protowire.AppendVarint(protowire.AppendTag(nil, 7, protowire.BytesType), 1<<62),
		"length wraps":   protowire.AppendVarint(protowire.AppendTag(nil, 7, protowire.BytesType), 1<<63+5),
		"huge name":      model(bytesField(1, textField(4, strings.Repeat("x", 1<<20+1)))),
		"many dims":      model(weight("w", true, make([]uint64, 65)...)),
		"dims run over":  model(bytesField(5, message(bytesField(1, []byte{0x80}), textField(8, "w")))),
	} {
		_, _, err := embedding.Find(write(t, t.TempDir(), content), "input_ids")
		assert.ErrorIs(t, err, embedding.ErrMalformed, name)
	}
	_, _, err := embedding.Find(filepath.Join(t.TempDir(), "none.onnx"), "input_ids")
	assert.ErrorIs(t, err, os.ErrNotExist)
}

// Any damage is an error or another answer, never a panic or a hang.
func TestDamagedModels(t *testing.T) {
	whole := model(node("Cast", "i", "input_ids"), node("Gather", "h", "words", "i"), bytesField(5, message(varintField(1, 10), varintField(1, 8), textField(8, "words"))))
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		damaged := append([]byte(nil), whole...)
		for range rapid.IntRange(1, 4).Draw(t, "bytes") {
			damaged[rapid.IntRange(0, len(damaged)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		}
		path := write(t, dir, damaged[:rapid.IntRange(0, len(damaged)).Draw(t, "length")])
		_, _, err := embedding.Find(path, "input_ids")
		if err != nil {
			require.ErrorIs(t, err, embedding.ErrMalformed)
		}
	})
}
