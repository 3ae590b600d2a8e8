package arena

import (
	"fmt"
	"math"
	"math/bits"
	"unsafe"

	"golang.org/x/sys/cpu"

	"github.com/q2kernel/q2/gopkg/q2"
)

// Alignment of every lease in bytes, and of the rooms within: a cache line of most processors, and the widest vector the kernel loads.
const Alignment = 64

// separation is what leases are kept apart by. Intel's processors fetch lines in pairs and Apple's have lines of 128 bytes, so 64
// would still make neighbours wait for each other.
const separation = max(128, unsafe.Sizeof(cpu.CacheLinePad{}))

// layout is where things are in a lease, in bytes from its start.
type layout struct {
	activation  int // length; it begins at 0
	codes       int // how many there is room for, 0 if none
	codeBytes   int // of each code
	packed      int
	keys        int
	transitions int
	status      int
	size        int // end of the last room
	stride      int // from one lease to the next
}

// layout checks the options. page is what leases start on in a q2debug build, where each is followed by an inaccessible page.
func (o Options) layout(page int) (layout, error) {
	if err := o.check(); err != nil {
		return layout{}, err
	}
	l := layout{activation: o.LeaseBytes, codeBytes: q2.PackedLen(o.N)}
	if o.N > 0 {
		l.codes = max(1, o.Codes)
	}
	// Sums stay below 2^63 + 2^40, and are held against the address space at the end.
	end := roundUp(uint64(o.LeaseBytes), Alignment)
	place := func(at *int, size int) {
		*at = int(end)
		end = roundUp(end+uint64(l.codes)*uint64(size), Alignment)
	}
	place(&l.packed, l.codeBytes)
	place(&l.keys, int(unsafe.Sizeof(uint64(0))))
	place(&l.transitions, int(unsafe.Sizeof(uint32(0))))
	place(&l.status, int(unsafe.Sizeof(q2.StatusOK)))
	stride := roundUp(end, uint64(separation))
	if debug {
		stride = roundUp(end, uint64(page)) + uint64(page)
	}
	if high, total := bits.Mul64(stride, uint64(o.Leases)); high != 0 || total > math.MaxInt/2 {
		return layout{}, &SizeError{"lease size in bytes", o.LeaseBytes, fmt.Sprintf("small enough that %d leases and their results fit into the address space", o.Leases)}
	}
	l.size, l.stride = int(end), int(stride)
	return l, nil
}

func (o Options) check() error {
	if o.Leases < 1 || o.Leases > MaxLeases {
		return &SizeError{"number of leases", o.Leases, fmt.Sprintf("1 to %d", MaxLeases)}
	}
	if o.LeaseBytes < 1 {
		return &SizeError{"lease size in bytes", o.LeaseBytes, "at least 1"}
	}
	if o.N < 0 || o.N > q2.MaxDim {
		return &SizeError{"number of dimensions", o.N, fmt.Sprintf("0 to %d", q2.MaxDim)}
	}
	if o.Codes < 0 || o.Codes > maxCodes || o.Codes > 0 && o.N == 0 {
		return &SizeError{"number of codes", o.Codes, fmt.Sprintf("0 to %d, and 0 without a number of dimensions", maxCodes)}
	}
	if o.Lock < LockOff || o.Lock > LockRequired {
		return &SizeError{"lock", int(o.Lock), "LockOff, LockBestEffort or LockRequired"}
	}
	return nil
}

const maxCodes = 1 << 20

func roundUp(size, to uint64) uint64 { return (size + to - 1) &^ (to - 1) }
