package reference

// The Gray codes of the four symbols (section 4). The high bit says positive, the low bit says weak.
const (
	grayA = 0b00
	grayB = 0b01
	grayC = 0b11
	grayD = 0b10
)

// symbolOf is the value z of a Gray code (section 4).
var symbolOf = [4]uint64{grayA: 0, grayB: 1, grayC: 2, grayD: 3}

// pack writes the code of a row whose elements, times r, are cut at −tau, 0 and tau (sections 4 and 5).
func pack(code, row []byte, n int, dtype Dtype, r, tau float32) {
	var block [blockDims]float32
	for from := 0; from < n; from += blockDims {
		x := widen(&block, row, from, n, dtype)
		out := code[from/4:]
		for len(x) >= 4 {
			out[0] = gray(x[0]*r, tau)<<6 | gray(x[1]*r, tau)<<4 | gray(x[2]*r, tau)<<2 | gray(x[3]*r, tau)
			x, out = x[4:], out[1:]
		}
		if len(x) > 0 {
			out[0] = 0
			for i, element := range x {
				out[0] |= gray(element*r, tau) << (6 - 2*i)
			}
		}
	}
}

// gray classifies one value without a branch, since a branch on random data is mispredicted every other time.
func gray(v, tau float32) byte {
	weak := bit(v > -tau) &^ bit(v > tau)
	return bit(v > 0)<<1 | weak
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// packedLen is the length of a code in bytes.
func packedLen(n int) int { return (n + 3) / 4 }

// lastByteMask keeps the bits of a code's last byte that belong to its n dimensions.
func lastByteMask(n int) byte {
	if n%4 == 0 {
		return 0xff
	}
	return 0xff << (8 - 2*(n%4))
}
