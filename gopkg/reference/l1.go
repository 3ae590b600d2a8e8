package reference

import (
	"encoding/binary"
	"math/bits"
)

// L1Distance is the L1 distance of two codes of n dimensions, 0 to 3n (section 10). Bits beyond n are ignored. It fails with
// ErrArgument.
func L1Distance(a, b []byte, n int) (uint32, error) {
	if err := checkPair(a, b, n); err != nil {
		return 0, err
	}
	return l1(a, b, n), nil
}

// L1Distances is LeeDistances by L1.
func L1Distances(distances []uint32, query, codes []byte, stride, count, n int) error {
	if err := checkCodes(query, codes, stride, count, n); err != nil {
		return err
	}
	if len(distances) < count {
		return short("distances", len(distances), count)
	}
	manyDistances(byL1, distances, query, codes, stride, count, n)
	return nil
}

// L1Nearest is LeeNearest by L1.
func L1Nearest(ids []uint64, distances []uint32, query, codes []byte, stride, count, n int) (found int, err error) {
	if err := checkCodes(query, codes, stride, count, n); err != nil {
		return 0, err
	}
	if err := checkNearest(ids, distances); err != nil {
		return 0, err
	}
	return nearestCodes(byL1, ids, distances, query, codes, stride, count, n), nil
}

// L1NearestMany is LeeNearestMany by L1.
func L1NearestMany(ids []uint64, distances []uint32, k int, queries []byte, queryStride, queryCount int,
	codes []byte, stride, count, n int) (found int, err error) {
	return nearestMany(byL1, ids, distances, k, queries, queryStride, queryCount, codes, stride, count, n)
}

// l1 sums what symbols differ by. An A and a D differ by 3, where Lee distance counts the one bit between 00 and 10; all other
// pairs differ by the number of bits between them.
func l1(a, b []byte, n int) uint32 {
	whole, count := n/4, 0
	a, b = a[:packedLen(n)], b[:packedLen(n)]
	if n%4 != 0 {
		mask := lastByteMask(n)
		count = wordL1(uint64(a[whole]&mask), uint64(b[whole]&mask))
	}
	a, b = a[:whole], b[:whole]
	for ; len(a) >= 8; a, b = a[8:], b[8:] {
		count += wordL1(binary.LittleEndian.Uint64(a), binary.LittleEndian.Uint64(b))
	}
	for i := range a {
		count += wordL1(uint64(a[i]), uint64(b[i]))
	}
	return uint32(count)
}

// lowBits are the low bits of the symbols of a word.
const lowBits = 0x5555555555555555

func wordL1(a, b uint64) int {
	differ := a ^ b
	opposite := differ >> 1 &^ (a | b) & lowBits // the high bits differ, and both low bits are 0: A and D
	return bits.OnesCount64(differ) + 2*bits.OnesCount64(opposite)
}
