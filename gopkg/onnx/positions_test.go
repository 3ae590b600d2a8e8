//go:build cgo

package onnx

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// longest are models by their file, and how many tokens their tables of positions have room for; 0 if any number.
var longest = map[string]int{
	"graph/positions_input": 12, "graph/positions_list": 11, "graph/positions_range": 12, "graph/positions_offset": 10, "graph/positions_past": 12,
	"graph/positions_roberta": 10, "graph/positions_mask": 12, "graph/positions_embed": 12, "graph/positions_bounded": 0, "graph/positions_chosen": 0,
	"graph/encoder": 0, "onnx/hidden": 64,
}

func openTestdata(t *testing.T, name string, o Options) *Model {
	t.Helper()
	o.IntraOpThreads = 1
	m, err := Open(filepath.Join("..", "..", "testdata", name+".onnx"), o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, m.Close()) })
	return m
}

// tokensOf is a text of so many tokens, none of which is padding to any model here.
func tokensOf(length int) []int64 { return slices.Repeat([]int64{7}, length) }

// A text that is longer than the model's positions fails alone, with an error that names both, and the others of its batch have their results.
func TestATextBeyondThePositionsFailsAlone(t *testing.T) {
	needRuntime(t)
	for name, most := range longest {
		if most == 0 {
			continue
		}
		m := openTestdata(t, name, Options{})
		assert.Equal(t, most, m.MaxTokens(), name)
		assert.EqualValues(t, most, m.Run().Positions, name)
		texts := [][]int64{tokensOf(3), tokensOf(most + 1), tokensOf(most)}
		dst := results(len(texts), m.N())
		_, err := m.FingerprintBatch(dst, texts)
		require.NoError(t, err, name)
		assertUntouched(t, dst[1], ErrTooLong, name)
		assert.EqualError(t, dst[1].Err, fmt.Sprintf("onnx: too many token ids: the number of token ids is %d, must be at most %d, the model's positions", most+1, most))
		assert.NoError(t, dst[0].Err, name)
		assert.NoError(t, dst[2].Err, "%s: the longest text that is accepted can be run", name)
	}
	m := openTestdata(t, "graph/positions_range", Options{MaxTokens: 5})
	assert.ErrorContains(t, m.Check(tokensOf(6)), "is 6, must be at most 5")
	assert.NotContains(t, m.Check(tokensOf(6)).Error(), "positions")
}

// The limit that is read from the graph is ONNX Runtime's own: one token more is what it refuses.
func TestThePositionsAreThoseOfONNXRuntime(t *testing.T) {
	needRuntime(t)
	for name, most := range longest {
		m := openTestdata(t, name, Options{})
		m.limits.tokens = DefaultMaxTokens // as if nothing were known
		packed := make([]byte, 96)
		if most > 0 {
			_, _, err := m.Fingerprint(packed, tokensOf(most))
			assert.NoError(t, err, name)
			_, _, err = m.Fingerprint(packed, tokensOf(most+1))
			assert.ErrorContains(t, err, "onnx: run of", name)
		} else {
			_, _, err := m.Fingerprint(packed, tokensOf(200))
			assert.NoError(t, err, name)
		}
	}
}

// What the graph doesn't tell is left to ONNX Runtime: its error is that of the text that it is about, and the others are run without that text.
func TestATextThatONNXRuntimeRefusesFailsAlone(t *testing.T) {
	needRuntime(t)
	m := openTestdata(t, "onnx/shifted", Options{})
	require.Zero(t, m.VocabularySize())
	texts := [][]int64{{3, 4}, {5, 1000}, {}, {6, 7}, {2000}}
	dst := results(len(texts), m.N())
	_, err := m.FingerprintBatch(dst, texts)
	assert.EqualError(t, err, dst[1].Err.Error(), "the first that failed")
	for i, want := range map[int]string{1: "onnx: run of 2 tokens: ", 4: "onnx: run of 1 tokens: "} {
		assertUntouched(t, dst[i], dst[i].Err)
		assert.True(t, strings.HasPrefix(dst[i].Err.Error(), want), dst[i].Err)
	}
	assertUntouched(t, dst[2], ErrEmptyInput)
	alone := results(1, m.N())
	for _, i := range []int{0, 3} {
		_, err := m.FingerprintBatch(alone, texts[i:i+1])
		require.NoError(t, err)
		assert.Equal(t, alone[0], dst[i])
	}
	assert.Zero(t, m.Stats().InUse)
}
