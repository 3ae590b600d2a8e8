//go:build cgo && linux && amd64 && !q2debug

package onnx_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/cache"
	"github.com/q2kernel/q2/gopkg/internal/faultprobe"
	"github.com/q2kernel/q2/gopkg/onnx"
	"github.com/q2kernel/q2/gopkg/q2"
)

// The promise: an activation is written once, by ONNX Runtime, into memory of the arena, and the kernel reads it there. Nothing in between
// copies it. These tests watch that memory, and see every instruction that touches it in the course of a fingerprint. (A q2debug build opens the
// memory at each Acquire, and so undoes what the probe does.)

// openToWatch opens a model with one thread and one run at a time: the probe lets one thread through.
func openToWatch(t *testing.T, path string, everyToken bool) *onnx.Model {
	t.Helper()
	m, err := onnx.Open(path, onnx.Options{IntraOpThreads: 1, ParallelRuns: 1, EveryToken: everyToken})
	if err != nil && !slices.Contains(strings.Split(os.Getenv("Q2_REQUIRE"), ","), "onnx") {
		t.Skipf("NOT TESTED, run `make setup` first: %v", err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, m.Close()) })
	return m
}

// ledger is every access to the activation in the course of one fingerprint.
type ledger struct {
	accesses []faultprobe.Access
	tensor   q2.Tensor // what the kernel is given, and where ONNX Runtime is to write
}

var watchedIDs = []int64{1, 2, 3, 4, 5}

// activationOf is where the model puts out a text's rows: with one run at a time, the next one has the same lease.
func activationOf(t *testing.T, m *onnx.Model) (tensor q2.Tensor) {
	t.Helper()
	require.NoError(t, m.Visit(watchedIDs, func(hidden q2.Tensor) error { tensor = hidden; return nil }))
	return tensor
}

// watch makes a fingerprint with the activation protected, and checks that it comes out as without.
func watch(t *testing.T, m *onnx.Model, protection faultprobe.Protection) ledger {
	t.Helper()
	want, got := make([]byte, q2.PackedLen(m.N())), make([]byte, q2.PackedLen(m.N()))
	wantKey, _, err := m.Fingerprint(want, watchedIDs)
	require.NoError(t, err)
	l := ledger{tensor: activationOf(t, m)}
	var key q2.TransitionKey
	var failed error
	l.accesses, err = faultprobe.Watch(l.tensor.Data, protection, func() { key, _, failed = m.Fingerprint(got, watchedIDs) })
	require.NoError(t, err)
	require.NoError(t, failed)
	require.NotEmpty(t, l.accesses)
	require.Equal(t, want, got)
	require.Equal(t, wantKey, key)
	return l
}

func (l ledger) offset(a faultprobe.Access) int {
	return int(a.Address - uintptr(unsafe.Pointer(unsafe.SliceData(l.tensor.Data))))
}

// byGo is how often Go code other than a kernel touched the activation. To copy a byte it would have to.
func byGo(accesses []faultprobe.Access) (count int) {
	for _, a := range accesses {
		if a.GoFunction() != "" && !isKernel(a) {
			count++
		}
	}
	return count
}

func isRuntime(library string) bool { return strings.HasPrefix(library, "libonnxruntime") }

// isKernel knows libq2, compiled into the program or loaded, from the Go code beside it, and the kernel in plain Go by its package.
func isKernel(a faultprobe.Access) bool {
	if function := a.GoFunction(); function != "" {
		return strings.HasPrefix(function, "github.com/q2kernel/q2/gopkg/reference.")
	}
	library := a.Library()
	return library == filepath.Base(os.Args[0]) || strings.HasPrefix(library, "libq2.so")
}

func eachModel(t *testing.T, test func(t *testing.T, path string)) {
	folder, err := cache.DefaultModelFolder()
	require.NoError(t, err)
	for name, path := range map[string]string{
		"small": filepath.Join("..", "..", "testdata", "onnx", "hidden.onnx"), "default": filepath.Join(folder, "model.onnx"),
	} {
		t.Run(name, func(t *testing.T) { test(t, path) })
	}
}

// With the activation read-only the first write faults inside ONNX Runtime, in the code that computes it and not in a copy, at its first byte. So do
// all others.
func TestONNXRuntimeComputesIntoTheArena(t *testing.T) {
	eachModel(t, func(t *testing.T, path string) {
		l := watch(t, openToWatch(t, path, true), faultprobe.ReadOnly)
		assert.Equal(t, len(watchedIDs), l.tensor.SeqLen)
		assert.Zero(t, l.offset(l.accesses[0]))
		for _, a := range l.accesses {
			require.True(t, a.Write && isRuntime(a.Library()), "%v", a)
		}
	})
}

// With the activation inaccessible every access is seen: first ONNX Runtime's, then the kernel's, which reads the last row where it lies,
// from its first to its last byte. Go's are none, so the bytes that it copies are none.
func TestNobodyElseTouchesTheActivation(t *testing.T) {
	eachModel(t, func(t *testing.T, path string) {
		for _, everyToken := range []bool{true, false} {
			l := watch(t, openToWatch(t, path, everyToken), faultprobe.Inaccessible)
			assert.Zero(t, byGo(l.accesses))
			first := slices.IndexFunc(l.accesses, isKernel)
			require.Positive(t, first)
			for _, a := range l.accesses[:first] {
				// A model cut to its last token ends with a gather, in which ONNX Runtime has the C library move that row to the output.
				ours := isRuntime(a.Library()) || !everyToken && isRuntime(a.CallerLibrary())
				require.True(t, ours, "%v, called from %s", a, a.CallerLibrary())
			}
			row := l.tensor.Dtype.RowBytes(l.tensor.N)
			least, most := len(l.tensor.Data), 0
			for _, a := range l.accesses[first:] {
				require.True(t, isKernel(a) && !a.Write, "%v", a)
				least, most = min(least, l.offset(a)), max(most, l.offset(a))
			}
			assert.Equal(t, len(l.tensor.Data)-row, least, "the kernel's input is ONNX Runtime's output")
			assert.GreaterOrEqual(t, most, len(l.tensor.Data)-64, "up to its last vector")
		}
	})
}

// The counter that reads 0 above does count: a copy in Go is seen.
func TestACopyInGoWouldBeSeen(t *testing.T) {
	eachModel(t, func(t *testing.T, path string) {
		m := openToWatch(t, path, false)
		tensor := activationOf(t, m)
		var copied []byte
		accesses, err := faultprobe.Watch(tensor.Data, faultprobe.Inaccessible, func() {
			_ = m.Visit(watchedIDs, func(hidden q2.Tensor) error { copied = bytes.Clone(hidden.Data); return nil })
		})
		require.NoError(t, err)
		assert.Equal(t, tensor.Data, copied)
		assert.Positive(t, byGo(accesses))
	})
}
