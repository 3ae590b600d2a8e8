package q2_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/gopkg/reference"
)

// quantisesLikeReference checks one row, at the addresses it is given, against the plain-Go kernel.
func quantisesLikeReference(t *testing.T, k *q2.Kernel, packed, row []byte, n int, dtype q2.Dtype) {
	t.Helper()
	want := make([]byte, q2.PackedLen(n))
	bits, transitions, wantErr := reference.Quantise(want, row, 1, n, reference.Dtype(dtype))
	key, err := k.Quantise(packed, q2.Tensor{Data: row, Dtype: dtype, SeqLen: 1, N: n})
	if wantErr != nil {
		require.ErrorIs(t, err, q2.ErrNotFinite, "%s, n = %d", dtype, n)
		return
	}
	require.NoError(t, err, "%s, n = %d", dtype, n)
	require.True(t, bytes.Equal(want, packed[:len(want)]), "%s, n = %d: the code differs", dtype, n)
	require.Equal(t, q2.TransitionKey{Bits: bits, Transitions: transitions}, key, "%s, n = %d", dtype, n)

	key, err = k.Key(packed, n)
	require.NoError(t, err)
	require.Equal(t, q2.TransitionKey{Bits: bits, Transitions: transitions}, key, "key, n = %d", n)
}

func TestEveryLength(t *testing.T) {
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		random := rand.New(rand.NewPCG(1, 2))
		for _, n := range lengths() {
			for _, dtype := range dtypes {
				if evenForQ4(dtype, n) {
					quantisesLikeReference(t, k, make([]byte, q2.PackedLen(n)), randomRow(random, dtype, n), n, dtype)
				}
			}
		}
	})
}

func TestEveryLengthNearTheCuts(t *testing.T) {
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		random := rand.New(rand.NewPCG(3, 4))
		for _, n := range lengthsUpTo(1024) {
			quantisesLikeReference(t, k, make([]byte, q2.PackedLen(n)), nearTheCuts(random, n), n, q2.FP32)
		}
		for range 200 {
			quantisesLikeReference(t, k, make([]byte, 1024), nearTheCuts(random, 4096), 4096, q2.FP32)
		}
	})
}

func TestEveryOffset(t *testing.T) {
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		random := rand.New(rand.NewPCG(5, 6))
		for _, n := range []int{1, 5, 31, 64, 97, 256, 384, 500, 1030} {
			for _, dtype := range dtypes {
				if !evenForQ4(dtype, n) {
					continue
				}
				row := randomRow(random, dtype, n)
				input, output := make([]byte, len(row)+64), make([]byte, q2.PackedLen(n)+64)
				for offset := range 64 {
					copy(input[offset:], row)
					quantisesLikeReference(t, k, output[63-offset:], input[offset:offset+len(row)], n, dtype)
				}
			}
		}
	})
}

func TestLeeDistanceEveryLengthAndOffset(t *testing.T) {
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		random := rand.New(rand.NewPCG(7, 8))
		for _, n := range lengths() {
			a, b := randomBytes(random, q2.PackedLen(n)+64), randomBytes(random, q2.PackedLen(n)+64)
			for offset := range min(64, 1+70_000/n) { // all of them but for the longest codes
				a, b := a[offset:], b[63-offset:]
				want, err := reference.LeeDistance(a, b, n)
				require.NoError(t, err)
				got, err := k.LeeDistance(a, b, n)
				require.NoError(t, err)
				require.EqualValues(t, want, got, "n = %d, offset %d", n, offset)
			}
		}
	})
}
