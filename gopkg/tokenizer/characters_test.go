package tokenizer

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type codePointFixture struct {
	Block      int      `json:"block"`
	IDs        []string `json:"ids"`
	Neighbours struct {
		Tokenizer json.RawMessage `json:"tokenizer"`
		IDs       []string        `json:"ids"`
	} `json:"neighbours"`
	Pieces []struct {
		Normalizer json.RawMessage `json:"normalizer"`
		Pieces     []string        `json:"pieces"`
	} `json:"pieces"`
}

func readCodePoints(t *testing.T) codePointFixture {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(fixtures, "codepoints.json"))
	require.NoError(t, err)
	var f codePointFixture
	require.NoError(t, json.Unmarshal(data, &f))
	require.Equal(t, 0x110000/f.Block, len(f.IDs))
	require.Len(t, f.Pieces, 6)
	return f
}

// compareBlocks puts every code point but the surrogates through record, alone and between letters, and compares block by block.
func compareBlocks(t *testing.T, block int, want []string, record func(dst []byte, text string) []byte) {
	t.Helper()
	require.Len(t, want, 0x110000/block)
	var data []byte
	for i := range want {
		data = data[:0]
		for code := rune(i * block); code < rune((i+1)*block); code++ {
			if code >= 0xd800 && code <= 0xdfff {
				continue
			}
			data = record(data, string(code))
			data = record(data, "a"+string(code)+"b")
		}
		sum := sha256.Sum256(data)
		assert.Equal(t, want[i], hex.EncodeToString(sum[:8]), "code points from %#x", i*block)
	}
}

func idsRecord(t *testing.T, tok *Tokenizer) func(dst []byte, text string) []byte {
	var ids []int64
	return func(dst []byte, text string) []byte {
		var err error
		ids, err = tok.Encode(ids[:0], text)
		require.NoError(t, err)
		for _, id := range ids {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(id))
		}
		return append(dst, 0xff, 0xff, 0xff, 0xff)
	}
}

func TestEveryCodePointGetsTheIDsOfTheRustLibrary(t *testing.T) {
	f := readCodePoints(t)
	compareBlocks(t, f.Block, f.IDs, idsRecord(t, loadWhole(t)))
}

// What counts as a word character beside a single_word token, and as white space beside an lstrip token.
func TestEveryCodePointBesideAnAddedToken(t *testing.T) {
	f := readCodePoints(t)
	tok, err := Parse(f.Neighbours.Tokenizer)
	require.NoError(t, err)
	compareBlocks(t, f.Block, f.Neighbours.IDs, idsRecord(t, tok))
}

// The words themselves, which tell more than ids: most characters are unknown to the model.
func TestEveryCodePointIsNormalisedAndSplitAlike(t *testing.T) {
	f := readCodePoints(t)
	before, err := parsePreTokenizer(json.RawMessage(`{"type": "BertPreTokenizer"}`))
	require.NoError(t, err)
	split := before.stages[0]
	for _, p := range f.Pieces {
		n, err := parseNormalizer(p.Normalizer)
		require.NoError(t, err)
		var normal []byte
		compareBlocks(t, f.Block, p.Pieces, func(dst []byte, text string) []byte {
			normal = n.appendNormal(normal[:0], text)
			words := string(normal)
			for at := 0; ; {
				start, end := split.next(words, at)
				if start == len(words) {
					return append(dst, 0xfe)
				}
				dst = append(append(dst, words[start:end]...), 0xff)
				at = end
			}
		})
	}
}
