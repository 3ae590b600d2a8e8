package arena

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/cpu"
)

// Arena is one reservation cut into leases. Its methods may be called from any number of goroutines.
type Arena struct {
	layout layout
	slots  []slot

	// mutex guards what follows. It is held for a few instructions at a time, never while somebody waits or the system is called
	// (but for Close, which has the arena to itself).
	mutex   sync.Mutex
	memory  memory
	closed  bool
	free    *slot // a stack: the slot used last is the one whose lines are still in the cache
	waiting queue // not empty only while free is
	inUse   int
	counts  counts
}

// counts are the sums that Stats reports.
type counts struct {
	highWater int
	waits     uint64
	abandoned uint64
	waited    time.Duration
}

// slot is the place of a lease. Neighbours are in different hands, so no two share a cache line.
type slot struct {
	arena *Arena
	// generation is odd while the slot is out, and goes up at acquire and at release: a lease is valid while it has its slot's number.
	generation atomic.Uint64
	start      int   // of its bytes in the usable memory
	next       *slot // in the stack of free ones
	_          cpu.CacheLinePad
}

// New reserves the memory of an arena. Its pages are zero, and cost physical memory only when they are first touched, unless they are locked.
// Errors: *SizeError, *LockError with LockRequired, and what the system says.
func New(o Options) (*Arena, error) {
	a := &Arena{}
	var err error
	if a.layout, err = o.layout(pageSize()); err != nil {
		return nil, err
	}
	if a.memory, err = reserve(a.layout.stride*o.Leases, o); err != nil {
		return nil, err
	}
	a.slots = make([]slot, o.Leases)
	for i := range a.slots {
		// The last lease ends at the guard, so that it catches who writes too far. A debug build has a guard page behind each lease.
		s := &a.slots[len(a.slots)-1-i]
		s.arena, s.start = a, len(a.memory.usable)-(i+1)*a.layout.stride
		s.next, a.free = a.free, s
	}
	if debug {
		if err := closeMemory(a.memory.usable); err != nil {
			_ = unmapMemory(a.memory.whole)
			return nil, fmt.Errorf("arena: make leases inaccessible: %w", err)
		}
	}
	return a, nil
}

// Close gives the memory back. With leases out it returns an *InUseError and changes nothing, so those who wait go on waiting. Closing
// twice returns ErrClosed.
func (a *Arena) Close() error {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.closed {
		return ErrClosed
	}
	if a.inUse > 0 {
		return &InUseError{a.inUse}
	}
	a.closed = true
	if err := a.memory.free(); err != nil {
		return fmt.Errorf("arena: give memory back: %w", err)
	}
	return nil
}
