package tokenizer

import (
	"cmp"
	"slices"
)

// vocabulary knows the ids of tokens and the tokens of ids, those of the model and the added ones.
type vocabulary struct {
	ids    map[string]uint32
	tokens []numberedToken // ascending ids; built once all tokens are in
}

type numberedToken struct {
	id   uint32
	text string
}

func newVocabulary(ids map[string]uint32) *vocabulary {
	return &vocabulary{ids: ids}
}

// number sorts the tokens by id. Of several tokens with one id the first in byte order stands for it.
func (v *vocabulary) number() {
	v.tokens = make([]numberedToken, 0, len(v.ids))
	for text, id := range v.ids {
		v.tokens = append(v.tokens, numberedToken{id, text})
	}
	slices.SortFunc(v.tokens, func(a, b numberedToken) int {
		if a.id != b.id {
			return cmp.Compare(a.id, b.id)
		}
		return cmp.Compare(a.text, b.text)
	})
	v.tokens = slices.CompactFunc(v.tokens, func(a, b numberedToken) bool { return a.id == b.id })
}

// size is one more than the greatest id.
func (v *vocabulary) size() int {
	if len(v.tokens) == 0 {
		return 0
	}
	return int(v.tokens[len(v.tokens)-1].id) + 1
}

func (v *vocabulary) token(id int64) (string, bool) {
	at, found := slices.BinarySearchFunc(v.tokens, id, func(t numberedToken, id int64) int { return cmp.Compare(int64(t.id), id) })
	if !found {
		return "", false
	}
	return v.tokens[at].text, true
}
