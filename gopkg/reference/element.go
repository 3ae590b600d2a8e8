package reference

import (
	"encoding/binary"
	"math"
)

// blockDims is how many elements are widened at a time: a multiple of 4, so that a block begins in lane 0 of the norm and
// on a whole byte of the code, and small enough to stay in the first-level cache.
const blockDims = 64

// fp32Block is where elements of other types are widened to, as the little-endian bytes that an fp32 row would have.
type fp32Block [4 * blockDims]byte

// widen gives elements from, from+1, … of row as binary32 in little-endian bytes (section 1): an fp32 row itself, all of it,
// and of other types a block or what is left of the n.
func widen(block *fp32Block, row []byte, from, n int, dtype Dtype) []byte {
	if dtype == FP32 {
		return row[4*from : 4*n]
	}
	values := block[:4*min(blockDims, n-from)]
	switch dtype {
	case FP16:
		widenFP16(values, row[2*from:])
	case BF16:
		widenBF16(values, row[2*from:])
	case Q8:
		widenQ8(values, row[from:])
	case Q4:
		widenQ4(values, row[from/2:])
	}
	return values
}

// Elements are written in pairs: pack reads them as pairs, and a read that spans two recent writes has to wait for both.
func putPair(at []byte, first, second float32) {
	binary.LittleEndian.PutUint64(at, uint64(math.Float32bits(first))|uint64(math.Float32bits(second))<<32)
}

func widenFP16(values, row []byte) {
	for len(values) >= 8 && len(row) >= 4 {
		putPair(values, fromFP16(binary.LittleEndian.Uint16(row)), fromFP16(binary.LittleEndian.Uint16(row[2:])))
		values, row = values[8:], row[4:]
	}
	if len(values) > 0 {
		binary.LittleEndian.PutUint32(values, math.Float32bits(fromFP16(binary.LittleEndian.Uint16(row))))
	}
}

func widenBF16(values, row []byte) {
	for len(values) >= 8 && len(row) >= 4 {
		pair := binary.LittleEndian.Uint32(row)
		binary.LittleEndian.PutUint64(values, uint64(pair<<16)|uint64(pair>>16<<16)<<32)
		values, row = values[8:], row[4:]
	}
	if len(values) > 0 {
		binary.LittleEndian.PutUint32(values, uint32(binary.LittleEndian.Uint16(row))<<16)
	}
}

func widenQ8(values, row []byte) {
	for len(values) >= 8 && len(row) >= 2 {
		putPair(values, float32(int8(row[0])), float32(int8(row[1])))
		values, row = values[8:], row[2:]
	}
	if len(values) > 0 {
		binary.LittleEndian.PutUint32(values, math.Float32bits(float32(int8(row[0]))))
	}
}

func widenQ4(values, row []byte) { // n is even, so a block is too
	for len(values) >= 8 && len(row) >= 1 {
		putPair(values, float32(int(row[0]>>4)-8), float32(int(row[0]&15)-8))
		values, row = values[8:], row[1:]
	}
}

// fromFP16 widens a binary16 exactly, but for subnormals, which count as zero of their sign.
func fromFP16(half uint16) float32 {
	sign := uint32(half>>15) << 31
	exponent := uint32(half >> 10 & 0x1f)
	fraction := uint32(half&0x3ff) << 13
	switch exponent {
	case 0:
		return math.Float32frombits(sign)
	case 0x1f:
		return math.Float32frombits(sign | 0xff<<23 | fraction)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction)
}

// rowBytes is the length of a row in bytes (section 1).
func rowBytes(dtype Dtype, n int) int {
	switch dtype {
	case FP32:
		return 4 * n
	case FP16, BF16:
		return 2 * n
	case Q8:
		return n
	case Q4:
		return n / 2
	}
	return packedLen(n)
}
