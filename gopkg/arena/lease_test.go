package arena_test

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/arena"
	"github.com/q2kernel/q2/gopkg/q2"
)

// raw is numbers as bytes.
func raw[E uint64 | uint32 | q2.Status](s []E, size int) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), size*len(s))
}

// uses are all methods of a lease by name.
func uses(l arena.Lease) map[string]error {
	errs := map[string]error{"SetKey": l.SetKey(q2.TransitionKey{})}
	_, errs["Bytes"] = l.Bytes()
	_, errs["Float32s"] = l.Float32s()
	_, errs["Tensor"] = l.Tensor(q2.FP32, 1, 1)
	_, errs["Packed"] = l.Packed()
	_, errs["Results"] = l.Results(1)
	_, errs["Key"] = l.Key()
	errs["Release"] = l.Release() // last: it changes something
	return errs
}

func TestReleasedLeaseIsRefused(t *testing.T) {
	a := newArena(t, arena.Options{Leases: 1, LeaseBytes: 64, N: 16})
	old := take(t, a)
	copied := old
	for use, err := range uses(old) {
		require.NoError(t, err, use)
	}
	refused := func(l arena.Lease, want arena.LeaseError, text string) {
		t.Helper()
		for use, err := range uses(l) {
			var leaseErr *arena.LeaseError
			require.ErrorAs(t, err, &leaseErr, use)
			want.Use = use
			assert.Equal(t, want, *leaseErr)
			assert.EqualError(t, err, "arena: "+use+text)
			assert.ErrorIs(t, err, arena.ErrReleased)
			assert.Equal(t, want.Closed, errors.Is(err, arena.ErrClosed))
		}
	}
	refused(old, arena.LeaseError{}, " of a lease that was released")
	refused(copied, arena.LeaseError{}, " of a lease that was released")

	// The piece has a new owner now: the old lease must not touch it.
	now := take(t, a)
	refused(old, arena.LeaseError{}, " of a lease that was released")
	assert.Equal(t, 1, a.Stats().InUse)
	for use, err := range uses(now) {
		require.NoError(t, err, use)
	}
	refused(arena.Lease{}, arena.LeaseError{Zero: true}, " of a lease that no arena made")

	require.NoError(t, a.Close())
	refused(old, arena.LeaseError{Closed: true}, " of a lease that was released, and whose arena is closed")
	refused(now, arena.LeaseError{Closed: true}, " of a lease that was released, and whose arena is closed")
}

func TestViewsAreOneMemory(t *testing.T) {
	a := newArena(t, arena.Options{Leases: 1, LeaseBytes: 4*6 + 3, N: 6})
	l := take(t, a)
	defer func() { require.NoError(t, l.Release()) }()
	raw := bytesOf(t, l)
	floats, err := l.Float32s()
	require.NoError(t, err)
	require.Len(t, floats, 6, "three bytes are no float")
	for i := range floats {
		floats[i] = float32(i) - 2.5
	}
	for i := range floats {
		assert.Equal(t, float32(i)-2.5, math.Float32frombits(binary.NativeEndian.Uint32(raw[4*i:])))
	}
	tensor, err := l.Tensor(q2.FP16, 2, 5)
	require.NoError(t, err)
	assert.Equal(t, address(raw), address(tensor.Data))
	assert.Len(t, tensor.Data, 2*2*5)
	assert.Equal(t, cap(tensor.Data), len(tensor.Data))
	assert.Equal(t, [3]int{int(q2.FP16), 2, 5}, [3]int{int(tensor.Dtype), tensor.SeqLen, tensor.N})
}

func TestTensorsThatCannotBe(t *testing.T) {
	a := newArena(t, arena.Options{Leases: 1, LeaseBytes: 64})
	l := take(t, a)
	defer func() { require.NoError(t, l.Release()) }()
	for _, c := range []struct {
		dtype     q2.Dtype
		seqLen, n int
		want      string // "" if it can be
	}{
		{q2.FP32, 2, 8, ""}, {q2.FP32, 1, 16, ""}, {q2.Q8, 64, 1, ""}, {q2.Q4, 2, 64, ""}, {q2.Q2, 0, 256, ""}, {q2.BF16, 4, 8, ""},
		{q2.FP32, 3, 8, "sequence length is 3, must be 1 to 2, with rows of 32 bytes in a lease of 64"},
		{q2.FP32, 1, 17, "sequence length is 1, must be 1 to 0"},
		{q2.FP32, 0, 8, "sequence length is 0"}, {q2.FP32, -1, 8, "sequence length is -1"},
		{q2.FP32, math.MaxInt, 8, "sequence length is"},
		{q2.FP32, 1, 0, "number of dimensions is 0"}, {q2.FP32, 1, q2.MaxDim + 1, "number of dimensions is 1048577"},
		{q2.Q4, 1, 7, "number of dimensions is 7, must be 1 to 1048576, and even for q4"},
		{q2.Dtype(6), 1, 8, "dtype is 6"},
	} {
		tensor, err := l.Tensor(c.dtype, c.seqLen, c.n)
		if c.want == "" {
			assert.NoError(t, err, c)
			continue
		}
		var size *arena.SizeError
		require.ErrorAs(t, err, &size, c)
		assert.ErrorContains(t, err, c.want)
		assert.Zero(t, tensor)
	}
}

func TestRoomForResults(t *testing.T) {
	a := newArena(t, arena.Options{Leases: 1, LeaseBytes: 4 * 3 * 20, N: 20, Codes: 3})
	l := take(t, a)
	floats, err := l.Float32s()
	require.NoError(t, err)
	for i := range floats {
		floats[i] = float32((i*7)%11) - 5
	}
	floats[20] = float32(math.NaN())
	results, err := l.Results(3)
	require.NoError(t, err)
	require.ErrorIs(t, q2.QuantiseRows(results, q2.Rows{Data: bytesOf(t, l), Count: 3, N: 20}), q2.ErrNotFinite)
	assert.Equal(t, []q2.Status{q2.StatusOK, q2.StatusNotFinite, q2.StatusOK}, results.Status)

	// The first key is the one that a single call gives, and SetKey keeps it as well.
	var packed [5]byte
	want, err := q2.Quantise(packed[:], q2.Float32Row(floats[:20]))
	require.NoError(t, err)
	key, err := l.Key()
	require.NoError(t, err)
	assert.Equal(t, want, key)
	all, err := l.Packed()
	require.NoError(t, err)
	assert.Equal(t, packed[:], all[:5])
	other := q2.TransitionKey{Bits: 1<<63 | 5, Transitions: 17}
	require.NoError(t, l.SetKey(other))
	key, err = l.Key()
	require.NoError(t, err)
	assert.Equal(t, other, key)
	assert.Equal(t, uint64(1<<63|5), results.Keys[0])

	none, err := l.Results(0)
	require.NoError(t, err)
	assert.NoError(t, q2.QuantiseRows(none, q2.Rows{Count: 0, N: 20}))
	for _, count := range []int{-1, 4} {
		_, err = l.Results(count)
		assert.ErrorContains(t, err, "must be 0 to 3")
	}
	require.NoError(t, l.Release())
}

func TestALeaseWithoutRoomForResults(t *testing.T) {
	a := newArena(t, arena.Options{Leases: 1, LeaseBytes: 64})
	l := take(t, a)
	defer func() { require.NoError(t, l.Release()) }()
	errs := map[string]error{"SetKey": l.SetKey(q2.TransitionKey{})}
	_, errs["Packed"] = l.Packed()
	_, errs["Results"] = l.Results(0)
	_, errs["Key"] = l.Key()
	for use, err := range errs {
		var size *arena.SizeError
		require.ErrorAs(t, err, &size, use)
		assert.ErrorContains(t, err, "no room for results")
	}
}
