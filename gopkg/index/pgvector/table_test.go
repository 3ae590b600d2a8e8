package pgvector_test

import (
	"context"
	"fmt"
	"iter"
	"math"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/index/internal/enginetest"
	"github.com/q2kernel/q2/gopkg/index/pgvector"
)

func connect(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), enginetest.Address(t, "pgvector", "Q2_TEST_POSTGRES"))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, conn.Close(context.Background())) })
	return conn
}

func rowsOf(rows []enginetest.Row) (out []pgvector.Row) {
	for _, r := range rows {
		out = append(out, pgvector.Row(r))
	}
	return out
}

func matchesOf(matches []pgvector.Match) (out []enginetest.Match) {
	for _, m := range matches {
		out = append(out, enginetest.Match{ID: m.ID, Distance: m.Distance})
	}
	return out
}

// A table of its own for each test, filled.
func filled(t *testing.T, conn *pgx.Conn, n int, rows []enginetest.Row) *pgvector.Table {
	t.Helper()
	name := fmt.Sprintf("codes_%d_%d", n, len(rows))
	_, err := conn.Exec(t.Context(), "DROP TABLE IF EXISTS "+name)
	require.NoError(t, err)
	table, err := pgvector.Create(t.Context(), conn, pgvector.Options{Name: name, N: n})
	require.NoError(t, err)
	for from := 0; from < len(rows); from += 5_000 {
		require.NoError(t, table.Insert(t.Context(), rowsOf(rows[from:min(from+5_000, len(rows))])))
	}
	return table
}

// Odd lengths too: the last byte of a code is then not full.
func TestSearchFindsTheNeighboursOfTheSpecification(t *testing.T) {
	conn := connect(t)
	for _, n := range []int{1, 5, 63, 384} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			rows := enginetest.Rows(t, n, 2000)
			table := filled(t, conn, n, rows)
			for _, query := range rows[:4] {
				lee, l1 := enginetest.Nearest(rows, query.Code, n, 50)
				got, err := table.Search(t.Context(), query.Code, 50, pgvector.Lee)
				require.NoError(t, err)
				require.Equal(t, lee, matchesOf(got), "Lee")
				got, err = table.Search(t.Context(), query.Code, 50, pgvector.L1)
				require.NoError(t, err)
				require.Equal(t, l1, matchesOf(got), "L1")
			}
		})
	}
}

func TestSearchBringsPayloads(t *testing.T) {
	rows := enginetest.Rows(t, 64, 300)
	table := filled(t, connect(t), 64, rows)
	byID := map[uint64][]byte{}
	for _, r := range rows {
		byID[r.ID] = r.Payload
	}
	matches, err := table.Search(t.Context(), rows[7].Code, 300, pgvector.Lee)
	require.NoError(t, err)
	require.Len(t, matches, 300)
	for _, m := range matches {
		require.Equal(t, byID[m.ID], m.Payload)
	}
}

func TestKeysAreARangeInOrder(t *testing.T) {
	rows := enginetest.Rows(t, 16, 5000)
	table := filled(t, connect(t), 16, rows)
	for _, span := range [][2]uint64{{0, ^uint64(0)}, {rows[3].Key, rows[3].Key}, {1 << 62, 3 << 62}, {1<<63 - 5, 1<<63 + 5<<50}} {
		want := enginetest.ByKey(rows, span[0], span[1])
		var got []enginetest.Row
		for e, err := range table.Keys(t.Context(), span[0], span[1]) {
			require.NoError(t, err)
			got = append(got, enginetest.Row{ID: e.ID, Key: e.Key, Transitions: e.Transitions, Payload: e.Payload})
		}
		require.Len(t, got, len(want))
		for i := range want {
			want[i].Code = nil
			require.Equal(t, want[i], got[i])
		}
	}
}

// The order of PostgreSQL's signed integers must be that of the unsigned ones that they stand for.
func TestSignedKeepsTheOrder(t *testing.T) {
	last := int64(math.MinInt64)
	for _, v := range []uint64{0, 1, 1<<63 - 1, 1 << 63, 1<<63 + 1, math.MaxUint64} {
		require.GreaterOrEqual(t, pgvector.Signed(v), last)
		require.Equal(t, v, pgvector.Unsigned(pgvector.Signed(v)))
		last = pgvector.Signed(v)
	}
}

// An HNSW index must not make Search approximate, and finds near codes itself.
func TestSearchStaysExactBesideAnIndex(t *testing.T) {
	conn := connect(t)
	rows := enginetest.Rows(t, 64, 2000)
	_, err := conn.Exec(t.Context(), "DROP TABLE IF EXISTS indexed")
	require.NoError(t, err)
	table, err := pgvector.Create(t.Context(), conn, pgvector.Options{Name: "indexed", N: 64, HNSW: true})
	require.NoError(t, err)
	require.NoError(t, table.Insert(t.Context(), rowsOf(rows)))
	_, err = conn.Exec(t.Context(), "SET enable_seqscan = off")
	require.NoError(t, err)
	lee, _ := enginetest.Nearest(rows, rows[9].Code, 64, 100)
	got, err := table.Search(t.Context(), rows[9].Code, 100, pgvector.Lee)
	require.NoError(t, err)
	require.Equal(t, lee, matchesOf(got))
	near, err := table.SearchApproximate(t.Context(), rows[9].Code, 10)
	require.NoError(t, err)
	require.NotEmpty(t, near)
	require.Zero(t, near[0].Distance)
	for i, m := range near[1:] {
		require.GreaterOrEqual(t, m.Distance, near[i].Distance)
	}
}

func TestWindowPrefixAndBucket(t *testing.T) {
	rows := enginetest.Rows(t, 16, 4000)
	table := filled(t, connect(t), 16, rows)
	ids := func(found iter.Seq2[pgvector.Entry, error]) (out []uint64) {
		for e, err := range found {
			require.NoError(t, err)
			out = append(out, e.ID)
		}
		return out
	}
	wanted := func(low, high uint64) (out []uint64) {
		for _, r := range enginetest.ByKey(rows, low, high) {
			out = append(out, r.ID)
		}
		return out
	}
	key, third := rows[11].Key, uint64(1)<<58-1 // 4^29 − 1: what the symbols after the third can say
	require.Equal(t, wanted(key-min(key, third), key+min(^key, third)), ids(table.Window(t.Context(), key, 3)))
	require.Equal(t, wanted(key&^third, key|third), ids(table.Prefix(t.Context(), key, 3)))
	require.Equal(t, wanted(key, key), ids(table.Bucket(t.Context(), key)))
	for _, j := range []int{0, 33} {
		for _, err := range table.Window(t.Context(), key, j) {
			require.ErrorIs(t, err, pgvector.ErrArgument)
			require.ErrorContains(t, err, fmt.Sprintf("j is %d, must be 1 to 32", j))
		}
	}
}

func TestInsertReplacesWhatIsThere(t *testing.T) {
	rows := enginetest.Rows(t, 32, 100)
	table := filled(t, connect(t), 32, rows)
	require.NoError(t, table.Delete(t.Context(), []uint64{rows[0].ID, rows[1].ID, 12345}))
	count, err := table.Count(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 98, count)
	changed := pgvector.Row(rows[0])
	changed.Payload = []byte("new")
	require.NoError(t, table.Insert(t.Context(), []pgvector.Row{changed, pgvector.Row(rows[2])}))
	matches, err := table.Search(t.Context(), rows[0].Code, 100, pgvector.Lee)
	require.NoError(t, err)
	require.Len(t, matches, 99)
	require.Equal(t, pgvector.Match{ID: 0, Distance: 0, Payload: []byte("new")}, matches[0])
}

func TestWhatDoesNotFitIsRefused(t *testing.T) {
	conn := connect(t)
	table := filled(t, conn, 8, nil)
	_, err := pgvector.Open(t.Context(), conn, pgvector.Options{Name: "codes_8_0", N: 80})
	require.ErrorIs(t, err, pgvector.ErrMismatch)
	require.ErrorContains(t, err, "the code of table codes_8_0 is bit(16), but 80 dimensions make it bit(160)")
	_, err = pgvector.Open(t.Context(), conn, pgvector.Options{Name: "nowhere", N: 8})
	require.ErrorIs(t, err, pgvector.ErrMismatch)
	require.ErrorContains(t, err, "no table nowhere")
	err = table.Insert(t.Context(), []pgvector.Row{{Code: []byte{1, 2}}, {Code: []byte{1}}})
	require.ErrorIs(t, err, pgvector.ErrArgument)
	require.ErrorContains(t, err, "row 1: ")
	require.ErrorContains(t, err, "the code has 1 bytes, must have 2 for 8 dimensions")
	count, err := table.Count(t.Context())
	require.NoError(t, err)
	require.Zero(t, count)
	for _, k := range []int{-1, 0, 4097} {
		_, err = table.Search(t.Context(), []byte{1, 2}, k, pgvector.Lee)
		require.ErrorIs(t, err, pgvector.ErrArgument)
		require.ErrorContains(t, err, fmt.Sprintf("k is %d, must be 1 to 4096", k))
	}
	_, err = table.Search(t.Context(), []byte{1, 2}, 1, 7)
	require.ErrorContains(t, err, "ranking is 7, must be Lee (0) or L1 (1)")
	_, err = table.Search(t.Context(), []byte{1, 2, 3}, 1, pgvector.Lee)
	require.ErrorContains(t, err, "query: ")
	for _, err := range table.Keys(t.Context(), 2, 1) {
		require.ErrorIs(t, err, pgvector.ErrArgument)
	}
}
