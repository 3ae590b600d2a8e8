package reference

import "math"

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
	var block [blockDims]float32
	var a0, a1, a2, a3 float32
	for from := 0; from < n; from += blockDims {
		x := widen(&block, row, from, n, dtype)
		for ; len(x) >= 4; x = x[4:] {
			a0 += float32(x[0] * x[0])
			a1 += float32(x[1] * x[1])
			a2 += float32(x[2] * x[2])
			a3 += float32(x[3] * x[3])
		}
		if len(x) > 0 {
			a0 += float32(x[0] * x[0])
		}
		if len(x) > 1 {
			a1 += float32(x[1] * x[1])
		}
		if len(x) > 2 {
			a2 += float32(x[2] * x[2])
		}
	}
	return (a0 + a2) + (a1 + a3)
}

func sumInOneLane(row []byte, n int, dtype Dtype) float32 {
	var block [blockDims]float32
	var sum float32
	for from := 0; from < n; from += blockDims {
		for _, x := range widen(&block, row, from, n, dtype) {
			sum += float32(x * x)
		}
	}
	return sum
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
