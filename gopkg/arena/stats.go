package arena

import "time"

// Stats is a snapshot of one moment.
type Stats struct {
	Leases     int // capacity
	LeaseBytes int // room for an activation in each
	InUse      int // leases that are out now
	HighWater  int // the most that were out at a time
	Waiting    int // goroutines that wait in Acquire now

	Waits     uint64        // waits in Acquire that have ended
	Abandoned uint64        // those of them that ended with their context, without a lease
	WaitTime  time.Duration // of all waits that have ended, together

	PageSize      int        // of the system, in bytes
	UsableBytes   int        // memory between the guard pages; 0 once the arena is closed
	LockedBytes   int        // memory locked in RAM
	LockError     *LockError // why nothing is locked although LockBestEffort asked for it
	HugePageSize  int        // bytes of the huge pages that the system was asked for and promised where it finds some; 0 if none
	HugePageError error      // why there are none although they were asked for; wraps ErrNoHugePages
}

// Stats tells how large the arena is, how much of it is out, who had to wait, and where its memory lies.
func (a *Arena) Stats() Stats {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	m, c := &a.memory, &a.counts
	return Stats{
		Leases: len(a.slots), LeaseBytes: a.layout.activation,
		InUse: a.inUse, HighWater: c.highWater, Waiting: a.waiting.length,
		Waits: c.waits, Abandoned: c.abandoned, WaitTime: c.waited,
		PageSize: m.pageSize, UsableBytes: len(m.usable),
		LockedBytes: m.locked, LockError: m.lockErr, HugePageSize: m.hugePage, HugePageError: m.hugeErr,
	}
}
