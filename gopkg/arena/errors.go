package arena

import (
	"errors"
	"fmt"
)

var (
	// ErrClosed is returned once the arena is closed.
	ErrClosed = errors.New("arena: closed")
	// ErrExhausted is returned by TryAcquire while every lease is out.
	ErrExhausted = errors.New("arena: all leases are out")
	// ErrReleased is what every *LeaseError is: the lease was given back, or no arena made it.
	ErrReleased = errors.New("arena: lease was released")
	// ErrNoHugePages is wrapped by Stats.HugePageError where the system has none to give.
	ErrNoHugePages = errors.New("arena: no huge pages")
)

// SizeError names a size that an arena or a lease can't do.
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
	return fmt.Sprintf("arena: close: leases that are still out: %d", e.Leases)
}

// LeaseError is the use of a lease that was given back. It is ErrReleased, and ErrClosed too if the arena is closed by now.
type LeaseError struct {
	Use    string // the method that was called
	Zero   bool   // the lease is no arena's: Acquire failed, or was never called
	Closed bool   // the arena is closed
}

func (e *LeaseError) Error() string {
	switch {
	case e.Zero:
		return fmt.Sprintf("arena: %s of a lease that no arena made", e.Use)
	case e.Closed:
		return fmt.Sprintf("arena: %s of a lease that was released, and whose arena is closed", e.Use)
	}
	return fmt.Sprintf("arena: %s of a lease that was released", e.Use)
}

// Is says what the error is besides itself.
func (e *LeaseError) Is(target error) bool {
	return target == ErrReleased || e.Closed && target == ErrClosed
}

// LockError says why memory could not be locked in RAM.
type LockError struct {
	Bytes int    // what was to be locked
	Limit uint64 // bytes that this process may lock, NoLimit if the system sets none
	Errno error  // the system's answer, a syscall.Errno
}

// NoLimit is LockError.Limit where the system sets none.
const NoLimit = 1<<64 - 1

func (e *LockError) Error() string {
	limit := "no limit is set"
	if e.Limit != NoLimit {
		limit = fmt.Sprintf("this process may lock %d bytes (%s)", e.Limit, lockLimitName)
	}
	return fmt.Sprintf("arena: locking %d bytes in RAM: %v; %s", e.Bytes, e.Errno, limit)
}

// Unwrap gives the system's error.
func (e *LockError) Unwrap() error { return e.Errno }
