package index_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/q2"
)

// 64 queries among 200 000 codes of 1024 dimensions in segments, one by one and together, on one core:
//
//	go test -run '^$' -bench SixtyFour -benchtime 10x ./gopkg/index
func BenchmarkSixtyFourQueries(b *testing.B) {
	const n, count, batch = 1024, 200_000, 10_000
	ix := open(b, b.TempDir(), index.Options{N: n, Sync: index.Relaxed, Cores: 1})
	r := rand.New(rand.NewPCG(41, 42))
	for from := uint64(0); from < count; from += batch {
		items := make([]index.Item, batch)
		for i := range items {
			items[i] = index.Item{ID: from + uint64(i), Code: randomCode(r, n)}
		}
		require.NoError(b, ix.Upsert(items...))
	}
	require.NoError(b, ix.Compact(background))
	queries := make([]index.Query, 64)
	for i := range queries {
		row := make([]float32, n)
		for d := range row {
			row[d] = float32(r.NormFloat64())
		}
		queries[i].Activation = q2.Float32Row(row)
	}
	for _, by := range []index.Ranking{index.Dot, index.L1, index.Lee} {
		o := index.SearchOptions{Ranking: by, Bare: true}
		b.Run(by.String()+"/alone", func(b *testing.B) {
			for b.Loop() {
				for _, q := range queries {
					_, err := ix.Search(background, q, 10, o)
					require.NoError(b, err)
				}
			}
			b.ReportMetric(float64(64*b.N)/b.Elapsed().Seconds(), "queries/s")
		})
		b.Run(by.String()+"/together", func(b *testing.B) {
			for b.Loop() {
				_, err := ix.SearchMany(background, queries, 10, o)
				require.NoError(b, err)
			}
			b.ReportMetric(float64(64*b.N)/b.Elapsed().Seconds(), "queries/s")
		})
	}
}
