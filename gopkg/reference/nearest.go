package reference

// metric is one of the two distances of codes. They are told apart by a switch, since buffers that pass through a function
// value would move to the heap.
type metric uint8

const (
	byLee metric = iota // section 7
	byL1                // section 10
)

func (m metric) distance(a, b []byte, n int) uint32 {
	if m == byL1 {
		return l1(a, b, n)
	}
	return distance(a, b, n)
}

func manyDistances(m metric, distances []uint32, query, codes []byte, stride, count, n int) {
	for i := range count {
		distances[i] = m.distance(query, codes[i*stride:], n)
	}
}

func nearestCodes(m metric, ids []uint64, distances []uint32, query, codes []byte, stride, count, n int) (found int) {
	for i := range count {
		found = insert(ids, distances, found, uint64(i), m.distance(query, codes[i*stride:], n))
	}
	return found
}

func nearestMany(m metric, ids []uint64, distances []uint32, k int, queries []byte, queryStride, queryCount int,
	codes []byte, stride, count, n int) (found int, err error) {
	if err := checkDim(n); err != nil {
		return 0, err
	}
	if err := checkMany(len(ids), len(distances), "distances", k, len(queries), queryStride, queryCount, packedLen(n)); err != nil {
		return 0, err
	}
	if err := checkStrided("codes", len(codes), stride, count, packedLen(n)); err != nil {
		return 0, err
	}
	for q := range queryCount {
		nearestCodes(m, ids[q*k:][:k], distances[q*k:][:k], queries[q*queryStride:], codes, stride, count, n)
	}
	return min(k, count), nil
}

// insert keeps the found nearest in order. Codes come by rising index, so one goes behind all that are as near.
func insert(ids []uint64, distances []uint32, found int, id uint64, distance uint32) int {
	if found == len(ids) {
		if distance >= distances[found-1] {
			return found
		}
		found--
	}
	at := found
	for ; at > 0 && distances[at-1] > distance; at-- {
		ids[at], distances[at] = ids[at-1], distances[at-1]
	}
	ids[at], distances[at] = id, distance
	return found + 1
}
