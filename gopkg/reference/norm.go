package reference

import (
	"encoding/binary"
	"math"
)

// sumOfSquares is S of section 2, in the pinned order of additions.
//
// Each product is converted to float32 before it is added: without the conversion the compiler may fuse the two, as it
// does on arm64, and a fused addition rounds differently.
func sumOfSquares(row []byte, n int, dtype Dtype) float32 {
	if dtype == FP32 || dtype == BF16 {
		return sumInFourLanes(row, n, dtype)
	}
	return sumInOneLane(row, n, dtype)
}

func sumInFourLanes(row []byte, n int, dtype Dtype) float32 {
	var block fp32Block
	var a [4]float32
	for from := 0; from < n; {
		x := widen(&block, row, from, n, dtype)
		from += len(x) / 4
		a0, a1, a2, a3 := a[0], a[1], a[2], a[3]
		for ; len(x) >= 16; x = x[16:] {
			a0 += square(x[0:])
			a1 += square(x[4:])
			a2 += square(x[8:])
			a3 += square(x[12:])
		}
		a = [4]float32{a0, a1, a2, a3}
		for lane := 0; len(x) > 0; lane, x = lane+1, x[4:] {
			a[lane] += square(x)
		}
	}
	return (a[0] + a[2]) + (a[1] + a[3])
}

func sumInOneLane(row []byte, n int, dtype Dtype) float32 {
	var block fp32Block
	sum, from := integerStart(row, n, dtype)
	for from < n {
		x := widen(&block, row, from, n, dtype)
		from += len(x) / 4
		for ; len(x) >= 4; x = x[4:] {
			sum += square(x)
		}
	}
	return sum
}

// integerStart sums the squares of q8 and q4 for as long as binary32 holds the sum: nothing is rounded up to there, so that
// integers in any order give what the pinned order gives. It returns the sum and the element to go on from.
func integerStart(row []byte, n int, dtype Dtype) (sum float32, from int) {
	const largest = 1 << 24 // up to here binary32 holds every integer
	total := 0
	for from < n {
		to := min(from+blockDims, n)
		switch dtype {
		case Q8:
			total += squaresQ8(row[from:to])
		case Q4:
			total += squaresQ4(row[from/2 : to/2])
		default:
			return 0, 0
		}
		if total > largest {
			break
		}
		sum, from = float32(total), to
	}
	return sum, from
}

func squaresQ8(row []byte) (total int) {
	for _, b := range row {
		total += int(int8(b)) * int(int8(b))
	}
	return total
}

func squaresQ4(row []byte) (total int) {
	for _, b := range row {
		high, low := int(b>>4)-8, int(b&15)-8
		total += high*high + low*low
	}
	return total
}

// square is the square of the binary32 that x begins with.
func square(x []byte) float32 {
	value := math.Float32frombits(binary.LittleEndian.Uint32(x))
	return float32(value * value)
}

// smallest is the sum of squares up to which a vector is left as it is.
const smallest float32 = 1e-16

// scale is r of section 2, or 1 for a vector that is left as it is: multiplying by 1 changes nothing.
func scale(sum float32) float32 {
	if sum > smallest {
		return 1 / squareRoot(sum)
	}
	return 1
}

// threshold is tau of section 3.
func threshold(n int) float32 {
	const upperQuartile float32 = 0.6745 // of the standard normal
	return upperQuartile / squareRoot(float32(n))
}

// squareRoot rounds once: the binary64 root of a binary32 has bits enough that rounding it again gives the rounded root.
func squareRoot(x float32) float32 { return float32(math.Sqrt(float64(x))) }
