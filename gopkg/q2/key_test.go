package q2_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/q2"
)

func TestKeyAsText(t *testing.T) {
	for _, c := range []struct {
		key                 q2.TransitionKey
		hex, symbols, bases string
	}{
		{q2.TransitionKey{}, "0000000000000000", "", ""},
		{q2.TransitionKey{Bits: 0, Transitions: 1}, "0000000000000000", "A", "G"},
		{q2.TransitionKey{Bits: 0b11 << 62, Transitions: 1}, "c000000000000000", "D", "T"},
		{q2.TransitionKey{Bits: 0b11 << 62, Transitions: 2}, "c000000000000000", "DA", "TG"},
		{q2.TransitionKey{Bits: 0x1b00000000000000, Transitions: 4}, "1b00000000000000", "ABCD", "GACT"},
		{q2.TransitionKey{Bits: 0x1b1b1b1b1b1b1b1b, Transitions: 32}, "1b1b1b1b1b1b1b1b",
			"ABCDABCDABCDABCDABCDABCDABCDABCD", "GACTGACTGACTGACTGACTGACTGACTGACT"},
		{q2.TransitionKey{Bits: 0x1b1b1b1b1b1b1b1a, Transitions: 3000}, "1b1b1b1b1b1b1b1a",
			"ABCDABCDABCDABCDABCDABCDABCDABCC", "GACTGACTGACTGACTGACTGACTGACTGACC"},
	} {
		assert.Equal(t, c.hex, c.key.Hex())
		assert.Equal(t, c.hex, c.key.String())
		assert.Equal(t, c.symbols, c.key.Symbols())
		assert.Equal(t, c.bases, c.key.Bases())
	}
}

func TestDtypes(t *testing.T) {
	for dtype, want := range map[q2.Dtype]struct {
		name  string
		bytes int // of 10 elements
	}{q2.FP32: {"fp32", 40}, q2.FP16: {"fp16", 20}, q2.Q8: {"q8", 10}, q2.Q4: {"q4", 5}, q2.Q2: {"q2", 3}, q2.BF16: {"bf16", 20}} {
		assert.Equal(t, want.name, dtype.String())
		assert.Equal(t, want.bytes, dtype.RowBytes(10), want.name)
		parsed, err := q2.ParseDtype(want.name)
		require.NoError(t, err)
		assert.Equal(t, dtype, parsed)
		for _, n := range []int{0, -1, q2.MaxDim + 1} {
			assert.Zero(t, dtype.RowBytes(n), "%s, n = %d", want.name, n)
		}
	}
	assert.Equal(t, "unknown", q2.Dtype(6).String())
	assert.Zero(t, q2.Dtype(6).RowBytes(10))
	for _, name := range []string{"", "FP32", "fp64", "unknown"} {
		_, err := q2.ParseDtype(name)
		assert.ErrorIs(t, err, q2.ErrArgument)
		assert.EqualError(t, err, `q2: dtype is "`+name+`", must be fp32, fp16, q8, q4, q2 or bf16`)
	}
}

func TestPackedLen(t *testing.T) {
	for n, want := range map[int]int{-1: 0, 0: 0, 1: 1, 4: 1, 5: 2, 384: 96, 4096: 1024, q2.MaxDim: 1 << 18, q2.MaxDim + 1: 0} {
		assert.Equal(t, want, q2.PackedLen(n), "n = %d", n)
	}
}
