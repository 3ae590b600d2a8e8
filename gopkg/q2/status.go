package q2

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/q2kernel/q2/gopkg/reference"
	"github.com/q2kernel/q2/native"
)

// statusOf puts the plain-Go kernel's errors into the terms of the C ones.
func statusOf(err error) native.Status {
	switch {
	case err == nil:
		return native.OK
	case errors.Is(err, reference.ErrNotFinite):
		return native.NotFinite
	}
	return native.Argument
}

// failure is the error for a status. NotFinite apart, a kernel has nothing to object to what was checked here before the
// call, so that another status means that the two disagree: it is reported, and never taken for success.
func (k *Kernel) failure(status native.Status) error {
	if status == native.NotFinite {
		return ErrNotFinite
	}
	return fmt.Errorf("%w: the %s backend refused checked arguments with status %d", ErrArgument, k.Backend(), status)
}

// statusBytes is the same memory: Status is a byte.
func statusBytes(status []Status) []byte {
	return unsafe.Slice((*byte)(unsafe.SliceData(status)), len(status))
}
