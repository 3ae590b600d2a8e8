package native

import (
	"runtime"
	"sync"
	"unsafe"

	"github.com/q2kernel/q2/native/internal/gostack"
)

// call is what one call needs for as long as it lasts: its arguments, and a place for what C returns through a pointer. It
// comes from a pool and lies on the heap, so that its address holds while C has it, and a call allocates nothing.
type call struct {
	key         uint64
	found       uintptr
	transitions uint32
	distance    uint32
	score       float32
	arguments   [11]uintptr
	copies      [5][]uint64 // of buffers on the caller's stack; 64-bit words, aligned for every type
}

var calls = sync.Pool{New: func() any { return new(call) }}

// largestKept is the size in words up to which the room for a copy is kept for later calls.
const largestKept = 1 << 13

func (c *call) release() {
	for i, words := range c.copies {
		if cap(words) > largestKept {
			c.copies[i] = nil
		}
	}
	calls.Put(c)
}

// element is what buffers are made of.
type element interface {
	byte | int8 | uint32 | uint64 | float32
}

// address is a buffer's address as a number. A stack moves, and numbers do not move with it: a buffer there is copied to
// copy number i, and results are fetched back by fetch. Memory elsewhere is passed as it is, and the caller keeps it alive.
func address[T element](c *call, i int, buffer []T) uintptr {
	first := unsafe.Pointer(unsafe.SliceData(buffer))
	if !gostack.Holds(first) {
		return uintptr(first)
	}
	content := bytesOf(buffer)
	words := (len(content) + 7) / 8
	if cap(c.copies[i]) < max(words, 1) {
		c.copies[i] = make([]uint64, max(words, 1))
	}
	c.copies[i] = c.copies[i][:max(words, 1)]
	copy(bytesOf(c.copies[i]), content)
	return uintptr(unsafe.Pointer(unsafe.SliceData(c.copies[i])))
}

// fetch brings back what was written to copy number i, and keeps the buffer alive until here.
func fetch[T element](c *call, i int, buffer []T) {
	first := unsafe.SliceData(buffer)
	if gostack.Holds(unsafe.Pointer(first)) {
		copy(bytesOf(buffer), bytesOf(c.copies[i]))
	}
	runtime.KeepAlive(first)
}

func bytesOf[T element](buffer []T) []byte {
	first := unsafe.SliceData(buffer)
	return unsafe.Slice((*byte)(unsafe.Pointer(first)), len(buffer)*int(unsafe.Sizeof(*first)))
}

// status calls a function with the first count arguments, and reads what it returns as a q2_status.
func (l *Library) status(s symbol, c *call, count int) Status {
	return Status(uint32(callAddress(l.address[s], c.arguments[:count])))
}

// Quantise codes the last row of tensor, [seqLen × n] of dtype, into packed.
func (l *Library) Quantise(packed, tensor []byte, seqLen, n int, dtype uint32) (key uint64, transitions uint32, status Status) {
	c := calls.Get().(*call)
	defer c.release()
	c.key, c.transitions = 0, 0
	c.arguments = [11]uintptr{address(c, 0, tensor), uintptr(seqLen), uintptr(n), uintptr(dtype), address(c, 1, packed),
		uintptr(unsafe.Pointer(&c.key)), uintptr(unsafe.Pointer(&c.transitions))}
	status = l.status(symQuantise, c, 7)
	fetch(c, 1, packed)
	runtime.KeepAlive(unsafe.SliceData(tensor))
	return c.key, c.transitions, status
}

// QuantiseRows codes count rows, rowStride bytes apart, into codes packedStride bytes apart, in one call.
func (l *Library) QuantiseRows(packed []byte, packedStride int, keys []uint64, transitions []uint32, rowStatus []byte,
	rows []byte, rowStride, count, n int, dtype uint32) Status {
	c := calls.Get().(*call)
	defer c.release()
	c.arguments = [11]uintptr{address(c, 0, rows), uintptr(rowStride), uintptr(count), uintptr(n), uintptr(dtype),
		address(c, 1, packed), uintptr(packedStride), address(c, 2, keys), address(c, 3, transitions), address(c, 4, rowStatus)}
	status := l.status(symQuantiseRows, c, 10)
	fetch(c, 1, packed)
	fetch(c, 2, keys)
	fetch(c, 3, transitions)
	fetch(c, 4, rowStatus)
	runtime.KeepAlive(unsafe.SliceData(rows))
	return status
}

// Key is the transition key of a code.
func (l *Library) Key(packed []byte, n int) (key uint64, transitions uint32, status Status) {
	c := calls.Get().(*call)
	defer c.release()
	c.key, c.transitions = 0, 0
	c.arguments = [11]uintptr{address(c, 0, packed), uintptr(n), uintptr(unsafe.Pointer(&c.key)), uintptr(unsafe.Pointer(&c.transitions))}
	status = l.status(symKey, c, 4)
	runtime.KeepAlive(unsafe.SliceData(packed))
	return c.key, c.transitions, status
}

// LeeDistance is the distance of two codes.
func (l *Library) LeeDistance(a, b []byte, n int) (distance uint32, status Status) {
	c := calls.Get().(*call)
	defer c.release()
	c.distance = 0
	c.arguments = [11]uintptr{address(c, 0, a), address(c, 1, b), uintptr(n), uintptr(unsafe.Pointer(&c.distance))}
	status = l.status(symLeeDistance, c, 4)
	runtime.KeepAlive(unsafe.SliceData(a))
	runtime.KeepAlive(unsafe.SliceData(b))
	return c.distance, status
}

// LeeDistances writes the distance of query to each of count codes, stride bytes apart.
func (l *Library) LeeDistances(distances []uint32, query, codes []byte, stride, count, n int) Status {
	c := calls.Get().(*call)
	defer c.release()
	c.arguments = [11]uintptr{address(c, 0, query), address(c, 1, codes), uintptr(stride), uintptr(count), uintptr(n),
		address(c, 2, distances)}
	status := l.status(symLeeDistances, c, 6)
	fetch(c, 2, distances)
	runtime.KeepAlive(unsafe.SliceData(query))
	runtime.KeepAlive(unsafe.SliceData(codes))
	return status
}

// LeeNearest finds the len(ids) codes nearest to query, and says how many there are.
func (l *Library) LeeNearest(ids []uint64, distances []uint32, query, codes []byte, stride, count, n int) (found int, status Status) {
	c := calls.Get().(*call)
	defer c.release()
	c.found = 0
	c.arguments = [11]uintptr{address(c, 0, query), address(c, 1, codes), uintptr(stride), uintptr(count), uintptr(n),
		uintptr(len(ids)), address(c, 2, ids), address(c, 3, distances), uintptr(unsafe.Pointer(&c.found))}
	status = l.status(symLeeNearest, c, 9)
	fetch(c, 2, ids)
	fetch(c, 3, distances)
	runtime.KeepAlive(unsafe.SliceData(query))
	runtime.KeepAlive(unsafe.SliceData(codes))
	return int(c.found), status
}

// LeeNearestMany finds the k codes nearest to each of queryCount queries, queryStride bytes apart: those of query i from
// element i·k of ids and distances on. It says how many there are for each.
func (l *Library) LeeNearestMany(ids []uint64, distances []uint32, k int, queries []byte, queryStride, queryCount int,
	codes []byte, stride, count, n int) (found int, status Status) {
	c := calls.Get().(*call)
	defer c.release()
	c.found = 0
	c.arguments = [11]uintptr{address(c, 0, queries), uintptr(queryStride), uintptr(queryCount), address(c, 1, codes), uintptr(stride),
		uintptr(count), uintptr(n), uintptr(k), address(c, 2, ids), address(c, 3, distances), uintptr(unsafe.Pointer(&c.found))}
	status = l.status(symLeeNearestMany, c, 11)
	fetch(c, 2, ids)
	fetch(c, 3, distances)
	runtime.KeepAlive(unsafe.SliceData(queries))
	runtime.KeepAlive(unsafe.SliceData(codes))
	return int(c.found), status
}
