// Package native is the one bridge from Go to libq2, the kernel in C. Programs import gopkg/q2, which stands on it.
//
// A door is a way in: Cgo calls the copy of libq2 that is compiled into the program, Library one that is loaded at run time,
// which needs no cgo. Each door is a concrete type with the same methods, so that a caller's buffers and results stay on its
// stack (through an interface they would move to the heap).
//
// On Linux, a program that is built without cgo and can load libraries is linked dynamically, against the C library of
// glibc. The build tag q2_nopurego leaves the loading out, and the program is static as Go's usually are.
//
// Nothing is checked here: lengths, strides and sizes must be right, as gopkg/q2 sees to, or C reads and writes beyond the
// slices. Slices are handed over as they are; the kernel gets the addresses of their first elements and keeps none of them.
// A nil slice becomes NULL.
package native

import "runtime"

// Status is the result of a call of libq2.
type Status uint32

// The statuses of libq2.
const (
	OK          Status = 0
	Argument    Status = 1
	Unsupported Status = 2
	NotFinite   Status = 3
)

// ISAs lists the instruction sets that libq2 may have on this architecture, the plainest first. Whether this build and
// this CPU have one is ForceISA's to say.
func ISAs() []string {
	switch runtime.GOARCH {
	case "amd64":
		return []string{"scalar", "avx2", "avx512"}
	case "arm64":
		return []string{"scalar", "neon"}
	}
	return []string{"scalar"}
}
