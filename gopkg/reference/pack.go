package reference

import (
	"encoding/binary"
	"math"
)

// The Gray codes of the four symbols (section 4). The high bit says positive, the low bit says weak.
const (
	grayA = 0b00
	grayB = 0b01
	grayC = 0b11
	grayD = 0b10
)

// symbolOf is the value z of a Gray code (section 4).
var symbolOf = [4]uint64{grayA: 0, grayB: 1, grayC: 2, grayD: 3}

// pack writes the code of a row whose elements are classified by the cut points (sections 4 and 5).
func pack(code, row []byte, n int, dtype Dtype, c cutPoints) {
	var block fp32Block
	for from := 0; from < n; {
		x := widen(&block, row, from, n, dtype)
		from += len(x) / 4
		whole := len(x) / 16
		packWhole(code[:whole], x, c)
		code, x = code[whole:], x[16*whole:]
		if len(x) > 0 {
			var rest [16]byte // zeros are not classified: their bits are cleared
			copy(rest[:], x)
			packWhole(code[:1], rest[:], c)
			code[0] &= lastByteMask(len(x) / 4)
		}
	}
}

// packWhole writes whole bytes of the code, of four elements each; two at a time, which halves the loop's own work.
func packWhole(code, x []byte, c cutPoints) {
	for len(x) >= 32 && len(code) >= 2 {
		code[0] = fourSymbols(c.classify(binary.LittleEndian.Uint64(x)), c.classify(binary.LittleEndian.Uint64(x[8:])))
		code[1] = fourSymbols(c.classify(binary.LittleEndian.Uint64(x[16:])), c.classify(binary.LittleEndian.Uint64(x[24:])))
		x, code = x[32:], code[2:]
	}
	if len(code) > 0 {
		code[0] = fourSymbols(c.classify(binary.LittleEndian.Uint64(x)), c.classify(binary.LittleEndian.Uint64(x[8:])))
	}
}

// fourSymbols gathers what classify gives for four elements.
func fourSymbols(first, second uint64) byte {
	return byte(first>>24 | first>>58 | second>>28 | second>>62)
}

// cutPoints stand for r and tau (section 8). Multiplication by r, rounded, keeps the order of its operands, so that each
// comparison of a product is one of the element itself. Magnitudes of binary32 compare as their bits do, as integers; two
// elements are done at once, in the halves of a word.
type cutPoints struct {
	strong   uint64 // D is a positive element from here on, …
	negative uint64 // … XOR this: A a negative one from here on
	positive uint64 // the least magnitude whose product is not 0: a positive element is B below it
}

const (
	signs = 1<<63 | 1<<31
	both  = 1<<32 | 1
)

// classify gives two bits for each of two elements, its Gray code: in bits 31 and 30 for the one in the lower half of x, in
// bits 63 and 62 for the other. There is no branch, since one on random data is mispredicted every other time.
//
// With the sign bits set, no difference borrows from the other half, and its sign bit says that the magnitude is not less.
func (c cutPoints) classify(x uint64) uint64 {
	sign, magnitude := x&signs, x|signs
	isNegative := sign - sign>>31 // all bits of the magnitude, or none
	strong := magnitude - (c.strong ^ isNegative&c.negative)
	positive := (magnitude - c.positive) &^ x
	return positive&signs | (^strong&signs)>>1
}

func newCutPoints(r, tau float32) cutPoints {
	above := leastWith(tau/r, func(x float32) bool { return x*r > tau })
	below := leastWith(tau/r, func(x float32) bool { return x*r >= tau })
	nonZero := leastWith(float32(0x1p-150/float64(r)), func(x float32) bool { return x*r > 0 })
	return cutPoints{strong: both * above, negative: both * (above ^ below), positive: both * nonZero}
}

// leastWith is the bits of the least x ≥ 0 for which the condition holds. It holds for all larger ones too, and begins to
// within a few steps of near.
func leastWith(near float32, holds func(x float32) bool) uint64 {
	bits := math.Float32bits(near)
	for holds(math.Float32frombits(bits)) {
		bits--
	}
	for !holds(math.Float32frombits(bits)) {
		bits++
	}
	return uint64(bits)
}

// packedLen is the length of a code in bytes.
func packedLen(n int) int { return (n + 3) / 4 }

// lastByteMask keeps the bits of a code's last byte that belong to its n dimensions.
func lastByteMask(n int) byte {
	if n%4 == 0 {
		return 0xff
	}
	return 0xff << (8 - 2*(n%4))
}
