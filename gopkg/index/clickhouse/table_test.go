package clickhouse_test

import (
	"context"
	"fmt"
	"iter"
	"testing"

	driver "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/index/clickhouse"
	"github.com/q2kernel/q2/gopkg/index/internal/enginetest"
)

func connect(t testing.TB) driver.Conn {
	t.Helper()
	address := enginetest.Address(t, "clickhouse", "Q2_TEST_CLICKHOUSE")
	conn, err := driver.Open(&driver.Options{Addr: []string{address}, Protocol: driver.HTTP})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, conn.Close()) })
	return conn
}

func rowsOf(rows []enginetest.Row) (out []clickhouse.Row) {
	for _, r := range rows {
		out = append(out, clickhouse.Row(r))
	}
	return out
}

func matchesOf(matches []clickhouse.Match) (out []enginetest.Match) {
	for _, m := range matches {
		out = append(out, enginetest.Match{ID: m.ID, Distance: m.Distance})
	}
	return out
}

// A table of its own for each test, filled.
func filled(t *testing.T, conn driver.Conn, n int, rows []enginetest.Row) *clickhouse.Table {
	t.Helper()
	name := fmt.Sprintf("codes_%d_%d", n, len(rows))
	require.NoError(t, conn.Exec(context.Background(), "DROP TABLE IF EXISTS "+name))
	table, err := clickhouse.Create(context.Background(), conn, clickhouse.Options{Name: name, N: n})
	require.NoError(t, err)
	for from := 0; from < len(rows); from += 50_000 {
		require.NoError(t, table.Insert(context.Background(), rowsOf(rows[from:min(from+50_000, len(rows))])))
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
				got, err := table.Search(t.Context(), query.Code, 50, clickhouse.Lee)
				require.NoError(t, err)
				require.Equal(t, lee, matchesOf(got), "Lee")
				got, err = table.Search(t.Context(), query.Code, 50, clickhouse.L1)
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
	matches, err := table.Search(t.Context(), rows[7].Code, 300, clickhouse.Lee)
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

// Rows on several shards: what each finds, merged, is what one table finds.
func TestShardsTogetherFindTheSame(t *testing.T) {
	conn := connect(t)
	rows := enginetest.Rows(t, 96, 3000)
	whole := filled(t, conn, 96, rows)
	for shard := range 3 {
		name := fmt.Sprintf("shard_%d", shard)
		require.NoError(t, conn.Exec(t.Context(), "DROP TABLE IF EXISTS "+name))
		_, err := clickhouse.Create(t.Context(), conn, clickhouse.Options{Name: name, N: 96})
		require.NoError(t, err)
		require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf("INSERT INTO %s SELECT * FROM codes_96_3000 WHERE cityHash64(id) %% 3 = %d", name, shard)))
	}
	require.NoError(t, conn.Exec(t.Context(), "DROP TABLE IF EXISTS all_shards"))
	require.NoError(t, conn.Exec(t.Context(), "CREATE TABLE all_shards AS shard_0 ENGINE = Merge(currentDatabase(), '^shard_')"))
	sharded, err := clickhouse.Open(t.Context(), conn, clickhouse.Options{Name: "all_shards", N: 96})
	require.NoError(t, err)
	for _, by := range []clickhouse.Ranking{clickhouse.Lee, clickhouse.L1} {
		want, err := whole.Search(t.Context(), rows[5].Code, 40, by)
		require.NoError(t, err)
		got, err := sharded.Search(t.Context(), rows[5].Code, 40, by)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestWindowPrefixAndBucket(t *testing.T) {
	rows := enginetest.Rows(t, 16, 4000)
	table := filled(t, connect(t), 16, rows)
	ids := func(found iter.Seq2[clickhouse.Entry, error]) (out []uint64) {
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
			require.ErrorIs(t, err, clickhouse.ErrArgument)
			require.ErrorContains(t, err, fmt.Sprintf("j is %d, must be 1 to 32", j))
		}
	}
}

func TestDeleteThenInsertReplaces(t *testing.T) {
	rows := enginetest.Rows(t, 32, 100)
	table := filled(t, connect(t), 32, rows)
	require.NoError(t, table.Delete(t.Context(), []uint64{rows[0].ID, rows[1].ID, 12345}))
	count, err := table.Count(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 98, count)
	changed := clickhouse.Row(rows[0])
	changed.Payload = []byte("new")
	require.NoError(t, table.Insert(t.Context(), []clickhouse.Row{changed}))
	matches, err := table.Search(t.Context(), rows[0].Code, 100, clickhouse.Lee)
	require.NoError(t, err)
	require.Len(t, matches, 99)
	require.Equal(t, clickhouse.Match{ID: 0, Distance: 0, Payload: []byte("new")}, matches[0])
}

func TestWhatDoesNotFitIsRefused(t *testing.T) {
	conn := connect(t)
	table := filled(t, conn, 8, nil)
	_, err := clickhouse.Open(t.Context(), conn, clickhouse.Options{Name: "codes_8_0", N: 80})
	require.ErrorIs(t, err, clickhouse.ErrMismatch)
	require.ErrorContains(t, err, "the code of table codes_8_0 is FixedString(2), but 80 dimensions make it FixedString(20)")
	_, err = clickhouse.Open(t.Context(), conn, clickhouse.Options{Name: "nowhere", N: 8})
	require.ErrorIs(t, err, clickhouse.ErrMismatch)
	require.ErrorContains(t, err, "no table nowhere")
	err = table.Insert(t.Context(), []clickhouse.Row{{Code: []byte{1, 2}}, {Code: []byte{1}}})
	require.ErrorIs(t, err, clickhouse.ErrArgument)
	require.ErrorContains(t, err, "row 1: ")
	require.ErrorContains(t, err, "the code has 1 bytes, must have 2 for 8 dimensions")
	count, err := table.Count(t.Context())
	require.NoError(t, err)
	require.Zero(t, count)
	for _, k := range []int{-1, 0, 4097} {
		_, err = table.Search(t.Context(), []byte{1, 2}, k, clickhouse.Lee)
		require.ErrorIs(t, err, clickhouse.ErrArgument)
		require.ErrorContains(t, err, fmt.Sprintf("k is %d, must be 1 to 4096", k))
	}
	_, err = table.Search(t.Context(), []byte{1, 2}, 1, 7)
	require.ErrorContains(t, err, "ranking is 7, must be Lee (0) or L1 (1)")
	_, err = table.Search(t.Context(), []byte{1, 2, 3}, 1, clickhouse.Lee)
	require.ErrorContains(t, err, "query: ")
	for _, err := range table.Keys(t.Context(), 2, 1) {
		require.ErrorIs(t, err, clickhouse.ErrArgument)
	}
}
