package tokenizer

import "sync/atomic"

// bpe is byte-pair encoding over bytes: a word begins as its bytes, and of the pairs of neighbours that merge, the one of the
// lowest rank does, the first of them from the left, until none is left.
type bpe struct {
	bytes        [256]uint32 // token of each byte; noToken where the vocabulary lacks it
	unknown      uint32      // token for such a byte; noToken: it is dropped
	fuseUnknown  bool        // several in a row are one
	merges       *pairTable
	words        map[string]wholeWord // tokens by the bytes they stand for
	longest      int                  // length of the longest of them
	ignoreMerges bool                 // a word that is a token is that token, even if no merges lead to it
	single       bitSet               // whole words of which it is known that they merge to themselves
	several      bitSet               // and those that do not
}

// wholeWord is a token and its place in the bit sets.
type wholeWord struct{ id, index uint32 }

// noToken is no id: parseBPE refuses it.
const noToken = ^uint32(0)

func (m *bpe) appendWord(dst []int64, word string) []int64 {
	if len(word) > m.longest {
		return m.merge(dst, word)
	}
	whole, found := m.words[word]
	switch {
	case !found:
		return m.merge(dst, word)
	case m.ignoreMerges || m.single.has(whole.index):
		return append(dst, int64(whole.id))
	case m.several.has(whole.index):
		return m.merge(dst, word)
	}
	// Nobody has met this word before: what comes out is remembered for the next one.
	before := len(dst)
	dst = m.merge(dst, word)
	if len(dst) == before+1 && dst[before] == int64(whole.id) {
		m.single.set(whole.index)
	} else {
		m.several.set(whole.index)
	}
	return dst
}

// appendSymbols appends the tokens that a word's bytes begin as.
func (m *bpe) appendSymbols(dst []uint32, word string) []uint32 {
	wasUnknown := false
	for i := range len(word) {
		id := m.bytes[word[i]]
		if id != noToken {
			dst, wasUnknown = append(dst, id), false
			continue
		}
		if m.unknown != noToken && !(wasUnknown && m.fuseUnknown) {
			dst = append(dst, m.unknown)
		}
		wasUnknown = true
	}
	return dst
}

// bitSet may be read and written by any number of goroutines at once.
type bitSet []atomic.Uint32

func newBitSet(size int) bitSet { return make(bitSet, (size+31)/32) }

func (s bitSet) has(i uint32) bool { return s[i/32].Load()&(1<<(i%32)) != 0 }

func (s bitSet) set(i uint32) { s[i/32].Or(1 << (i % 32)) }
