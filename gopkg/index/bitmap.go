package index

import "math/bits"

// bitmap marks slots of a part, block by block. It is never changed once a view has it: set works on a copy of the blocks it touches (see
// bitmapEdit). The zero bitmap marks nothing.
type bitmap struct {
	blocks []*blockBits // nil: nothing marked
	count  int
}

type blockBits struct {
	words []uint64
	count int
}

// block is the marks of a block, nil if there are none.
func (b bitmap) block(at int) *blockBits {
	if at < len(b.blocks) {
		return b.blocks[at]
	}
	return nil
}

func (b bitmap) has(slot, perBlock int) bool {
	marks := b.block(slot / perBlock)
	slot %= perBlock
	return marks != nil && marks.words[slot/64]>>(slot%64)&1 != 0
}

// bitmapEdit makes the next bitmap out of one.
type bitmapEdit struct {
	bitmap
	perBlock int
	owned    map[int]bool // blocks that are copied already
}

func (b bitmap) edit(perBlock, blocks int) *bitmapEdit {
	copied := make([]*blockBits, max(blocks, len(b.blocks)))
	copy(copied, b.blocks)
	return &bitmapEdit{bitmap{copied, b.count}, perBlock, map[int]bool{}}
}

// set marks a slot and says whether that is new.
func (e *bitmapEdit) set(slot int) bool {
	at, bit := slot/e.perBlock, slot%e.perBlock
	for at >= len(e.blocks) {
		e.blocks = append(e.blocks, nil)
	}
	if !e.owned[at] {
		e.blocks[at] = e.blocks[at].clone(e.perBlock)
		e.owned[at] = true
	}
	marks := e.blocks[at]
	if marks.words[bit/64]>>(bit%64)&1 != 0 {
		return false
	}
	marks.words[bit/64] |= 1 << (bit % 64)
	marks.count++
	e.count++
	return true
}

func (m *blockBits) clone(perBlock int) *blockBits {
	next := &blockBits{words: make([]uint64, (perBlock+63)/64)}
	if m != nil {
		copy(next.words, m.words)
		next.count = m.count
	}
	return next
}

// eachBit calls use with the place of each bit that is set.
func eachBit(words []uint64, use func(at int)) {
	for i, word := range words {
		for ; word != 0; word &= word - 1 {
			use(64*i + bits.TrailingZeros64(word))
		}
	}
}

func countBits(words []uint64) (count int) {
	for _, word := range words {
		count += bits.OnesCount64(word)
	}
	return count
}
