//go:build cgo && linux

package onnx

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	ort "github.com/yalue/onnxruntime_go"
	"golang.org/x/sys/unix"

	"github.com/q2kernel/q2/gopkg/q2"
)

func addressOf(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }

// childVariable makes the test binary play a child process: its value is the model to run.
const childVariable = "Q2_TEST_CHILD"

// child runs this test binary again, with only the named test, and returns what it wrote to standard error.
func child(t *testing.T, test, model string) (stderr string, err error) {
	t.Helper()
	var text strings.Builder
	cmd := exec.Command(os.Args[0], "-test.run=^"+test+"$", "-test.count=1")
	cmd.Env = append(os.Environ(), childVariable+"="+model, "GOTRACEBACK=single")
	cmd.Stderr = &text
	err = cmd.Run()
	return text.String(), err
}

// TestONNXRuntimeWritesWhereTheKernelReads: with the activation read-only, ONNX Runtime itself faults, at an address of the very row
// block that the kernel is given. Nothing in between copies. Cut to the last token, its last step is a gather, which writes through memcpy.
func TestONNXRuntimeWritesWhereTheKernelReads(t *testing.T) {
	if path := os.Getenv(childVariable); path != "" {
		path, every := strings.CutSuffix(path, everyToken)
		runIntoReadOnlyMemory(t, path, every)
		return
	}
	_, model := openDefault(t)
	for _, path := range []string{fixture("hidden"), model, fixture("hidden") + everyToken, model + everyToken} {
		stderr, err := child(t, t.Name(), path)
		require.Error(t, err, "the write must fault: %s", stderr)
		numbers := map[string]uint64{}
		for _, m := range regexp.MustCompile(`(kernel|arena|end|addr|PC)=0x([0-9a-f]+)`).FindAllStringSubmatch(stderr, -1) {
			if _, seen := numbers[m[1]]; !seen {
				numbers[m[1]], err = strconv.ParseUint(m[2], 16, 64)
				require.NoError(t, err)
			}
		}
		require.Contains(t, stderr, "SIGSEGV", stderr)
		assert.Equal(t, numbers["arena"], numbers["kernel"], "the kernel reads the arena's lease")
		assert.GreaterOrEqual(t, numbers["addr"], numbers["arena"], stderr)
		assert.Less(t, numbers["addr"], numbers["end"], "the fault is in the tensor's memory")
		writer := codeAt(t, stderr, numbers["PC"])
		if strings.HasSuffix(path, everyToken) {
			assert.Contains(t, writer, "onnxruntime", "the writer")
		} else {
			assert.Regexp(t, `onnxruntime|libc[.-]`, writer, "the writer")
		}
		assert.Contains(t, stderr, "RunWithBinding(", "in a run of ONNX Runtime")
	}
}

// everyToken marks the paths of models that the child is not to cut.
const everyToken = "#every token"

// codeAt is the file whose code is at an address, of those that the child listed.
func codeAt(t *testing.T, list string, address uint64) string {
	t.Helper()
	for _, m := range regexp.MustCompile(`(?m)^code=([0-9a-f]+)-([0-9a-f]+) r-xp \S+ \S+ \S+ +(.*)$`).FindAllStringSubmatch(list, -1) {
		from, err := strconv.ParseUint(m[1], 16, 64)
		require.NoError(t, err)
		to, err := strconv.ParseUint(m[2], 16, 64)
		require.NoError(t, err)
		if address >= from && address < to {
			return m[3]
		}
	}
	return "no file"
}

func runIntoReadOnlyMemory(t *testing.T, path string, every bool) {
	// Of these sizes, so that what is written begins and ends with a page.
	m, err := Open(path, Options{IntraOpThreads: 1, ParallelRuns: 1, MaxBatch: 128, MaxBatchTokens: 4096, EveryToken: every})
	require.NoError(t, err)
	ids := []int64{1, 2, 3, 4, 5}
	kernel := spyOnKernel(m)
	_, _, err = m.Fingerprint(make([]byte, q2.PackedLen(m.N())), ids)
	require.NoError(t, err)
	arena := activation(t, m)
	require.Zero(t, addressOf(arena)%uintptr(os.Getpagesize()))
	rows := 1
	if every {
		rows = len(ids)
	}
	fmt.Fprintf(os.Stderr, "kernel=%#x arena=%#x end=%#x\n", *kernel, addressOf(arena), addressOf(arena)+uintptr(rows*m.rowBytes()))
	maps, err := os.ReadFile("/proc/self/maps")
	require.NoError(t, err)
	for _, code := range regexp.MustCompile(`(?m)^.* r-xp .*$`).FindAllString(string(maps), -1) {
		fmt.Fprintf(os.Stderr, "code=%s\n", code)
	}
	require.NoError(t, unix.Mprotect(arena, unix.PROT_READ))
	_, _, err = m.Fingerprint(make([]byte, q2.PackedLen(m.N())), ids)
	t.Fatalf("the run wrote elsewhere: %v", err)
}

// activation is where the only runner's model writes.
func activation(t *testing.T, m *Model) []byte {
	t.Helper()
	require.Len(t, m.runners, 1)
	for _, r := range m.runners {
		return r.activation
	}
	return nil
}

// spyOnKernel notes the address that the kernel is given.
func spyOnKernel(m *Model) *uintptr {
	var address uintptr
	quantise := m.quantise
	m.quantise = func(packed []byte, hidden q2.Tensor) (q2.TransitionKey, error) {
		address = addressOf(hidden.Data)
		return quantise(packed, hidden)
	}
	return &address
}

func TestTheActivationLiesInTheArena(t *testing.T) {
	m, _ := openDefault(t)
	kernel := spyOnKernel(m)
	ids := []int64{101, 7592, 2088, 102}
	lease := activation(t, m)
	for i := range lease[:m.rowBytes()] {
		lease[i] = 0xff // a NaN in every place
	}
	_, _, err := m.Fingerprint(make([]byte, q2.PackedLen(m.N())), ids)
	require.NoError(t, err, "ONNX Runtime wrote over it")
	assert.Equal(t, addressOf(lease), *kernel)
	assert.Zero(t, *kernel%64)
}

// A fingerprint costs no Go memory, whatever the length of its text: not in allocations, and not in bytes.
func TestAFingerprintAllocatesNothing(t *testing.T) {
	if asanEnabled {
		t.Skip("the address sanitiser has variables moved to the heap")
	}
	m, _ := openDefault(t)
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	packed := make([]byte, q2.PackedLen(m.N()))
	for _, length := range []int{8, 128} {
		ids := make([]int64, length)
		for i := range ids {
			ids[i] = int64(1000 + i)
		}
		fingerprint := func() {
			if _, _, err := m.Fingerprint(packed, ids); err != nil {
				t.Fatal(err)
			}
		}
		fingerprint()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		allocations := testing.AllocsPerRun(10, fingerprint)
		runtime.ReadMemStats(&after)
		assert.Zero(t, allocations, "%d tokens", length)
		// The test's own machinery takes a few kilobytes; a copy of the smaller activation would take 12 in each of the runs.
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8*m.rowBytes()), "%d tokens, %d bytes of activation a run", length, length*m.rowBytes())
	}
}

// What comes back as an error is not printed as well.
func TestErrorsAreNotPrinted(t *testing.T) {
	if os.Getenv(childVariable) != "" {
		// Somebody else's environment, at its own level: the sessions must be silent by themselves.
		_, err := load(candidates(""), func(path string) error { ort.SetSharedLibraryPath(path); return ort.InitializeEnvironment() })
		require.NoError(t, err)
		m, err := Open(fixture("shifted"), Options{})
		require.NoError(t, err)
		_, _, err = m.Fingerprint(make([]byte, 2), []int64{50})
		require.Error(t, err)
		_, err = Open(fixture("not-there"), Options{})
		require.Error(t, err)
		require.NoError(t, m.Close())
		return
	}
	needRuntime(t)
	stderr, err := child(t, t.Name(), "shifted")
	require.NoError(t, err)
	assert.Empty(t, stderr)
}
