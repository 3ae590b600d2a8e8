package onnx

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/cache"
)

// places sets the environment and lists the candidates' sources and paths.
func places(t *testing.T, option, variable, cacheDir string) (places [][2]string) {
	t.Helper()
	t.Setenv(LibraryVariable, variable)
	t.Setenv(cache.Environment, cacheDir)
	for _, c := range candidates(option) {
		places = append(places, [2]string{c.Source, c.Path})
	}
	return places
}

func TestCandidatesInOrder(t *testing.T) {
	dir := t.TempDir()
	assert.Equal(t, [][2]string{{"option", "/o"}}, places(t, "/o", "/v", dir), "a named library and no other")
	assert.Equal(t, [][2]string{{"ONNXRUNTIME_LIB", "/v"}}, places(t, "", "/v", dir))

	got := places(t, "", "", dir)
	cached, err := cache.RuntimeLibrary()
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(got), 2)
	assert.Equal(t, [2]string{"cache", cached}, got[0])
	for _, c := range got[1:] {
		assert.Equal(t, "system", c[0])
		assert.Equal(t, filepath.Base(c[1]), c[1], "the loader is asked for a name, never for a path")
	}
	assert.Equal(t, []string{"libonnxruntime.so.1", "libonnxruntime.so"}, loaderNames("linux"))
	assert.Equal(t, []string{"libonnxruntime.dylib"}, loaderNames("darwin"))
	assert.Equal(t, []string{"onnxruntime.dll"}, loaderNames("windows"))
}

func TestLoadTakesTheFirstThatLoads(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lib")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	broken := errors.New("no library")
	var asked []string
	open := func(path string) error {
		asked = append(asked, path)
		if path == "second" {
			return nil
		}
		return broken
	}
	path, err := load([]Attempt{{Path: "/not/there", Source: "cache"}, {Path: file, Source: "cache"}, {Path: "first", Source: "system"}, {Path: "second", Source: "system"}, {Path: "third", Source: "system"}}, open)
	require.NoError(t, err)
	assert.Equal(t, "second", path)
	assert.Equal(t, []string{file, "first", "second"}, asked, "what is not there is not handed to the loader")
}

func TestLoadListsEveryPathAndTheRemedy(t *testing.T) {
	t.Setenv(LibraryVariable, "")
	t.Setenv(cache.Environment, "not/absolute")
	broken := errors.New("no library")
	_, err := load(candidates(""), func(string) error { return broken })
	var library *LibraryError
	require.ErrorAs(t, err, &library)
	assert.ErrorIs(t, err, broken)
	assert.ErrorIs(t, err, cache.ErrRelative)
	assert.ErrorContains(t, err, "`q2 setup`")
	assert.ErrorContains(t, err, "ONNXRUNTIME_LIB")
	for _, c := range library.Tried {
		assert.ErrorContains(t, err, c.Path)
		assert.Error(t, c.Err)
	}

	_, err = load([]Attempt{{Path: "/not/there", Source: "option"}}, func(string) error { t.Fatal("loaded"); return nil })
	assert.ErrorIs(t, err, os.ErrNotExist)
	assert.ErrorContains(t, err, "tried /not/there (option): ")
}
