package cli_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/index"
	q2clickhouse "github.com/q2kernel/q2/gopkg/index/clickhouse"
	"github.com/q2kernel/q2/gopkg/index/pgvector"
)

// exported is an index of codes of 9 dimensions in a folder "index", with payloads that have every byte, and its entries.
func exported(t *testing.T, count int) []index.Entry {
	t.Helper()
	ix, err := index.Open("index", index.Options{N: 9})
	require.NoError(t, err)
	defer func() { require.NoError(t, ix.Close()) }()
	var items []index.Item
	for i := range count {
		items = append(items, index.Item{ID: ^uint64(0) - uint64(i)*7, Code: []byte{byte(i), byte(i >> 3), byte(i) & 0xc0}, Payload: []byte{byte(i), 0, 0xff, '"'}})
	}
	require.NoError(t, ix.Upsert(items...))
	var entries []index.Entry
	for e, err := range ix.Entries() {
		require.NoError(t, err)
		entries = append(entries, e)
	}
	return entries
}

func TestExportToParquet(t *testing.T) {
	inFolder(t)
	want := exported(t, 23_000)
	got := q2run("", "export", "index", "--to", "parquet", "-o", "codes.parquet")
	require.Equal(t, result{stdout: "23000 codes of 9 dimensions exported to parquet\n"}, got)

	opened, err := file.OpenParquetFile("codes.parquet", false)
	require.NoError(t, err)
	defer opened.Close()
	require.Equal(t, 3, opened.NumRowGroups())
	n := opened.MetaData().KeyValueMetadata().FindValue("q2.n")
	require.NotNil(t, n)
	require.Equal(t, "9", *n)
	reader, err := pqarrow.NewFileReader(opened, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	require.NoError(t, err)
	table, err := reader.ReadTable(context.Background())
	require.NoError(t, err)
	defer table.Release()
	batches := array.NewTableReader(table, -1)
	defer batches.Release()
	at := 0
	for batches.Next() {
		b := batches.RecordBatch()
		for i := range int(b.NumRows()) {
			e := want[at]
			at++
			require.Equal(t, e.ID, b.Column(0).(*array.Uint64).Value(i))
			require.Equal(t, e.Code, b.Column(1).(*array.FixedSizeBinary).Value(i))
			require.Equal(t, e.Key.Bits, b.Column(2).(*array.Uint64).Value(i))
			require.Equal(t, e.Key.Transitions, b.Column(3).(*array.Uint32).Value(i))
			require.Equal(t, e.Payload, b.Column(4).(*array.Binary).Value(i))
		}
	}
	require.Equal(t, len(want), at)
}

// engine is a database's address, which ci/engines tells.
func engine(t *testing.T, name, variable string) string {
	t.Helper()
	address := os.Getenv(variable)
	if address == "" {
		require.NotContains(t, strings.Split(os.Getenv("Q2_REQUIRE"), ","), name, "%s does not say where %s listens: run ci/engines", variable, name)
		t.Skipf("%s is not set: ci/engines starts %s and runs this test", variable, name)
	}
	return address
}

func TestExportToClickHouse(t *testing.T) {
	address := engine(t, "clickhouse", "Q2_TEST_CLICKHOUSE")
	inFolder(t)
	want := exported(t, 12_000)
	conn, err := clickhouse.Open(&clickhouse.Options{Addr: []string{address}, Protocol: clickhouse.HTTP})
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.Exec(t.Context(), "DROP TABLE IF EXISTS exported"))

	t.Setenv("Q2_EXPORT_DSN", "http://"+address+"/default")
	got := q2run("", "export", "index", "--to", "clickhouse", "--table", "exported", "--json")
	require.Equal(t, result{stdout: `{"to":"clickhouse","n":9,"entries":12000}` + "\n"}, got)
	table, err := q2clickhouse.Open(t.Context(), conn, q2clickhouse.Options{Name: "exported", N: 9})
	require.NoError(t, err)
	checkKeys(t, want, func(yield func(index.Entry, error) bool) {
		for e, err := range table.Keys(t.Context(), 0, ^uint64(0)) {
			entry := index.Entry{ID: e.ID, Payload: e.Payload}
			entry.Key.Bits, entry.Key.Transitions = e.Key, e.Transitions
			if !yield(entry, err) {
				return
			}
		}
	})

	got = q2run("", "export", "index", "--to", "clickhouse", "--table", "exported")
	require.Equal(t, 1, got.status)
	require.Equal(t, "q2: table exported holds 12000 rows already: --append adds to them\n", got.stderr)
}

func TestExportToPGVector(t *testing.T) {
	address := engine(t, "pgvector", "Q2_TEST_POSTGRES")
	inFolder(t)
	want := exported(t, 12_000)
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), "DROP TABLE IF EXISTS exported")
	require.NoError(t, err)

	got := q2run("", "export", "index", "--to", "pgvector", "--table", "exported", "--dsn", address)
	require.Equal(t, result{stdout: "12000 codes of 9 dimensions exported to pgvector\n"}, got)
	table, err := pgvector.Open(t.Context(), conn, pgvector.Options{Name: "exported", N: 9})
	require.NoError(t, err)
	checkKeys(t, want, func(yield func(index.Entry, error) bool) {
		for e, err := range table.Keys(t.Context(), 0, ^uint64(0)) {
			entry := index.Entry{ID: e.ID, Payload: e.Payload}
			entry.Key.Bits, entry.Key.Transitions = e.Key, e.Transitions
			if !yield(entry, err) {
				return
			}
		}
	})

	got = q2run("", "export", "index", "--to", "pgvector", "--table", "exported", "--dsn", address)
	require.Equal(t, "q2: table exported holds 12000 rows already: --append adds to them\n", got.stderr)
	got = q2run("", "export", "index", "--to", "pgvector", "--table", "exported", "--dsn", address, "--append")
	require.Zero(t, got.status, "rows with known ids are replaced")
	count, err := table.Count(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 12_000, count)
}

// checkKeys compares all but codes with what comes in the order of keys.
func checkKeys(t *testing.T, want []index.Entry, found func(func(index.Entry, error) bool)) {
	t.Helper()
	slices.SortFunc(want, func(a, b index.Entry) int {
		if a.Key.Bits < b.Key.Bits || a.Key.Bits == b.Key.Bits && a.ID < b.ID {
			return -1
		}
		return 1
	})
	at := 0
	for e, err := range found {
		require.NoError(t, err)
		expected := want[at]
		expected.Code = nil
		require.Equal(t, expected, e)
		at++
	}
	require.Equal(t, len(want), at)
}

func TestExportRefusals(t *testing.T) {
	inFolder(t)
	exported(t, 3)
	for text, args := range map[string][]string{
		"--to parquet needs -o FILE (see q2 export --help)":                                                {"index", "--to", "parquet"},
		"--to clickhouse needs --dsn URL, or Q2_EXPORT_DSN (see q2 export --help)":                         {"index", "--to", "clickhouse"},
		"--cluster goes with --to clickhouse (see q2 export --help)":                                       {"index", "--to", "parquet", "-o", "f", "--cluster", "c"},
		"--hnsw goes with --to pgvector (see q2 export --help)":                                            {"index", "--to", "parquet", "-o", "f", "--hnsw"},
		`--to must be one of "clickhouse","pgvector","parquet" but got "elsewhere" (see q2 export --help)`: {"index", "--to", "elsewhere"},
	} {
		got := q2run("", append([]string{"export"}, args...)...)
		assert.Equal(t, result{status: 2, stderr: "q2: " + text + "\n"}, got)
	}
	got := q2run("", "export", "nowhere", "--to", "parquet", "-o", "f")
	assert.Equal(t, 1, got.status)
	assert.Contains(t, got.stderr, "nowhere")
	assert.NoFileExists(t, "f")
	assert.NoDirExists(t, "nowhere")
	got = q2run("", "export", "index", "--to", "pgvector", "--table", "a;b", "--dsn", "postgres://127.0.0.1:1/x")
	assert.Equal(t, 1, got.status)
	assert.NotContains(t, got.stderr, "panic")
	got = q2run("", "export", "index", "--to", "clickhouse", "--dsn", fmt.Sprintf("clickhouse://127.0.0.1:%d/x?dial_timeout=200ms", 1))
	assert.Equal(t, 1, got.status)
	assert.Equal(t, 1, strings.Count(got.stderr, "\n"))
}
