//go:build !asan

package arena_test

import (
	"context"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/arena"
)

// Not with the address sanitiser, under which package context itself allocates at each Done and Err.

// Waiting allocates nothing either, once as many have waited at a time as will. The runtime has records of its own of who waits for a
// channel or a mutex, at most three a goroutine here, and keeps them; one allocation a wait would be 20 000.
func TestWaitingDoesNotAllocate(t *testing.T) {
	const goroutines, rounds = 200, 100
	a := newArena(t, arena.Options{Leases: 2, LeaseBytes: 64})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var warm, done sync.WaitGroup
	start := make(chan struct{})
	cycle := func() {
		l, err := a.Acquire(ctx)
		if err != nil {
			t.Error(err)
			return
		}
		runtime.Gosched()
		if err := l.Release(); err != nil {
			t.Error(err)
		}
	}
	warm.Add(goroutines)
	for range goroutines {
		done.Go(func() {
			for range rounds {
				cycle()
			}
			warm.Done()
			<-start
			for range rounds {
				cycle()
			}
		})
	}
	warm.Wait()
	var before, after runtime.MemStats
	waits := a.Stats().Waits
	runtime.ReadMemStats(&before)
	close(start)
	done.Wait()
	runtime.ReadMemStats(&after)
	waits = a.Stats().Waits - waits
	require.Greater(t, waits, uint64(goroutines*rounds/2), "nearly all had to wait")
	assert.Less(t, after.Mallocs-before.Mallocs, uint64(3*goroutines))
	t.Logf("%d waits, %d allocations", waits, after.Mallocs-before.Mallocs)
}
