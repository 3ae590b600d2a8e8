package reference

import "math"

// DotQuery quantises a query vector of n = len(x) dimensions to the first n elements of dst (section 10). It fails with
// ErrArgument, or with ErrNotFinite where a NaN or an infinity is among x.
func DotQuery(dst []int8, x []float32) error {
	if err := checkDim(len(x)); err != nil {
		return err
	}
	if len(dst) < len(x) {
		return short("dst", len(dst), len(x))
	}
	var largest float32
	for _, value := range x {
		magnitude := math.Float32frombits(math.Float32bits(value) &^ (1 << 31))
		if !(magnitude <= math.MaxFloat32) {
			return ErrNotFinite
		}
		largest = max(largest, magnitude)
	}
	quantiseQuery(dst, x, largest)
	return nil
}

// quantiseQuery scales the elements so that the largest becomes 127. Where 127 / largest would overflow, they are scaled up by
// a power of two before, which is exact.
func quantiseQuery(dst []int8, x []float32, largest float32) {
	if largest == 0 {
		clear(dst[:len(x)])
		return
	}
	up := float32(1)
	if largest < 0x1p-100 {
		up = 0x1p100
	}
	scale := 127 / float32(largest*up)
	for d, value := range x {
		product := float32(float32(value*up) * scale)
		dst[d] = int8(math.RoundToEven(float64(product)))
	}
}

// Dot is the score of a query, of n int8, against a code of n dimensions (section 10). Bits beyond n are ignored. It fails with
// ErrArgument.
func Dot(query []int8, code []byte, n int) (float32, error) {
	if err := checkDotQuery(query, code, packedLen(n), 1, n); err != nil {
		return 0, err
	}
	return scoreQuery{dot: query}.score(code, n), nil
}

// DotScores writes the score of query against each of count codes, stride bytes apart. It fails with ErrArgument.
func DotScores(scores []float32, query []int8, codes []byte, stride, count, n int) error {
	if err := checkDotQuery(query, codes, stride, count, n); err != nil {
		return err
	}
	if len(scores) < count {
		return short("scores", len(scores), count)
	}
	scoreQuery{dot: query}.many(scores, codes, stride, count, n)
	return nil
}

// DotNearest is CodeDotNearest for a query of n int8.
func DotNearest(ids []uint64, scores []float32, query []int8, codes []byte, stride, count, n int) (found int, err error) {
	if err := checkDotQuery(query, codes, stride, count, n); err != nil {
		return 0, err
	}
	if err := checkResults(len(ids), len(ids), len(scores), "scores"); err != nil {
		return 0, err
	}
	return scoreQuery{dot: query}.nearest(ids, scores, codes, stride, count, n), nil
}

// DotNearestMany is CodeDotNearestMany for queries of n int8, queryStride, at least n, apart.
func DotNearestMany(ids []uint64, scores []float32, k int, queries []int8, queryStride, queryCount int,
	codes []byte, stride, count, n int) (found int, err error) {
	if err := checkDim(n); err != nil {
		return 0, err
	}
	if err := checkMany(len(ids), len(scores), "scores", k, len(queries), queryStride, queryCount, n); err != nil {
		return 0, err
	}
	if err := checkStrided("codes", len(codes), stride, count, packedLen(n)); err != nil {
		return 0, err
	}
	for q := range queryCount {
		scoreQuery{dot: queries[q*queryStride:]}.nearest(ids[q*k:][:k], scores[q*k:][:k], codes, stride, count, n)
	}
	return min(k, count), nil
}

func checkDotQuery(query []int8, codes []byte, stride, count, n int) error {
	if err := checkDim(n); err != nil {
		return err
	}
	if len(query) < n {
		return short("query", len(query), n)
	}
	return checkStrided("codes", len(codes), stride, count, packedLen(n))
}
