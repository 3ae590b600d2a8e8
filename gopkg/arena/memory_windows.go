package arena

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// reserveMemory takes addresses without memory: nobody can read or write there.
func reserveMemory(size int) ([]byte, error) {
	address, err := windows.VirtualAlloc(0, uintptr(size), windows.MEM_RESERVE, windows.PAGE_NOACCESS)
	if err != nil {
		return nil, err
	}
	// Through a pointer to the address: the memory is not Go's, so vet's rule against uintptr conversions has nothing to protect.
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&address)), size), nil
}

func commitMemory(b []byte) error {
	_, err := windows.VirtualAlloc(start(b), uintptr(len(b)), windows.MEM_COMMIT, windows.PAGE_READWRITE)
	return err
}

func openMemory(b []byte) error { return protect(b, windows.PAGE_READWRITE) }

func closeMemory(b []byte) error { return protect(b, windows.PAGE_NOACCESS) }

func protect(b []byte, protection uint32) error {
	var before uint32
	return windows.VirtualProtect(start(b), uintptr(len(b)), protection, &before)
}

func unmapMemory(whole []byte) error {
	return windows.VirtualFree(start(whole), 0, windows.MEM_RELEASE)
}

// voidMemory gives the memory back and keeps its addresses reserved and inaccessible.
func voidMemory(whole []byte) error {
	return windows.VirtualFree(start(whole), uintptr(len(whole)), windows.MEM_DECOMMIT)
}

func lockMemory(b []byte) error { return windows.VirtualLock(start(b), uintptr(len(b))) }

const lockLimitName = "the minimum working set"

func lockLimit() uint64 {
	var least, most uintptr
	var flags uint32
	windows.GetProcessWorkingSetSizeEx(windows.CurrentProcess(), &least, &most, &flags)
	return uint64(least)
}

func start(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }
