package reference

import (
	"encoding/binary"
	"math/bits"
)

// LeeDistance is the Lee distance of two codes of n dimensions, 0 to 2n (section 7). Bits beyond n are ignored. It fails
// with ErrArgument.
func LeeDistance(a, b []byte, n int) (uint32, error) {
	if err := checkPair(a, b, n); err != nil {
		return 0, err
	}
	return distance(a, b, n), nil
}

// LeeDistances writes the distance of query to each of count codes, stride bytes apart. It fails with ErrArgument.
func LeeDistances(distances []uint32, query, codes []byte, stride, count, n int) error {
	if err := checkCodes(query, codes, stride, count, n); err != nil {
		return err
	}
	if len(distances) < count {
		return short("distances", len(distances), count)
	}
	manyDistances(byLee, distances, query, codes, stride, count, n)
	return nil
}

// LeeNearest finds the k = len(ids) codes nearest to query among count codes, stride bytes apart: the distances ascending,
// of equal ones the lower index first. It returns how many there are, the smaller of k and count; ids and distances beyond
// them are not touched. It fails with ErrArgument; k is 1 to MaxNearest.
func LeeNearest(ids []uint64, distances []uint32, query, codes []byte, stride, count, n int) (found int, err error) {
	if err := checkCodes(query, codes, stride, count, n); err != nil {
		return 0, err
	}
	if err := checkNearest(ids, distances); err != nil {
		return 0, err
	}
	return nearestCodes(byLee, ids, distances, query, codes, stride, count, n), nil
}

// LeeNearestMany is LeeNearest for queryCount queries, queryStride bytes apart: what is nearest to query i goes to elements
// i·k to i·k + found of ids and distances. It fails with ErrArgument.
func LeeNearestMany(ids []uint64, distances []uint32, k int, queries []byte, queryStride, queryCount int,
	codes []byte, stride, count, n int) (found int, err error) {
	return nearestMany(byLee, ids, distances, k, queries, queryStride, queryCount, codes, stride, count, n)
}

// distance counts the bits that differ: with the Gray code of section 4 that is the Lee distance.
func distance(a, b []byte, n int) uint32 {
	whole, count := n/4, 0
	a, b = a[:packedLen(n)], b[:packedLen(n)]
	if n%4 != 0 {
		count = bits.OnesCount8((a[whole] ^ b[whole]) & lastByteMask(n))
	}
	a, b = a[:whole], b[:whole]
	for ; len(a) >= 8; a, b = a[8:], b[8:] {
		count += bits.OnesCount64(binary.LittleEndian.Uint64(a) ^ binary.LittleEndian.Uint64(b))
	}
	for i := range a {
		count += bits.OnesCount8(a[i] ^ b[i])
	}
	return uint32(count)
}
