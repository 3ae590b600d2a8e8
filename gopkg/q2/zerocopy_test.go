//go:build unix

package q2_test

import (
	"fmt"
	"os"
	"regexp"
	"runtime/debug"
	"strconv"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/q2kernel/q2/gopkg/q2"
)

// Nobody reads an activation but the kernel, and that at the caller's address. Proof: let the memory be inaccessible. The
// first read is then a fault, and it must come from the kernel, within the last row. Each backend has a process of its own,
// for a fault in C ends it.
func TestTheKernelReadsTheCallersMemory(t *testing.T) {
	if name := os.Getenv("Q2_TEST_FAULT"); name != "" {
		faultIn(name)
		return
	}
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		child := again("TestTheKernelReadsTheCallersMemory")
		child.Env = append(os.Environ(), "Q2_TEST_FAULT="+k.Backend(), "Q2_ISA="+k.ISA(), "ASAN_OPTIONS=handle_segv=0") // the fault is for Go to report
		out, err := child.CombinedOutput()
		row := address(t, out, `last row at (0x[0-9a-f]+)`)
		if k.Backend() == "go" {
			require.NoError(t, err)
			require.Regexp(t, `github.com/q2kernel/q2/gopkg/reference\.`, string(out))
		} else {
			require.Error(t, err, "%s", out)
			require.Contains(t, string(out), "signal arrived during cgo execution")
		}
		fault := address(t, out, `(?:addr=|fault at )(0x[0-9a-f]+)`)
		require.GreaterOrEqual(t, fault, row)
		require.Less(t, fault, row+4096)
	})
}

func address(t *testing.T, out []byte, pattern string) uint64 {
	t.Helper()
	found := regexp.MustCompile(pattern).FindSubmatch(out)
	require.NotNil(t, found, "%s", out)
	value, err := strconv.ParseUint(string(found[1]), 0, 64)
	require.NoError(t, err)
	return value
}

// faultIn quantises the last of three rows of 4096 bytes that nobody may read.
func faultIn(backend string) {
	const n, seqLen = 1024, 3
	k, err := q2.Open(backend, os.Getenv("Q2_ISA"))
	if err != nil {
		fmt.Println(err)
		return
	}
	memory, err := unix.Mmap(-1, 0, seqLen*4*n, unix.PROT_NONE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("last row at %p\n", unsafe.SliceData(memory[(seqLen-1)*4*n:]))
	debug.SetPanicOnFault(true)
	defer func() {
		if fault, ok := recover().(interface{ Addr() uintptr }); ok {
			fmt.Printf("fault at %#x\n%s", fault.Addr(), debug.Stack())
		}
	}()
	var packed [n / 4]byte
	_, err = k.Quantise(packed[:], q2.Tensor{Data: memory, Dtype: q2.FP32, SeqLen: seqLen, N: n})
	fmt.Println("no fault:", err)
}
