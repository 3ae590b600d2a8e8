package bench

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/golden"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/testdata"
)

// scripted is a loop that returns given figures, and notes when it ran.
func scripted(log *string, name string, figures ...float64) loop {
	return func() float64 {
		*log += name
		figure := figures[0]
		figures = append(figures[1:], figure)
		return figure
	}
}

func TestLoopsRunByTurns(t *testing.T) {
	log := ""
	times := interleave(3, []loop{scripted(&log, "a", 1, 2, 3), scripted(&log, "b", 6, 5, 4)})
	assert.Equal(t, "ababab", log)
	assert.Equal(t, [][]float64{{1, 2, 3}, {6, 5, 4}}, times)
}

// The first figure of each set, from cold rows, must not count; and a set's outlier must not either.
func TestHotMeans(t *testing.T) {
	log := ""
	means := hotMeans(2, func(set int) []loop {
		base := float64(10 * (set + 1))
		return []loop{scripted(&log, "a", 1e9, base, base, 1e9, base, base), scripted(&log, "b", 1e9, 1, 2, 3, 4, 5)}
	})
	assert.Equal(t, []float64{15, 3}, means)
	assert.Len(t, log, 2*2*(1+turns))
}

func TestRatioIsRoundByRound(t *testing.T) {
	assert.Equal(t, Spread{2, 1, 3}, ratio([]float64{10, 40, 30}, []float64{10, 20, 10}))
	assert.Equal(t, 2.5, median([]float64{4, 1, 3, 2}))
	assert.Equal(t, 1, fastest([][]float64{{1, 9, 9}, {2, 3, 99}, {4, 4, 4}}))
}

// TestFirstPlain: a yardstick that computes something else would be none.
func TestFirstPlain(t *testing.T) {
	cases, err := golden.Parse(testdata.Golden)
	require.NoError(t, err)
	checked := 0
	for i, c := range cases {
		if q2.Dtype(c.Dtype) != q2.FP32 || c.Status != 0 || c.SeqLen != 1 {
			continue
		}
		code := make([]byte, len(c.Packed))
		key, transitions := firstPlain(code, c.Input, int(c.N))
		assert.Equal(t, c.Packed, code, "case %d", i)
		assert.Equal(t, []any{c.Key, c.Transitions}, []any{key, transitions}, "case %d", i)
		checked++
	}
	assert.Greater(t, checked, 50)
}

// TestGaussianRows: the bars are on rows of a given size of element.
func TestGaussianRows(t *testing.T) {
	const n = 1 << 16
	for dtype, want := range map[q2.Dtype]float64{q2.FP32: 1, q2.BF16: 1, q2.FP16: 1, q2.Q8: 40, q2.Q4: 3} {
		row := make([]byte, dtype.RowBytes(n))
		gaussian(row, dtype, 1)
		sum := 0.0
		for d := range n {
			x := element(row, d, dtype)
			sum += x * x
		}
		assert.InEpsilon(t, want, math.Sqrt(sum/n), 0.03, dtype.String())
		packed := make([]byte, n/4)
		_, err := q2.Quantise(packed, q2.Tensor{Data: row, Dtype: dtype, SeqLen: 1, N: n})
		assert.NoError(t, err)
	}
}

// element reads as the specification does, section 1; there are no subnormals here.
func element(row []byte, d int, dtype q2.Dtype) float64 {
	switch dtype {
	case q2.FP32:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(row[4*d:])))
	case q2.BF16:
		return float64(math.Float32frombits(uint32(binary.LittleEndian.Uint16(row[2*d:])) << 16))
	case q2.FP16:
		bits := binary.LittleEndian.Uint16(row[2*d:])
		return math.Ldexp(1+float64(bits&1023)/1024, int(bits>>10&31)-15)
	case q2.Q8:
		return float64(int8(row[d]))
	}
	return float64(int(row[d/2]>>(4*(1-d%2))&15) - 8)
}
