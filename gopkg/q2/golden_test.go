package q2_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/golden"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/testdata"
)

func goldenCases(t testing.TB) []golden.Case {
	t.Helper()
	cases, err := golden.Parse(testdata.Golden)
	require.NoError(t, err)
	require.Len(t, cases, 763)
	return cases
}

func name(i int, c golden.Case) string {
	return fmt.Sprintf("case %d: %s, n %d, seq_len %d, source %d", i, q2.Dtype(c.Dtype), c.N, c.SeqLen, c.Source)
}

func TestGoldenQuantise(t *testing.T) {
	cases := goldenCases(t)
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		for i, c := range cases {
			for _, canary := range []byte{0x00, 0xa5} {
				untouched := bytes.Repeat([]byte{canary}, len(c.Packed)+8)
				packed := bytes.Clone(untouched)
				key, err := k.Quantise(packed, q2.Tensor{Data: c.Input, Dtype: q2.Dtype(c.Dtype), SeqLen: c.SeqLen, N: c.N})
				require.Equal(t, q2.TransitionKey{Bits: c.Key, Transitions: c.Transitions}, key, name(i, c))
				if c.Status == golden.StatusNotFinite {
					require.ErrorIs(t, err, q2.ErrNotFinite, name(i, c))
					require.Equal(t, untouched, packed, "written although refused: %s", name(i, c))
					continue
				}
				require.NoError(t, err, name(i, c))
				require.Equal(t, c.Packed, packed[:len(c.Packed)], name(i, c))
				require.Equal(t, untouched[len(c.Packed):], packed[len(c.Packed):], "written beyond the code: %s", name(i, c))
			}
		}
	})
}

// Each case becomes a batch of eleven equal rows: enough for blocks of 8 and 4 and single rows that remain.
func TestGoldenQuantiseRows(t *testing.T) {
	const count = 11
	cases := goldenCases(t)
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		for i, c := range cases {
			dtype := q2.Dtype(c.Dtype)
			row := c.Input[len(c.Input)-dtype.RowBytes(c.N):]
			dst := q2.RowResults{
				Packed: make([]byte, count*len(c.Packed)), Keys: make([]uint64, count),
				Transitions: make([]uint32, count), Status: make([]q2.Status, count),
			}
			err := k.QuantiseRows(dst, q2.Rows{Data: bytes.Repeat(row, count), Dtype: dtype, Count: count, N: c.N})
			if c.Status == golden.StatusNotFinite {
				var refused *q2.RefusedRowsError
				require.ErrorAs(t, err, &refused, name(i, c))
				require.Equal(t, &q2.RefusedRowsError{First: 0, Refused: count, Count: count}, refused)
			} else {
				require.NoError(t, err, name(i, c))
			}
			require.Equal(t, bytes.Repeat(c.Packed, count), dst.Packed, name(i, c))
			for j := range count {
				require.Equal(t, c.Key, dst.Keys[j], name(i, c))
				require.Equal(t, c.Transitions, dst.Transitions[j], name(i, c))
				require.Equal(t, q2.Status(c.Status), dst.Status[j], name(i, c))
			}
		}
	})
}

func TestGoldenKey(t *testing.T) {
	cases := goldenCases(t)
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		for i, c := range cases {
			if c.Status != golden.StatusOK {
				continue
			}
			key, err := k.Key(c.Packed, c.N)
			require.NoError(t, err, name(i, c))
			require.Equal(t, q2.TransitionKey{Bits: c.Key, Transitions: c.Transitions}, key, name(i, c))
		}
	})
}
