package main

import (
	"cmp"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/q2kernel/q2/gopkg/q2"
)

const (
	neighbours  = 10   // recall@10
	mostQueries = 1000 // evenly spaced ones of the set
	deepest     = 100  // candidates that are rescored at most
)

// set is vectors, their codes, and of each query the true neighbours. A query is a vector of the set, and never its own neighbour.
type set struct {
	name    string
	n       int
	unit    [][]float32 // of length 1
	rows    [][]float32
	codes   []byte
	keys    []uint64
	queries []int
	truth   [][]int32
	kernel  *q2.Kernel
}

func load(name, file string) (*set, error) {
	rows, err := readFloats(file)
	if err != nil {
		return nil, err
	}
	if len(rows) <= deepest {
		return nil, fmt.Errorf("%s holds %d vectors, more than %d are needed", file, len(rows), deepest)
	}
	kernel, err := q2.Default()
	if err != nil {
		return nil, err
	}
	s := &set{name: name, n: len(rows[0]), rows: rows, kernel: kernel}
	for _, row := range rows {
		s.unit = append(s.unit, normalised(row))
	}
	if err := s.quantise(); err != nil {
		return nil, err
	}
	count := min(mostQueries, len(rows))
	for i := range count {
		s.queries = append(s.queries, i*len(rows)/count)
	}
	s.truth = make([][]int32, count)
	s.eachQuery(func(i, query int) error {
		s.truth[i] = s.nearest(query, all(len(rows)), neighbours)
		return nil
	})
	return s, nil
}

func normalised(row []float32) []float32 {
	var sum float64
	for _, x := range row {
		sum += float64(x) * float64(x)
	}
	unit := make([]float32, len(row))
	for d, x := range row {
		unit[d] = float32(float64(x) / math.Sqrt(sum))
	}
	return unit
}

func (s *set) quantise() error {
	width := q2.PackedLen(s.n)
	s.codes, s.keys = make([]byte, width*len(s.rows)), make([]uint64, len(s.rows))
	for i, row := range s.rows {
		key, err := s.kernel.Quantise(s.codes[i*width:(i+1)*width], q2.Float32Row(row))
		if err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
		s.keys[i] = key.Bits
	}
	return nil
}

func (s *set) code(i int) []byte {
	width := q2.PackedLen(s.n)
	return s.codes[i*width : (i+1)*width]
}

func all(count int) []int32 {
	ids := make([]int32, count)
	for i := range ids {
		ids[i] = int32(i)
	}
	return ids
}

// nearest are the k candidates with the largest cosine to a query, itself left out.
func (s *set) nearest(query int, candidates []int32, k int) []int32 {
	type scored struct {
		id     int32
		cosine float32
	}
	list := make([]scored, 0, len(candidates))
	for _, id := range candidates {
		if int(id) != query {
			list = append(list, scored{id, product(s.unit[query], s.unit[id])})
		}
	}
	slices.SortFunc(list, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.cosine, a.cosine), cmp.Compare(a.id, b.id))
	})
	ids := make([]int32, 0, k)
	for _, one := range list[:min(k, len(list))] {
		ids = append(ids, one.id)
	}
	return ids
}

func product(a, b []float32) float32 {
	var sums [4]float32
	for d := 0; d+4 <= len(a); d += 4 {
		sums[0] += a[d] * b[d]
		sums[1] += a[d+1] * b[d+1]
		sums[2] += a[d+2] * b[d+2]
		sums[3] += a[d+3] * b[d+3]
	}
	for d := len(a) &^ 3; d < len(a); d++ {
		sums[0] += a[d] * b[d]
	}
	return sums[0] + sums[1] + (sums[2] + sums[3])
}

// eachQuery calls work for each query, on all processors, and returns the first error.
func (s *set) eachQuery(work func(i, query int) error) error {
	var wait sync.WaitGroup
	errs := make([]error, len(s.queries))
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wait.Go(func() {
			for i := w; i < len(s.queries); i += workers {
				errs[i] = work(i, s.queries[i])
			}
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
