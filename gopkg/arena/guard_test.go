//go:build unix

package arena_test

import (
	"os"
	"runtime/debug"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/arena"
)

// touch writes a byte and tells at which address that was a fault, 0 if it was none.
func touch(at unsafe.Pointer) (fault uintptr) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			fault = r.(interface{ Addr() uintptr }).Addr()
		}
	}()
	*(*byte)(at) = 1
	return 0
}

// Whoever runs out of the arena at either end is stopped at the page, however far the next bytes are.
func TestGuardPagesAtBothEnds(t *testing.T) {
	for _, huge := range []bool{false, true} {
		a := newArena(t, arena.Options{Leases: 5, LeaseBytes: 999, N: 100, HugePages: huge})
		var leases [5]arena.Lease
		low, high := ^uintptr(0), uintptr(0)
		for i := range leases {
			leases[i] = take(t, a)
			low, high = min(low, address(bytesOf(t, leases[i]))), max(high, address(bytesOf(t, leases[i])))
		}
		usable := uintptr(a.Stats().UsableBytes)
		first := bytesOf(t, leases[0])
		at := func(to uintptr) unsafe.Pointer {
			return unsafe.Add(unsafe.Pointer(unsafe.SliceData(first)), int(to-address(first)))
		}
		// The last lease ends where its guard begins, up to a pair of cache lines.
		page := uintptr(os.Getpagesize())
		end := (high + 999 + page - 1) &^ (page - 1)
		begin := end - usable
		require.LessOrEqual(t, begin, low)
		for _, beyond := range []uintptr{0, 1, page - 1, page, 1<<16 - 1} {
			assert.Equal(t, end+beyond, touch(at(end+beyond)), "%d behind the end", beyond)
			assert.Equal(t, begin-1-beyond, touch(at(begin-1-beyond)), "%d before the beginning", beyond)
		}
		for _, l := range leases {
			require.NoError(t, l.Release())
		}
	}
}
