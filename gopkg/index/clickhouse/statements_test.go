package clickhouse_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/index/clickhouse"
)

func TestStatements(t *testing.T) {
	got, err := clickhouse.Options{Name: "codes", N: 385}.Statements()
	require.NoError(t, err)
	require.Equal(t, []string{"CREATE TABLE IF NOT EXISTS codes (id UInt64, code FixedString(97) CODEC(NONE), key UInt64, transitions UInt32, payload String) ENGINE = MergeTree ORDER BY (key, id)"}, got)

	got, err = clickhouse.Options{Name: "codes", N: 4, Cluster: "all"}.Statements()
	require.NoError(t, err)
	require.Equal(t, []string{
		"CREATE TABLE IF NOT EXISTS codes_local ON CLUSTER all (id UInt64, code FixedString(1) CODEC(NONE), key UInt64, transitions UInt32, payload String) ENGINE = MergeTree ORDER BY (key, id)",
		"CREATE TABLE IF NOT EXISTS codes ON CLUSTER all AS codes_local ENGINE = Distributed(all, currentDatabase(), codes_local, cityHash64(id))",
	}, got)
}

// ClickHouse parses what it can't run here: there is no cluster.
func TestStatementsOfAClusterParse(t *testing.T) {
	conn := connect(t)
	statements, err := clickhouse.Options{Name: "codes", N: 4, Cluster: "all"}.Statements()
	require.NoError(t, err)
	for _, statement := range statements {
		var formatted string
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT formatQuery('"+statement+"')").Scan(&formatted))
		require.Contains(t, formatted, "CREATE TABLE")
	}
}

func TestWrongOptions(t *testing.T) {
	for text, o := range map[string]clickhouse.Options{
		"n is 0, must be 1 to 1048576":       {Name: "codes"},
		"n is 1048577, must be 1 to 1048576": {Name: "codes", N: 1<<20 + 1},
		`table name "", must be`:             {N: 4},
		`table name "a; DROP TABLE b"`:       {Name: "a; DROP TABLE b", N: 4},
		`table name "1a"`:                    {Name: "1a", N: 4},
		`cluster name "x'y"`:                 {Name: "a", N: 4, Cluster: "x'y"},
	} {
		_, err := o.Statements()
		require.ErrorIs(t, err, clickhouse.ErrOption)
		require.ErrorContains(t, err, text)
	}
}
