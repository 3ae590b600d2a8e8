package q2_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/q2"
)

func TestUnknownNames(t *testing.T) {
	for _, c := range [][3]string{
		{"cuda", "", `backend is "cuda"`}, {"CGO", "", `backend is "CGO"`}, {"", "sse9", `instruction set is "sse9"`},
		{"go", "AVX2", `instruction set is "AVX2"`}, {"cgo", "avx2\x00", "instruction set is"},
	} {
		k, err := q2.Open(c[0], c[1])
		assert.Nil(t, k)
		assert.ErrorIs(t, err, q2.ErrArgument)
		assert.ErrorContains(t, err, c[2])
	}
}

func TestForcedAndMissing(t *testing.T) {
	_, err := q2.Open("go", "avx2")
	require.ErrorIs(t, err, q2.ErrUnsupported)
	require.ErrorContains(t, err, "use backend cgo")
	for _, b := range q2.Backends() {
		k, err := q2.Open(b.Name, b.ISA)
		if b.Available {
			require.NoError(t, err)
			require.Empty(t, b.Reason)
			continue
		}
		require.Nil(t, k)
		var unsupported *q2.UnsupportedError
		require.ErrorAs(t, err, &unsupported)
		require.Equal(t, b.Name, unsupported.Backend)
		require.NotEmpty(t, b.Reason)
		require.Equal(t, b.Reason, unsupported.Reason)
	}
}

func TestARefusedChoiceLeavesTheOldOne(t *testing.T) {
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		before := k.ISA()
		for _, isa := range []string{"neon", "avx512", "avx2", "scalar", "go"} {
			if _, err := q2.Open(k.Backend(), isa); err != nil {
				require.Equal(t, before, k.ISA(), "after %s was refused", isa)
			} else {
				_, err := q2.Open(k.Backend(), before)
				require.NoError(t, err)
			}
		}
	})
}

func TestBackendsLeavesTheChoiceAlone(t *testing.T) {
	onEveryKernel(t, func(t *testing.T, k *q2.Kernel) {
		before := k.ISA()
		q2.Backends()[0].Name = "mine"
		require.NotEqual(t, "mine", q2.Backends()[0].Name, "the list is shared with its callers")
		require.Equal(t, before, k.ISA())
	})
}

func TestTheGoBackendIsAlwaysThere(t *testing.T) {
	assert.Contains(t, q2.Backends(), q2.Backend{Name: "go", ISA: "go", Available: true})
	for _, isa := range []string{"", "go"} {
		k, err := q2.Open("go", isa)
		require.NoError(t, err)
		assert.Equal(t, "go/go", k.String())
	}
	k, err := q2.Open("", "go")
	require.NoError(t, err)
	assert.Equal(t, "go/go", k.String())
	assert.Equal(t, "go/go", new(q2.Kernel).String())
	assert.Equal(t, "go/go", (*q2.Kernel)(nil).String())
}

// The default kernel is chosen once in a process, so each case has a process of its own.
func TestDefaultFollowsTheEnvironment(t *testing.T) {
	if os.Getenv("Q2_TEST_PRINT_DEFAULT") != "" {
		printDefault()
		return
	}
	best := "go/go"
	for _, backend := range []string{"purego", "cgo"} {
		for _, b := range q2.Backends() { // the last of a backend is its best
			if b.Available && b.Name == backend {
				best = b.Name + "/" + b.ISA
			}
		}
	}
	for _, c := range []struct{ backend, isa, want string }{
		{"", "", best},
		{"go", "", "go/go"},
		{"", "go", "go/go"},
		{"go", "avx2", `error: q2: instruction set avx2 of backend go is not available: plain Go has none; use backend cgo or purego, or leave the instruction set empty (Q2_BACKEND="go", Q2_ISA="avx2")`},
		{"rust", "", `error: q2: backend is "rust", must be cgo, purego, go or empty (Q2_BACKEND="rust", Q2_ISA="")`},
		{"", "mmx", `error: q2: instruction set is "mmx", must be scalar, avx2, avx512, neon, go or empty (Q2_BACKEND="", Q2_ISA="mmx")`},
	} {
		assert.Equal(t, c.want, defaultIn(t, c.backend, c.isa))
	}
	for _, b := range q2.Backends() {
		got := defaultIn(t, b.Name, b.ISA)
		if b.Available {
			assert.Equal(t, b.Name+"/"+b.ISA, got)
		} else {
			assert.Contains(t, got, "is not available: "+b.Reason)
		}
	}
}

func defaultIn(t *testing.T, backend, isa string) string {
	t.Helper()
	child := again("TestDefaultFollowsTheEnvironment")
	child.Env = append(os.Environ(), "Q2_TEST_PRINT_DEFAULT=1", "Q2_BACKEND="+backend, "Q2_ISA="+isa)
	out, err := child.Output()
	require.NoError(t, err, "%s", out)
	first, _, _ := strings.Cut(string(out), "\n")
	return first
}

// printDefault prints the default kernel, or the error, which every package-level function must return as well.
func printDefault() {
	k, err := q2.Default()
	if err == nil {
		q2.Backends() // tries all that there is, and must leave the choice as it was
		fmt.Println(k)
		return
	}
	var packed [1]byte
	_, quantise := q2.Quantise(packed[:], q2.Float32Row([]float32{1}))
	_, key := q2.Key(packed[:], 1)
	_, distance := q2.LeeDistance(packed[:], packed[:], 1)
	_, nearest := q2.LeeNearest(nil, nil, nil, q2.Codes{})
	rows := q2.QuantiseRows(q2.RowResults{}, q2.Rows{})
	for _, other := range []error{quantise, key, distance, nearest, rows, q2.LeeDistances(nil, nil, q2.Codes{})} {
		if other == nil || other.Error() != err.Error() {
			fmt.Println("another error:", other)
			return
		}
	}
	fmt.Println("error:", err)
}
