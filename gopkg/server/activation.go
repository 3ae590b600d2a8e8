package server

import (
	"encoding/binary"
	"math"

	"github.com/q2kernel/q2/gopkg/q2"
)

// lastRow is a copy of the row that is quantised, as floats: what the kernel takes its elements for (docs/SPEC.md section 1).
func lastRow(t q2.Tensor) []float32 {
	size := t.Dtype.RowBytes(t.N)
	row := t.Data[(t.SeqLen-1)*size : t.SeqLen*size]
	values := make([]float32, t.N)
	for i := range values {
		values[i] = element(row, i, t.Dtype)
	}
	return values
}

func element(row []byte, i int, dtype q2.Dtype) float32 {
	switch dtype {
	case q2.FP16:
		return fromHalf(binary.LittleEndian.Uint16(row[2*i:]))
	case q2.BF16:
		return math.Float32frombits(uint32(binary.LittleEndian.Uint16(row[2*i:])) << 16)
	case q2.Q8:
		return float32(int8(row[i]))
	default: // a model puts out nothing else
		return math.Float32frombits(binary.LittleEndian.Uint32(row[4*i:]))
	}
}

// fromHalf takes subnormals for zero, as the kernel does.
func fromHalf(h uint16) float32 {
	sign, exponent, fraction := uint32(h&0x8000)<<16, uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch exponent {
	case 0:
		return math.Float32frombits(sign)
	case 0x1f:
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}
