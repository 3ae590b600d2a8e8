package index_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/q2"
)

// The best m of the ranking by the cosine of their vectors. fp32 vectors give the cosine of the floats; int8 ones that of the rounded elements.
func TestRescore(t *testing.T) {
	const n, entries, k = 24, 500, 10
	r := rand.New(rand.NewPCG(12, 13))
	rows := make([][]float32, entries)
	items := make([]index.Item, entries)
	for i := range rows {
		rows[i] = make([]float32, n)
		for d := range rows[i] {
			rows[i][d] = float32(r.NormFloat64())
		}
		if i%10 == 9 {
			rows[i] = rows[i-1] // equal vectors
		}
		items[i] = index.Item{ID: uint64(entries - i), Activation: q2.Float32Row(rows[i])}
	}
	for _, vectors := range []index.Vectors{index.FP32Vectors, index.Int8Vectors} {
		ix := open(t, t.TempDir(), index.Tuned(index.Options{N: n, Vectors: vectors}, 0, 0, lazyFiles))
		require.NoError(t, ix.Upsert(items...))
		query := rows[3]
		for _, m := range []int{5, 40, entries} {
			best, err := ix.Search(background, index.Query{Activation: q2.Float32Row(query)}, max(m, k), index.SearchOptions{Bare: true})
			require.NoError(t, err)
			want := map[uint64]float64{}
			for _, hit := range best {
				want[hit.ID] = bruteCosine(query, stored(rows[entries-int(hit.ID)], vectors))
			}
			got, err := ix.Search(background, index.Query{Activation: q2.Float32Row(query)}, k, index.SearchOptions{Rescore: m})
			require.NoError(t, err)
			require.Len(t, got, k)
			for i, hit := range got {
				require.InDelta(t, want[hit.ID], hit.Score, 1e-12)
				delete(want, hit.ID)
				if i > 0 && got[i-1].Score == hit.Score {
					require.Less(t, got[i-1].ID, hit.ID)
				}
			}
			for _, left := range want {
				require.LessOrEqual(t, left, got[k-1].Score+1e-12)
			}
			require.True(t, slices.IsSortedFunc(got, func(a, b index.Hit) int { return -cmpFloat(a.Score, b.Score) }))
		}
	}
}

func cmpFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func stored(row []float32, as index.Vectors) []float32 {
	if as == index.FP32Vectors {
		return row
	}
	largest := 0.0
	for _, x := range row {
		largest = max(largest, math.Abs(float64(x)))
	}
	out := make([]float32, len(row))
	for d, x := range row {
		out[d] = float32(math.RoundToEven(float64(x) * (127 / largest)))
	}
	return out
}

func bruteCosine(a, b []float32) float64 {
	var dot, aa, bb float64
	for d := range a {
		dot += float64(a[d]) * float64(b[d])
		aa += float64(a[d]) * float64(a[d])
		bb += float64(b[d]) * float64(b[d])
	}
	return dot / math.Sqrt(aa*bb)
}
