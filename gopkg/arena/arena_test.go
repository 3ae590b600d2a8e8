package arena_test

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/q2kernel/q2/gopkg/arena"
)

func newArena(t *testing.T, leases, bytes int) *arena.Arena {
	t.Helper()
	a, err := arena.New(arena.Options{Leases: leases, LeaseBytes: bytes})
	require.NoError(t, err)
	t.Cleanup(func() {
		if err := a.Close(); !errors.Is(err, arena.ErrClosed) {
			assert.NoError(t, err, "a lease was left out")
		}
	})
	return a
}

func address(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }

func TestLeasesAreAlignedAndApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count, size := rapid.IntRange(1, 9).Draw(t, "leases"), rapid.IntRange(1, 5000).Draw(t, "bytes")
		a, err := arena.New(arena.Options{Leases: count, LeaseBytes: size})
		require.NoError(t, err)
		leases := make([]arena.Lease, count)
		for i := range leases {
			leases[i], err = a.TryAcquire()
			require.NoError(t, err)
			b, err := leases[i].Bytes()
			require.NoError(t, err)
			require.Len(t, b, size)
			require.Zero(t, address(b)%arena.Alignment)
			for j := range b {
				require.Zero(t, b[j], "a fresh page is zero and belongs to nobody else")
				b[j] = byte(i + 1)
			}
		}
		for i, l := range leases {
			b, err := l.Bytes()
			require.NoError(t, err)
			for _, v := range b {
				require.Equal(t, byte(i+1), v)
			}
			require.NoError(t, l.Release())
		}
		require.NoError(t, a.Close())
	})
}

func TestTryAcquireWhenAllAreOut(t *testing.T) {
	a := newArena(t, 2, 64)
	first, err := a.TryAcquire()
	require.NoError(t, err)
	second, err := a.TryAcquire()
	require.NoError(t, err)
	_, err = a.TryAcquire()
	assert.ErrorIs(t, err, arena.ErrExhausted)
	assert.Equal(t, arena.Stats{Leases: 2, LeaseBytes: 64, InUse: 2}, a.Stats())
	require.NoError(t, first.Release())
	third, err := a.TryAcquire()
	require.NoError(t, err)
	require.NoError(t, second.Release())
	require.NoError(t, third.Release())
	assert.Equal(t, 0, a.Stats().InUse)
}

func TestReleasedLeaseIsRefused(t *testing.T) {
	a := newArena(t, 1, 64)
	old, err := a.TryAcquire()
	require.NoError(t, err)
	require.NoError(t, old.Release())
	assert.ErrorIs(t, old.Release(), arena.ErrReleased)
	_, err = old.Bytes()
	assert.ErrorIs(t, err, arena.ErrReleased)

	// The piece has a new owner now: the old lease must not touch it.
	now, err := a.TryAcquire()
	require.NoError(t, err)
	assert.ErrorIs(t, old.Release(), arena.ErrReleased)
	_, err = now.Bytes()
	assert.NoError(t, err)
	assert.Equal(t, 1, a.Stats().InUse)
	require.NoError(t, now.Release())

	assert.ErrorIs(t, arena.Lease{}.Release(), arena.ErrReleased)
	_, err = arena.Lease{}.Bytes()
	assert.ErrorIs(t, err, arena.ErrReleased)
}

func TestAcquireWaitsForARelease(t *testing.T) {
	a := newArena(t, 1, 64)
	held, err := a.Acquire(t.Context())
	require.NoError(t, err)
	got := make(chan arena.Lease)
	go func() {
		l, err := a.Acquire(context.Background())
		assert.NoError(t, err)
		got <- l
	}()
	select {
	case <-got:
		t.Fatal("acquired a lease that is out")
	case <-time.After(20 * time.Millisecond):
	}
	require.NoError(t, held.Release())
	require.NoError(t, (<-got).Release())
}

func TestAcquireEndsWithItsContext(t *testing.T) {
	a := newArena(t, 1, 64)
	held, err := a.TryAcquire()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err = a.Acquire(ctx)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	require.NoError(t, held.Release())
	_, err = a.Acquire(ctx)
	assert.ErrorIs(t, err, context.DeadlineExceeded, "an ended context takes no lease, free or not")
	assert.Equal(t, 0, a.Stats().InUse)
}

func TestCloseWithLeasesOut(t *testing.T) {
	a := newArena(t, 3, 64)
	l, err := a.TryAcquire()
	require.NoError(t, err)
	var inUse *arena.InUseError
	require.ErrorAs(t, a.Close(), &inUse)
	assert.Equal(t, 1, inUse.Leases)
	b, err := l.Bytes()
	require.NoError(t, err)
	b[63] = 1 // still mapped
	require.NoError(t, l.Release())
	other, err := a.TryAcquire()
	require.NoError(t, err, "a refused close changes nothing")
	require.NoError(t, other.Release())
	require.NoError(t, a.Close())
	assert.ErrorIs(t, a.Close(), arena.ErrClosed)
	_, err = a.TryAcquire()
	assert.ErrorIs(t, err, arena.ErrClosed)
	_, err = a.Acquire(t.Context())
	assert.ErrorIs(t, err, arena.ErrClosed)
	_, err = l.Bytes()
	assert.ErrorIs(t, err, arena.ErrReleased)
}

func TestSizesThatCannotBe(t *testing.T) {
	for name, o := range map[string]arena.Options{
		"no leases":    {Leases: 0, LeaseBytes: 64},
		"negative":     {Leases: -1, LeaseBytes: 64},
		"no bytes":     {Leases: 1, LeaseBytes: 0},
		"one too big":  {Leases: 1, LeaseBytes: math.MaxInt},
		"all overflow": {Leases: 1 << 20, LeaseBytes: math.MaxInt / (1 << 20)},
	} {
		_, err := arena.New(o)
		var size *arena.SizeError
		assert.ErrorAs(t, err, &size, name)
	}
	_, err := arena.New(arena.Options{Leases: 1, LeaseBytes: 1 << 52})
	assert.ErrorContains(t, err, "arena: map 4503599627370496 bytes: ", "more than the address space holds")
}

func TestManyGoroutinesShareAnArena(t *testing.T) {
	a := newArena(t, 3, 256)
	var group sync.WaitGroup
	for g := range 32 {
		group.Go(func() {
			for range 200 {
				l, err := a.Acquire(context.Background())
				if !assert.NoError(t, err) {
					return
				}
				b, _ := l.Bytes()
				for i := range b {
					b[i] = byte(g)
				}
				for i := range b {
					if b[i] != byte(g) {
						t.Errorf("another goroutine wrote into a lease")
						break
					}
				}
				assert.NoError(t, l.Release())
			}
		})
	}
	group.Wait()
	assert.Equal(t, 0, a.Stats().InUse)
}

func TestAcquireAndReleaseDoNotAllocate(t *testing.T) {
	a := newArena(t, 1, 4096)
	ctx := context.Background()
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		l, _ := a.Acquire(ctx)
		b, _ := l.Bytes()
		b[0]++
		_ = l.Release()
	}))
}
