package tokenizer

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTextsGetTheIDsOfTheRustLibrary(t *testing.T) {
	tok := loadWhole(t)
	texts := readTexts(t)
	require.Greater(t, len(texts), 1500)
	for _, fixture := range texts {
		ids, err := tok.Encode(nil, fixture.Text)
		require.NoError(t, err)
		assert.Equal(t, fixture.IDs, ids, "%+q", fixture.Text)
	}
}

func TestEveryKindOfFileGetsTheIDsOfTheRustLibrary(t *testing.T) {
	variants := readLines[variantFixture](t, "variants.jsonl")
	require.Greater(t, len(variants), 100)
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

// The file limits a text to 128 ids, whichever way one gets there: the first 127 of the whole text and [SEP].
func TestTheFilesOwnLimitHolds(t *testing.T) {
	tok, sep := loadModel(t), int64(102)
	require.Equal(t, 128, tok.MaxLength())
	long := 0
	for _, fixture := range readTexts(t) {
		want := fixture.IDs
		if len(want) > 128 {
			long++
			want = append(slices.Clone(want[:127]), sep)
		}
		ids, err := tok.Encode(nil, fixture.Text)
		require.NoError(t, err)
		require.Equal(t, want, ids, "%+q", fixture.Text)
	}
	require.Greater(t, long, 10)
}

func TestOptionsReplaceTheFilesLimit(t *testing.T) {
	tok := loadModel(t)
	for _, c := range []struct {
		name    string
		options Options
		want    []int64
	}{
		{"right", Options{Truncation: &Truncation{MaxLength: 4}}, []int64{101, 1037, 1038, 102}},
		{"left", Options{Truncation: &Truncation{MaxLength: 4, Direction: Left}}, []int64{101, 1040, 1041, 102}},
		{"only first", Options{Truncation: &Truncation{MaxLength: 3, Strategy: OnlyFirst}}, []int64{101, 1037, 102}},
		{"no room for text", Options{Truncation: &Truncation{MaxLength: 2}}, []int64{101, 102}},
		{"without special tokens", Options{Truncation: &Truncation{MaxLength: 2}, NoSpecialTokens: true}, []int64{1037, 1038}},
		{"no limit", Options{NoTruncation: true, NoSpecialTokens: true}, []int64{1037, 1038, 1039, 1040, 1041}},
	} {
		t.Run(c.name, func(t *testing.T) {
			limited, err := tok.With(c.options)
			require.NoError(t, err)
			ids, err := limited.Encode([]int64{-7}, "a b c d e")
			require.NoError(t, err)
			assert.Equal(t, append([]int64{-7}, c.want...), ids)
		})
	}
	assert.Equal(t, 128, tok.MaxLength(), "the original must not change")
}

func TestASingleTextCannotBeShortenedInItsSecond(t *testing.T) {
	tok, err := loadModel(t).With(Options{Truncation: &Truncation{MaxLength: 4, Strategy: OnlySecond}})
	require.NoError(t, err)
	ids, err := tok.Encode(nil, "a b")
	require.NoError(t, err)
	require.Equal(t, []int64{101, 1037, 1038, 102}, ids)
	ids, err = tok.Encode([]int64{5}, "a b c")
	require.ErrorIs(t, err, ErrSecondSequence)
	require.Equal(t, []int64{5}, ids)
}

func TestTextThatIsNotUTF8IsRefused(t *testing.T) {
	tok := loadModel(t)
	for _, c := range []struct {
		text   string
		offset int
		first  byte
	}{
		{"ab\xff", 2, 0xff},
		{"\xed\xa0\x80 a lone surrogate", 0, 0xed},
		{"é\xc3", 2, 0xc3},
		{"overlong \xc0\xaf", 9, 0xc0},
		{"beyond Unicode \xf4\x90\x80\x80", 15, 0xf4},
	} {
		ids, err := tok.Encode([]int64{1, 2}, c.text)
		require.ErrorIs(t, err, ErrUTF8)
		var where *UTF8Error
		require.ErrorAs(t, err, &where)
		assert.Equal(t, UTF8Error{Offset: c.offset, Byte: c.first}, *where)
		assert.Equal(t, []int64{1, 2}, ids)
	}
	_, err := tok.Encode(nil, "\ufffd is a character")
	require.NoError(t, err)
}

func TestLookupsGoBothWays(t *testing.T) {
	tok := loadModel(t)
	assert.Equal(t, 30522, tok.VocabularySize())
	id, found := tok.TokenID("[SEP]")
	assert.True(t, found)
	assert.EqualValues(t, 102, id)
	token, found := tok.Token(2075)
	assert.True(t, found)
	assert.Equal(t, "##ing", token)
	for _, missing := range []int64{-1, 30522, 1 << 40} {
		_, found = tok.Token(missing)
		assert.False(t, found, missing)
	}
	_, found = tok.TokenID("no such token")
	assert.False(t, found)
	for id := range int64(30522) {
		token, found := tok.Token(id)
		require.True(t, found, id)
		back, found := tok.TokenID(token)
		require.True(t, found, token)
		require.Equal(t, id, back)
	}
}

// Words that meet no added token are encoded one by one: a text is what its words are.
func TestWordsAreIndependent(t *testing.T) {
	tok, err := loadWhole(t).With(Options{NoSpecialTokens: true})
	require.NoError(t, err)
	word := rapid.StringMatching(`[a-zA-Zéüñ中한क]{1,12}`)
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(word).Draw(t, "words")
		var want []int64
		for _, w := range words {
			want, err = tok.Encode(want, w)
			require.NoError(t, err)
		}
		got, err := tok.Encode(nil, strings.Join(words, " \n"))
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}

func TestManyGoroutinesShareOneTokenizer(t *testing.T) {
	tok := loadWhole(t)
	texts := readTexts(t)
	var wait sync.WaitGroup
	for worker := range 8 {
		wait.Go(func() {
			var ids []int64
			for i := range texts {
				fixture := texts[(i+worker*97)%len(texts)]
				var err error
				ids, err = tok.Encode(ids[:0], fixture.Text)
				if !assert.NoError(t, err) || !assert.True(t, slices.Equal(fixture.IDs, ids), "%+q", fixture.Text) {
					return
				}
			}
		})
	}
	wait.Wait()
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Log("the race detector makes sync.Pool forget on purpose; allocations are not counted")
		return
	}
	tok := loadWhole(t)
	text := strings.Repeat("The naïve CAFÉ owner's cat sat [SEP] on 中文 mats, 한글 नमस्ते! ", 20)
	ids, err := tok.Encode(nil, text)
	require.NoError(t, err)
	assert.Zero(t, testing.AllocsPerRun(100, func() { ids, _ = tok.Encode(ids[:0], text) }))
}
