package q2_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/q2"
)

// The buffers are arrays of the caller's: if one of them moved to the heap, that would be an allocation.
func TestNothingIsAllocated(t *testing.T) {
	if asanEnabled {
		t.Skip("the address sanitiser has variables moved to the heap")
	}
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		if raceEnabled && k.Backend() == "purego" {
			t.Skip("the purego backend draws on a pool, which forgets on purpose under the race detector")
		}
		for what, call := range map[string]func() error{
			"Quantise": func() error {
				var activation [4 * 64]byte
				var packed [16]byte
				_, err := k.Quantise(packed[:], q2.Tensor{Data: activation[:], SeqLen: 1, N: 64})
				return err
			},
			"Quantise of float32": func() error {
				var activation [64]float32
				var packed [16]byte
				_, err := k.Quantise(packed[:], q2.Float32Row(activation[:]))
				return err
			},
			"QuantiseRows": func() error {
				var activation [4 * 4 * 64]byte
				var packed [4 * 16]byte
				var keys [4]uint64
				var transitions [4]uint32
				var status [4]q2.Status
				return k.QuantiseRows(q2.RowResults{Packed: packed[:], Keys: keys[:], Transitions: transitions[:], Status: status[:]},
					q2.Rows{Data: activation[:], Count: 4, N: 64})
			},
			"Key": func() error {
				var packed [16]byte
				_, err := k.Key(packed[:], 64)
				return err
			},
			"LeeDistance": func() error {
				var a, b [16]byte
				_, err := k.LeeDistance(a[:], b[:], 64)
				return err
			},
			"LeeDistances": func() error {
				var query [16]byte
				var codes [64]byte
				var distances [4]uint32
				return k.LeeDistances(distances[:], query[:], q2.Codes{Data: codes[:], Count: 4, N: 64})
			},
			"LeeNearest": func() error {
				var query [16]byte
				var codes [64]byte
				var ids [2]uint64
				var distances [2]uint32
				_, err := k.LeeNearest(ids[:], distances[:], query[:], q2.Codes{Data: codes[:], Count: 4, N: 64})
				return err
			},
			"L1 and its kin": func() error {
				var query [16]byte
				var codes [64]byte
				var ids [4]uint64
				var values [4]uint32
				four := q2.Codes{Data: codes[:], Count: 4, N: 64}
				_, err := k.L1Distance(query[:], codes[:], 64)
				_, nearestErr := k.L1Nearest(ids[:], values[:], query[:], four)
				_, manyErr := k.L1NearestMany(ids[:], values[:], 4, q2.Codes{Data: query[:], Count: 1, N: 64}, four)
				return errors.Join(err, k.L1Distances(values[:], query[:], four), nearestErr, manyErr)
			},
			"CodeDot and its kin": func() error {
				var query [16]byte
				var codes [64]byte
				var ids [4]uint64
				var values [4]float32
				four := q2.Codes{Data: codes[:], Count: 4, N: 64}
				_, err := k.CodeDot(query[:], codes[:], 64)
				_, nearestErr := k.CodeDotNearest(ids[:], values[:], query[:], four)
				_, manyErr := k.CodeDotNearestMany(ids[:], values[:], 4, q2.Codes{Data: query[:], Count: 1, N: 64}, four)
				return errors.Join(err, k.CodeDotScores(values[:], query[:], four), nearestErr, manyErr)
			},
			"Dot and its kin": func() error {
				var query [64]int8
				var codes [64]byte
				var ids [4]uint64
				var values [4]float32
				four := q2.Codes{Data: codes[:], Count: 4, N: 64}
				_, err := k.Dot(query[:], codes[:], 64)
				_, nearestErr := k.DotNearest(ids[:], values[:], query[:], four)
				_, manyErr := k.DotNearestMany(ids[:], values[:], 4, q2.DotQueries{Data: query[:], Count: 1}, four)
				return errors.Join(err, k.DotScores(values[:], query[:], four), nearestErr, manyErr)
			},
			"LeeNearestMany": func() error {
				var codes [64]byte
				var ids [4]uint64
				var distances [4]uint32
				four := q2.Codes{Data: codes[:], Count: 4, N: 64}
				_, err := k.LeeNearestMany(ids[:], distances[:], 1, four, four)
				return err
			},
			"DotQuery": func() error {
				var vector [64]float32
				var query [64]int8
				return k.DotQuery(query[:], vector[:])
			},
		} {
			var failed error
			allocations := testing.AllocsPerRun(200, func() {
				if err := call(); err != nil {
					failed = err
				}
			})
			require.NoError(t, failed, what)
			require.Zero(t, allocations, what)
		}
	})
}

func TestPackageFunctionsAllocateNothing(t *testing.T) {
	if asanEnabled {
		t.Skip("the address sanitiser has variables moved to the heap")
	}
	_, err := q2.Default()
	require.NoError(t, err)
	var failed error
	require.Zero(t, testing.AllocsPerRun(200, func() {
		var activation [64]float32
		var packed [16]byte
		_, err := q2.Quantise(packed[:], q2.Float32Row(activation[:]))
		_, keyErr := q2.Key(packed[:], 64)
		_, leeErr := q2.LeeDistance(packed[:], packed[:], 64)
		for _, err := range []error{err, keyErr, leeErr} {
			if err != nil {
				failed = err
			}
		}
	}))
	require.NoError(t, failed)
}
