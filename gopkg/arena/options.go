package arena

// Options say how large an arena is and where its memory lies.
type Options struct {
	// Leases is how many leases can be out at a time, 1 to MaxLeases.
	Leases int
	// LeaseBytes is the room for an activation in each lease, at least 1.
	LeaseBytes int
	// N is the number of dimensions of a code. 0 makes leases without room for results.
	N int
	// Codes is how many codes each lease has room for, with their keys; 0 means 1.
	Codes int
	// HugePages asks for pages of 2 MiB or so, for fewer misses of the address cache. Stats tells what came of it.
	HugePages bool
	// Lock keeps the memory in RAM.
	Lock Lock
}

// MaxLeases is the largest number of leases of an arena.
const MaxLeases = 1 << 20

// Lock says whether an arena's memory is locked in RAM, so that it is never paged out, and is there before it is first touched.
type Lock int

const (
	// LockOff leaves it to the system. Memory is taken when it is first touched, as far as leases were out at a time.
	LockOff Lock = iota
	// LockBestEffort locks if the system lets it; if not, Stats says why, and life goes on.
	LockBestEffort
	// LockRequired makes New fail where the memory can't be locked.
	LockRequired
)
