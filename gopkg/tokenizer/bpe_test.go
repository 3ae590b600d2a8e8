package tokenizer

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// byteFamilies are the small tokenizers of testdata/tokenizer/bpe, each in the shape of a family's file.
var byteFamilies = []string{"gpt2", "llama3", "qwen2", "qwen35", "digits"}

func loadFamily(t testing.TB, name string) *Tokenizer {
	t.Helper()
	tok, err := Load(filepath.Join(fixtures, "bpe", name+".json"))
	require.NoError(t, err)
	return tok
}

func readAllTexts(t testing.TB) []string {
	t.Helper()
	var texts []string
	for _, row := range append(readTexts(t), readLines[textFixture](t, "bpe/texts.jsonl")...) {
		texts = append(texts, row.Text)
	}
	return texts
}

func readJSON(t testing.TB, name string, value any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(fixtures, name))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, value))
}

// hashIDs is hash_ids of the generator.
func hashIDs(ids []int64) string {
	var data []byte
	for _, id := range ids {
		data = binary.LittleEndian.AppendUint32(data, uint32(id))
	}
	sum := sha256.Sum256(data)
	return fmt.Sprintf("%d:%s", len(ids), hex.EncodeToString(sum[:6]))
}

func TestByteFamiliesGetTheIDsOfTheRustLibrary(t *testing.T) {
	texts := readAllTexts(t)
	require.Greater(t, len(texts), 2000)
	var want map[string][]string
	readJSON(t, "bpe/ids.json", &want)
	for _, family := range byteFamilies {
		t.Run(family, func(t *testing.T) {
			require.Len(t, want[family], len(texts))
			tok := loadFamily(t, family)
			for i, text := range texts {
				ids, err := tok.Encode(nil, text)
				require.NoError(t, err)
				assert.Equal(t, want[family][i], hashIDs(ids), "%+q: %v", text, ids)
			}
		})
	}
}

func TestEveryKindOfByteLevelFileGetsTheIDsOfTheRustLibrary(t *testing.T) {
	variants := readLines[variantFixture](t, "bpe/variants.jsonl")
	require.Greater(t, len(variants), 70)
	for _, v := range variants {
		t.Run(v.Name, func(t *testing.T) {
			tok, err := Parse(v.Tokenizer)
			require.NoError(t, err)
			tok, err = tok.With(Options{NoSpecialTokens: !v.Special})
			require.NoError(t, err)
			for i, text := range v.Texts {
				ids, err := tok.Encode([]int64{}, text)
				require.NoError(t, err)
				assert.Equal(t, v.IDs[i], ids, "%+q", text)
			}
		})
	}
}

type byteCodePoints struct {
	Block  int `json:"block"`
	Splits []struct {
		PreTokenizer json.RawMessage `json:"pre_tokenizer"`
		Pieces       []string        `json:"pieces"`
	} `json:"splits"`
	NFC []string `json:"nfc"`
}

// sweep puts every code point but the surrogates through record and compares block by block.
func sweep(t *testing.T, block int, want []string, record func(dst []byte, char string) []byte) {
	t.Helper()
	require.Len(t, want, 0x110000/block)
	var data []byte
	for i := range want {
		data = data[:0]
		for code := rune(i * block); code < rune((i+1)*block); code++ {
			if code < 0xd800 || code > 0xdfff {
				data = record(data, string(code))
			}
		}
		sum := sha256.Sum256(data)
		assert.Equal(t, want[i], hex.EncodeToString(sum[:8]), "code points from %#x", i*block)
	}
}

func TestEveryCodePointIsSplitAlike(t *testing.T) {
	var f byteCodePoints
	readJSON(t, "bpe/codepoints.json", &f)
	require.Len(t, f.Splits, 6)
	context := "? ?a??b'?e'r?'l?1?22?.?\n?\r\n ?  ?\t?'s?\u0301?"
	for _, s := range f.Splits {
		p, err := parsePreTokenizer(s.PreTokenizer)
		require.NoError(t, err)
		require.Len(t, p.stages, 1)
		sweep(t, f.Block, s.Pieces, func(dst []byte, char string) []byte {
			text := strings.ReplaceAll(context, "?", char)
			for at := 0; at < len(text); {
				start, end := p.stages[0].next(text, at)
				dst = append(append(dst, text[start:end]...), 0xff)
				at = end
			}
			return append(dst, 0xfe)
		})
	}
}

func TestEveryCodePointIsComposedAlike(t *testing.T) {
	var f byteCodePoints
	readJSON(t, "bpe/codepoints.json", &f)
	n, err := parseNormalizer(json.RawMessage(`{"type": "NFC"}`))
	require.NoError(t, err)
	context := "?|a?|e\u0301?|\u1100?|\uac00?|?\u0301|?\u0334\u0301|a\u0323?\u0301|?\u1161\u11a8|??|\u05ae?\u0300"
	sweep(t, f.Block, f.NFC, func(dst []byte, char string) []byte {
		text := strings.ReplaceAll(context, "?", char)
		return append(n.appendNormal(dst, text), 0xff)
	})
}

// A text that isNormal lets by is one that composing would leave alone, and composing twice changes nothing more.
func TestComposingSettles(t *testing.T) {
	n := &nfcNormalizer{unicodeTables()}
	part := rapid.SampledFrom(strings.Split("a|e|é|\u0301|\u0323|\u0334|\u1100|\u1161|\u11a8|\uac00|\u0345|ά|\u212b|\u0958|\u05ae|中| |\u3099|か|\u09c7|\u09be", "|"))
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(part).Draw(t, "parts"), "")
		once := string(n.appendNormal(nil, text))
		require.Equal(t, once, string(n.appendNormal(nil, once)))
		if n.isNormal(text) {
			require.Equal(t, text, once)
		}
	})
}

// slowMerge is the definition, on its own: look through all pairs, merge the first of the lowest rank, begin again.
func slowMerge(m *bpe, word string) []int64 {
	symbols := m.appendSymbols(nil, word)
	for {
		best, lowest := -1, mergedPair{rank: noRank}
		for i := 0; i+1 < len(symbols); i++ {
			if pair := m.merges.find(symbols[i], symbols[i+1]); pair.rank < lowest.rank {
				best, lowest = i, pair
			}
		}
		if best < 0 {
			break
		}
		symbols = append(append(symbols[:best:best], lowest.id), symbols[best+2:]...)
	}
	ids := []int64{}
	for _, id := range symbols {
		ids = append(ids, int64(id))
	}
	return ids
}

// drawModel makes up merges over three letters, in any order, so that pairs compete for their neighbours all the time.
func drawModel(t *rapid.T) *bpe {
	tokens, merges := []string{"a", "b", "c"}, []string{}
	for range rapid.IntRange(1, 25).Draw(t, "merges") {
		left, right := rapid.SampledFrom(tokens).Draw(t, "left"), rapid.SampledFrom(tokens).Draw(t, "right")
		merges = append(merges, left+" "+right)
		if whole := left + right; !slices.Contains(tokens, whole) && len(whole) < 12 {
			tokens = append(tokens, whole)
		} else if !slices.Contains(tokens, whole) {
			merges = merges[:len(merges)-1]
		}
	}
	merges = rapid.Permutation(merges).Draw(t, "order")
	ids := map[string]uint32{}
	for i, token := range tokens {
		ids[token] = uint32(i)
	}
	data, err := json.Marshal(map[string]any{"vocab": ids, "merges": merges})
	require.NoError(t, err)
	made, _, err := parseModel(data)
	require.NoError(t, err)
	return made.(*bpe)
}

func TestBothWaysToMergeAreTheDefinition(t *testing.T) {
	part := rapid.SampledFrom([]string{"a", "b", "c", "ab", "ba", "abc", "aab", "cc", "?"})
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		for range 5 {
			word := strings.Join(rapid.SliceOfN(part, 0, 40).Draw(t, "parts"), "")
			want := slowMerge(m, word)
			require.Equal(t, want, m.mergeLong([]int64{}, word))
			require.Equal(t, want, m.merge([]int64{}, word))
			require.Equal(t, want, m.appendWord([]int64{}, word), "the first to meet it")
			require.Equal(t, want, m.appendWord([]int64{}, word), "the second")
		}
	})
}

// Half a megabyte without a place to split takes a moment, not hours: n log n.
func TestAVeryLongWord(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	word := make([]byte, 1<<19)
	for i := range word {
		word[i] = "etaoinshrdlu"[random.IntN(12)]
	}
	ids, err := loadFamily(t, "llama3").Encode(nil, string(word))
	require.NoError(t, err)
	require.Greater(t, len(ids), 1<<16)
	length := 0
	tok := loadFamily(t, "llama3")
	for _, id := range ids[1:] {
		token, found := tok.Token(id)
		require.True(t, found)
		length += len(token)
	}
	require.Equal(t, len(word), length)
}

// What bytes a text's tokens stand for is the text: nothing is lost where every byte has a token.
func TestTokensSpellTheText(t *testing.T) {
	for _, family := range []string{"gpt2", "digits"} {
		tok := loadFamily(t, family)
		rapid.Check(t, func(t *rapid.T) {
			text := rapid.String().Draw(t, "text")
			ids, err := tok.Encode(nil, text)
			require.NoError(t, err)
			var spelled []byte
			for _, id := range ids {
				token, found := tok.Token(id)
				require.True(t, found)
				spelled, found = appendSpelledBytes(spelled, token)
				require.True(t, found)
			}
			require.Equal(t, text, string(spelled))
		})
	}
}

// The first to meet a word find out at once whether it is one token, and must agree.
func TestManyGoroutinesMeetTheSameWords(t *testing.T) {
	texts := readAllTexts(t)
	var want map[string][]string
	readJSON(t, "bpe/ids.json", &want)
	tok := loadFamily(t, "qwen2")
	var wait sync.WaitGroup
	for worker := range 8 {
		wait.Go(func() {
			var ids []int64
			for i := range texts {
				at := (i + worker*7) % len(texts)
				var err error
				ids, err = tok.Encode(ids[:0], texts[at])
				if !assert.NoError(t, err) || !assert.Equal(t, want["qwen2"][at], hashIDs(ids), "%+q", texts[at]) {
					return
				}
			}
		})
	}
	wait.Wait()
}

func TestByteLevelSteadyStateAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Log("the race detector makes sync.Pool forget on purpose; allocations are not counted")
		return
	}
	for _, family := range byteFamilies {
		tok := loadFamily(t, family)
		text := strings.Repeat("The naïve CAFE\u0301 owner's cat sat on 中文 mats, 한글 1234! <|im_end|>\n\n  "+strings.Repeat("x", 100), 20)
		ids, err := tok.Encode(nil, text)
		require.NoError(t, err)
		assert.Zero(t, testing.AllocsPerRun(100, func() { ids, _ = tok.Encode(ids[:0], text) }), family)
	}
}
