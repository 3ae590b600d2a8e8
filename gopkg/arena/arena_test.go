package arena_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/q2kernel/q2/gopkg/arena"
	"github.com/q2kernel/q2/gopkg/q2"
)

// cacheLine is the longest of the processors that Go runs on but for s390x, or the distance at which Intel's fetch in pairs.
const cacheLine = 128

// rooms are all the memory that a lease gives, with the alignment that is promised for each.
func rooms(t require.TestingT, l arena.Lease, codes int) [][]byte {
	rooms := [][]byte{bytesOf(t, l)}
	if codes == 0 {
		return rooms
	}
	packed, err := l.Packed()
	require.NoError(t, err)
	r, err := l.Results(codes)
	require.NoError(t, err)
	require.Equal(t, address(packed), address(r.Packed))
	require.Len(t, r.Packed, len(packed))
	require.Len(t, r.Keys, codes)
	require.Len(t, r.Transitions, codes)
	require.Len(t, r.Status, codes)
	return append(rooms, packed, raw(r.Keys, 8), raw(r.Transitions, 4), raw(r.Status, 1))
}

// Leases and the rooms within them are aligned and apart: whoever fills one changes no other.
func TestLeasesAreAlignedAndApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := arena.Options{Leases: rapid.IntRange(1, 9).Draw(t, "leases"), LeaseBytes: rapid.IntRange(1, 5000).Draw(t, "bytes")}
		if o.N = rapid.IntRange(0, 3000).Draw(t, "n"); o.N > 0 {
			o.Codes = rapid.IntRange(0, 9).Draw(t, "codes")
		}
		codes := o.Codes
		if o.N > 0 {
			codes = max(1, codes)
		}
		a, err := arena.New(o)
		require.NoError(t, err)
		leases := make([]arena.Lease, o.Leases)
		lineOwner := map[uintptr]int{}
		fill := byte(0)
		for i := range leases {
			leases[i], err = a.TryAcquire()
			require.NoError(t, err)
			for j, room := range rooms(t, leases[i], codes) {
				if j == 0 {
					require.Len(t, room, o.LeaseBytes)
				}
				if j == 1 {
					require.Len(t, room, codes*((o.N+3)/4))
				}
				require.Equal(t, cap(room), len(room), "append must not reach what follows")
				require.Zero(t, address(room)%arena.Alignment)
				fill++
				for at := range room {
					require.Zero(t, room[at], "a fresh page is zero and belongs to nobody else")
					room[at] = fill
				}
				for line := address(room) / cacheLine; line <= (address(room)+uintptr(len(room))-1)/cacheLine; line++ {
					owner, taken := lineOwner[line]
					require.True(t, !taken || owner == i, "leases %d and %d share a cache line", owner, i)
					lineOwner[line] = i
				}
			}
		}
		fill = 0
		for _, l := range leases {
			for _, room := range rooms(t, l, codes) {
				fill++
				for _, v := range room {
					require.Equal(t, fill, v)
				}
			}
			require.NoError(t, l.Release())
		}
		require.NoError(t, a.Close())
	})
}

func TestTryAcquireWhenAllAreOut(t *testing.T) {
	a := newArena(t, arena.Options{Leases: 2, LeaseBytes: 64})
	first, second := take(t, a), take(t, a)
	_, err := a.TryAcquire()
	assert.ErrorIs(t, err, arena.ErrExhausted)
	require.NoError(t, first.Release())
	third := take(t, a)
	require.NoError(t, second.Release())
	require.NoError(t, third.Release())
	s := a.Stats()
	assert.Equal(t, [4]int{2, 64, 0, 2}, [4]int{s.Leases, s.LeaseBytes, s.InUse, s.HighWater})
	assert.Zero(t, s.Waits, "nobody had to wait")
}

// The piece that was used last is in the processor's cache, and memory that was never needed is never touched.
func TestThePieceUsedLastIsTakenFirst(t *testing.T) {
	a := newArena(t, arena.Options{Leases: 3, LeaseBytes: 64})
	one, two := take(t, a), take(t, a)
	want := address(bytesOf(t, one))
	require.NoError(t, two.Release())
	require.NoError(t, one.Release())
	again := take(t, a)
	assert.Equal(t, want, address(bytesOf(t, again)))
	require.NoError(t, again.Release())
}

func TestCloseWithLeasesOut(t *testing.T) {
	a := newArena(t, arena.Options{Leases: 3, LeaseBytes: 64})
	l, other := take(t, a), take(t, a)
	var inUse *arena.InUseError
	require.ErrorAs(t, a.Close(), &inUse)
	assert.Equal(t, 2, inUse.Leases)
	assert.ErrorContains(t, inUse, "still out: 2")
	bytesOf(t, l)[63] = 1 // still mapped
	require.NoError(t, l.Release())
	again := take(t, a) // a refused close changes nothing
	require.NoError(t, again.Release())
	require.NoError(t, other.Release())
	require.NoError(t, a.Close())
	assert.ErrorIs(t, a.Close(), arena.ErrClosed)
	_, err := a.TryAcquire()
	assert.ErrorIs(t, err, arena.ErrClosed)
	_, err = a.Acquire(t.Context())
	assert.ErrorIs(t, err, arena.ErrClosed)
	s := a.Stats()
	assert.Zero(t, s.UsableBytes)
	assert.Equal(t, 3, s.Leases)
}

func TestSizesThatCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		o    arena.Options
		want string
	}{
		"no leases":           {arena.Options{Leases: 0, LeaseBytes: 64}, "number of leases is 0"},
		"negative":            {arena.Options{Leases: -1, LeaseBytes: 64}, "number of leases is -1"},
		"too many":            {arena.Options{Leases: arena.MaxLeases + 1, LeaseBytes: 64}, "must be 1 to 1048576"},
		"no bytes":            {arena.Options{Leases: 1, LeaseBytes: 0}, "lease size in bytes is 0"},
		"one too big":         {arena.Options{Leases: 1, LeaseBytes: math.MaxInt}, "lease size in bytes is"},
		"all overflow":        {arena.Options{Leases: 1 << 20, LeaseBytes: math.MaxInt / (1 << 20)}, "1048576 leases and their results"},
		"results overflow":    {arena.Options{Leases: 1 << 20, LeaseBytes: math.MaxInt / (1 << 21), N: q2.MaxDim, Codes: 1 << 20}, "lease size"},
		"negative dimensions": {arena.Options{Leases: 1, LeaseBytes: 1, N: -1}, "number of dimensions is -1"},
		"too many dimensions": {arena.Options{Leases: 1, LeaseBytes: 1, N: q2.MaxDim + 1}, "number of dimensions is 1048577"},
		"codes of what":       {arena.Options{Leases: 1, LeaseBytes: 1, Codes: 1}, "number of codes is 1"},
		"negative codes":      {arena.Options{Leases: 1, LeaseBytes: 1, N: 1, Codes: -1}, "number of codes is -1"},
		"unknown lock":        {arena.Options{Leases: 1, LeaseBytes: 1, Lock: 3}, "lock is 3"},
	} {
		_, err := arena.New(c.o)
		var size *arena.SizeError
		require.ErrorAs(t, err, &size, name)
		assert.ErrorContains(t, err, c.want, name)
	}
	_, err := arena.New(arena.Options{Leases: 1, LeaseBytes: 1 << 52})
	assert.ErrorContains(t, err, "arena: reserve 450359962737", "more than the address space holds")
}
