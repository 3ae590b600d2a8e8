//go:build cgo

package faultprobe

/*
#cgo LDFLAGS: -ldl
#include "probe_linux_amd64.h"
*/
import "C"

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"unsafe"
)

// Access is one instruction's access to memory.
type Access struct {
	PC      uintptr // of the instruction
	Address uintptr // the first byte of the memory that it touched
	Write   bool
	top     uintptr
}

// Protection says which accesses are logged.
type Protection int

const (
	// ReadOnly memory: writes are.
	ReadOnly Protection = iota
	// Inaccessible memory: reads and writes are.
	Inaccessible
)

// limit is how many accesses a watch has room for.
const limit = 1 << 20

var watching sync.Mutex // there is one handler per signal and process

// Watch calls during, and returns the accesses to memory meanwhile, in order. Those to the rest of its pages are noted and left out. One thread
// at a time may use the memory, or an access can slip through while another is let pass. Calls must not nest.
func Watch(memory []byte, protection Protection, during func()) ([]Access, error) {
	watching.Lock()
	defer watching.Unlock()
	page := uintptr(os.Getpagesize())
	first := unsafe.Pointer(unsafe.SliceData(memory))
	before := uintptr(first) % page
	length := (before + uintptr(len(memory)) + page - 1) &^ (page - 1)
	log := make([]C.q2_probe_access, limit)
	var pin runtime.Pinner // the handler writes it after the call that it is given to
	pin.Pin(&log[0])
	defer pin.Unpin()
	readsToo := C.int(0)
	if protection == Inaccessible {
		readsToo = 1
	}
	if errno := C.q2_probe_start(unsafe.Add(first, -int(before)), C.size_t(length), readsToo, &log[0], limit); errno != 0 {
		return nil, fmt.Errorf("faultprobe: close %d bytes: %w", length, syscall.Errno(errno))
	}
	stopped := false
	stop := func() int { stopped = true; return int(C.q2_probe_stop()) }
	defer func() {
		if !stopped {
			stop() // during panicked
		}
	}()
	during()
	count := stop()
	if count > limit {
		return nil, fmt.Errorf("faultprobe: %d accesses, must be at most %d", count, limit)
	}
	return within(memory, log[:count]), nil
}

func within(memory []byte, log []C.q2_probe_access) []Access {
	start := uintptr(unsafe.Pointer(unsafe.SliceData(memory)))
	var accesses []Access
	for _, a := range log {
		if at := uintptr(a.address); at >= start && at < start+uintptr(len(memory)) {
			accesses = append(accesses, Access{PC: uintptr(a.pc), Address: at, Write: a.write != 0, top: uintptr(a.top)})
		}
	}
	return accesses
}

// GoFunction is the name of the Go function that made the access, "" if none did. What was inlined counts as the function that it went into.
func (a Access) GoFunction() string {
	f := runtime.FuncForPC(a.PC)
	if f == nil {
		return ""
	}
	return runtime.FuncForPC(f.Entry()).Name()
}

// Library is the name of the file that the instruction is from, without its folder: a shared library, or the program itself.
func (a Access) Library() string { return libraryOf(a.PC) }

// CallerLibrary is the file that called the function of the instruction, if that function keeps nothing on the stack. The C library's
// copies are so; of other functions the answer is anything, mostly "".
func (a Access) CallerLibrary() string { return libraryOf(a.top) }

func libraryOf(pc uintptr) string {
	file := C.q2_probe_file(C.uintptr_t(pc))
	if file == nil {
		return ""
	}
	return filepath.Base(C.GoString(file))
}

// String tells an access to whoever reads a failed test.
func (a Access) String() string {
	what := "read"
	if a.Write {
		what = "write"
	}
	return fmt.Sprintf("%s of %#x by %#x in %s %s", what, a.Address, a.PC, a.Library(), a.GoFunction())
}

// Store is a stray write by C.
func Store(at *byte, value byte) { C.q2_probe_store((*C.uchar)(at), C.uchar(value)) }

// Copy is a copy by the C library.
func Copy(to, from []byte) {
	C.q2_probe_copy(unsafe.Pointer(unsafe.SliceData(to)), unsafe.Pointer(unsafe.SliceData(from)), C.size_t(min(len(to), len(from))))
}
