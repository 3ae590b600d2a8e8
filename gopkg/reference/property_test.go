package reference_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/q2kernel/q2/gopkg/reference"
)

// symbols unpacks a code one dimension at a time, by the table of section 4.
func symbols(packed []byte, n int) []int {
	var z []int
	for d := range n {
		z = append(z, map[byte]int{0b00: 0, 0b01: 1, 0b11: 2, 0b10: 3}[packed[d/4]>>(6-2*(d%4))&3])
	}
	return z
}

func code(t *rapid.T, label string, n int) []byte {
	// Few different bytes, so that runs of equal symbols are common.
	of := rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte{0x00, 0x55, 0xaa, 0xff, 0xf0}))
	length := (n + 3) / 4
	return rapid.SliceOfN(of, length, length+3).Draw(t, label)
}

func TestKeyIsTheWalkOfSection6(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "n")
		packed := code(t, "packed", n)
		key, transitions, err := reference.Key(packed, n)
		require.NoError(t, err)

		kept := slices.Compact(symbols(packed, n))
		require.EqualValues(t, len(kept), transitions)
		var want uint64
		for i, z := range kept[:min(len(kept), 32)] {
			want += uint64(z) << (2 * (31 - i))
		}
		require.Equal(t, want, key)
	})
}

func TestLeeDistanceIsTheSumOfSection7(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "n")
		a, b := code(t, "a", n), code(t, "b", n)
		got, err := reference.LeeDistance(a, b, n)
		require.NoError(t, err)

		want, za, zb := 0, symbols(a, n), symbols(b, n)
		for d := range n {
			apart := max(za[d]-zb[d], zb[d]-za[d])
			want += min(apart, 4-apart)
		}
		require.EqualValues(t, want, got)
	})
}

func TestNearestIsAStableSortOfTheDistances(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "n")
		count := rapid.IntRange(0, 60).Draw(t, "count")
		stride := (n+3)/4 + rapid.IntRange(0, 2).Draw(t, "gap")
		codes := rapid.SliceOfN(rapid.Byte(), count*stride, count*stride).Draw(t, "codes")
		query := code(t, "query", n)
		k := rapid.IntRange(1, 70).Draw(t, "k")

		distances := make([]uint32, count)
		require.NoError(t, reference.LeeDistances(distances, query, codes, stride, count, n))
		order := make([]uint64, count)
		for i := range order {
			order[i] = uint64(i)
		}
		slices.SortStableFunc(order, func(a, b uint64) int { return int(distances[a]) - int(distances[b]) })

		ids, near := make([]uint64, k), make([]uint32, k)
		found, err := reference.LeeNearest(ids, near, query, codes, stride, count, n)
		require.NoError(t, err)
		require.Equal(t, min(k, count), found)
		require.Equal(t, order[:found], ids[:found])
		for i, id := range ids[:found] {
			require.Equal(t, distances[id], near[i])
		}
	})
}
