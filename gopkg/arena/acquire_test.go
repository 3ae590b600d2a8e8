package arena_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/arena"
)

// The clock of a synctest bubble stands still while anybody can run, so that waits are exact.

func TestAcquireWaitsInTheOrderOfArrival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const callers = 300
		a := newArena(t, arena.Options{Leases: 1, LeaseBytes: 64})
		held := take(t, a)
		var order []int // guarded by the lease
		for i := range callers {
			go func() {
				l, err := a.Acquire(t.Context())
				assert.NoError(t, err)
				order = append(order, i)
				time.Sleep(time.Second)
				assert.NoError(t, l.Release())
			}()
			synctest.Wait()
		}
		assert.Equal(t, callers, a.Stats().Waiting)
		_, err := a.TryAcquire()
		assert.ErrorIs(t, err, arena.ErrExhausted)
		time.Sleep(5 * time.Second)
		require.NoError(t, held.Release())
		_, err = a.TryAcquire()
		assert.ErrorIs(t, err, arena.ErrExhausted, "nobody overtakes those who wait")
		time.Sleep(callers * time.Second)
		synctest.Wait()
		require.Len(t, order, callers)
		for i, caller := range order {
			require.Equal(t, i, caller)
		}
		s := a.Stats()
		assert.Equal(t, [4]int{0, 1, 0, callers}, [4]int{s.InUse, s.HighWater, s.Waiting, int(s.Waits)})
		// The first waited for 5 seconds, and each of the others one second more than the one before.
		assert.Equal(t, (5*callers+callers*(callers-1)/2)*time.Second, s.WaitTime)
		assert.Zero(t, s.Abandoned)
	})
}

func TestAcquireEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArena(t, arena.Options{Leases: 1, LeaseBytes: 64})
		held := take(t, a)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		_, err := a.Acquire(ctx)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		s := a.Stats()
		assert.Equal(t, 3*time.Second, s.WaitTime)
		assert.Equal(t, [3]int{0, 1, 1}, [3]int{s.Waiting, int(s.Waits), int(s.Abandoned)})
		require.NoError(t, held.Release())
		_, err = a.Acquire(ctx)
		assert.ErrorIs(t, err, context.DeadlineExceeded, "an ended context takes no lease, free or not")
		assert.Equal(t, 0, a.Stats().InUse)
	})
}

// Those who give up leave the queue, first, last and in the middle, and the others keep their order.
func TestGivingUpLeavesTheOthersInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArena(t, arena.Options{Leases: 1, LeaseBytes: 64})
		held := take(t, a)
		var got []int
		cancels := make([]context.CancelFunc, 7)
		for i := range cancels {
			var ctx context.Context
			ctx, cancels[i] = context.WithCancel(t.Context())
			go func() {
				l, err := a.Acquire(ctx)
				if err == nil {
					got = append(got, i)
					assert.NoError(t, l.Release())
				}
			}()
			synctest.Wait()
		}
		for n, i := range []int{3, 0, 6, 1} {
			cancels[i]()
			synctest.Wait()
			assert.Equal(t, 7-n-1, a.Stats().Waiting)
		}
		require.NoError(t, held.Release())
		synctest.Wait()
		assert.Equal(t, []int{2, 4, 5}, got)
		for _, cancel := range cancels {
			cancel()
		}
	})
}

// Contexts that end at the moment of a release, thousands of times: every lease comes back, and nobody has one with somebody else.
func TestNoLeaseIsLostToACancel(t *testing.T) {
	const leases, goroutines, rounds = 3, 100, 300
	a := newArena(t, arena.Options{Leases: leases, LeaseBytes: 64})
	var got, gaveUp atomic.Int64
	var group sync.WaitGroup
	for g := range goroutines {
		group.Go(func() {
			random := rand.New(rand.NewPCG(uint64(g), 4))
			for range rounds {
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(random.IntN(200))*time.Microsecond)
				l, err := a.Acquire(ctx)
				if err != nil {
					gaveUp.Add(1)
				} else {
					got.Add(1)
					useAlone(t, l, byte(g))
				}
				cancel()
			}
		})
	}
	group.Wait()
	assert.Positive(t, got.Load())
	assert.Positive(t, gaveUp.Load())
	assert.Equal(t, int64(goroutines*rounds), got.Load()+gaveUp.Load())
	s := a.Stats()
	assert.Equal(t, [2]int{0, 0}, [2]int{s.InUse, s.Waiting})
	all := make([]arena.Lease, leases)
	for i := range all {
		all[i] = take(t, a)
	}
	for _, l := range all {
		require.NoError(t, l.Release())
	}
}

// useAlone writes a lease, lets others run, and finds it as it was.
func useAlone(t *testing.T, l arena.Lease, mark byte) {
	b := bytesOf(t, l)
	for i := range b {
		b[i] = mark
	}
	runtime.Gosched()
	for i := range b {
		if b[i] != mark {
			t.Errorf("another goroutine wrote into a lease")
			break
		}
	}
	assert.NoError(t, l.Release())
}

// Hundreds share few leases, each holding them for unequal times. Between two leases of one caller every other caller is served at most
// once more than it asks: in order of arrival, nobody is more than one round ahead or behind.
func TestNobodyStarves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const callers = 400
		a := newArena(t, arena.Options{Leases: 2, LeaseBytes: 64})
		var served [callers]int // each is its caller's
		ctx, stop := context.WithCancel(t.Context())
		for i := range callers {
			go func() {
				for {
					l, err := a.Acquire(ctx)
					if err != nil {
						return
					}
					served[i]++
					time.Sleep(time.Duration(1+i%7) * time.Millisecond)
					assert.NoError(t, l.Release())
				}
			}()
		}
		time.Sleep(time.Minute)
		stop()
		time.Sleep(time.Second)
		synctest.Wait()
		least, most := served[0], served[0]
		for _, n := range served {
			least, most = min(least, n), max(most, n)
		}
		assert.GreaterOrEqual(t, least, 60_000*2/callers/8, "a minute has room for so many")
		assert.LessOrEqual(t, most-least, 1)
	})
}

func TestAcquireAndReleaseDoNotAllocate(t *testing.T) {
	a := newArena(t, arena.Options{Leases: 1, LeaseBytes: 4096, N: 64})
	ctx := context.Background()
	var failed error
	assert.Zero(t, testing.AllocsPerRun(200, func() {
		l, _ := a.Acquire(ctx)
		for _, err := range useEach(l) {
			if err != nil {
				failed = err
			}
		}
	}))
	assert.NoError(t, failed)
}

func useEach(l arena.Lease) (errs [6]error) {
	_, errs[0] = l.Float32s()
	_, errs[1] = l.Tensor(0, 1, 64)
	_, errs[2] = l.Packed()
	_, errs[3] = l.Results(1)
	_, errs[4] = l.Key()
	errs[5] = l.Release()
	return errs
}
