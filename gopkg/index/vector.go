package index

import (
	"encoding/binary"
	"math"

	"github.com/q2kernel/q2/gopkg/q2"
)

// floatRow is the last row of an activation that was quantised, so is finite, as floats (docs/SPEC.md section 1).
func floatRow(t q2.Tensor) []float32 {
	size := t.Dtype.RowBytes(t.N)
	raw := t.Data[(t.SeqLen-1)*size : t.SeqLen*size]
	row := make([]float32, t.N)
	for d := range row {
		switch t.Dtype {
		case q2.FP32:
			row[d] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*d:]))
		case q2.FP16:
			row[d] = halfFloat(binary.LittleEndian.Uint16(raw[2*d:]))
		case q2.BF16:
			row[d] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(raw[2*d:])) << 16)
		case q2.Q8:
			row[d] = float32(int8(raw[d]))
		case q2.Q4:
			row[d] = float32(int(raw[d/2]>>(4*(1-d%2))&15) - 8)
		}
	}
	return row
}

// halfFloat widens a binary16 that is finite; subnormals count as zero.
func halfFloat(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10&31), uint32(h&1023)
	if exponent == 0 {
		return math.Float32frombits(sign)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}

func encodeVector(row []float32, as Vectors) []byte {
	if as == Int8Vectors {
		return int8Vector(row)
	}
	out := make([]byte, 0, 4*len(row))
	for _, x := range row {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	}
	return out
}

// int8Vector scales the largest element to 127 and rounds, half to even.
func int8Vector(row []float32) []byte {
	out := make([]byte, len(row))
	var largest float64
	for _, x := range row {
		largest = max(largest, math.Abs(float64(x)))
	}
	if largest == 0 {
		return out
	}
	scale := 127 / largest
	for d, x := range row {
		out[d] = byte(int8(math.RoundToEven(float64(x) * scale)))
	}
	return out
}

func decodeVector(raw []byte, as Vectors, row []float32) {
	for d := range row {
		if as == Int8Vectors {
			row[d] = float32(int8(raw[d]))
		} else {
			row[d] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*d:]))
		}
	}
}

// bytes is the length of a stored vector of n elements.
func (v Vectors) bytes(n int) int {
	switch v {
	case Int8Vectors:
		return n
	case FP32Vectors:
		return 4 * n
	}
	return 0
}

// cosine of two vectors, in binary64 and in order of the dimensions; 0 if one of them is zero.
func cosine(a, b []float32) float64 {
	var dot, aa, bb float64
	for d := range a {
		x, y := float64(a[d]), float64(b[d])
		dot += float64(x * y)
		aa += float64(x * x)
		bb += float64(y * y)
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return dot / (math.Sqrt(aa) * math.Sqrt(bb))
}
