package q2_test

import (
	"bytes"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/golden"
	"github.com/q2kernel/q2/gopkg/q2"
)

// Results stay right while the instruction set is changed under running calls.
func TestConcurrentCallsWhileTheChoiceChanges(t *testing.T) {
	cases := goldenCases(t)[:200]
	var working, changing sync.WaitGroup
	done := make(chan struct{})
	changing.Go(func() {
		for {
			for _, b := range q2.Backends() {
				if _, err := q2.Open(b.Name, b.ISA); b.Available != (err == nil) {
					t.Errorf("%s/%s: %v", b.Name, b.ISA, err)
				}
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	for range 8 {
		working.Go(func() {
			for i, c := range cases {
				packed := make([]byte, len(c.Packed))
				key, err := q2.Quantise(packed, q2.Tensor{Data: c.Input, Dtype: q2.Dtype(c.Dtype), SeqLen: c.SeqLen, N: c.N})
				assert.Equal(t, c.Status == golden.StatusOK, err == nil, name(i, c))
				assert.Equal(t, c.Key, key.Bits, name(i, c))
				assert.True(t, bytes.Equal(c.Packed, packed), name(i, c))
			}
		})
	}
	working.Wait()
	close(done)
	changing.Wait()
	_, err := q2.Open("", "") // back to the best
	require.NoError(t, err)
}
