package reference

import (
	"encoding/binary"
	"math/bits"
)

// keySymbols is how many kept symbols a key holds.
const keySymbols = 32

// Key is the transition key of a code of n dimensions, and how many symbols its walk keeps (section 6). Bits beyond n are
// ignored. It fails with ErrArgument.
func Key(packed []byte, n int) (key uint64, transitions uint32, err error) {
	if err := checkDim(n); err != nil {
		return 0, 0, err
	}
	if err := checkCode("packed", packed, n); err != nil {
		return 0, 0, err
	}
	key, transitions = keyOf(packed, n)
	return key, transitions, nil
}

func keyOf(packed []byte, n int) (key uint64, transitions uint32) {
	return firstSymbols(packed, n), countTransitions(packed[:packedLen(n)], n)
}

// firstSymbols walks until 32 symbols are kept; those that follow do not change the key.
func firstSymbols(packed []byte, n int) (key uint64) {
	kept, last := 0, byte(0)
	for d := 0; d < n && kept < keySymbols; d++ {
		gray := packed[d/4] >> (6 - 2*(d%4)) & 3
		if d == 0 || gray != last {
			key = key<<2 | symbolOf[gray]
			kept++
		}
		last = gray
	}
	return key << (2 * (keySymbols - kept))
}

// countTransitions counts 32 dimensions at a time: in a big-endian word a dimension stands above the one that follows it,
// so word XOR (word >> 2) is non-zero exactly in the pairs of bits that differ from the dimension before.
func countTransitions(code []byte, n int) uint32 {
	const lowBits = 0x5555555555555555 // of each pair
	// The first dimension is always kept: let what stands before it be its complement.
	before := uint64(^code[0] >> 6)
	count := 0
	for ; len(code) > 8; code = code[8:] {
		word := binary.BigEndian.Uint64(code)
		changed := word ^ (word>>2 | before<<62)
		count += bits.OnesCount64((changed | changed>>1) & lowBits)
		before = word & 3
	}
	for i, b := range code {
		changed := b ^ (b>>2 | byte(before)<<6)
		changed = (changed | changed>>1) & (lowBits & 0xff)
		if i == len(code)-1 {
			changed &= lastByteMask(n)
		}
		count += bits.OnesCount8(changed)
		before = uint64(b & 3)
	}
	return uint32(count)
}
