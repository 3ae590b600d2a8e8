package q2

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Only what nobody chose is chosen by size.
func TestOnlyTheAutomaticChoiceGoesBySize(t *testing.T) {
	automatic, err := Open("", "")
	require.NoError(t, err)
	assert.Equal(t, goUpTo[automatic.door], automatic.small)
	for _, b := range Backends() {
		if !b.Available {
			continue
		}
		for _, names := range [][2]string{{b.Name, b.ISA}, {b.Name, ""}, {"", b.ISA}} {
			forced, err := Open(names[0], names[1])
			if err != nil {
				require.ErrorIs(t, err, ErrUnsupported) // of the best backend, which need not be this one
				continue
			}
			assert.Zero(t, forced.small, "%v", names)
			for _, d := range []door{forced.quantiseDoor(1), forced.keyDoor(1), forced.pairDoor(1)} {
				assert.Equal(t, forced.door, d, "%v", names)
			}
		}
	}
	_, err = Open("", "")
	require.NoError(t, err) // the best instruction set again
}

func TestTheDoorForASize(t *testing.T) {
	k := &Kernel{door: doorPurego, small: upTo{quantise: 3, key: 5, pair: 7}}
	for n := 1; n < 10; n++ {
		assert.Equal(t, n > 3, k.quantiseDoor(n) == doorPurego)
		assert.Equal(t, n > 5, k.keyDoor(n) == doorPurego)
		assert.Equal(t, n > 7, k.pairDoor(n) == doorPurego)
	}
	var none *Kernel
	assert.Equal(t, []door{doorGo, doorGo, doorGo}, []door{none.quantiseDoor(1), none.keyDoor(1), none.pairDoor(1)})
}

// The same bytes on both sides of every border.
func TestTheAutomaticChoiceGivesTheSame(t *testing.T) {
	automatic, err := Open("", "")
	require.NoError(t, err)
	random := rand.New(rand.NewPCG(11, 12))
	for n := 1; n <= 2100; n++ {
		x, y := make([]byte, PackedLen(n)), make([]byte, PackedLen(n))
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(random.NormFloat64())
		}
		want, err := (&Kernel{}).Quantise(x, Float32Row(values))
		require.NoError(t, err)
		got, err := automatic.Quantise(y, Float32Row(values))
		require.NoError(t, err)
		require.Equal(t, want, got, "n = %d", n)
		require.Equal(t, x, y, "n = %d", n)
		got, err = automatic.Key(x, n)
		require.NoError(t, err)
		require.Equal(t, want, got, "n = %d", n)
		y[0] ^= 0xc0
		distance, err := automatic.LeeDistance(x, y, n)
		require.NoError(t, err)
		require.Equal(t, 2, distance, "n = %d", n)
	}
}
