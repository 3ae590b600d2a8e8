// Package arena holds memory that Go owns, that C and ONNX Runtime read and write, and that the garbage collector neither
// moves nor scans: one anonymous mapping per arena, cut into leases of equal size.
//
// A lease starts on a 64-byte boundary and shares no cache line with another. Leases are given back with Release, the arena with
// Close; nothing is freed behind the caller's back. Never store a Go pointer in a lease: the garbage collector does not see it.
package arena

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
)

// Alignment of every lease in bytes: a cache line, and the widest vector the kernel loads.
const Alignment = 64

var (
	// ErrClosed is returned once the arena is closed.
	ErrClosed = errors.New("arena: closed")
	// ErrExhausted is returned by TryAcquire while every lease is out.
	ErrExhausted = errors.New("arena: all leases are out")
	// ErrReleased is returned for a lease that was given back, or that no arena made.
	ErrReleased = errors.New("arena: lease was released")
)

// SizeError says which size New can't do.
type SizeError struct {
	What  string
	Value int
	Limit string
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("arena: %s is %d, must be %s", e.What, e.Value, e.Limit)
}

// InUseError is returned by Close while leases are out; the memory stays mapped.
type InUseError struct{ Leases int }

func (e *InUseError) Error() string {
	return fmt.Sprintf("arena: close: %d leases are still out", e.Leases)
}

// Options say how large an arena is. Both sizes are needed.
type Options struct {
	Leases     int // how many leases can be out at a time
	LeaseBytes int // usable bytes of each
}

// Stats is a snapshot; the numbers are taken one after another.
type Stats struct {
	Leases     int // capacity
	LeaseBytes int // usable bytes of each
	InUse      int // leases that are out now
}

// Arena is one mapping cut into leases. Its methods may be called from any number of goroutines.
type Arena struct {
	memory     []byte
	leaseBytes int
	stride     int
	// free holds the slots that nobody has. A channel wakes waiting goroutines in the order of their arrival.
	free chan uint32
	// generations counts up at acquire and at release; a lease is valid while it has its slot's number.
	generations []atomic.Uint64
	closing     sync.Mutex
	closed      chan struct{}
}

// New maps the memory of an arena. The pages are zero, and cost physical memory only when they are first touched.
func New(o Options) (*Arena, error) {
	stride, err := o.stride()
	if err != nil {
		return nil, err
	}
	memory, err := mapMemory(stride * o.Leases)
	if err != nil {
		return nil, fmt.Errorf("arena: map %d bytes: %w", stride*o.Leases, err)
	}
	a := &Arena{
		memory: memory, leaseBytes: o.LeaseBytes, stride: stride,
		free: make(chan uint32, o.Leases), generations: make([]atomic.Uint64, o.Leases), closed: make(chan struct{}),
	}
	for slot := range o.Leases {
		a.free <- uint32(slot)
	}
	return a, nil
}

func (o Options) stride() (int, error) {
	if o.Leases < 1 || uint64(o.Leases) > math.MaxUint32 {
		return 0, &SizeError{"number of leases", o.Leases, "1 to 2^32-1"}
	}
	if o.LeaseBytes < 1 || o.LeaseBytes > (math.MaxInt-Alignment)/o.Leases-Alignment {
		return 0, &SizeError{"lease size in bytes", o.LeaseBytes, "at least 1, and all leases together less than the address space"}
	}
	return (o.LeaseBytes + Alignment - 1) &^ (Alignment - 1), nil
}

// TryAcquire takes a lease if one is free, and returns ErrExhausted if none is.
func (a *Arena) TryAcquire() (Lease, error) {
	select {
	case <-a.closed:
		return Lease{}, ErrClosed
	default:
	}
	select {
	case slot := <-a.free:
		return a.lease(slot), nil
	default:
		return Lease{}, ErrExhausted
	}
}

// Acquire waits for a lease, until ctx ends (its error is returned) or the arena is closed.
func (a *Arena) Acquire(ctx context.Context) (Lease, error) {
	if err := ctx.Err(); err != nil {
		return Lease{}, err
	}
	if l, err := a.TryAcquire(); !errors.Is(err, ErrExhausted) {
		return l, err
	}
	select {
	case slot := <-a.free:
		return a.lease(slot), nil
	case <-ctx.Done():
		return Lease{}, ctx.Err()
	case <-a.closed:
		return Lease{}, ErrClosed
	}
}

func (a *Arena) lease(slot uint32) Lease {
	return Lease{arena: a, slot: slot, generation: a.generations[slot].Add(1)}
}

// Stats tells how large the arena is and how much of it is out.
func (a *Arena) Stats() Stats {
	capacity := cap(a.free)
	return Stats{Leases: capacity, LeaseBytes: a.leaseBytes, InUse: capacity - len(a.free)}
}

// Close unmaps the memory. With leases out it returns an *InUseError and changes nothing. Closing twice returns ErrClosed.
func (a *Arena) Close() error {
	a.closing.Lock()
	defer a.closing.Unlock()
	select {
	case <-a.closed:
		return ErrClosed
	default:
	}
	taken := a.takeAll()
	if len(taken) < cap(a.free) {
		for _, slot := range taken {
			a.free <- slot
		}
		return &InUseError{cap(a.free) - len(taken)}
	}
	close(a.closed)
	memory := a.memory
	a.memory = nil
	if err := unmapMemory(memory); err != nil {
		return fmt.Errorf("arena: unmap: %w", err)
	}
	return nil
}

// takeAll empties the free list: whoever holds every slot knows that nobody else has one.
func (a *Arena) takeAll() []uint32 {
	taken := make([]uint32, 0, cap(a.free))
	for {
		select {
		case slot := <-a.free:
			taken = append(taken, slot)
		default:
			return taken
		}
	}
}
