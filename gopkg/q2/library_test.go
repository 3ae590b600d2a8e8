package q2_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/native"
)

func TestOptionsThatContradict(t *testing.T) {
	for _, backend := range []string{"cgo", "go"} {
		_, err := q2.OpenWith(q2.Options{Backend: backend, Library: "/lib/libq2.so.1"})
		require.ErrorIs(t, err, q2.ErrArgument)
		require.ErrorContains(t, err, `library is "/lib/libq2.so.1", must be empty for backend `+backend)
	}
}

// A library that is asked for and cannot be loaded is an error with the path, the cause and the remedy, whoever asked.
func TestALibraryThatCannotBeLoaded(t *testing.T) {
	text := filepath.Join(t.TempDir(), "libq2.so.1")
	require.NoError(t, os.WriteFile(text, []byte("This is no library.\n"), 0o600))
	for _, path := range []string{text, text + ".none", "build/libq2.so.1"} {
		for name, open := range map[string]func() (*q2.Kernel, error){
			"option":             func() (*q2.Kernel, error) { return q2.OpenWith(q2.Options{Library: path}) },
			"option and backend": func() (*q2.Kernel, error) { return q2.OpenWith(q2.Options{Backend: "purego", Library: path}) },
			"environment": func() (*q2.Kernel, error) {
				t.Setenv("Q2_LIBRARY", path)
				return q2.Open("purego", "")
			},
		} {
			kernel, err := open()
			require.Nil(t, kernel, name)
			require.ErrorIs(t, err, q2.ErrUnsupported, name)
			var library *native.LibraryError
			require.ErrorAs(t, err, &library, name)
			require.ErrorContains(t, err, "q2: backend purego is not available: no usable libq2: ", name)
			if library.Tried[0].Source != "this program" { // which loads none
				require.ErrorContains(t, err, path, name)
				require.ErrorContains(t, err, "set Q2_LIBRARY to the absolute path of its file", name)
			}
		}
	}
}

// needsLibrary is the path of a libq2 that can be loaded, or skips, unless Q2_REQUIRE says that there must be one.
func needsLibrary(t *testing.T) string {
	kernel, err := q2.Open("purego", "")
	if err != nil {
		require.NotContains(t, strings.Split(os.Getenv("Q2_REQUIRE"), ","), "purego", err.Error())
		t.Skip(err)
	}
	_, path := kernel.Library()
	return path
}

func TestTheLibraryByOption(t *testing.T) {
	path := needsLibrary(t)
	t.Setenv("Q2_LIBRARY", filepath.Join(t.TempDir(), "none")) // the option goes first
	for _, o := range []q2.Options{{Library: path}, {Backend: "purego", Library: path}, {ISA: "scalar", Library: path}} {
		kernel, err := q2.OpenWith(o)
		require.NoError(t, err)
		version, file := kernel.Library()
		assert.Equal(t, path, file)
		assert.NotEmpty(t, version)
		assert.Equal(t, "purego", kernel.Backend())
		if o.ISA != "" {
			assert.Equal(t, "purego/scalar", kernel.String())
		}
		var packed [1]byte
		key, err := kernel.Quantise(packed[:], q2.Float32Row([]float32{3, 0.1, -0.1, -3}))
		require.NoError(t, err)
		assert.Equal(t, "DCBA", key.Symbols())
	}
	_, err := q2.OpenWith(q2.Options{Library: path})
	require.NoError(t, err) // back to the best
}

func TestTheLibraryOfOtherBackends(t *testing.T) {
	kernel, err := q2.Open("go", "")
	require.NoError(t, err)
	version, file := kernel.Library()
	assert.Empty(t, version+file)
	if kernel, err = q2.Open("cgo", ""); err == nil {
		version, file = kernel.Library()
		assert.NotEmpty(t, version)
		assert.Empty(t, file)
	}
}

// Each copy of libq2 in a process has an instruction set of its own, and all give the same answers.
func TestCgoAndPuregoInOneProcess(t *testing.T) {
	needsLibrary(t)
	if !slices.ContainsFunc(q2.Backends(), func(b q2.Backend) bool { return b.Name == "cgo" && b.Available }) {
		t.Skip("this build has no cgo backend")
	}
	for _, isas := range [][2]string{{"scalar", ""}, {"", "scalar"}} {
		c, err := q2.Open("cgo", isas[0])
		require.NoError(t, err)
		p, err := q2.Open("purego", isas[1])
		require.NoError(t, err)
		for i, want := range isas {
			kernel := []*q2.Kernel{c, p}[i]
			assert.Equal(t, want == "scalar", kernel.ISA() == "scalar", kernel.String())
		}
		for i, g := range goldenCases(t) {
			tensor := q2.Tensor{Data: g.Input, Dtype: q2.Dtype(g.Dtype), SeqLen: g.SeqLen, N: g.N}
			x, y := make([]byte, len(g.Packed)), make([]byte, len(g.Packed))
			keyX, errX := c.Quantise(x, tensor)
			keyY, errY := p.Quantise(y, tensor)
			require.Equal(t, errX, errY, name(i, g))
			require.Equal(t, keyX, keyY, name(i, g))
			require.Equal(t, x, y, name(i, g))
		}
	}
	for _, backend := range []string{"cgo", "purego"} {
		_, err := q2.Open(backend, "")
		require.NoError(t, err)
	}
}

// Who names no backend gets the best that works. Each case has a process of its own, which reads the environment once.
func TestABrokenLibraryIsNoDefault(t *testing.T) {
	if os.Getenv("Q2_TEST_PRINT_DEFAULT") != "" {
		printDefault()
		return
	}
	child := func(backend string) string {
		command := again("TestABrokenLibraryIsNoDefault")
		command.Env = append(os.Environ(), "Q2_TEST_PRINT_DEFAULT=1", "Q2_LIBRARY=/none/libq2.so.1", "Q2_ISA=", "Q2_BACKEND="+backend)
		out, err := command.Output()
		require.NoError(t, err, "%s", out)
		first, _, _ := strings.Cut(string(out), "\n")
		return first
	}
	best := "go/go"
	if kernel, err := q2.Open("cgo", ""); err == nil {
		best = fmt.Sprint(kernel)
	}
	assert.Equal(t, best, child(""))
	assert.Contains(t, child("purego"), "error: q2: backend purego is not available: ")
	assert.Contains(t, child("purego"), `(Q2_BACKEND="purego", Q2_ISA="")`)
}
