package enginetest

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/index"
)

// Embedded is an embedded index of the rows, closed when the test ends.
func Embedded(t *testing.T, n int, rows []Row) *index.Index {
	t.Helper()
	ix, err := index.Open(filepath.Join(t.TempDir(), "index"), index.Options{N: n})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, ix.Close()) })
	for from := 0; from < len(rows); from += 10_000 {
		var items []index.Item
		for _, r := range rows[from:min(from+10_000, len(rows))] {
			items = append(items, index.Item{ID: r.ID, Code: r.Code, Payload: r.Payload})
		}
		require.NoError(t, ix.Upsert(items...))
	}
	return ix
}

// Embedding is what the embedded index finds.
func Embedding(t *testing.T, ix *index.Index, query []byte, k int, by index.Ranking) (out []Match) {
	t.Helper()
	hits, err := ix.Search(t.Context(), index.Query{Code: query}, k, index.SearchOptions{Ranking: by, Bare: true})
	require.NoError(t, err)
	for _, hit := range hits {
		out = append(out, Match{hit.ID, uint32(hit.Score)})
	}
	return out
}
