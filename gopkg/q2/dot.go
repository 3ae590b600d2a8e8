package q2

import (
	"github.com/q2kernel/q2/gopkg/reference"
	"github.com/q2kernel/q2/native"
)

// DotQueries is Count queries of n int8, n that of the codes they are ranked against, Stride apart.
type DotQueries struct {
	Data   []int8
	Count  int
	Stride int // from one query to the next, at least n; 0 means just that
}

func (q DotQueries) withStride(n int) DotQueries {
	if q.Stride == 0 {
		q.Stride = n
	}
	return q
}

// DotQuery quantises a query vector of n = len(x) dimensions, of any scale, to the first n elements of dst, for Dot and its kin
// (docs/SPEC.md section 10). It fails with an *ArgumentError, or with ErrNotFinite where x holds a NaN or an infinity, and then
// writes nothing.
func (k *Kernel) DotQuery(dst []int8, x []float32) error {
	if wrong := checkDim(len(x)); wrong != nil {
		return wrong
	}
	if wrong := checkLength("dst", len(dst), len(x)); wrong != nil {
		return wrong
	}
	var status native.Status
	switch k.in() {
	case doorCgo:
		status = native.Cgo{}.DotQuery(dst, x, len(x))
	case doorPurego:
		status = k.library.DotQuery(dst, x, len(x))
	default:
		status = statusOf(reference.DotQuery(dst, x))
	}
	if status != native.OK {
		return k.failure(status)
	}
	return nil
}

// Dot is the score of a query, of n int8 that DotQuery made, against a code of n dimensions (docs/SPEC.md section 10): the
// product of the query and the code's levels −4, −1, +1 and +4, divided by the norm of the code. Larger is nearer. Bits beyond n
// are ignored. It fails with an *ArgumentError.
func (k *Kernel) Dot(query []int8, code []byte, n int) (float32, error) {
	if wrong := checkDotPair(query, code, n); wrong != nil {
		return 0, wrong
	}
	var score float32
	var status native.Status
	switch k.pairDoor(n) {
	case doorCgo:
		score, status = native.Cgo{}.Dot(query, code, n)
	case doorPurego:
		score, status = k.library.Dot(query, code, n)
	default:
		var err error
		score, err = reference.Dot(query, code, n)
		status = statusOf(err)
	}
	if status != native.OK {
		return 0, k.failure(status)
	}
	return score, nil
}

// DotScores writes the score of query against each of codes into the first codes.Count elements of scores. It fails
// with an *ArgumentError, and then writes nothing.
func (k *Kernel) DotScores(scores []float32, query []int8, codes Codes) error {
	codes = codes.withStride()
	if wrong := checkDot(query, codes); wrong != nil {
		return wrong
	}
	if wrong := checkLength("scores", len(scores), codes.Count); wrong != nil {
		return wrong
	}
	if codes.Count == 0 {
		return nil
	}
	var status native.Status
	switch k.in() {
	case doorCgo:
		status = native.Cgo{}.DotScores(scores, query, codes.Data, codes.Stride, codes.Count, codes.N)
	case doorPurego:
		status = k.library.DotScores(scores, query, codes.Data, codes.Stride, codes.Count, codes.N)
	default:
		status = statusOf(reference.DotScores(scores, query, codes.Data, codes.Stride, codes.Count, codes.N))
	}
	if status != native.OK {
		return k.failure(status)
	}
	return nil
}

// DotNearest finds the len(ids) codes that score highest against query: their indices into ids, their scores into scores, the
// highest first, and of equal ones the lower index first. It returns how many there are, the smaller of len(ids)
// and codes.Count; elements beyond them are not touched. len(ids) is 1 to MaxNearest. It fails with an *ArgumentError, and
// then writes nothing.
func (k *Kernel) DotNearest(ids []uint64, scores []float32, query []int8, codes Codes) (found int, err error) {
	codes = codes.withStride()
	if wrong := checkDot(query, codes); wrong != nil {
		return 0, wrong
	}
	if wrong := checkNearest(len(ids), len(scores), "scores"); wrong != nil {
		return 0, wrong
	}
	if codes.Count == 0 {
		return 0, nil
	}
	var status native.Status
	switch k.in() {
	case doorCgo:
		found, status = native.Cgo{}.DotNearest(ids, scores, query, codes.Data, codes.Stride, codes.Count, codes.N)
	case doorPurego:
		found, status = k.library.DotNearest(ids, scores, query, codes.Data, codes.Stride, codes.Count, codes.N)
	default:
		found, err = reference.DotNearest(ids, scores, query, codes.Data, codes.Stride, codes.Count, codes.N)
		status = statusOf(err)
	}
	if status != native.OK {
		return 0, k.failure(status)
	}
	return found, nil
}

// DotNearestMany is DotNearest for many queries in one pass over the codes, several times as fast as a call for each. What is
// nearest to query i goes to elements i·perQuery to i·perQuery + found of ids and scores, which hold queries.Count × perQuery;
// found, the smaller of perQuery and codes.Count, is the same for all. perQuery is 1 to MaxNearest. It fails with an
// *ArgumentError, and then writes nothing.
func (k *Kernel) DotNearestMany(ids []uint64, scores []float32, perQuery int, queries DotQueries, codes Codes) (found int, err error) {
	queries, codes = queries.withStride(codes.N), codes.withStride()
	if wrong := checkDotMany(len(ids), len(scores), perQuery, queries, codes); wrong != nil {
		return 0, wrong
	}
	if queries.Count == 0 || codes.Count == 0 {
		return min(perQuery, codes.Count), nil
	}
	var status native.Status
	switch k.in() {
	case doorCgo:
		found, status = native.Cgo{}.DotNearestMany(ids, scores, perQuery, queries.Data, queries.Stride, queries.Count, codes.Data, codes.Stride, codes.Count, codes.N)
	case doorPurego:
		found, status = k.library.DotNearestMany(ids, scores, perQuery, queries.Data, queries.Stride, queries.Count, codes.Data, codes.Stride, codes.Count, codes.N)
	default:
		found, err = reference.DotNearestMany(ids, scores, perQuery, queries.Data, queries.Stride, queries.Count, codes.Data, codes.Stride, codes.Count, codes.N)
		status = statusOf(err)
	}
	if status != native.OK {
		return 0, k.failure(status)
	}
	return found, nil
}
