package native

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// door is what all doors have in common.
type door interface {
	Missing() string
	Quantise(packed, tensor []byte, seqLen, n int, dtype uint32) (uint64, uint32, Status)
	QuantiseRows(packed []byte, packedStride int, keys []uint64, transitions []uint32, rowStatus []byte,
		rows []byte, rowStride, count, n int, dtype uint32) Status
	Key(packed []byte, n int) (uint64, uint32, Status)
	LeeDistance(a, b []byte, n int) (uint32, Status)
	LeeDistances(distances []uint32, query, codes []byte, stride, count, n int) Status
	LeeNearest(ids []uint64, distances []uint32, query, codes []byte, stride, count, n int) (int, Status)
	LeeNearestMany(ids []uint64, distances []uint32, k int, queries []byte, queryStride, queryCount int,
		codes []byte, stride, count, n int) (found int, status Status)
	L1Distance(a, b []byte, n int) (distance uint32, status Status)
	L1Distances(distances []uint32, query, codes []byte, stride, count, n int) Status
	L1Nearest(ids []uint64, distances []uint32, query, codes []byte, stride, count, n int) (found int, status Status)
	L1NearestMany(ids []uint64, distances []uint32, k int, queries []byte, queryStride, queryCount int,
		codes []byte, stride, count, n int) (found int, status Status)
	CodeDot(a, b []byte, n int) (score float32, status Status)
	CodeDotScores(scores []float32, query, codes []byte, stride, count, n int) Status
	CodeDotNearest(ids []uint64, scores []float32, query, codes []byte, stride, count, n int) (found int, status Status)
	CodeDotNearestMany(ids []uint64, scores []float32, k int, queries []byte, queryStride, queryCount int,
		codes []byte, stride, count, n int) (found int, status Status)
	DotQuery(dst []int8, x []float32, n int) Status
	Dot(query []int8, code []byte, n int) (score float32, status Status)
	DotScores(scores []float32, query []int8, codes []byte, stride, count, n int) Status
	DotNearest(ids []uint64, scores []float32, query []int8, codes []byte, stride, count, n int) (found int, status Status)
	DotNearestMany(ids []uint64, scores []float32, k int, queries []int8, queryStride, queryCount int,
		codes []byte, stride, count, n int) (found int, status Status)
	ISA() string
	ForceISA(name string) Status
	Version() string
	ABIVersion() uint32
	StatusText(status Status) string
}

// eachDoor runs a test through every door that this build has.
func eachDoor(t *testing.T, test func(t *testing.T, d door)) {
	if (Cgo{}).Missing() == "" {
		t.Run("cgo", func(t *testing.T) { test(t, Cgo{}) })
	} else {
		require.NotContains(t, required(), "cgo", "Q2_REQUIRE names cgo: %s", Cgo{}.Missing())
	}
	if noLoader == "" {
		t.Run("purego", func(t *testing.T) { test(t, testLibrary(t)) })
	} else {
		require.NotContains(t, required(), "purego", "Q2_REQUIRE names purego: %s", noLoader)
	}
}

func required() []string { return strings.Split(os.Getenv("Q2_REQUIRE"), ",") }

// testLibrary is the libq2 that Q2_LIBRARY names, or one made of the sources here.
func testLibrary(t testing.TB) *Library {
	path := os.Getenv(LibraryVariable)
	if path == "" {
		path = builtLibrary(t)
	}
	library, err := OpenLibrary(path)
	require.NoError(t, err)
	return library
}

var built struct {
	sync.Once
	folder, problem string
}

// builtLibrary compiles native/c once in a run of the tests.
func builtLibrary(t testing.TB) string {
	built.Do(func() {
		built.folder, built.problem = buildAll()
	})
	needsCompiler(t)
	require.Empty(t, built.problem)
	return filepath.Join(built.folder, fileNames[0])
}

func buildAll() (folder, problem string) {
	folder, err := os.MkdirTemp("", "q2-native-test-")
	if err != nil {
		return "", err.Error()
	}
	var sources []string
	all, _ := filepath.Glob("c/*.c")
	for _, source := range all {
		if !isTestOrBench(filepath.Base(source)) {
			sources = append(sources, source)
		}
	}
	out, err := compile(filepath.Join(folder, fileNames[0]), sources...)
	if err != nil {
		return folder, err.Error() + "\n" + out
	}
	return folder, ""
}

func TestMain(m *testing.M) {
	status := m.Run()
	if built.folder != "" {
		_ = os.RemoveAll(built.folder)
	}
	os.Exit(status)
}

// compile makes a shared library of C sources.
func compile(library string, sources ...string) (out string, err error) {
	arguments := []string{"-shared", "-fPIC", "-std=c11", "-O0", "-fvisibility=hidden", "-o", library}
	if runtime.GOOS == "linux" {
		arguments = append(arguments, "-Wl,-Bsymbolic")
	}
	text, err := exec.Command(compiler(), append(arguments, sources...)...).CombinedOutput()
	return string(text), err
}

func compiler() string {
	if cc := os.Getenv("CC"); cc != "" {
		return cc
	}
	return "cc"
}

// needsCompiler skips what no machine without a C compiler can test, unless Q2_REQUIRE says that it must.
func needsCompiler(t testing.TB) {
	if _, err := exec.LookPath(compiler()); err == nil {
		return
	}
	require.NotContains(t, required(), "purego", "Q2_REQUIRE names purego, whose tests need a C compiler")
	t.Skipf("no C compiler %s: the libraries of this test cannot be made", compiler())
}

func TestEachDoorIsThere(t *testing.T) {
	header, err := os.ReadFile("c/q2.h")
	require.NoError(t, err)
	eachDoor(t, func(t *testing.T, d door) {
		assert.Empty(t, d.Missing())
		assert.Equal(t, uint32(ABIWanted), d.ABIVersion())
		assert.Contains(t, string(header), "\n#define Q2_VERSION \""+d.Version()+"\"\n")
		assert.Contains(t, string(header), "\n#define Q2_ABI_VERSION 1\n", "ABIWanted is what this header says")
	})
}
