package arena

import (
	"fmt"
	"os"
	"unsafe"
)

// guardBytes is the least length of the inaccessible memory at each end: enough to stop a loop that steps by rows of 16 384 floats.
const guardBytes = 1 << 16

func pageSize() int { return os.Getpagesize() }

// memory is one reservation: guard, usable, guard. Only usable can be read and written.
type memory struct {
	whole    []byte
	usable   []byte
	pageSize int
	hugePage int // size of the pages that were promised, 0 if none
	hugeErr  error
	locked   int
	lockErr  *LockError
}

// reserve makes size usable bytes between guards, rounded up to whole pages.
func reserve(size int, o Options) (memory, error) {
	m := memory{pageSize: pageSize()}
	align := m.pageSize
	if o.HugePages {
		if m.hugePage, m.hugeErr = hugePageSize(); m.hugeErr == nil {
			align = m.hugePage
		}
	}
	guard := max(guardBytes, m.pageSize)
	size = int(roundUp(uint64(size), uint64(align)))
	var err error
	if m.whole, err = reserveMemory(guard + size + guard + align - m.pageSize); err != nil {
		return memory{}, fmt.Errorf("arena: reserve %d bytes: %w", size, err)
	}
	start := guard + int(-(uintptr(unsafe.Pointer(unsafe.SliceData(m.whole)))+uintptr(guard))%uintptr(align))
	m.usable = m.whole[start : start+size : start+size]
	if err := m.prepare(o); err != nil {
		_ = unmapMemory(m.whole)
		return memory{}, err
	}
	return m, nil
}

// prepare makes the usable part so. Advice on page size comes before locking, which is when pages are made.
func (m *memory) prepare(o Options) error {
	if err := commitMemory(m.usable); err != nil {
		return fmt.Errorf("arena: make %d bytes accessible: %w", len(m.usable), err)
	}
	if m.hugePage > 0 {
		if m.hugeErr = adviseHugePages(m.usable); m.hugeErr != nil {
			m.hugePage = 0
		}
	}
	if o.Lock != LockOff {
		m.lock()
	}
	if o.Lock == LockRequired && m.lockErr != nil {
		return m.lockErr
	}
	return nil
}

func (m *memory) lock() {
	if err := lockMemory(m.usable); err != nil {
		m.lockErr = &LockError{Bytes: len(m.usable), Limit: lockLimit(), Errno: err}
		return
	}
	m.locked = len(m.usable)
}

// free gives everything back. A q2debug build keeps the addresses, so that nothing else can come to lie where a stray pointer points.
func (m *memory) free() error {
	whole := m.whole
	m.whole, m.usable, m.locked = nil, nil, 0
	if debug {
		return voidMemory(whole)
	}
	return unmapMemory(whole)
}
