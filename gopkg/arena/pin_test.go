package arena_test

import (
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/arena"
)

func TestPinIsTheSlicesMemory(t *testing.T) {
	floats := make([]float32, 1000)
	p, err := arena.Pin(floats[10:20])
	require.NoError(t, err)
	b, err := p.Bytes()
	require.NoError(t, err)
	at, err := p.Address()
	require.NoError(t, err)
	assert.Equal(t, unsafe.Pointer(&floats[10]), at)
	assert.Equal(t, uintptr(at), address(b))
	assert.Len(t, b, 40)
	require.NoError(t, p.Unpin())

	assert.ErrorIs(t, p.Unpin(), arena.ErrReleased)
	_, err = p.Bytes()
	assert.ErrorIs(t, err, arena.ErrReleased)
	_, err = p.Address()
	assert.ErrorIs(t, err, arena.ErrReleased)
}

// What native code sees is an address and no reference. While it is pinned, the memory is not given to anybody else.
func TestPinnedMemoryOutlivesItsLastReference(t *testing.T) {
	collected := make(chan struct{})
	p := func() *arena.Pinned {
		big := new([1 << 16]uint16)
		runtime.AddCleanup(big, func(struct{}) { close(collected) }, struct{}{})
		for i := range big {
			big[i] = uint16(i)
		}
		p, err := arena.Pin(big[:])
		require.NoError(t, err)
		return p
	}()
	for range 3 {
		runtime.GC()
	}
	select {
	case <-collected:
		t.Fatal("pinned memory was collected")
	default:
	}
	at, err := p.Address()
	require.NoError(t, err)
	for i, v := range unsafe.Slice((*uint16)(at), 1<<16) {
		require.Equal(t, uint16(i), v)
	}
	require.NoError(t, p.Unpin())
	runtime.GC()
	<-collected
}

// A forgotten Unpin is found by the runtime itself: it ends the program, here a child.
func TestAForgottenUnpinEndsTheProgram(t *testing.T) {
	if os.Getenv(forgetfulChild) != "" {
		_, err := arena.Pin(make([]float32, 64))
		require.NoError(t, err)
		for range 100 {
			runtime.GC()
			time.Sleep(10 * time.Millisecond)
		}
		return
	}
	child := exec.Command(os.Args[0], "-test.run=^TestAForgottenUnpinEndsTheProgram$")
	child.Env = append(os.Environ(), forgetfulChild+"=1")
	out, err := child.CombinedOutput()
	require.Error(t, err)
	assert.Contains(t, string(out), "runtime.Pinner: found leaking pinned pointer")
}

const forgetfulChild = "Q2_TEST_FORGETFUL"

func TestPinTwice(t *testing.T) {
	slice := []int8{1, 2, 3}
	one, err := arena.Pin(slice)
	require.NoError(t, err)
	two, err := arena.Pin(slice[1:])
	require.NoError(t, err)
	require.NoError(t, one.Unpin())
	b, err := two.Bytes()
	require.NoError(t, err)
	assert.Equal(t, []byte{2, 3}, b)
	require.NoError(t, two.Unpin())
}

func TestPinOfWhatNeedsNone(t *testing.T) {
	for _, empty := range [][]float32{nil, {}} {
		_, err := arena.Pin(empty)
		var size *arena.SizeError
		assert.ErrorAs(t, err, &size)
	}
	a := newArena(t, arena.Options{Leases: 1, LeaseBytes: 64})
	l := take(t, a)
	p, err := arena.Pin(bytesOf(t, l))
	require.NoError(t, err, "off-heap memory stays where it is anyway")
	require.NoError(t, p.Unpin())
	require.NoError(t, l.Release())
}
