package index

import (
	"fmt"
	"math"
	"unsafe"

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
		if q.Code != nil {
			return &scoreRanker[byte]{code, ix.kernel.CodeDotScores, ix.kernel.CodeDotNearest}, nil
		}
		elements := make([]int8, ix.options.N)
		if err := ix.kernel.DotQuery(elements, floatRow(q.Activation)); err != nil {
			return nil, err
		}
		return &scoreRanker[int8]{elements, ix.kernel.DotScores, ix.kernel.DotNearest}, nil
	case L1:
		return &distanceRanker{code, ix.kernel.L1Distances, ix.kernel.L1Nearest}, nil
	case Lee:
		return &distanceRanker{code, ix.kernel.LeeDistances, ix.kernel.LeeNearest}, nil
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

// distanceRanker ranks by a distance.
type distanceRanker struct {
	query     []byte
	distances func(distances []uint32, query []byte, codes q2.Codes) error
	near      func(ids []uint64, distances []uint32, query []byte, codes q2.Codes) (int, error)
}

func (r *distanceRanker) all(far []uint32, codes q2.Codes) error {
	return r.distances(far, r.query, codes)
}

func (r *distanceRanker) nearest(at []uint64, far []uint32, codes q2.Codes) (int, error) {
	return r.near(at, far, r.query, codes)
}

func (r *distanceRanker) score(far uint32) float64 { return float64(far) }

// scoreRanker ranks by a score.
type scoreRanker[Q int8 | byte] struct {
	query  []Q
	scores func(scores []float32, query []Q, codes q2.Codes) error
	near   func(ids []uint64, scores []float32, query []Q, codes q2.Codes) (int, error)
}

func (r *scoreRanker[Q]) all(far []uint32, codes q2.Codes) error {
	return toFar(far, codes.Count, func(scores []float32) error { return r.scores(scores, r.query, codes) })
}

func (r *scoreRanker[Q]) nearest(at []uint64, far []uint32, codes q2.Codes) (found int, err error) {
	err = toFar(far, len(at), func(scores []float32) error {
		found, err = r.near(at, scores, r.query, codes)
		return err
	})
	return found, err
}

// score is the inverse of farOf.
func (r *scoreRanker[Q]) score(far uint32) float64 {
	if far>>31 != 0 {
		return float64(math.Float32frombits(far))
	}
	return float64(math.Float32frombits(^far & (1<<31 - 1)))
}

// toFar has scores written where the orders go, and turns them into those.
func toFar(far []uint32, count int, write func(scores []float32) error) error {
	scores := unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(far))), count)
	err := write(scores)
	for i, score := range scores {
		far[i] = farOf(score)
	}
	return err
}

// farOf turns a score, of which larger is nearer, into an order of which smaller is: the bits of a float sort as integers once those of negative ones are flipped.
func farOf(score float32) uint32 {
	bits := math.Float32bits(score + 0) // so that a negative zero equals the positive one
	if bits>>31 != 0 {
		return bits
	}
	return ^bits & (1<<31 - 1)
}
