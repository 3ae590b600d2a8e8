package clickhouse_test

import (
	"iter"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/index/clickhouse"
	"github.com/q2kernel/q2/gopkg/index/internal/enginetest"
)

// 100 000 codes, a fifth of them copies: the same ids at the same distances in the same order as the embedded index finds, and the same
// windows, prefixes and buckets.
func TestTheSameNeighboursAsTheEmbeddedIndex(t *testing.T) {
	const n = 384
	conn := connect(t)
	rows := enginetest.Rows(t, n, 100_000)
	table, embedded := filled(t, conn, n, rows), enginetest.Embedded(t, n, rows)
	for _, query := range []int{0, 40_000, 99_999} {
		code, key := rows[query].Code, rows[query].Key
		for by, embeddedBy := range map[clickhouse.Ranking]index.Ranking{clickhouse.Lee: index.Lee, clickhouse.L1: index.L1} {
			got, err := table.Search(t.Context(), code, 500, by)
			require.NoError(t, err)
			require.Equal(t, enginetest.Embedding(t, embedded, code, 500, embeddedBy), matchesOf(got), "query %d by %s", query, embeddedBy)
		}
		for _, j := range []int{4, 8, 31} {
			require.Equal(t, entries(t, embedded.Window(key, j)), entries(t, table.Window(t.Context(), key, j)), "window %d", j)
			require.Equal(t, entries(t, embedded.Prefix(key, j)), entries(t, table.Prefix(t.Context(), key, j)), "prefix %d", j)
		}
		bucket := entries(t, table.Bucket(t.Context(), key))
		require.Equal(t, entries(t, embedded.Bucket(key)), bucket)
		require.True(t, slices.Contains(bucket, rows[query].ID))
	}
}

func entries[E any](t *testing.T, found iter.Seq2[E, error]) (ids []uint64) {
	t.Helper()
	for e, err := range found {
		require.NoError(t, err)
		switch e := any(e).(type) {
		case index.Entry:
			ids = append(ids, e.ID)
		case clickhouse.Entry:
			ids = append(ids, e.ID)
		}
	}
	return ids
}
