package index

import (
	"encoding/binary"
	"sort"
)

// layout is how blocks lie in memory and in files: ids, then keys, then codes, each 64-byte aligned.
type layout struct {
	n       int
	codeLen int // bytes of a code, and from one code to the next
	slots   int // of a full block, a multiple of 64
}

const alignment = 64

func newLayout(n, codeLen, blockBytes int) layout {
	const most, unit = 1 << 12, 64
	return layout{n, codeLen, min(max(blockBytes/codeLen/unit, 1)*unit, most)}
}

func aligned(size int) int { return (size + alignment - 1) / alignment * alignment }

// size is that of a block of so many slots.
func (l layout) size(slots int) int { return 2*aligned(8*slots) + aligned(l.codeLen*slots) }

// blocks is how many blocks hold so many slots.
func (l layout) blocks(slots int) int { return (slots + l.slots - 1) / l.slots }

// words are little-endian 64-bit numbers.
type words []byte

func (w words) at(i int) uint64     { return binary.LittleEndian.Uint64(w[8*i:]) }
func (w words) put(i int, v uint64) { binary.LittleEndian.PutUint64(w[8*i:], v) }
func (w words) search(id uint64) int {
	return sort.Search(len(w)/8, func(i int) bool { return w.at(i) >= id })
}

// block is one of a part's: slots of an id, a key and a code.
type block struct {
	ids, keys words
	codes     []byte
}

// blockOf divides memory of layout.size(slots) bytes.
func (l layout) blockOf(memory []byte, slots int) block {
	column := aligned(8 * slots)
	return block{
		ids:   words(memory[: 8*slots : 8*slots]),
		keys:  words(memory[column : column+8*slots : column+8*slots]),
		codes: memory[2*column : 2*column+l.codeLen*slots],
	}
}

func (b block) code(at, codeLen int) []byte {
	return b.codes[at*codeLen : (at+1)*codeLen : (at+1)*codeLen]
}

func (b block) put(at int, id, key uint64, code []byte) {
	b.ids.put(at, id)
	b.keys.put(at, key)
	copy(b.codes[at*len(code):], code)
}
