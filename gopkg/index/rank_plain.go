package index

import (
	"math"

	"github.com/q2kernel/q2/gopkg/q2"
)

// plainRanker ranks in plain Go, a code at a time (docs/SPEC.md section 10).
type plainRanker struct {
	far   func(code []byte) uint32
	tells func(far uint32) float64
}

func (r plainRanker) all(far []uint32, codes q2.Codes) error {
	for i := range codes.Count {
		far[i] = r.far(codes.Data[i*codes.Stride:])
	}
	return nil
}

func (r plainRanker) nearest(at []uint64, far []uint32, codes q2.Codes) (int, error) {
	t := top{k: len(at)}
	for i := range codes.Count {
		if f := r.far(codes.Data[i*codes.Stride:]); t.wants(f, uint64(i)) {
			t.add(candidate{far: f, id: uint64(i)})
		}
	}
	found := merged(t.k, []top{t})
	for i, c := range found {
		at[i], far[i] = c.id, c.far
	}
	return len(found), nil
}

func (r plainRanker) score(far uint32) float64 { return r.tells(far) }

// symbolOf is the value of each pair of bits, and levelOf its level.
var (
	symbolOf = [4]int{0, 1, 3, 2}
	levelOf  = [4]int32{-4, -1, 4, 1}
)

func pair(code []byte, d int) byte { return code[d/4] >> (6 - 2*(d%4)) & 3 }

func newL1Ranker(query []byte, n int) ranker {
	return plainRanker{func(code []byte) (far uint32) {
		for d := range n {
			difference := symbolOf[pair(query, d)] - symbolOf[pair(code, d)]
			far += uint32(max(difference, -difference))
		}
		return far
	}, func(far uint32) float64 { return float64(far) }}
}

func newDotRanker(row []float32) ranker {
	query := make([]int32, len(row))
	for d, x := range int8Vector(row) {
		query[d] = int32(int8(x))
	}
	return levelRanker(query)
}

func newCodeDotRanker(code []byte, n int) ranker {
	query := make([]int32, n)
	for d := range query {
		query[d] = levelOf[pair(code, d)]
	}
	return levelRanker(query)
}

func levelRanker(query []int32) ranker {
	return plainRanker{func(code []byte) uint32 {
		var sum, strong int32
		for d, q := range query {
			level := levelOf[pair(code, d)]
			sum += q * level
			if level > 1 || level < -1 {
				strong++
			}
		}
		norm := float32(math.Sqrt(float64(float32(int32(len(query)) + 15*strong))))
		return farOf(float32(sum) / norm)
	}, scoreOf}
}
