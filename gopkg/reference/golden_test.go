package reference_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/golden"
	"github.com/q2kernel/q2/gopkg/reference"
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
	return fmt.Sprintf("case %d: dtype %d, n %d, seq_len %d, source %d", i, c.Dtype, c.N, c.SeqLen, c.Source)
}

func TestQuantiseMatchesEveryGoldenCase(t *testing.T) {
	for i, c := range goldenCases(t) {
		for _, canary := range []byte{0x00, 0xff} {
			packed := bytes.Repeat([]byte{canary}, len(c.Packed))
			key, transitions, err := reference.Quantise(packed, c.Input, c.SeqLen, c.N, reference.Dtype(c.Dtype))
			if c.Status == golden.StatusNotFinite {
				require.ErrorIs(t, err, reference.ErrNotFinite, name(i, c))
				require.Equal(t, bytes.Repeat([]byte{canary}, len(c.Packed)), packed, "written although refused: %s", name(i, c))
			} else {
				require.NoError(t, err, name(i, c))
				require.Equal(t, c.Packed, packed, name(i, c))
			}
			require.Equal(t, c.Key, key, name(i, c))
			require.Equal(t, c.Transitions, transitions, name(i, c))
		}
	}
}

func TestQuantiseRowsMatchesEveryGoldenCase(t *testing.T) {
	for i, c := range goldenCases(t) {
		if c.SeqLen != 1 {
			continue
		}
		packed, keys, transitions, status := make([]byte, len(c.Packed)), []uint64{1}, []uint32{1}, []byte{9}
		err := reference.QuantiseRows(packed, len(packed), keys, transitions, status, c.Input, len(c.Input), 1, c.N, reference.Dtype(c.Dtype))
		if c.Status == golden.StatusNotFinite {
			require.ErrorIs(t, err, reference.ErrNotFinite, name(i, c))
		} else {
			require.NoError(t, err, name(i, c))
		}
		require.Equal(t, c.Packed, packed, name(i, c))
		require.Equal(t, []uint64{c.Key}, keys, name(i, c))
		require.Equal(t, []uint32{c.Transitions}, transitions, name(i, c))
		require.Equal(t, []byte{byte(c.Status)}, status, name(i, c))
	}
}

func TestKeyMatchesEveryGoldenCode(t *testing.T) {
	for i, c := range goldenCases(t) {
		if c.Status != golden.StatusOK {
			continue
		}
		key, transitions, err := reference.Key(c.Packed, c.N)
		require.NoError(t, err)
		assert.Equal(t, c.Key, key, name(i, c))
		assert.Equal(t, c.Transitions, transitions, name(i, c))
	}
}
