package arena

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A slot is granted, and before the waiter runs again its context ends: the one moment that a test from outside can't choose.
func TestAGrantThatComesTooLateGoesToTheNext(t *testing.T) {
	a, err := New(Options{Leases: 1, LeaseBytes: 64})
	require.NoError(t, err)
	held, err := a.TryAcquire()
	require.NoError(t, err)
	first, second := a.waiting.join(), a.waiting.join()
	require.NoError(t, held.Release())
	require.Len(t, first.granted, 1)

	a.abandon(first, time.Now())
	require.Len(t, second.granted, 1, "the next in the queue has it")
	assert.Empty(t, first.granted)
	assert.Equal(t, 1, a.Stats().InUse)

	a.abandon(second, time.Now())
	assert.Equal(t, 0, a.Stats().InUse, "with nobody in the queue it is free")
	assert.Equal(t, [3]int{2, 2, 0}, [3]int{int(a.Stats().Waits), int(a.Stats().Abandoned), a.Stats().Waiting})
	require.Same(t, second, a.waiting.join(), "waiters are used again")
	require.Same(t, first, a.waiting.join())
	a.abandon(first, time.Now())
	require.Same(t, first, a.waiting.join(), "also those that were granted nothing")
	a.abandon(first, time.Now())
	a.abandon(second, time.Now())
	again, err := a.TryAcquire()
	require.NoError(t, err)
	require.NoError(t, again.Release())
	require.NoError(t, a.Close())
}

// As above, but through wait itself, where both channels are ready: whichever wins, the slot is not lost.
func TestAGrantAndACancelAtOnce(t *testing.T) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	var leases, errors int
	for range 100 {
		a, err := New(Options{Leases: 1, LeaseBytes: 64})
		require.NoError(t, err)
		held, err := a.TryAcquire()
		require.NoError(t, err)
		w := a.waiting.join()
		require.NoError(t, held.Release())
		l, err := a.wait(ended, w)
		if err == nil {
			leases++
			require.NoError(t, l.Release())
		} else {
			errors++
			require.ErrorIs(t, err, context.Canceled)
		}
		require.Equal(t, 0, a.Stats().InUse)
		require.NoError(t, a.Close())
	}
	assert.Positive(t, leases)
	assert.Positive(t, errors)
}
