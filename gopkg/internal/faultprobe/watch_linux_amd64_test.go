//go:build cgo

package faultprobe_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/q2kernel/q2/gopkg/internal/faultprobe"
)

func pages(t *testing.T, count int) []byte {
	memory, err := unix.Mmap(-1, 0, count*os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, unix.Munmap(memory)) })
	return memory
}

func offsets(memory []byte, accesses []faultprobe.Access) (offsets []int) {
	for _, a := range accesses {
		offsets = append(offsets, int(a.Address-uintptr(unsafe.Pointer(unsafe.SliceData(memory)))))
	}
	return offsets
}

//go:noinline
func goWrite(memory []byte, at int) { memory[at] = byte(at) }

//go:noinline
func goRead(memory []byte, at int) byte { return inlined(memory, at) }

func inlined(memory []byte, at int) byte { return memory[at] }

// Each access is noted, in order, with who made it, and happens as if nobody looked.
func TestWatchNotesEveryAccess(t *testing.T) {
	memory := pages(t, 3)
	var read byte
	accesses, err := faultprobe.Watch(memory, faultprobe.Inaccessible, func() {
		goWrite(memory, 5)
		goWrite(memory, 9000)
		read = goRead(memory, 5)
		faultprobe.Store(&memory[77], 3)
	})
	require.NoError(t, err)
	assert.Equal(t, []int{5, 9000, 5, 77}, offsets(memory, accesses))
	assert.Equal(t, [4]byte{5, 5, 40, 3}, [4]byte{read, memory[5], memory[9000], memory[77]})
	for i, want := range []struct {
		write bool
		goes  string
	}{{true, "goWrite"}, {true, "goWrite"}, {false, "goRead"}, {true, ""}} {
		assert.Equal(t, want.write, accesses[i].Write, "%v", accesses[i])
		assert.Equal(t, want.goes == "", accesses[i].GoFunction() == "", "%v", accesses[i])
		assert.True(t, strings.HasSuffix(accesses[i].GoFunction(), want.goes), "%v", accesses[i])
		assert.Equal(t, filepath.Base(os.Args[0]), accesses[i].Library())
	}
}

// Copies are seen as what they are: Go's by the runtime's memmove, the C library's by that.
func TestWatchSeesCopies(t *testing.T) {
	memory := pages(t, 2)
	for i := range memory {
		memory[i] = byte(i)
	}
	other := make([]byte, 600)
	accesses, err := faultprobe.Watch(memory[100:], faultprobe.Inaccessible, func() { copy(other, memory[100:]) })
	require.NoError(t, err)
	require.NotEmpty(t, accesses)
	for _, a := range accesses {
		assert.Equal(t, "runtime.memmove", a.GoFunction(), "%v", a)
		assert.False(t, a.Write)
	}
	assert.Equal(t, memory[100:700], other)

	accesses, err = faultprobe.Watch(memory, faultprobe.ReadOnly, func() { faultprobe.Copy(memory, other) })
	require.NoError(t, err)
	require.NotEmpty(t, accesses)
	assert.Contains(t, offsets(memory, accesses), 0)
	for _, a := range accesses {
		assert.NotEqual(t, filepath.Base(os.Args[0]), a.Library(), "%v", a)
		assert.Equal(t, filepath.Base(os.Args[0]), a.CallerLibrary(), "%v", a)
		assert.Empty(t, a.GoFunction())
		assert.True(t, a.Write)
	}
	assert.Equal(t, other, memory[:600])
}

func TestWatchLeavesOutWhatIsBesideIt(t *testing.T) {
	memory := pages(t, 1)
	accesses, err := faultprobe.Watch(memory[100:200], faultprobe.ReadOnly, func() {
		goWrite(memory, 99)
		goWrite(memory, 100)
		goRead(memory, 150)
		goWrite(memory, 199)
		goWrite(memory, 200)
	})
	require.NoError(t, err)
	assert.Equal(t, []int{100, 199}, offsets(memory, accesses))
}

// The handlers are gone after a watch, and Go's are back.
func TestWatchGivesTheSignalsBack(t *testing.T) {
	memory := pages(t, 1)
	assert.PanicsWithValue(t, "stop", func() {
		_, _ = faultprobe.Watch(memory, faultprobe.Inaccessible, func() { panic("stop") })
	})
	goWrite(memory, 1)
	var nothing *int
	assert.PanicsWithError(t, "runtime error: invalid memory address or nil pointer dereference", func() { *nothing = 1 })
	_, err := faultprobe.Watch(memory, faultprobe.Inaccessible, func() {
		assert.PanicsWithError(t, "runtime error: invalid memory address or nil pointer dereference", func() { *nothing = 1 })
	})
	require.NoError(t, err)
	runtime.KeepAlive(nothing)
}

func TestWatchOfMemoryThatIsNotThere(t *testing.T) {
	// The lowest addresses that a process may map, and that nobody does.
	at := uintptr(1 << 16)
	_, err := faultprobe.Watch(unsafe.Slice(*(**byte)(unsafe.Pointer(&at)), 4096), faultprobe.ReadOnly, func() { t.Error("called") })
	assert.ErrorIs(t, err, unix.ENOMEM)
}
