package native

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var including = regexp.MustCompile(`(?m)^#include "c/([^"]+\.c)"$`)

// cgo compiles only what lies in the package's own folder, so each source of libq2 is included by one thin file there. A
// source that is forgotten fails the link at best; one that is included twice, the same.
func TestEachSourceIsIncludedByOneThinFile(t *testing.T) {
	thin, err := filepath.Glob("*.c")
	require.NoError(t, err)
	includedBy := map[string][]string{}
	for _, file := range thin {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		included := including.FindAllStringSubmatch(string(text), -1)
		require.Len(t, included, 1, "%s must include one source", file)
		includedBy[included[0][1]] = append(includedBy[included[0][1]], file)
		assert.Equal(t, "q2_"+included[0][1], file, "a thin file is named after what it includes")
		assert.True(t, strings.HasPrefix(string(text), littleEndianOnly+"\n"), "%s must begin with %s", file, littleEndianOnly)
	}
	sources, err := filepath.Glob("c/*.c")
	require.NoError(t, err)
	require.NotEmpty(t, sources)
	for _, source := range sources {
		name := filepath.Base(source)
		if isTestOrBench(name) {
			assert.Empty(t, includedBy[name], "%s belongs to the tests", source)
			continue
		}
		assert.Len(t, includedBy[name], 1, "%s must be included by native/q2_%s, and by no other file", source, name)
		delete(includedBy, name)
	}
	assert.Empty(t, includedBy, "included, but not there")
}

// littleEndianOnly keeps cgo from compiling a thin file where libq2 refuses to be compiled; cgo.go has the same line.
const littleEndianOnly = "//go:build cgo && !(armbe || arm64be || mips || mips64 || ppc || ppc64 || s390 || s390x || sparc || sparc64)"

func TestTheDoorHasTheConstraintOfItsSources(t *testing.T) {
	text, err := os.ReadFile("cgo.go")
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(string(text), littleEndianOnly+"\n"))
	text, err = os.ReadFile("nocgo.go")
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(string(text), strings.NewReplacer("cgo && !(", "!cgo || ", ")", "").Replace(littleEndianOnly)+"\n"))
}

// What is included from c must be embedded too, or go build misses an edit there: see rebuild.go.
func TestEachSourceTakesPartInTheBuildID(t *testing.T) {
	list := exec.Command("go", "list", "-f", "{{join .EmbedFiles \"\\n\"}}", ".")
	list.Env = append(os.Environ(), "CGO_ENABLED=1")
	out, err := list.Output()
	require.NoError(t, err)
	embedded := strings.Fields(string(out))
	for _, pattern := range []string{"c/*.c", "c/*.h"} {
		sources, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.Subset(t, embedded, sources)
	}
}

// sources.txt is the one list: CMake builds it, and ci/stage-native copies it into the packages of bindings/. cgo includes
// what lies in c, so the list must be that.
func TestSourcesAreListed(t *testing.T) {
	sources, err := filepath.Glob("c/*.c")
	require.NoError(t, err)
	var want []string
	for _, source := range sources {
		if name := filepath.Base(source); !isTestOrBench(name) {
			want = append(want, name)
		}
	}
	assert.ElementsMatch(t, want, listed(t, ".c"), "c/sources.txt against the sources in c")
}

var includingHeader = regexp.MustCompile(`(?m)^\s*#\s*include "([^"]+)"`)

// A package that was staged without a header doesn't build, and one with a header too many carries a test along.
func TestHeadersAreListed(t *testing.T) {
	reached := map[string]bool{"q2.h": true}
	pending := append(listed(t, ".c"), "q2.h")
	for len(pending) > 0 {
		text, err := os.ReadFile(filepath.Join("c", pending[0]))
		require.NoError(t, err)
		pending = pending[1:]
		for _, header := range includingHeader.FindAllStringSubmatch(string(text), -1) {
			if !reached[header[1]] {
				reached[header[1]] = true
				pending = append(pending, header[1])
			}
		}
	}
	var want []string
	for header := range reached {
		want = append(want, header)
	}
	assert.ElementsMatch(t, want, listed(t, ".h"), "c/sources.txt against what the listed sources include")
}

// listed are the names in c/sources.txt that end so.
func listed(t *testing.T, suffix string) (names []string) {
	text, err := os.ReadFile("c/sources.txt")
	require.NoError(t, err)
	for _, name := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		require.Regexp(t, `^[a-z0-9_]+\.[ch]$`, name, "c/sources.txt holds one name a line")
		if strings.HasSuffix(name, suffix) {
			names = append(names, name)
		}
	}
	return names
}

func isTestOrBench(name string) bool {
	return regexp.MustCompile(`(^|_)(test|bench|fuzz)(_|\.)`).MatchString(name)
}
