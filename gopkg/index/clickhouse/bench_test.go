package clickhouse_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/index/clickhouse"
)

// A million codes of 768 dimensions, 192 MB:
//
//	ci/engines go test -run '^$' -bench Million -benchtime 20x ./gopkg/index/clickhouse
func BenchmarkMillion(b *testing.B) {
	conn := connect(b)
	const n, count, atOnce = 768, 1_000_000, 50_000
	require.NoError(b, conn.Exec(b.Context(), "DROP TABLE IF EXISTS million"))
	table, err := clickhouse.Create(b.Context(), conn, clickhouse.Options{Name: "million", N: n})
	require.NoError(b, err)
	random := rand.New(rand.NewPCG(1, 2))
	rows := make([]clickhouse.Row, atOnce)
	for from := 0; from < count; from += atOnce {
		for i := range rows {
			rows[i] = clickhouse.Row{ID: uint64(from + i), Code: make([]byte, n/4), Key: random.Uint64(), Transitions: 500}
			for at := 0; at < n/4; at += 8 {
				binary.LittleEndian.PutUint64(rows[i].Code[at:], random.Uint64())
			}
		}
		require.NoError(b, table.Insert(b.Context(), rows))
	}
	for name, by := range map[string]clickhouse.Ranking{"lee": clickhouse.Lee, "l1": clickhouse.L1} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				matches, err := table.Search(b.Context(), rows[0].Code, 10, by)
				require.NoError(b, err)
				require.Len(b, matches, 10)
			}
		})
	}
	b.Run("bucket", func(b *testing.B) {
		for b.Loop() {
			found := 0
			for _, err := range table.Bucket(b.Context(), rows[1].Key) {
				require.NoError(b, err)
				found++
			}
			require.NotZero(b, found, fmt.Sprint(rows[1].Key))
		}
	})
}
