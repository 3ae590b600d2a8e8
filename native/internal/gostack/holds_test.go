//go:build 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64

package gostack_test

import (
	"runtime"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"

	"github.com/q2kernel/q2/native/internal/gostack"
)

var global [8]byte

func needsStack(t *testing.T) {
	if asanEnabled {
		t.Skip("the address sanitiser has variables moved to the heap")
	}
}

func TestHolds(t *testing.T) {
	needsStack(t)
	var local [8]byte
	heap := make([]byte, 1<<20)
	runtime.KeepAlive(&heap)
	assert.True(t, gostack.Holds(unsafe.Pointer(&local)))
	assert.True(t, gostack.Holds(unsafe.Pointer(&local[7])))
	assert.False(t, gostack.Holds(unsafe.Pointer(&heap[0])))
	assert.False(t, gostack.Holds(unsafe.Pointer(&heap[len(heap)-1])))
	assert.False(t, gostack.Holds(unsafe.Pointer(&global)))
	assert.False(t, gostack.Holds(nil))
}

// A variable far up a stack that has moved several times is still on it, and another goroutine's heap is not.
func TestHoldsAfterTheStackMoved(t *testing.T) {
	needsStack(t)
	done := make(chan [2]bool)
	heap := new([64]byte)
	go func() {
		var local [64]byte
		before := uintptr(unsafe.Pointer(&local))
		held := deep(200, &local, heap)
		moved := before != uintptr(unsafe.Pointer(&local))
		done <- [2]bool{held, moved}
	}()
	result := <-done
	assert.True(t, result[0])
	assert.True(t, result[1], "the stack did not move, so that nothing was tested")
}

// deep asks at every depth of a stack that grows by a KiB a call.
//
//go:noinline
func deep(depth int, local, heap *[64]byte) bool {
	var frame [1024]byte
	frame[depth] = 1
	held := gostack.Holds(unsafe.Pointer(local)) && gostack.Holds(unsafe.Pointer(&frame)) && !gostack.Holds(unsafe.Pointer(heap))
	if depth == 0 || !held {
		return held
	}
	return deep(depth-1, local, heap) && frame[depth] == 1
}

func BenchmarkHolds(b *testing.B) {
	var local [8]byte
	for b.Loop() {
		gostack.Holds(unsafe.Pointer(&local))
	}
}
