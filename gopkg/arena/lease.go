package arena

import "fmt"

// Lease is the right to use one piece of an arena, from Acquire to Release. It is a small value: copies stand for the same
// piece, and releasing one releases all. The zero Lease is one that was released.
//
// Its methods return a *LeaseError, which is ErrReleased, after Release and after the arena's Close, also when somebody else has the
// piece by now. None of them allocates but for an error.
type Lease struct {
	slot       *slot
	generation uint64
}

// lend makes the lease of a slot that was just taken.
func (s *slot) lend() (Lease, error) {
	if debug {
		if err := openMemory(s.pages()); err != nil {
			s.arena.mutex.Lock()
			defer s.arena.mutex.Unlock()
			s.arena.giveBack(s)
			return Lease{}, fmt.Errorf("arena: make the lease accessible: %w", err)
		}
	}
	return Lease{s, s.generation.Add(1)}, nil
}

// Release gives the lease back; its views end here. A *LeaseError if that was done before.
func (l Lease) Release() error {
	s := l.slot
	// The generation moves before the memory can have a new owner.
	if s == nil || !s.generation.CompareAndSwap(l.generation, l.generation+1) {
		return l.gone("Release")
	}
	var err error
	if debug {
		if err = closeMemory(s.pages()); err != nil {
			err = fmt.Errorf("arena: make the released lease inaccessible: %w", err)
		}
	}
	a := s.arena
	a.mutex.Lock()
	a.giveBack(s)
	a.mutex.Unlock()
	return err
}

// pages are those that a q2debug build closes: all of the slot's but its own guard, which is always closed.
func (s *slot) pages() []byte {
	m := &s.arena.memory
	return m.usable[s.start : s.start+s.arena.layout.stride-m.pageSize]
}

func (l Lease) valid() bool { return l.slot != nil && l.slot.generation.Load() == l.generation }

// gone is the error of using a lease that is not valid.
func (l Lease) gone(use string) error {
	if l.slot == nil {
		return &LeaseError{Use: use, Zero: true}
	}
	a := l.slot.arena
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return &LeaseError{Use: use, Closed: a.closed}
}

// room is size bytes of a valid lease, from an offset.
func (l Lease) room(from, size int) []byte {
	at := l.slot.start + from
	return l.slot.arena.memory.usable[at : at+size : at+size]
}
