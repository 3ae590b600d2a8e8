package reference

import "math/bits"

// levels are what the four symbols of a byte stand for (section 10), the first dimension first. In the order of the codes 00,
// 01, 10, 11 the symbols are A, B, D and C.
var levels = func() (table [256][4]int8) {
	of := [4]int8{-4, -1, +4, +1}
	for b := range table {
		table[b] = [4]int8{of[b>>6], of[b>>4&3], of[b>>2&3], of[b&3]}
	}
	return table
}()

// scoreQuery is what codes are scored against: a code, or n int8.
type scoreQuery struct {
	code []byte
	dot  []int8 // nil where it is a code
}

// score is that of a query against a code. Bits of codes beyond n are ignored.
func (q scoreQuery) score(code []byte, n int) float32 {
	var product int32
	if q.dot != nil {
		product = dotProduct(q.dot, code, n)
	} else {
		product = levelProduct(q.code, code, n)
	}
	return float32(product) / squareRoot(float32(n+15*strong(code, n)))
}

func dotProduct(query []int8, code []byte, n int) (sum int32) {
	query = query[:n]
	for _, b := range code[:n/4] {
		level := &levels[b]
		sum += int32(query[0])*int32(level[0]) + int32(query[1])*int32(level[1]) +
			int32(query[2])*int32(level[2]) + int32(query[3])*int32(level[3])
		query = query[4:]
	}
	for i, x := range query {
		sum += int32(x) * int32(levels[code[n/4]][i])
	}
	return sum
}

func levelProduct(a, b []byte, n int) (sum int32) {
	for d := 0; d < n; d += 4 {
		x, y := &levels[a[d/4]], &levels[b[d/4]]
		for i := range min(4, n-d) {
			sum += int32(x[i]) * int32(y[i])
		}
	}
	return sum
}

// strong is the number of A and D: the symbols whose low bit is 0.
func strong(code []byte, n int) int {
	weak := 0
	for _, b := range code[:n/4] {
		weak += bits.OnesCount8(b & (lowBits & 0xff))
	}
	if n%4 != 0 {
		weak += bits.OnesCount8(code[n/4] & lastByteMask(n) & (lowBits & 0xff))
	}
	return n - weak
}

func (q scoreQuery) many(scores []float32, codes []byte, stride, count, n int) {
	for i := range count {
		scores[i] = q.score(codes[i*stride:], n)
	}
}

func (q scoreQuery) nearest(ids []uint64, scores []float32, codes []byte, stride, count, n int) (found int) {
	for i := range count {
		found = insertScore(ids, scores, found, uint64(i), q.score(codes[i*stride:], n))
	}
	return found
}

// insertScore is insert where larger is nearer.
func insertScore(ids []uint64, scores []float32, found int, id uint64, score float32) int {
	if found == len(ids) {
		if score <= scores[found-1] {
			return found
		}
		found--
	}
	at := found
	for ; at > 0 && scores[at-1] < score; at-- {
		ids[at], scores[at] = ids[at-1], scores[at-1]
	}
	ids[at], scores[at] = id, score
	return found + 1
}
