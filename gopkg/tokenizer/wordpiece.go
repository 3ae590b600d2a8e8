package tokenizer

import (
	"fmt"
	"math"
	"unicode/utf8"
)

// model turns a word into token ids.
type model interface {
	appendWord(dst []int64, word string) []int64
}

// wordPiece cuts a word into the longest piece of the vocabulary that it begins with, then the longest continuing piece that
// the rest begins with, and so on. A word that cannot be cut to its end is unknown as a whole.
type wordPiece struct {
	pieces        *prefixTree
	continuing    uint32 // the node where the pieces inside a word begin: behind the continuing prefix
	canContinue   bool   // some piece begins with that prefix
	unknown       int64
	longestInWord int // in characters; a longer word is unknown
}

func parseWordPiece(o *object) (model, *vocabulary, error) {
	var unknown, prefix string
	var limit uint64
	var ids map[string]uint32
	o.require("unk_token", &unknown)
	o.require("continuing_subword_prefix", &prefix)
	o.require("max_input_chars_per_word", &limit)
	o.require("vocab", &ids)
	if err := o.finish(); err != nil {
		return nil, nil, err
	}
	unknownID, found := ids[unknown]
	if !found {
		return nil, nil, invalid("model.unk_token", "%q is not in model.vocab", unknown)
	}
	m := &wordPiece{
		pieces:        newPrefixTree(),
		unknown:       int64(unknownID),
		longestInWord: int(min(limit, math.MaxInt)),
	}
	for piece, id := range ids {
		if !m.pieces.add(piece, int64(id)) {
			return nil, nil, &UnsupportedError{Part: "model.vocab", Value: fmt.Sprint(len(ids), " tokens"),
				Have: fmt.Sprintf("a vocabulary of %d distinct beginnings", maxTreeNodes)}
		}
	}
	m.continuing, m.canContinue = m.pieces.walk(prefix)
	return m, newVocabulary(ids), nil
}

func (m *wordPiece) appendWord(dst []int64, word string) []int64 {
	if len(word) > m.longestInWord && utf8.RuneCountInString(word) > m.longestInWord {
		return append(dst, m.unknown)
	}
	before := len(dst)
	id, length := m.pieces.longest(root, word)
	for at := 0; ; {
		if length == 0 {
			return append(dst[:before], m.unknown)
		}
		dst = append(dst, id)
		at += length
		if at == len(word) {
			return dst
		}
		length = 0
		if m.canContinue {
			id, length = m.pieces.longest(m.continuing, word[at:])
		}
	}
}
