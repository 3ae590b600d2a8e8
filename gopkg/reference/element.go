package reference

import (
	"encoding/binary"
	"math"
)

// blockDims is how many elements are widened at a time: a multiple of 4, so that a block begins in lane 0 of the norm and
// on a whole byte of the code, and small enough to stay in the first-level cache.
const blockDims = 64

// widen turns elements from, from+1, … of row into binary32, a block or what is left of the n, and returns them (section 1).
func widen(block *[blockDims]float32, row []byte, from, n int, dtype Dtype) []float32 {
	values := block[:min(blockDims, n-from)]
	switch dtype {
	case FP32:
		row = row[4*from:]
		for i := range values {
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(row[4*i:]))
		}
	case FP16:
		row = row[2*from:]
		for i := range values {
			values[i] = fromFP16(binary.LittleEndian.Uint16(row[2*i:]))
		}
	case BF16:
		row = row[2*from:]
		for i := range values {
			values[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(row[2*i:])) << 16)
		}
	case Q8:
		for i, b := range row[from : from+len(values)] {
			values[i] = float32(int8(b))
		}
	case Q4: // n is even, so a block is too
		for i, b := range row[from/2 : (from+len(values))/2] {
			values[2*i] = float32(int(b>>4) - 8)
			values[2*i+1] = float32(int(b&15) - 8)
		}
	}
	return values
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
