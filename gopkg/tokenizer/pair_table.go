package tokenizer

import "math/bits"

// pairTable says which two tokens merge, to what, and how early. One open-addressed table; nearly every look-up, most of which
// find nothing, is a multiplication and a load.
type pairTable struct {
	slots []pairSlot // power of two, at most half full
	shift int
}

type pairSlot struct {
	left, right uint32
	merged      mergedPair
}

// mergedPair is the token that a pair becomes. The lower rank merges first.
type mergedPair struct{ rank, id uint32 }

// noRank marks a pair that does not merge, and a free place.
const noRank = ^uint32(0)

func newPairTable(size int) *pairTable {
	width := max(4, bits.Len(uint(2*size-1)))
	t := &pairTable{slots: make([]pairSlot, 1<<width), shift: 64 - width}
	for i := range t.slots {
		t.slots[i].merged.rank = noRank
	}
	return t
}

// set enters a pair; of two equal ones the last holds.
func (t *pairTable) set(left, right uint32, merged mergedPair) {
	*t.slot(left, right) = pairSlot{left, right, merged}
}

// find returns what a pair merges to; rank noRank when it does not.
func (t *pairTable) find(left, right uint32) mergedPair { return t.slot(left, right).merged }

func (t *pairTable) slot(left, right uint32) *pairSlot {
	mask := uint64(len(t.slots) - 1)
	for i := (uint64(left)<<32 | uint64(right)) * 0x9e3779b97f4a7c15 >> t.shift; ; i++ {
		s := &t.slots[i&mask]
		if s.merged.rank == noRank || s.left == left && s.right == right {
			return s
		}
	}
}
