package arena_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/q2kernel/q2/gopkg/arena"
)

// machine is an arena beside a model of it: who has leases, who waits in which order, and what is over. Any sequence of calls
// must leave both in the same state.
type machine struct {
	arena    *arena.Arena
	capacity int
	next     byte // mark of the next lease
	out      []marked
	released []arena.Lease
	waiting  []*caller
	closed   bool

	highWater, waits, abandoned int
}

// marked is a lease with what was written into it: nobody else may change that.
type marked struct {
	lease arena.Lease
	mark  byte
}

type caller struct {
	cancel context.CancelFunc
	result chan outcome
}

type outcome struct {
	lease arena.Lease
	err   error
}

func (m *machine) got(t *rapid.T, l arena.Lease) {
	m.next++
	b := bytesOf(t, l)
	for i := range b {
		b[i] = m.next
	}
	m.out = append(m.out, marked{l, m.next})
	m.highWater = max(m.highWater, len(m.out))
}

func (m *machine) tryAcquire(t *rapid.T) {
	l, err := m.arena.TryAcquire()
	switch {
	case m.closed:
		require.ErrorIs(t, err, arena.ErrClosed)
	case len(m.out) == m.capacity:
		require.ErrorIs(t, err, arena.ErrExhausted)
	default:
		require.NoError(t, err)
		m.got(t, l)
	}
}

func (m *machine) acquire(t *rapid.T) {
	if len(m.waiting) > 5 {
		t.Skip("enough of them wait")
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := &caller{cancel, make(chan outcome, 1)}
	go func() {
		l, err := m.arena.Acquire(ctx)
		c.result <- outcome{l, err}
	}()
	if !m.closed && len(m.out) == m.capacity {
		m.waiting = append(m.waiting, c)
		for m.arena.Stats().Waiting < len(m.waiting) {
			runtime.Gosched()
		}
		return
	}
	r := c.wait(t)
	cancel()
	if m.closed {
		require.ErrorIs(t, r.err, arena.ErrClosed)
		return
	}
	require.NoError(t, r.err)
	m.got(t, r.lease)
}

func (m *machine) acquireTooLate(t *rapid.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := m.arena.Acquire(ctx)
	require.ErrorIs(t, err, context.Canceled)
}

func (m *machine) cancel(t *rapid.T) {
	if len(m.waiting) == 0 {
		t.Skip("nobody waits")
	}
	i := rapid.IntRange(0, len(m.waiting)-1).Draw(t, "waiter")
	c := m.waiting[i]
	m.waiting = slices.Delete(m.waiting, i, i+1)
	c.cancel()
	require.ErrorIs(t, c.wait(t).err, context.Canceled)
	m.waits++
	m.abandoned++
}

func (m *machine) release(t *rapid.T) {
	if len(m.out) == 0 {
		t.Skip("no lease is out")
	}
	i := rapid.IntRange(0, len(m.out)-1).Draw(t, "lease")
	given := m.out[i]
	for _, v := range bytesOf(t, given.lease) {
		require.Equal(t, given.mark, v, "somebody else wrote into the lease")
	}
	m.out = slices.Delete(m.out, i, i+1)
	require.NoError(t, given.lease.Release())
	m.released = append(m.released, given.lease)
	if len(m.waiting) == 0 {
		return
	}
	first := m.waiting[0]
	m.waiting = m.waiting[1:]
	r := first.wait(t)
	first.cancel()
	require.NoError(t, r.err)
	m.waits++
	m.got(t, r.lease)
}

func (m *machine) useReleased(t *rapid.T) {
	if len(m.released) == 0 {
		t.Skip("none was released")
	}
	l := rapid.SampledFrom(m.released).Draw(t, "released")
	for use, err := range uses(l) {
		require.ErrorIs(t, err, arena.ErrReleased, use)
		require.Equal(t, m.closed, errors.Is(err, arena.ErrClosed), use)
	}
}

func (m *machine) close(t *rapid.T) {
	err := m.arena.Close()
	switch {
	case m.closed:
		require.ErrorIs(t, err, arena.ErrClosed)
	case len(m.out) > 0:
		var inUse *arena.InUseError
		require.ErrorAs(t, err, &inUse)
		require.Equal(t, len(m.out), inUse.Leases)
	default:
		require.NoError(t, err)
		m.closed = true
	}
}

func (m *machine) check(t *rapid.T) {
	s := m.arena.Stats()
	require.Equal(t, [6]int{m.capacity, len(m.out), m.highWater, len(m.waiting), m.waits, m.abandoned},
		[6]int{s.Leases, s.InUse, s.HighWater, s.Waiting, int(s.Waits), int(s.Abandoned)})
	for _, c := range m.waiting {
		require.Empty(t, c.result, "served out of turn")
	}
}

func (c *caller) wait(t *rapid.T) outcome {
	select {
	case r := <-c.result:
		return r
	case <-time.After(10 * time.Second):
		t.Fatalf("a caller was forgotten")
		return outcome{}
	}
}

func TestArenaAgainstItsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{capacity: rapid.IntRange(1, 4).Draw(t, "leases")}
		var err error
		m.arena, err = arena.New(arena.Options{Leases: m.capacity, LeaseBytes: 100, N: 8})
		require.NoError(t, err)
		defer func() {
			for _, c := range m.waiting {
				c.cancel()
				<-c.result
			}
		}()
		t.Repeat(map[string]func(*rapid.T){
			"tryAcquire": m.tryAcquire, "acquire": m.acquire, "acquireAgain": m.acquire, "acquireTooLate": m.acquireTooLate,
			"cancel": m.cancel, "release": m.release, "releaseAgain": m.release, "useReleased": m.useReleased, "close": m.close, "": m.check,
		})
		for len(m.out) > 0 {
			m.release(t)
			m.check(t)
		}
		m.close(t)
	})
}
