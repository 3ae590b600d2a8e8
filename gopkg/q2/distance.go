package q2

import (
	"github.com/q2kernel/q2/gopkg/reference"
	"github.com/q2kernel/q2/native"
)

// LeeDistance is the Lee distance of two codes of n dimensions, 0 to 2n (docs/SPEC.md section 7). Bits beyond n are
// ignored. It fails with an *ArgumentError.
func (k *Kernel) LeeDistance(a, b []byte, n int) (int, error) {
	if wrong := checkPair(a, b, n); wrong != nil {
		return 0, wrong
	}
	var distance uint32
	var status native.Status
	switch k.pairDoor(n) {
	case doorCgo:
		distance, status = native.Cgo{}.LeeDistance(a, b, n)
	case doorPurego:
		distance, status = k.library.LeeDistance(a, b, n)
	default:
		var err error
		distance, err = reference.LeeDistance(a, b, n)
		status = statusOf(err)
	}
	if status != native.OK {
		return 0, k.failure(status)
	}
	return int(distance), nil
}

// LeeDistances writes the distance of query to each of codes into the first codes.Count elements of distances. It fails
// with an *ArgumentError, and then writes nothing.
func (k *Kernel) LeeDistances(distances []uint32, query []byte, codes Codes) error {
	codes = codes.withStride()
	if wrong := checkCodes(query, codes); wrong != nil {
		return wrong
	}
	if wrong := checkLength("distances", len(distances), codes.Count); wrong != nil {
		return wrong
	}
	if codes.Count == 0 {
		return nil
	}
	var status native.Status
	switch k.in() {
	case doorCgo:
		status = native.Cgo{}.LeeDistances(distances, query, codes.Data, codes.Stride, codes.Count, codes.N)
	case doorPurego:
		status = k.library.LeeDistances(distances, query, codes.Data, codes.Stride, codes.Count, codes.N)
	default:
		status = statusOf(reference.LeeDistances(distances, query, codes.Data, codes.Stride, codes.Count, codes.N))
	}
	if status != native.OK {
		return k.failure(status)
	}
	return nil
}

// LeeNearest finds the len(ids) codes nearest to query: their indices into ids, their distances into distances, the
// nearest first, and of equally near ones the lower index first. It returns how many there are, the smaller of len(ids)
// and codes.Count; elements beyond them are not touched. len(ids) is 1 to MaxNearest. It fails with an *ArgumentError, and
// then writes nothing.
func (k *Kernel) LeeNearest(ids []uint64, distances []uint32, query []byte, codes Codes) (found int, err error) {
	codes = codes.withStride()
	if wrong := checkCodes(query, codes); wrong != nil {
		return 0, wrong
	}
	if wrong := checkNearest(len(ids), len(distances), "distances"); wrong != nil {
		return 0, wrong
	}
	if codes.Count == 0 {
		return 0, nil
	}
	var status native.Status
	switch k.in() {
	case doorCgo:
		found, status = native.Cgo{}.LeeNearest(ids, distances, query, codes.Data, codes.Stride, codes.Count, codes.N)
	case doorPurego:
		found, status = k.library.LeeNearest(ids, distances, query, codes.Data, codes.Stride, codes.Count, codes.N)
	default:
		found, err = reference.LeeNearest(ids, distances, query, codes.Data, codes.Stride, codes.Count, codes.N)
		status = statusOf(err)
	}
	if status != native.OK {
		return 0, k.failure(status)
	}
	return found, nil
}

// LeeNearestMany is LeeNearest for many queries in one pass over the codes, several times as fast as a call for each. What is
// nearest to query i goes to elements i·perQuery to i·perQuery + found of ids and distances, which hold queries.Count × perQuery;
// found, the smaller of perQuery and codes.Count, is the same for all. perQuery is 1 to MaxNearest, and queries.N is codes.N.
// It fails with an *ArgumentError, and then writes nothing.
func (k *Kernel) LeeNearestMany(ids []uint64, distances []uint32, perQuery int, queries Codes, codes Codes) (found int, err error) {
	queries, codes = queries.withStride(), codes.withStride()
	if wrong := checkMany(len(ids), len(distances), "distances", perQuery, queries, codes); wrong != nil {
		return 0, wrong
	}
	if queries.Count == 0 || codes.Count == 0 {
		return min(perQuery, codes.Count), nil
	}
	var status native.Status
	switch k.in() {
	case doorCgo:
		found, status = native.Cgo{}.LeeNearestMany(ids, distances, perQuery, queries.Data, queries.Stride, queries.Count, codes.Data, codes.Stride, codes.Count, codes.N)
	case doorPurego:
		found, status = k.library.LeeNearestMany(ids, distances, perQuery, queries.Data, queries.Stride, queries.Count, codes.Data, codes.Stride, codes.Count, codes.N)
	default:
		found, err = reference.LeeNearestMany(ids, distances, perQuery, queries.Data, queries.Stride, queries.Count, codes.Data, codes.Stride, codes.Count, codes.N)
		status = statusOf(err)
	}
	if status != native.OK {
		return 0, k.failure(status)
	}
	return found, nil
}

func (c Codes) withStride() Codes {
	if c.Stride == 0 {
		c.Stride = PackedLen(c.N)
	}
	return c
}
