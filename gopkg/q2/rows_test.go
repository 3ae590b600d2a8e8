package q2_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/q2kernel/q2/gopkg/q2"
)

var dtypes = []q2.Dtype{q2.FP32, q2.FP16, q2.Q8, q2.Q4, q2.Q2, q2.BF16}

// lengths are all up to 1024, and those around the powers of two up to MaxDim. Short tests, for builds that are many times slower, take fewer.
func lengths() []int {
	all, most := lengthsUpTo(1024), q2.MaxDim
	if testing.Short() {
		most = 8192
	}
	for n := 2048; n <= most; n *= 2 {
		all = append(all, n-1, n)
		if n < q2.MaxDim {
			all = append(all, n+1)
		}
	}
	return all
}

// lengthsUpTo are all up to a limit, in short tests beyond 130 those around the edges of blocks of 32.
func lengthsUpTo(most int) (all []int) {
	for n := 1; n <= most; n++ {
		if !testing.Short() || n <= 130 || (n+1)%32 < 3 {
			all = append(all, n)
		}
	}
	return all
}

// randomRow is a row of normally distributed elements, in any dtype.
func randomRow(random *rand.Rand, dtype q2.Dtype, n int) []byte {
	row := make([]byte, 0, dtype.RowBytes(n))
	for len(row) < dtype.RowBytes(n) {
		value := float32(random.NormFloat64())
		switch dtype {
		case q2.FP32:
			row = binary.LittleEndian.AppendUint32(row, math.Float32bits(value))
		case q2.BF16:
			row = binary.LittleEndian.AppendUint16(row, uint16(math.Float32bits(value)>>16))
		case q2.FP16: // finite ones of every exponent, subnormals included
			row = binary.LittleEndian.AppendUint16(row, uint16(random.Uint32N(2)<<15|random.Uint32N(0x7c00)))
		default:
			row = append(row, byte(random.Uint32()))
		}
	}
	return row
}

func randomBytes(random *rand.Rand, count int) []byte {
	b := make([]byte, count)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

func evenForQ4(dtype q2.Dtype, n int) bool { return dtype != q2.Q4 || n%2 == 0 }

// nearTheCuts is a row of fp32 with elements a few ulp around ±tau/r, where only the exact norm tells on which side they
// are. Placing an element moves the norm, so it is done a few times over.
func nearTheCuts(random *rand.Rand, n int) []byte {
	row := make([]float32, n)
	scale := math.Ldexp(1, random.IntN(40)-20)
	for d := range row {
		row[d] = float32(random.NormFloat64() * scale)
	}
	placed := random.Perm(n)[:1+n/16]
	ulps := make([]int32, len(placed))
	for i := range ulps {
		ulps[i] = random.Int32N(9) - 4
	}
	for range 4 {
		var sum float64
		for _, x := range row {
			sum += float64(x) * float64(x)
		}
		cut := float32(0.6745 / math.Sqrt(float64(n)) * math.Sqrt(sum))
		for i, d := range placed {
			near := math.Float32frombits(uint32(int32(math.Float32bits(cut)) + ulps[i]))
			row[d] = []float32{near, -near}[d%2]
		}
	}
	return slices.Clone(q2.Float32Row(row).Data)
}
