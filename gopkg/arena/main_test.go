package arena_test

import (
	"errors"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/q2kernel/q2/gopkg/arena"
)

// No test of this package may leave a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newArena is closed with the test, and fails it if a lease is out by then.
func newArena(t testing.TB, o arena.Options) *arena.Arena {
	t.Helper()
	a, err := arena.New(o)
	require.NoError(t, err)
	t.Cleanup(func() {
		if err := a.Close(); !errors.Is(err, arena.ErrClosed) {
			assert.NoError(t, err, "a lease was left out")
		}
	})
	return a
}

func take(t testing.TB, a *arena.Arena) arena.Lease {
	t.Helper()
	l, err := a.TryAcquire()
	require.NoError(t, err)
	return l
}

func bytesOf(t require.TestingT, l arena.Lease) []byte {
	b, err := l.Bytes()
	require.NoError(t, err)
	return b
}

func address(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }
