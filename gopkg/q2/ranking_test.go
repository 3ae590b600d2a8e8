package q2_test

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/q2kernel/q2/gopkg/q2"
)

// The rankings once more, symbol by symbol from section 10 of docs/SPEC.md. Integers are exact in binary64; a quotient and a
// root of binary32 numbers that are taken in binary64 and rounded again are those of binary32.

func valueAt(code []byte, d int) int {
	return []int{0, 1, 3, 2}[code[d/4]>>(6-2*(d%4))&3] // by Gray code
}

func levelAt(code []byte, d int) int { return []int{-4, -1, 1, 4}[valueAt(code, d)] }

func slowL1(a, b []byte, n int) (sum uint32) {
	for d := range n {
		sum += uint32(math.Abs(float64(valueAt(a, d) - valueAt(b, d))))
	}
	return sum
}

func slowScore(weight func(d int) int, code []byte, n int) float32 {
	sum, strong := 0, 0
	for d := range n {
		sum += weight(d) * levelAt(code, d)
		if v := valueAt(code, d); v == 0 || v == 3 {
			strong++
		}
	}
	norm := float32(math.Sqrt(float64(n + 15*strong)))
	return float32(float64(float32(sum)) / float64(norm))
}

func slowCodeDot(a, b []byte, n int) float32 {
	return slowScore(func(d int) int { return levelAt(a, d) }, b, n)
}

func slowDot(query []int8, code []byte, n int) float32 {
	return slowScore(func(d int) int { return int(query[d]) }, code, n)
}

// slowDotQuery is exact where 127 / max|x| does not overflow: a product of two binary32 numbers is exact in binary64.
func slowDotQuery(x []float32) []int8 {
	query, largest := make([]int8, len(x)), 0.0
	for _, value := range x {
		largest = max(largest, math.Abs(float64(value)))
	}
	if largest == 0 {
		return query
	}
	scale := float32(127 / largest)
	for d, value := range x {
		query[d] = int8(math.RoundToEven(float64(float32(float64(value) * float64(scale)))))
	}
	return query
}

func randomInt8(random *rand.Rand, n int) []int8 {
	query := make([]int8, n)
	for i := range query {
		query[i] = int8(random.Uint32())
	}
	return query
}

func TestRankingsOfEveryLength(t *testing.T) {
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		random := rand.New(rand.NewPCG(21, 22))
		for _, n := range lengths() {
			a, b, query := randomBytes(random, q2.PackedLen(n)), randomBytes(random, q2.PackedLen(n)), randomInt8(random, n)
			if n%7 == 0 { // extremes of the sums
				a, query = slices.Repeat([]byte{0xaa}, len(a)), slices.Repeat([]int8{-128}, n)
				b = slices.Repeat([]byte{byte(n % 2 * 0xaa)}, len(b))
			}
			distance, err := k.L1Distance(a, b, n)
			require.NoError(t, err)
			require.EqualValues(t, slowL1(a, b, n), distance, "L1, n = %d", n)
			score, err := k.CodeDot(a, b, n)
			require.NoError(t, err)
			require.Equal(t, slowCodeDot(a, b, n), score, "code dot, n = %d", n)
			score, err = k.Dot(query, b, n)
			require.NoError(t, err)
			require.Equal(t, slowDot(query, b, n), score, "dot, n = %d", n)
		}
	})
}

func TestDotQuery(t *testing.T) {
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		rapid.Check(t, func(t *rapid.T) {
			random, exponent := draw(t), rapid.IntRange(-100, 126).Draw(t, "exponent")
			x := make([]float32, rapid.IntRange(1, 300).Draw(t, "n"))
			for d := range x {
				x[d] = float32(math.Ldexp(random.NormFloat64()/8, exponent))
			}
			dst := slices.Repeat([]int8{77}, len(x)+1)
			require.NoError(t, k.DotQuery(dst, x))
			require.Equal(t, append(slowDotQuery(x), 77), dst)
			largest := 0
			for _, q := range dst[:len(x)] {
				largest = max(largest, int(q), -int(q))
			}
			require.Equal(t, 127, largest)
		})
	})
}

// Halves, elements of any size, and vectors whose scale would overflow.
func TestDotQueryByHand(t *testing.T) {
	tiny, huge := float32(math.SmallestNonzeroFloat32), float32(math.MaxFloat32)
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		for _, c := range []struct {
			x    []float32
			want []int8
		}{
			{[]float32{127, 0.5, 1.5, 2.5, -0.5, -1.5, 3.4999998, 126.5, -126.5}, []int8{127, 0, 2, 2, 0, -2, 3, 126, -126}},
			{[]float32{0, 0, float32(math.Copysign(0, -1))}, []int8{0, 0, 0}},
			{[]float32{-1}, []int8{-127}},
			{[]float32{tiny, 0, -tiny}, []int8{127, 0, -127}},
			{[]float32{127 * tiny, 2 * tiny, -tiny, 0, 63 * tiny}, []int8{127, 2, -1, 0, 63}},
			{[]float32{254 * tiny, tiny, 3 * tiny, -5 * tiny}, []int8{127, 0, 2, -2}},
			{[]float32{huge, -huge, huge / 2, 1, tiny}, []int8{127, -127, 64, 0, 0}},
			{[]float32{0x1p-100, 0x1p-101}, []int8{127, 64}},
			{[]float32{0x1.fffffep-101, 0x1p-102}, []int8{127, 32}},
			{[]float32{127 * 0x1p-126, -3 * 0x1p-127}, []int8{127, -2}},
		} {
			dst := make([]int8, len(c.x))
			require.NoError(t, k.DotQuery(dst, c.x))
			require.Equal(t, c.want, dst, "%v", c.x)
		}
		signalling := math.Float32frombits(0x7f800001)
		for _, wrong := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), signalling} {
			for at := range 40 {
				x, dst := make([]float32, 40), slices.Repeat([]int8{7}, 40)
				x[at] = wrong
				require.ErrorIs(t, k.DotQuery(dst, x), q2.ErrNotFinite)
				require.Equal(t, slices.Repeat([]int8{7}, 40), dst, "written although refused")
			}
		}
	})
}

// ranking is one of the four rankings behind one face: ranks ascend from the nearest on, so that scores are negated.
type ranking struct {
	name    string
	pair    func(k *q2.Kernel, query, code []byte, n int) (float64, error)
	many    func(k *q2.Kernel, query []byte, codes q2.Codes) ([]float64, error)
	nearest func(k *q2.Kernel, wanted int, query []byte, codes q2.Codes) ([]uint64, []float64, int, error)
	all     func(k *q2.Kernel, wanted int, queries []byte, stride, count int, codes q2.Codes) ([]uint64, []float64, int, error)
	bytes   func(n int) int // of a query
}

func rankings() []ranking {
	int8s := func(b []byte) []int8 {
		values := make([]int8, len(b))
		for i := range b {
			values[i] = int8(b[i])
		}
		return values
	}
	same := func(b []byte) []byte { return b }
	codeQueries := func(data []byte, stride, count, n int) q2.Codes {
		return q2.Codes{Data: data, Stride: stride, Count: count, N: n}
	}
	dotQueries := func(data []byte, stride, count, n int) q2.DotQueries {
		return q2.DotQueries{Data: int8s(data), Stride: stride, Count: count}
	}
	return []ranking{
		newRanking("lee", q2.PackedLen, same, codeQueries, (*q2.Kernel).LeeDistance, (*q2.Kernel).LeeDistances, (*q2.Kernel).LeeNearest, (*q2.Kernel).LeeNearestMany, +1),
		newRanking("l1", q2.PackedLen, same, codeQueries, (*q2.Kernel).L1Distance, (*q2.Kernel).L1Distances, (*q2.Kernel).L1Nearest, (*q2.Kernel).L1NearestMany, +1),
		newRanking("code dot", q2.PackedLen, same, codeQueries, (*q2.Kernel).CodeDot, (*q2.Kernel).CodeDotScores, (*q2.Kernel).CodeDotNearest, (*q2.Kernel).CodeDotNearestMany, -1),
		newRanking("dot", func(n int) int { return n }, int8s, dotQueries, (*q2.Kernel).Dot, (*q2.Kernel).DotScores, (*q2.Kernel).DotNearest, (*q2.Kernel).DotNearestMany, -1),
	}
}

func newRanking[Q byte | int8, One int | float32, V uint32 | float32, Qs any](name string, bytes func(n int) int, query func([]byte) []Q,
	queries func(data []byte, stride, count, n int) Qs,
	pair func(*q2.Kernel, []Q, []byte, int) (One, error),
	many func(*q2.Kernel, []V, []Q, q2.Codes) error,
	nearest func(*q2.Kernel, []uint64, []V, []Q, q2.Codes) (int, error),
	all func(*q2.Kernel, []uint64, []V, int, Qs, q2.Codes) (int, error), sign float64) ranking {
	ranks := func(values []V) []float64 {
		r := make([]float64, len(values))
		for i, v := range values {
			r[i] = sign * float64(v)
		}
		return r
	}
	return ranking{
		name: name, bytes: bytes,
		pair: func(k *q2.Kernel, q, code []byte, n int) (float64, error) {
			v, err := pair(k, query(q), code, n)
			return sign * float64(v), err
		},
		many: func(k *q2.Kernel, q []byte, codes q2.Codes) ([]float64, error) {
			values := make([]V, codes.Count)
			err := many(k, values, query(q), codes)
			return ranks(values), err
		},
		nearest: func(k *q2.Kernel, wanted int, q []byte, codes q2.Codes) ([]uint64, []float64, int, error) {
			ids, values := slices.Repeat([]uint64{77}, wanted), slices.Repeat([]V{78}, wanted)
			found, err := nearest(k, ids, values, query(q), codes)
			return ids, ranks(values), found, err
		},
		all: func(k *q2.Kernel, wanted int, data []byte, stride, count int, codes q2.Codes) ([]uint64, []float64, int, error) {
			ids, values := slices.Repeat([]uint64{77}, wanted*count), slices.Repeat([]V{78}, wanted*count)
			found, err := all(k, ids, values, wanted, queries(data, stride, count, codes.N), codes)
			return ids, ranks(values), found, err
		},
	}
}

// Of every ranking: one to many is pair by pair, nearest is a stable sort of that, and many queries are one after another.
func TestRankingsAgreeWithThemselves(t *testing.T) {
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		for _, r := range rankings() {
			t.Run(r.name, func(t *testing.T) { rapid.Check(t, func(t *rapid.T) { agreesWithItself(t, k, r) }) })
		}
	})
}

func agreesWithItself(t *rapid.T, k *q2.Kernel, r ranking) {
	n := rapid.OneOf(rapid.IntRange(1, 12), rapid.IntRange(1, 700)).Draw(t, "n") // few dimensions make many ties
	count, wanted := rapid.IntRange(0, 150).Draw(t, "count"), rapid.IntRange(1, 160).Draw(t, "k")
	queryCount, random := rapid.IntRange(0, 20).Draw(t, "queries"), draw(t)
	stride, queryStride := q2.PackedLen(n)+rapid.IntRange(0, 3).Draw(t, "gap"), r.bytes(n)+rapid.IntRange(0, 3).Draw(t, "query gap")
	queries := randomBytes(random, queryCount*queryStride)
	codes := q2.Codes{Data: randomBytes(random, count*stride), Count: count, N: n, Stride: stride}
	found := min(wanted, count)
	allIDs, allRanks, got, err := r.all(k, wanted, queries, queryStride, queryCount, codes)
	require.NoError(t, err)
	require.Equal(t, found, got)
	for q := range queryCount {
		query := queries[q*queryStride:][:r.bytes(n)]
		ranks, err := r.many(k, query, codes)
		require.NoError(t, err)
		order := make([]uint64, count)
		for i := range order {
			one, err := r.pair(k, query, codes.Data[i*stride:], n)
			require.NoError(t, err)
			require.Equal(t, one, ranks[i], "code %d", i)
			order[i] = uint64(i)
		}
		slices.SortStableFunc(order, func(a, b uint64) int { return cmp.Compare(ranks[a], ranks[b]) })
		ids, near, got, err := r.nearest(k, wanted, query, codes)
		require.NoError(t, err)
		require.Equal(t, found, got)
		require.Equal(t, order[:found], ids[:found])
		for i, id := range ids {
			if i < found {
				require.Equal(t, ranks[id], near[i])
			} else {
				require.Equal(t, []any{uint64(77), 78.0}, []any{id, math.Abs(near[i])}, "written beyond what was found")
			}
		}
		require.Equal(t, ids, allIDs[q*wanted:][:wanted], "query %d", q)
		require.Equal(t, near, allRanks[q*wanted:][:wanted], "query %d", q)
	}
}
