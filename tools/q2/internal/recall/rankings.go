package main

import (
	"cmp"
	"slices"

	"github.com/q2kernel/q2/gopkg/q2"
)

// ranking is what one way of searching found: of each query the nearest, best first, itself left out.
type ranking struct {
	name  string
	bytes int // stored a vector; 0 for what another library stores
	found [][]int32
}

// finder writes the ids of the nearest to a query, the query among them, into ids, and returns how many.
type finder func(query int, ids []uint64) (int, error)

func (s *set) rankings() ([]ranking, error) {
	width := q2.PackedLen(s.n)
	ways := []struct {
		name  string
		bytes int
		find  finder
	}{
		{"1 bit a dimension, its sign; Hamming", (s.n + 7) / 8, s.signFinder()},
		{"Lee", width, s.leeFinder()},
		{"L1", width, s.l1Finder()},
		{"code dot: both sides codes", width, s.codeDotFinder()},
		{"**dot: int8 query, the default**", width, s.dotFinder()},
	}
	var list []ranking
	for _, way := range ways {
		found, err := s.run(way.find)
		if err != nil {
			return nil, err
		}
		list = append(list, ranking{way.name, way.bytes, found})
	}
	return list, nil
}

func (s *set) run(find finder) ([][]int32, error) {
	found := make([][]int32, len(s.queries))
	err := s.eachQuery(func(i, query int) error {
		ids := make([]uint64, deepest+1)
		count, err := find(query, ids)
		found[i] = others(ids[:count], query)
		return err
	})
	return found, err
}

func others(ids []uint64, query int) []int32 {
	list := make([]int32, 0, deepest)
	for _, id := range ids {
		if int(id) != query && len(list) < deepest {
			list = append(list, int32(id))
		}
	}
	return list
}

func (s *set) all() q2.Codes { return q2.Codes{Data: s.codes, Count: len(s.rows), N: s.n} }

func (s *set) leeFinder() finder {
	return func(query int, ids []uint64) (int, error) {
		return s.kernel.LeeNearest(ids, make([]uint32, len(ids)), s.code(query), s.all())
	}
}

func (s *set) l1Finder() finder {
	return func(query int, ids []uint64) (int, error) {
		return s.kernel.L1Nearest(ids, make([]uint32, len(ids)), s.code(query), s.all())
	}
}

func (s *set) codeDotFinder() finder {
	return func(query int, ids []uint64) (int, error) {
		return s.kernel.CodeDotNearest(ids, make([]float32, len(ids)), s.code(query), s.all())
	}
}

func (s *set) dotFinder() finder {
	return func(query int, ids []uint64) (int, error) {
		asked := make([]int8, s.n)
		if err := s.kernel.DotQuery(asked, s.rows[query]); err != nil {
			return 0, err
		}
		return s.kernel.DotNearest(ids, make([]float32, len(ids)), asked, s.all())
	}
}

// signFinder ranks by the Hamming distance of sign bits. Four bits of signs count as two dimensions of a code: the number of differing bits is the
// same, and the kernel counts those.
func (s *set) signFinder() finder {
	width := (s.n + 7) / 8
	signs := make([]byte, width*len(s.rows))
	for i, row := range s.rows {
		for d, x := range row {
			if x > 0 {
				signs[i*width+d/8] |= 0x80 >> (d % 8)
			}
		}
	}
	codes := q2.Codes{Data: signs, Count: len(s.rows), N: width * 4}
	return func(query int, ids []uint64) (int, error) {
		return s.kernel.LeeNearest(ids, make([]uint32, len(ids)), signs[query*width:(query+1)*width], codes)
	}
}

// recall is the share of the true neighbours that are among the first neighbours found.
func (s *set) recall(found [][]int32) float64 {
	hits := 0
	for i := range s.queries {
		for _, id := range found[i][:min(neighbours, len(found[i]))] {
			if slices.Contains(s.truth[i], id) {
				hits++
			}
		}
	}
	return float64(hits) / float64(neighbours*len(s.queries))
}

// rescored are the first m of each query in the order of the exact cosine.
func (s *set) rescored(found [][]int32, m int) [][]int32 {
	again := make([][]int32, len(found))
	s.eachQuery(func(i, query int) error {
		again[i] = s.nearest(query, found[i][:min(m, len(found[i]))], neighbours)
		return nil
	})
	return again
}

// keyCandidates is the share of the true neighbours among the hundredth of the set whose keys are nearest to the query's in the order
// of keys.
func (s *set) keyCandidates() float64 {
	order := all(len(s.rows))
	slices.SortFunc(order, func(a, b int32) int { return cmp.Or(cmp.Compare(s.keys[a], s.keys[b]), cmp.Compare(a, b)) })
	place := make([]int, len(order))
	for at, id := range order {
		place[id] = at
	}
	hits, reach := 0, len(order)/200
	for i, query := range s.queries {
		for _, id := range s.truth[i] {
			if distance := place[id] - place[query]; -reach <= distance && distance <= reach {
				hits++
			}
		}
	}
	return float64(hits) / float64(neighbours*len(s.queries))
}
