package index

import (
	"fmt"
	"math"

	"github.com/q2kernel/q2/gopkg/q2"
)

// Ranking says what is near.
type Ranking uint8

const (
	// Dot: the query's elements as int8 against the levels of the code, over the code's norm (docs/SPEC.md section 10); larger is nearer. A query that is a code
	// itself is taken by its levels (code dot).
	Dot Ranking = iota
	// L1: the difference of the symbols' values, summed; smaller is nearer.
	L1
	// Lee: Lee distance; smaller is nearer.
	Lee
)

var rankingNames = [...]string{Dot: "dot", L1: "l1", Lee: "lee"}

// String is dot, l1 or lee.
func (r Ranking) String() string {
	if int(r) < len(rankingNames) {
		return rankingNames[r]
	}
	return "unknown"
}

// ParseRanking is the inverse of String. Any other name is an *ArgumentError.
func ParseRanking(name string) (Ranking, error) {
	for r, known := range rankingNames {
		if name == known {
			return Ranking(r), nil
		}
	}
	return 0, &ArgumentError{"ranking", name, "dot, l1 or lee"}
}

// ranker tells how far codes are from one query. Far is an order: of two codes the one with the smaller number is nearer. Several goroutines use one.
type ranker interface {
	// all tells how far each of the codes is.
	all(far []uint32, codes q2.Codes) error
	// nearest finds the len(at) nearest and how far they are: in order, of equally near ones the lower index first. len(at) is at most q2.MaxNearest.
	nearest(at []uint64, far []uint32, codes q2.Codes) (found int, err error)
	// score is what the user is told.
	score(far uint32) float64
}

// rank makes a ranker of a query.
func (ix *Index) rank(q Query, by Ranking) (ranker, error) {
	code := make([]byte, ix.layout.codeLen)
	if _, err := ix.quantiseQuery(code, q); err != nil {
		return nil, err
	}
	switch by {
	case Dot:
		if q.Code == nil {
			return newDotRanker(floatRow(q.Activation)), nil
		}
		return newCodeDotRanker(code, ix.options.N), nil
	case L1:
		return newL1Ranker(code, ix.options.N), nil
	case Lee:
		return &leeRanker{ix.kernel, code}, nil
	}
	return nil, &ArgumentError{"ranking", uint8(by), "Dot, L1 or Lee"}
}

// quantiseQuery is quantise of a query, whose activation may have any type that has elements.
func (ix *Index) quantiseQuery(packed []byte, q Query) (q2.TransitionKey, error) {
	if q.Code == nil && q.Activation.Data != nil {
		if q.Activation.Dtype == q2.Q2 {
			return q2.TransitionKey{}, &ArgumentError{"dtype of the query's activation", "q2", "one with elements; a code goes into Query.Code"}
		}
		if q.Activation.N != ix.options.N {
			return q2.TransitionKey{}, &ArgumentError{"dimensions of the query", q.Activation.N, fmt.Sprintf("%d, the index's", ix.options.N)}
		}
		return ix.kernel.Quantise(packed, q.Activation)
	}
	return ix.quantise(packed, q.Code, q.Activation)
}

// leeRanker ranks by Lee distance.
type leeRanker struct {
	kernel *q2.Kernel
	query  []byte
}

func (r *leeRanker) all(far []uint32, codes q2.Codes) error {
	return r.kernel.LeeDistances(far, r.query, codes)
}

func (r *leeRanker) nearest(at []uint64, far []uint32, codes q2.Codes) (int, error) {
	return r.kernel.LeeNearest(at, far, r.query, codes)
}

func (r *leeRanker) score(far uint32) float64 { return float64(far) }

// farOf turns a score, of which larger is nearer, into an order of which smaller is: the bits of a float sort as integers once those of negative ones are flipped.
func farOf(score float32) uint32 {
	bits := math.Float32bits(score + 0) // so that a negative zero equals the positive one
	if bits>>31 != 0 {
		return bits
	}
	return ^bits & (1<<31 - 1)
}

func scoreOf(far uint32) float64 {
	if far>>31 != 0 {
		return float64(math.Float32frombits(far))
	}
	return float64(math.Float32frombits(^far & (1<<31 - 1)))
}
