package pgvector_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/index/pgvector"
)

func TestStatements(t *testing.T) {
	got, err := pgvector.Options{Name: "codes", N: 385, HNSW: true}.Statements()
	require.NoError(t, err)
	require.Equal(t, []string{
		"CREATE EXTENSION IF NOT EXISTS vector",
		"CREATE TABLE IF NOT EXISTS codes (id bigint PRIMARY KEY, code bit(770) NOT NULL, key bigint NOT NULL, transitions integer NOT NULL, payload bytea NOT NULL)",
		"CREATE INDEX IF NOT EXISTS codes_key ON codes (key, id)",
		"CREATE INDEX IF NOT EXISTS codes_hnsw ON codes USING hnsw (code bit_hamming_ops)",
	}, got)
}

func TestWrongOptions(t *testing.T) {
	for text, o := range map[string]pgvector.Options{
		"n is 0, must be 1 to 1048576":                        {Name: "codes"},
		"n is 1048577, must be 1 to 1048576":                  {Name: "codes", N: 1<<20 + 1},
		"n is 32001, must be at most 32000 for an HNSW index": {Name: "codes", N: 32001, HNSW: true},
		`table name "", must be`:                              {N: 4},
		`table name "a; DROP TABLE b"`:                        {Name: "a; DROP TABLE b", N: 4},
		`table name "Upper"`:                                  {Name: "Upper", N: 4},
	} {
		_, err := o.Statements()
		require.ErrorIs(t, err, pgvector.ErrOption)
		require.ErrorContains(t, err, text)
	}
}
