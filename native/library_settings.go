package native

import (
	"runtime"
	"strings"
	"unsafe"
)

// ISA is the instruction set that the library uses now.
func (l *Library) ISA() string { return text(callAddress(l.address[symISA], nil)) }

// ForceISA makes the library use one instruction set, in the whole process; "" is the best there is. Where it fails, the
// choice stays as it was.
func (l *Library) ForceISA(name string) Status {
	if strings.IndexByte(name, 0) >= 0 {
		return Argument // C would read the name only up to there
	}
	c := calls.Get().(*call)
	defer c.release()
	c.arguments[0] = 0
	terminated := append([]byte(name), 0)
	if name != "" {
		c.arguments[0] = address(c, 0, terminated)
	}
	status := l.status(symForceISA, c, 1)
	runtime.KeepAlive(unsafe.SliceData(terminated))
	return status
}

// Version is the release of the library.
func (l *Library) Version() string { return text(callAddress(l.address[symVersion], nil)) }

// ABIVersion is the number of the library's binary interface. It is the cheapest call there is: a measure of the crossing itself.
func (l *Library) ABIVersion() uint32 { return uint32(callAddress(l.address[symABIVersion], nil)) }

// StatusText is the library's own text for a status.
func (l *Library) StatusText(status Status) string {
	arguments := [...]uintptr{uintptr(status)}
	return text(callAddress(l.address[symStatusText], arguments[:]))
}

// text is a copy of a C string, which lies in C's memory.
func text(address uintptr) string {
	first := *(*unsafe.Pointer)(unsafe.Pointer(&address)) // a C address: the garbage collector has no part in it
	if first == nil {
		return ""
	}
	length := 0
	for *(*byte)(unsafe.Add(first, length)) != 0 {
		length++
	}
	return string(unsafe.Slice((*byte)(first), length))
}
