package q2_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/testdata"
)

// rankedCase is one record of testdata/golden-search/golden.q2gs.
type rankedCase struct {
	n, k    int
	refused bool
	x       []float32
	query   []int8
	code    []byte
	codes   q2.Codes
	lee, l1 rankedBy[uint32]
	codeDot rankedBy[float32]
	dot     rankedBy[float32]
}

// rankedBy is the values of all codes by one ranking, and the ids of the nearest.
type rankedBy[V uint32 | float32] struct {
	values []V
	ids    []uint64
}

// record reads the file from the front.
type record struct{ data []byte }

func (r *record) bytes(count int) []byte {
	b := r.data[:count]
	r.data = r.data[count:]
	return b
}

func (r *record) word() uint32 { return binary.LittleEndian.Uint32(r.bytes(4)) }

func (r *record) floats(count int) []float32 {
	values := make([]float32, count)
	for i := range values {
		values[i] = math.Float32frombits(r.word())
	}
	return values
}

func (r *record) words(count int) []uint32 {
	values := make([]uint32, count)
	for i := range values {
		values[i] = r.word()
	}
	return values
}

func (r *record) ids(count int) []uint64 {
	ids := make([]uint64, count)
	for i := range ids {
		ids[i] = uint64(r.word())
	}
	return ids
}

func (r *record) ranked() rankedCase {
	whole := len(r.data)
	c := rankedCase{n: int(r.word())}
	count := int(r.word())
	c.k, c.refused = int(r.word()), r.word() == 1
	c.x = r.floats(c.n)
	for _, b := range r.bytes(c.n) {
		c.query = append(c.query, int8(b))
	}
	c.code = r.bytes(q2.PackedLen(c.n))
	c.codes = q2.Codes{Data: r.bytes(count * q2.PackedLen(c.n)), Count: count, N: c.n}
	found := min(c.k, count)
	c.lee = rankedBy[uint32]{r.words(count), r.ids(found)}
	c.l1 = rankedBy[uint32]{r.words(count), r.ids(found)}
	c.codeDot = rankedBy[float32]{r.floats(count), r.ids(found)}
	c.dot = rankedBy[float32]{r.floats(count), r.ids(found)}
	r.bytes((8 - (whole-len(r.data))%8) % 8)
	return c
}

func rankedCases(t *testing.T) (cases []rankedCase) {
	r := record{testdata.GoldenSearch}
	require.Equal(t, "Q2GS", string(r.bytes(4)))
	require.EqualValues(t, 1, r.word())
	count := r.word()
	r.word()
	for range count {
		cases = append(cases, r.ranked())
	}
	require.Empty(t, r.data)
	require.Len(t, cases, 202)
	return cases
}

func TestGoldenSearch(t *testing.T) {
	cases := rankedCases(t)
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		for i, c := range cases {
			what := fmt.Sprintf("case %d: n %d, %d codes", i, c.n, c.codes.Count)
			query := make([]int8, c.n)
			err := k.DotQuery(query, c.x)
			require.Equal(t, c.query, query, what)
			if c.refused {
				require.ErrorIs(t, err, q2.ErrNotFinite, what)
			} else {
				require.NoError(t, err, what)
			}
			ranks(t, what+": lee", c.lee, c.k, c.code, c.codes, k.LeeDistances, k.LeeNearest)
			ranks(t, what+": l1", c.l1, c.k, c.code, c.codes, k.L1Distances, k.L1Nearest)
			ranks(t, what+": code dot", c.codeDot, c.k, c.code, c.codes, k.CodeDotScores, k.CodeDotNearest)
			ranks(t, what+": dot", c.dot, c.k, c.query, c.codes, k.DotScores, k.DotNearest)
		}
	})
}

func ranks[Q byte | int8, V uint32 | float32](t *testing.T, what string, want rankedBy[V], wanted int, query []Q, codes q2.Codes,
	many func([]V, []Q, q2.Codes) error, nearest func([]uint64, []V, []Q, q2.Codes) (int, error)) {
	values, near, ids := make([]V, codes.Count), make([]V, wanted), make([]uint64, wanted)
	require.NoError(t, many(values, query, codes), what)
	require.Equal(t, want.values, values, what)
	found, err := nearest(ids, near, query, codes)
	require.NoError(t, err, what)
	require.Equal(t, want.ids, ids[:found], what)
	for i, id := range ids[:found] {
		require.Equal(t, values[id], near[i], what)
	}
}
