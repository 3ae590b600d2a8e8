package keyrange

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The definition, in numbers without limits.
func TestWindowByItsDefinition(t *testing.T) {
	largest := new(big.Int).SetUint64(math.MaxUint64)
	rapid.Check(t, func(t *rapid.T) {
		key, j := rapid.Uint64().Draw(t, "key"), rapid.IntRange(1, 32).Draw(t, "j")
		h := new(big.Int).Exp(big.NewInt(4), big.NewInt(int64(32-j)), nil)
		h.Sub(h, big.NewInt(1))
		low, high := new(big.Int).SetUint64(key), new(big.Int).SetUint64(key)
		low.Sub(low, h)
		high.Add(high, h)
		if low.Sign() < 0 {
			low.SetInt64(0)
		}
		if high.Cmp(largest) > 0 {
			high.Set(largest)
		}
		gotLow, gotHigh := Window(key, j)
		require.Equal(t, low.Uint64(), gotLow)
		require.Equal(t, high.Uint64(), gotHigh)
	})
}

func TestPrefixBySymbols(t *testing.T) {
	symbol := func(key uint64, i int) uint64 { return key >> (62 - 2*i) & 3 }
	rapid.Check(t, func(t *rapid.T) {
		key, j := rapid.Uint64().Draw(t, "key"), rapid.IntRange(1, 32).Draw(t, "j")
		low, high := Prefix(key, j)
		for i := range 32 {
			if i < j {
				require.Equal(t, symbol(key, i), symbol(low, i))
				require.Equal(t, symbol(key, i), symbol(high, i))
			} else {
				require.Zero(t, symbol(low, i))
				require.EqualValues(t, 3, symbol(high, i))
			}
		}
	})
}
