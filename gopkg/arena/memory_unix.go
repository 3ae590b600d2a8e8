//go:build unix

package arena

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// reserveMemory takes addresses without memory: nobody can read or write there.
func reserveMemory(size int) ([]byte, error) {
	return unix.Mmap(-1, 0, size, unix.PROT_NONE, unix.MAP_ANON|unix.MAP_PRIVATE)
}

func commitMemory(b []byte) error { return unix.Mprotect(b, unix.PROT_READ|unix.PROT_WRITE) }

func openMemory(b []byte) error { return unix.Mprotect(b, unix.PROT_READ|unix.PROT_WRITE) }

func closeMemory(b []byte) error { return unix.Mprotect(b, unix.PROT_NONE) }

func unmapMemory(whole []byte) error { return unix.Munmap(whole) }

// voidMemory gives the memory back and keeps its addresses reserved and inaccessible.
func voidMemory(whole []byte) error {
	_, err := unix.MmapPtr(-1, 0, unsafe.Pointer(unsafe.SliceData(whole)), uintptr(len(whole)),
		unix.PROT_NONE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_FIXED)
	return err
}

func lockMemory(b []byte) error { return unix.Mlock(b) }
