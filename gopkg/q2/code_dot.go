package q2

import (
	"github.com/q2kernel/q2/gopkg/reference"
	"github.com/q2kernel/q2/native"
)

// CodeDot is the score of code a against code b, of n dimensions (docs/SPEC.md section 10): the product of their levels −4, −1, +1
// and +4, divided by the norm of b. Larger is nearer. Bits beyond n are ignored. It fails with an *ArgumentError.
func (k *Kernel) CodeDot(a, b []byte, n int) (float32, error) {
	if wrong := checkPair(a, b, n); wrong != nil {
		return 0, wrong
	}
	var score float32
	var status native.Status
	switch k.pairDoor(n) {
	case doorCgo:
		score, status = native.Cgo{}.CodeDot(a, b, n)
	case doorPurego:
		score, status = k.library.CodeDot(a, b, n)
	default:
		var err error
		score, err = reference.CodeDot(a, b, n)
		status = statusOf(err)
	}
	if status != native.OK {
		return 0, k.failure(status)
	}
	return score, nil
}

// CodeDotScores writes the score of query against each of codes into the first codes.Count elements of scores. It fails
// with an *ArgumentError, and then writes nothing.
func (k *Kernel) CodeDotScores(scores []float32, query []byte, codes Codes) error {
	codes = codes.withStride()
	if wrong := checkCodes(query, codes); wrong != nil {
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
		status = native.Cgo{}.CodeDotScores(scores, query, codes.Data, codes.Stride, codes.Count, codes.N)
	case doorPurego:
		status = k.library.CodeDotScores(scores, query, codes.Data, codes.Stride, codes.Count, codes.N)
	default:
		status = statusOf(reference.CodeDotScores(scores, query, codes.Data, codes.Stride, codes.Count, codes.N))
	}
	if status != native.OK {
		return k.failure(status)
	}
	return nil
}

// CodeDotNearest finds the len(ids) codes that score highest against query: their indices into ids, their scores into scores, the
// highest first, and of equal ones the lower index first. It returns how many there are, the smaller of len(ids)
// and codes.Count; elements beyond them are not touched. len(ids) is 1 to MaxNearest. It fails with an *ArgumentError, and
// then writes nothing.
func (k *Kernel) CodeDotNearest(ids []uint64, scores []float32, query []byte, codes Codes) (found int, err error) {
	codes = codes.withStride()
	if wrong := checkCodes(query, codes); wrong != nil {
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
		found, status = native.Cgo{}.CodeDotNearest(ids, scores, query, codes.Data, codes.Stride, codes.Count, codes.N)
	case doorPurego:
		found, status = k.library.CodeDotNearest(ids, scores, query, codes.Data, codes.Stride, codes.Count, codes.N)
	default:
		found, err = reference.CodeDotNearest(ids, scores, query, codes.Data, codes.Stride, codes.Count, codes.N)
		status = statusOf(err)
	}
	if status != native.OK {
		return 0, k.failure(status)
	}
	return found, nil
}

// CodeDotNearestMany is CodeDotNearest for many queries in one pass over the codes, several times as fast as a call for each. What is
// nearest to query i goes to elements i·perQuery to i·perQuery + found of ids and scores, which hold queries.Count × perQuery;
// found, the smaller of perQuery and codes.Count, is the same for all. perQuery is 1 to MaxNearest, and queries.N is codes.N.
// It fails with an *ArgumentError, and then writes nothing.
func (k *Kernel) CodeDotNearestMany(ids []uint64, scores []float32, perQuery int, queries Codes, codes Codes) (found int, err error) {
	queries, codes = queries.withStride(), codes.withStride()
	if wrong := checkMany(len(ids), len(scores), "scores", perQuery, queries, codes); wrong != nil {
		return 0, wrong
	}
	if queries.Count == 0 || codes.Count == 0 {
		return min(perQuery, codes.Count), nil
	}
	var status native.Status
	switch k.in() {
	case doorCgo:
		found, status = native.Cgo{}.CodeDotNearestMany(ids, scores, perQuery, queries.Data, queries.Stride, queries.Count, codes.Data, codes.Stride, codes.Count, codes.N)
	case doorPurego:
		found, status = k.library.CodeDotNearestMany(ids, scores, perQuery, queries.Data, queries.Stride, queries.Count, codes.Data, codes.Stride, codes.Count, codes.N)
	default:
		found, err = reference.CodeDotNearestMany(ids, scores, perQuery, queries.Data, queries.Stride, queries.Count, codes.Data, codes.Stride, codes.Count, codes.N)
		status = statusOf(err)
	}
	if status != native.OK {
		return 0, k.failure(status)
	}
	return found, nil
}
