package index_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/q2"
)

// manyDim is short, so that distances of a few thousand codes tie all the time.
const manyDim = 20

// manyIndex has what a scan can meet: segments with few, many and no dead, and codes in memory.
func manyIndex(t *testing.T, entries uint64) *index.Index {
	ix := open(t, t.TempDir(), index.Tuned(index.Options{N: manyDim, Vectors: index.Int8Vectors, Cores: 3}, 2048, 1<<20, lazyFiles))
	r := rand.New(rand.NewPCG(31, 32))
	put := func(from, to uint64) {
		var items []index.Item
		for id := from; id < to; id++ {
			items = append(items, index.Item{ID: id * 3, Activation: q2.Float32Row(manyRow(r)), Payload: payloadOf(id * 3)})
		}
		require.NoError(t, ix.Upsert(items...))
	}
	put(0, entries)
	require.NoError(t, ix.Keep())
	var gone []uint64
	for id := range entries {
		if id < entries/4 && id%2 == 0 || id%97 == 0 {
			gone = append(gone, id*3)
		}
	}
	_, err := ix.Delete(gone...)
	require.NoError(t, err)
	put(entries/2, entries/2+200) // again
	put(entries, entries+200)
	return ix
}

func manyRow(r *rand.Rand) []float32 {
	row := make([]float32, manyDim)
	for d := range row {
		row[d] = float32(r.IntN(7) - 3)
	}
	return row
}

// Many queries in one search have the hits that each has alone, in the queries' order, ties and all: by every ranking, codes and activations mixed, through every filter, more of them than the kernels
// take at once.
func TestManyQueriesFindWhatEachFindsAlone(t *testing.T) {
	const entries = 3000
	ix := manyIndex(t, entries)
	row := rapid.SliceOfN(rapid.Map(rapid.IntRange(-3, 3), func(v int) float32 { return float32(v) }), manyDim, manyDim)
	rapid.Check(t, func(rt *rapid.T) {
		o := index.SearchOptions{
			Ranking: rapid.SampledFrom([]index.Ranking{index.Dot, index.L1, index.Lee}).Draw(rt, "ranking"),
			Bare:    rapid.Bool().Draw(rt, "bare"),
			Rescore: rapid.SampledFrom([]int{0, 0, 0, 30}).Draw(rt, "rescore"),
		}
		if rapid.IntRange(0, 3).Draw(rt, "keys") == 0 {
			a, b := rapid.Uint64().Draw(rt, "from"), rapid.Uint64().Draw(rt, "to")
			o.Keys = &index.KeyRange{From: min(a, b), To: max(a, b)}
		}
		if rapid.IntRange(0, 3).Draw(rt, "ids") == 0 {
			o.IDs = rapid.SliceOfN(rapid.Uint64Range(0, 3*entries), 0, 200).Draw(rt, "ids")
		}
		if rapid.IntRange(0, 3).Draw(rt, "where") == 0 {
			modulus := rapid.SampledFrom([]uint64{1, 2, 700}).Draw(rt, "modulus")
			o.Where = func(id uint64, _ []byte) bool { return id%modulus == 0 }
		}
		queries := make([]index.Query, rapid.SampledFrom([]int{1, 2, 7, 64, 65, 130}).Draw(rt, "queries"))
		seeds := rapid.SliceOfN(row, 3, 3).Draw(rt, "rows")
		for i := range queries {
			seed := append([]float32{}, seeds[i%3]...)
			seed[i%manyDim] = float32(i%5 + 1) // none is zero
			queries[i].Activation = q2.Float32Row(seed)
			if o.Rescore == 0 && i%7 == 3 {
				queries[i] = index.Query{Code: queryCode(rt, manyDim, queries[i])}
			}
		}
		k := rapid.SampledFrom([]int{1, 10, 60, 500}).Draw(rt, "k")
		got, err := ix.SearchMany(background, queries, k, o)
		require.NoError(rt, err)
		require.Len(rt, got, len(queries))
		for i, q := range queries {
			alone, err := ix.Search(background, q, k, o)
			require.NoError(rt, err)
			require.Equal(rt, alone, got[i], "query %d of %d", i, len(queries))
		}
	})
}

func TestManyQueriesOfNothing(t *testing.T) {
	ix := open(t, t.TempDir(), index.Options{N: manyDim})
	hits, err := ix.SearchMany(background, nil, 5, index.SearchOptions{})
	require.NoError(t, err)
	require.Empty(t, hits)
	q := index.Query{Activation: q2.Float32Row(make([]float32, manyDim))}
	hits, err = ix.SearchMany(background, []index.Query{q, q}, 5, index.SearchOptions{})
	require.NoError(t, err)
	require.Equal(t, [][]index.Hit{{}, {}}, hits)
	ended, stop := context.WithCancel(background)
	stop()
	_, err = ix.SearchMany(ended, []index.Query{q, q}, 5, index.SearchOptions{})
	require.ErrorIs(t, err, context.Canceled)
}

// A predicate that leaves enough of one query's nearest and too few of another's: the second ones are looked for once more, and each keeps its place.
func TestManyQueriesOfWhichSomeFindTooFew(t *testing.T) {
	ix := open(t, t.TempDir(), index.Tuned(index.Options{N: manyDim}, 2048, 1<<20, lazyFiles))
	r := rand.New(rand.NewPCG(33, 34))
	row := func(sign float32) q2.Tensor { // around one of two opposite places
		row := make([]float32, manyDim)
		for d := range row {
			row[d] = sign * (2 + float32(r.NormFloat64()))
		}
		return q2.Float32Row(row)
	}
	var items []index.Item
	for id := range uint64(1000) {
		sign := float32(1)
		if id >= 500 {
			sign = -1
		}
		items = append(items, index.Item{ID: id, Activation: row(sign), Payload: payloadOf(id)})
	}
	require.NoError(t, ix.Upsert(items...))
	queries := make([]index.Query, 20)
	for i := range queries {
		queries[i].Activation = row([]float32{1, 1, -1}[i%3])
	}
	asked := map[uint64]int{}
	o := index.SearchOptions{Where: func(id uint64, _ []byte) bool { asked[id]++; return id < 500 }}
	got, err := ix.SearchMany(background, queries, 10, o)
	require.NoError(t, err)
	require.Len(t, asked, 1000, "there was no walk through all payloads")
	for i, q := range queries {
		alone, err := ix.Search(background, q, 10, o)
		require.NoError(t, err)
		require.Len(t, alone, 10)
		require.Equal(t, alone, got[i], "query %d", i)
	}
}
