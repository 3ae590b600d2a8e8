// Package gostack tells memory on the calling goroutine's stack from all other memory.
//
// C must not be handed an address on a Go stack as a plain number: the runtime moves a stack when it grows, and when the
// garbage collector shrinks it, and updates pointers but no numbers. cgo passes typed pointers and needs no such care; a call
// through an address that was looked up at run time has only numbers to pass. The compiler's remedy, to put every buffer that
// may be passed on to the heap (go:uintptrescapes), costs all callers an allocation, those that never get there included.
package gostack
