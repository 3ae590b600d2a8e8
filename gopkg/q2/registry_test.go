package q2_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/q2"
)

// onEveryKernel runs a test once for each backend and instruction set that is there. Those that Q2_REQUIRE names and that
// are not there fail it. The tests must not be parallel: the instruction set is the process's.
func onEveryKernel(t *testing.T, test func(t *testing.T, k *q2.Kernel)) {
	t.Helper()
	for _, missing := range missingOf(q2.Backends(), os.Getenv("Q2_REQUIRE")) {
		t.Error(missing)
	}
	for _, b := range q2.Backends() {
		if !b.Available {
			t.Logf("%s/%s is not here: %s", b.Name, b.ISA, b.Reason)
			continue
		}
		t.Run(b.Name+"/"+b.ISA, func(t *testing.T) {
			test(t, open(t, b))
		})
	}
}

func open(t testing.TB, b q2.Backend) *q2.Kernel {
	k, err := q2.Open(b.Name, b.ISA)
	require.NoError(t, err)
	require.Equal(t, b.Name, k.Backend())
	require.Equal(t, b.ISA, k.ISA(), "the library uses another instruction set than it was told to")
	t.Cleanup(func() {
		_, err := q2.Open(b.Name, "")
		require.NoError(t, err)
	})
	return k
}

// missingOf says which of the names in a comma list no available backend or instruction set has, and which instruction set
// some backend that is there lacks. Names of other things are for others to require.
func missingOf(backends []q2.Backend, require string) (missing []string) {
	ours := []string{"cgo", "go", "purego", "scalar", "avx2", "avx512", "neon"}
	for _, name := range strings.Split(require, ",") {
		if !slices.Contains(ours, name) {
			continue
		}
		if !slices.ContainsFunc(backends, func(b q2.Backend) bool { return b.Available && (b.Name == name || b.ISA == name) }) {
			missing = append(missing, "Q2_REQUIRE names "+name+", which no available backend has")
		}
		for _, b := range backends {
			backendIsThere := slices.ContainsFunc(backends, func(o q2.Backend) bool { return o.Available && o.Name == b.Name })
			if b.ISA == name && !b.Available && backendIsThere {
				missing = append(missing, "Q2_REQUIRE names "+name+", which "+b.Name+" lacks: "+b.Reason)
			}
		}
	}
	return missing
}

func TestRequireFailsWhatIsMissing(t *testing.T) {
	backends := []q2.Backend{
		{Name: "cgo", ISA: "scalar", Available: true}, {Name: "cgo", ISA: "avx2", Reason: "no such CPU"},
		{Name: "purego", ISA: "scalar", Reason: "no library"}, {Name: "purego", ISA: "avx2", Reason: "no library"},
		{Name: "go", ISA: "go", Available: true},
	}
	for list, want := range map[string]int{
		"": 0, "go": 0, "cgo,go,scalar": 0, "onnx": 0, "purego": 1, "neon": 1, "cgo,purego,avx512": 2,
		"avx2": 2, // nobody has it, and cgo, which is there, lacks it
	} {
		require.Len(t, missingOf(backends, list), want, list)
	}
}
