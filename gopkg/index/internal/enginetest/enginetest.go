// Package enginetest is what tests of database engines share: where an engine runs, codes to put into it, and the neighbours that it must find.
package enginetest

import (
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/q2"
)

// Address is where the engine of that name listens, from an environment variable, which ci/engines sets. Without it the test is skipped, or fails if Q2_REQUIRE
// names the engine.
func Address(t testing.TB, engine, variable string) string {
	t.Helper()
	address := os.Getenv(variable)
	if address != "" {
		return address
	}
	if slices.Contains(strings.Split(os.Getenv("Q2_REQUIRE"), ","), engine) {
		t.Fatalf("Q2_REQUIRE names %s, but %s does not say where it listens: run ci/engines", engine, variable)
	}
	t.Skipf("%s is not set: ci/engines starts %s and runs this test", variable, engine)
	return ""
}

// Row is a code and what goes with it.
type Row struct {
	ID          uint64
	Code        []byte
	Key         uint64
	Transitions uint32
	Payload     []byte
}

// Match is an id and its distance from a query.
type Match struct {
	ID       uint64
	Distance uint32
}

// Rows are codes with many ties among their distances: a fifth are copies of earlier ones under another id. Ids are spread over all of
// uint64, in no order.
func Rows(t testing.TB, n, count int) []Row {
	t.Helper()
	random := rand.New(rand.NewPCG(uint64(n), uint64(count)))
	x := make([]float32, n)
	rows := make([]Row, count)
	for i := range rows {
		r := &rows[i]
		r.ID = uint64(i) * 0x9e3779b97f4a7c15
		r.Payload = []byte{byte(i), byte(i >> 8), 0}
		if i > 0 && random.IntN(5) == 0 {
			from := rows[random.IntN(i)]
			r.Code, r.Key, r.Transitions = from.Code, from.Key, from.Transitions
			continue
		}
		for d := range x {
			x[d] = float32(random.NormFloat64())
		}
		r.Code = make([]byte, q2.PackedLen(n))
		key, err := q2.Quantise(r.Code, q2.Float32Row(x))
		require.NoError(t, err)
		r.Key, r.Transitions = key.Bits, key.Transitions
	}
	return rows
}

// symbol is the value of dimension d, 0 to 3, by the table of docs/SPEC.md section 4.
func symbol(code []byte, d int) int {
	return []int{0b00: 0, 0b01: 1, 0b11: 2, 0b10: 3}[code[d/4]>>(6-2*(d%4))&3]
}

// Distances are a pair's Lee and L1 distance, symbol by symbol.
func Distances(a, b []byte, n int) (lee, l1 uint32) {
	for d := range n {
		apart := max(symbol(a, d)-symbol(b, d), symbol(b, d)-symbol(a, d))
		l1 += uint32(apart)
		lee += uint32(min(apart, 4-apart))
	}
	return lee, l1
}

// Nearest are the k rows nearest to the query, ties by lower id, by Lee and by L1 distance: slow, and by the specification's words.
func Nearest(rows []Row, query []byte, n, k int) (lee, l1 []Match) {
	for _, r := range rows {
		a, b := Distances(query, r.Code, n)
		lee, l1 = append(lee, Match{r.ID, a}), append(l1, Match{r.ID, b})
	}
	return first(lee, k), first(l1, k)
}

func first(matches []Match, k int) []Match {
	slices.SortFunc(matches, func(a, b Match) int {
		if a.Distance != b.Distance {
			return int(a.Distance) - int(b.Distance)
		}
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return matches[:min(k, len(matches))]
}

// ByKey are the rows whose key is in [low, high], by key, then id.
func ByKey(rows []Row, low, high uint64) []Row {
	var found []Row
	for _, r := range rows {
		if low <= r.Key && r.Key <= high {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b Row) int {
		if a.Key < b.Key || a.Key == b.Key && a.ID < b.ID {
			return -1
		}
		return 1
	})
	return found
}
