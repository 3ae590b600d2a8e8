// Package arena holds memory that Go owns, that C and ONNX Runtime read and write, and that the garbage collector neither
// moves nor scans: one reservation per arena, with inaccessible guard pages at both ends, cut into leases of equal size.
//
// A lease is room for one activation and for what the kernel makes of it (docs/SPEC.md sections 5 and 6). It starts on a 64-byte
// boundary and shares no cache line with another. While all leases are out, Acquire waits, and that is a server's backpressure:
//
//	lease, err := a.Acquire(ctx)
//	if err != nil {
//		return err
//	}
//	defer lease.Release()
//	activation, err := lease.Tensor(q2.FP32, seqLen, n) // a view: ONNX Runtime writes it, the kernel reads it
//
// # Rules
//
// A lease belongs to one goroutine at a time. The slices that its methods return are views of its memory: they end with Release, and
// the arena keeps a lease from being used after that, but can't see a slice that was kept. Build with the tag q2debug to find such a
// slice: there the pages of a lease are inaccessible from Release to the next Acquire, and those of a closed arena for good, so that a
// stray read or write faults at once, in Go and in C.
//
// Never store a Go pointer in a lease: the garbage collector does not see it. The race detector does not watch this memory either.
// An arena that is dropped without Close keeps its memory until the process ends: a view does not keep its arena alive, so
// unmapping in the collector's stead could take memory from under somebody.
//
// # Systems
//
// Linux, darwin and the BSDs reserve with mmap and lock with mlock, within RLIMIT_MEMLOCK; Windows reserves with VirtualAlloc and locks with
// VirtualLock, within the minimum working set of the process. Huge pages are Linux's transparent ones; on other systems
// Stats says that there are none.
package arena
