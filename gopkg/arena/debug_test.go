//go:build q2debug && unix

package arena_test

import (
	"os"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/arena"
)

func TestReleasedMemoryIsInaccessible(t *testing.T) {
	for _, o := range []arena.Options{
		{Leases: 3, LeaseBytes: 10_000, N: 768, Codes: 2}, {Leases: 3, LeaseBytes: 1}, {Leases: 3, LeaseBytes: 1 << 20, HugePages: true},
		{Leases: 3, LeaseBytes: 4096, Lock: arena.LockBestEffort},
	} {
		a := newArena(t, o)
		kept, neighbour := take(t, a), take(t, a)
		views := [][]byte{bytesOf(t, kept)}
		if o.N > 0 {
			packed, err := kept.Packed()
			require.NoError(t, err)
			results, err := kept.Results(2)
			require.NoError(t, err)
			views = append(views, packed, raw(results.Keys, 8), raw(results.Transitions, 4), raw(results.Status, 1))
		}
		faults := func(want bool) {
			t.Helper()
			for _, view := range views {
				for _, i := range []int{0, len(view) / 2, len(view) - 1} {
					fault := touch(unsafe.Pointer(&view[i]))
					assert.Equal(t, want, fault == address(view[i:]), "byte %d of %d", i, len(view))
				}
			}
		}
		assert.Zero(t, address(views[0])%uintptr(os.Getpagesize()), "leases start on pages")
		faults(false)
		require.NoError(t, kept.Release())
		faults(true)
		bytesOf(t, neighbour)[0] = 1 // others are as accessible as before

		again := take(t, a) // the piece used last is taken first
		assert.Equal(t, address(views[0]), address(bytesOf(t, again)))
		assert.Equal(t, byte(1), views[0][0], "it holds what its last user left")
		faults(false)
		require.NoError(t, again.Release())
		require.NoError(t, neighbour.Release())
		require.NoError(t, a.Close())
		faults(true)
		// The addresses stay taken, or a stray pointer could hit somebody else's memory: the next arena of that size lies elsewhere.
		other := newArena(t, o)
		l := take(t, other)
		assert.NotEqual(t, address(views[0]), address(bytesOf(t, l)))
		faults(true)
		require.NoError(t, l.Release())
	}
}
