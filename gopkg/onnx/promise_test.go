//go:build cgo && linux && amd64

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
// copies it. These tests watch that memory, and see every instruction that touches it in the course of a fingerprint.

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

// ledger is what was seen of one fingerprint.
type ledger struct {
	accesses []faultprobe.Access
	memory   []byte // the activation
	tensor   q2.Tensor
}

// watch makes a fingerprint with the activation protected, and checks that it comes out as always.
func watch(t *testing.T, m *onnx.Model, protection faultprobe.Protection) ledger {
	t.Helper()
	ids := []int64{1, 2, 3, 4, 5}
	var l ledger
	require.NoError(t, m.Visit(ids, func(hidden q2.Tensor) error {
		l.tensor, l.memory = hidden, hidden.Data // one run at a time: the next one has the same lease
		return nil
	}))
	want, got := make([]byte, q2.PackedLen(m.N())), make([]byte, q2.PackedLen(m.N()))
	wantKey, _, err := m.Fingerprint(want, ids)
	require.NoError(t, err)
	var key q2.TransitionKey
	l.accesses, err = faultprobe.Watch(l.memory, protection, func() { key, _, err = m.Fingerprint(got, ids) })
	require.NoError(t, err)
	require.NotEmpty(t, l.accesses)
	assert.True(t, bytes.Equal(want, got))
	assert.Equal(t, wantKey, key)
	return l
}

// bytesByGo counts the bytes of the activation that Go code touched: what it copies is at least read.
func (l ledger) bytesByGo() int {
	touched := map[uintptr]bool{}
	for _, a := range l.accesses {
		if a.GoFunction() != "" {
			touched[a.Address] = true
		}
	}
	return len(touched)
}

func (l ledger) offset(a faultprobe.Access) int {
	return int(a.Address - uintptr(unsafe.Pointer(unsafe.SliceData(l.memory))))
}

func models(t *testing.T) []string {
	folder, err := cache.DefaultModelFolder()
	require.NoError(t, err)
	return []string{filepath.Join("..", "..", "testdata", "onnx", "hidden.onnx"), filepath.Join(folder, "model.onnx")}
}

func TestDump(t *testing.T) {
	for _, path := range models(t) {
		for _, every := range []bool{false, true} {
			m := openToWatch(t, path, every)
			l := watch(t, m, faultprobe.Inaccessible)
			t.Log(path, every, len(l.accesses), len(l.memory), l.tensor.SeqLen)
			last := ""
			n := 0
			for _, a := range l.accesses {
				s := a.Library() + a.GoFunction()
				if a.Write {
					s += " write"
				} else {
					s += " read"
				}
				if s != last {
					t.Log("  ", n, s, l.offset(a))
					last = s
				}
				n++
			}
		}
	}
}
