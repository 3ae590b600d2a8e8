package bench

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// firstPlain is the fp32 path of gopkg/reference as it first was, before it was tuned: a yardstick that stays where it is.
func firstPlain(code, row []byte, n int) (key uint64, transitions uint32) {
	sum := plainSum(row, n)
	r := float32(1)
	if sum > 1e-16 {
		r = 1 / float32(math.Sqrt(float64(sum)))
	}
	plainPack(code, row, n, r, 0.6745/float32(math.Sqrt(float64(n))))
	return plainKey(code, n), plainTransitions(code[:(n+3)/4], n)
}

const plainBlock = 64

func plainWiden(block *[plainBlock]float32, row []byte, from, n int) []float32 {
	values := block[:min(plainBlock, n-from)]
	row = row[4*from:]
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(row[4*i:]))
	}
	return values
}

func plainSum(row []byte, n int) float32 {
	var block [plainBlock]float32
	var a [4]float32
	var a0, a1, a2, a3 float32
	for from := 0; from < n; from += plainBlock {
		x := plainWiden(&block, row, from, n)
		for ; len(x) >= 4; x = x[4:] {
			a0 += float32(x[0] * x[0])
			a1 += float32(x[1] * x[1])
			a2 += float32(x[2] * x[2])
			a3 += float32(x[3] * x[3])
		}
		for i, rest := range x {
			a[i] = float32(rest * rest)
		}
	}
	return ((a0 + a[0]) + (a2 + a[2])) + ((a1 + a[1]) + (a3 + a[3]))
}

func plainPack(code, row []byte, n int, r, tau float32) {
	var block [plainBlock]float32
	for from := 0; from < n; from += plainBlock {
		x := plainWiden(&block, row, from, n)
		out := code[from/4:]
		for len(x) >= 4 {
			out[0] = plainGray(x[0]*r, tau)<<6 | plainGray(x[1]*r, tau)<<4 | plainGray(x[2]*r, tau)<<2 | plainGray(x[3]*r, tau)
			x, out = x[4:], out[1:]
		}
		if len(x) > 0 {
			out[0] = 0
			for i, element := range x {
				out[0] |= plainGray(element*r, tau) << (6 - 2*i)
			}
		}
	}
}

func plainGray(v, tau float32) byte {
	return plainBit(v > 0)<<1 | plainBit(v > -tau)&^plainBit(v > tau)
}

func plainBit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

func plainKey(packed []byte, n int) (key uint64) {
	kept, last := 0, byte(0)
	for d := 0; d < n && kept < 32; d++ {
		gray := packed[d/4] >> (6 - 2*(d%4)) & 3
		if d == 0 || gray != last {
			key = key<<2 | uint64(gray^gray>>1)
			kept++
		}
		last = gray
	}
	return key << (2 * (32 - kept))
}

// plainTransitions counts 32 dimensions at a time.
func plainTransitions(code []byte, n int) (count uint32) {
	const lowBits = 0x5555555555555555
	before := uint64(^code[0] >> 6)
	for ; len(code) > 8 || len(code) == 8 && n%4 == 0; code = code[8:] {
		word := binary.BigEndian.Uint64(code)
		changed := word ^ (word>>2 | before<<62)
		count += uint32(bits.OnesCount64((changed | changed>>1) & lowBits))
		before = word & 3
	}
	for i, b := range code {
		changed := b ^ (b>>2 | byte(before)<<6)
		changed = (changed | changed>>1) & (lowBits & 0xff)
		if i == len(code)-1 && n%4 != 0 {
			changed &= 0xff << (8 - 2*(n%4))
		}
		count += uint32(bits.OnesCount64(uint64(changed)))
		before = uint64(b & 3)
	}
	return count
}
