package arena

import (
	"runtime"
	"sync/atomic"
	"unsafe"
)

// Element is what a pinned slice may hold: numbers, and no pointers.
type Element interface {
	~float32 | ~float64 | ~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

// Pinned is a Go slice that native code may read while Go goes on. Pin makes one.
type Pinned struct {
	pinner   runtime.Pinner
	bytes    []byte
	unpinned atomic.Bool
}

// Pin holds the memory of a slice in its place, for native code that goes on reading it after the call that it was given to returns: a
// kernel on another thread, a queue. A call that is over when it returns needs no pin: cgo pins its arguments for that long. A lease
// needs none either.
//
// The rules, which nothing checks but the program's own tests:
//
//   - Unpin once, after the native side has said that it is done with the memory: not when the goroutine that gave it away is.
//   - Keep the *Pinned until then. One that is dropped while pinned makes the garbage collector end the program, with
//     "runtime.Pinner: found leaking pinned pointer".
//   - Do not write to the slice until then. Reading is fine.
//   - append may move a slice: what is pinned is the memory that it had at Pin. Give the native side Address and len(Bytes()),
//     never a pointer to the slice header, which is not pinned.
//   - All of the array that the slice is cut from is held, not only the slice. Pinning twice takes two Unpins.
//
// An empty slice has no memory to pin: a *SizeError. Pinning costs an allocation and some tens of nanoseconds a slice; where that is much,
// write to a lease in the first place.
func Pin[E Element](slice []E) (*Pinned, error) {
	if len(slice) == 0 {
		return nil, &SizeError{"length of the slice to pin", 0, "at least 1"}
	}
	first := unsafe.SliceData(slice)
	p := &Pinned{bytes: unsafe.Slice((*byte)(unsafe.Pointer(first)), len(slice)*int(unsafe.Sizeof(*first)))}
	p.pinner.Pin(first) // the first element: a pointer to the slice would pin its header
	return p, nil
}

// Bytes is the memory of the slice, not a copy. ErrReleased after Unpin.
func (p *Pinned) Bytes() ([]byte, error) {
	if p.unpinned.Load() {
		return nil, ErrReleased
	}
	return p.bytes, nil
}

// Address is where the memory is, for native code to keep until Unpin. ErrReleased after that.
func (p *Pinned) Address() (unsafe.Pointer, error) {
	if p.unpinned.Load() {
		return nil, ErrReleased
	}
	return unsafe.Pointer(unsafe.SliceData(p.bytes)), nil
}

// Unpin lets the slice go. ErrReleased if that was done before.
func (p *Pinned) Unpin() error {
	if p.unpinned.Swap(true) {
		return ErrReleased
	}
	p.pinner.Unpin()
	p.bytes = nil
	return nil
}
