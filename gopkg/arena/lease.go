package arena

// Lease is the right to use one piece of an arena, from Acquire to Release. It is a small value: copies stand for the same
// piece, and releasing one releases all. The zero Lease is one that was released.
type Lease struct {
	arena      *Arena
	slot       uint32
	generation uint64
}

// Bytes is the leased memory, LeaseBytes long, 64-byte aligned. It holds whatever the piece's last user left, zeros at first.
// The slice must not be used after Release. ErrReleased if the lease was given back.
func (l Lease) Bytes() ([]byte, error) {
	if l.arena == nil || l.arena.generations[l.slot].Load() != l.generation {
		return nil, ErrReleased
	}
	start := int(l.slot) * l.arena.stride
	return l.arena.memory[start : start+l.arena.leaseBytes : start+l.arena.stride], nil
}

// Release gives the lease back. ErrReleased if that was done before, also when somebody else has the piece by now.
func (l Lease) Release() error {
	if l.arena == nil || !l.arena.generations[l.slot].CompareAndSwap(l.generation, l.generation+1) {
		return ErrReleased
	}
	l.arena.free <- l.slot
	return nil
}
