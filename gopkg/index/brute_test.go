package index_test

import (
	"encoding/binary"
	"math"

	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/gopkg/reference"
)

// queryCode is the code of a query.
func queryCode(t require.TestingT, n int, q index.Query) []byte {
	if q.Code != nil {
		return q.Code
	}
	packed := make([]byte, q2.PackedLen(n))
	_, _, err := reference.Quantise(packed, q.Activation.Data, q.Activation.SeqLen, n, reference.Dtype(q.Activation.Dtype))
	require.NoError(t, err)
	return packed
}

// bruteDot is docs/SPEC.md section 10 word for word: the rounded operations by binary64, which is exact before each rounding.
func bruteDot(t require.TestingT, n int, q index.Query, code []byte) float64 {
	level := []float64{-4, -1, 1, 4}
	query := make([]float64, n)
	for d := range query {
		if q.Code != nil {
			query[d] = level[symbol(q.Code, d)]
		} else {
			query[d] = float64(math.Float32frombits(binary.LittleEndian.Uint32(q.Activation.Data[4*d:])))
		}
	}
	if q.Code == nil {
		toInt8(query)
	}
	sum, strong := 0.0, 0
	for d := range n {
		z := symbol(code, d)
		sum += query[d] * level[z]
		if z == 0 || z == 3 {
			strong++
		}
	}
	norm := float32(math.Sqrt(float64(float32(n + 15*strong))))
	return float64(float32(float64(float32(sum)) / float64(norm)))
}

func toInt8(x []float64) {
	largest := 0.0
	for _, v := range x {
		largest = max(largest, math.Abs(v))
	}
	if largest == 0 {
		return
	}
	scale := float64(float32(127 / largest))
	for d, v := range x {
		x[d] = math.RoundToEven(float64(float32(v * scale)))
	}
}

// floats is an fp32 activation of one row.
func floats(t q2.Tensor) []float32 {
	row := make([]float32, t.N)
	for d := range row {
		row[d] = math.Float32frombits(binary.LittleEndian.Uint32(t.Data[4*d:]))
	}
	return row
}
