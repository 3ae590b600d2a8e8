package reference

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// symbol is section 4 word for word: the cell of v = x * r, as a Gray code.
func symbol(x, r, tau float32) byte {
	v := float32(x * r)
	switch {
	case v <= -tau:
		return 0b00
	case v <= 0:
		return 0b01
	case v <= tau:
		return 0b11
	}
	return 0b10
}

// Every float around every cut point, for norms over the whole range, falls where multiplication puts it.
func TestCutPointsAreTheMultiplication(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	sums := []float32{0, 1e-17, smallest, math.Nextafter32(smallest, 1), 1, 2, 1e-7, math.MaxFloat32, math.Nextafter32(math.MaxFloat32, 0)}
	for range 3000 {
		sums = append(sums, float32(math.Exp((random.Float64()*2-1)*88)))
	}
	for i, sum := range sums {
		r, tau := scale(sum), threshold(1+int(random.Uint32N(MaxDim)))
		if i%2 == 0 {
			tau = threshold(1 + int(random.Uint32N(5000)))
		}
		cuts := newCutPoints(r, tau)
		for _, near := range []uint64{cuts.strong, cuts.strong ^ cuts.negative, cuts.positive, 0, uint64(random.Uint32N(0x7f800000))} {
			for bits := max(uint32(near), 5) - 5; bits < uint32(near)+5; bits++ {
				x := math.Float32frombits(bits)
				positive, negative := uint64(bits), uint64(bits|1<<31)
				for _, halves := range [][2]uint64{{positive, negative}, {negative, positive}} {
					got := cuts.classify(halves[0] | halves[1]<<32)
					want := [2]byte{symbol(x, r, tau), symbol(-x, r, tau)}
					if halves[0] == negative {
						want[0], want[1] = want[1], want[0]
					}
					require.Equal(t, want, [2]byte{byte(got >> 30 & 3), byte(got >> 62)}, "x = ±%g, sum %g, tau %g", x, sum, tau)
				}
			}
		}
	}
}

// Up to 2^24 the sum of integers is taken in any order; beyond, the pinned order rounds. Both sides of the border, and rows
// that cross it, must be what the pinned order gives.
func TestIntegersAreSummedAsPinned(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for _, n := range []int{1, 63, 64, 65, 1023, 1024, 1025, 4096, 5000, 1 << 19} {
		row := make([]byte, n)
		for _, largest := range []int{1, 8, 128} {
			for i := range row {
				row[i] = byte(random.IntN(2*largest) - largest)
			}
			var sum float32
			for _, b := range row {
				x := float32(int8(b))
				sum += float32(x * x)
			}
			require.Equal(t, sum, sumOfSquares(row, n, Q8), "q8, n %d, to %d", n, largest)
			sum = 0
			for _, b := range row {
				high, low := float32(int(b>>4)-8), float32(int(b&15)-8)
				sum += float32(high * high)
				sum += float32(low * low)
			}
			require.Equal(t, sum, sumOfSquares(row, 2*n, Q4), "q4, n %d, to %d", 2*n, largest)
		}
	}
}
