package cache_test

import (
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/cache"
)

func TestDirIsMovedByTheEnvironment(t *testing.T) {
	there := filepath.Join(t.TempDir(), "elsewhere")
	t.Setenv("Q2_CACHE", there)
	dir, err := cache.Dir()
	require.NoError(t, err)
	assert.Equal(t, there, dir)
}

func TestDirRefusesARelativePath(t *testing.T) {
	t.Setenv("Q2_CACHE", "some/where")
	_, err := cache.Dir()
	assert.ErrorIs(t, err, cache.ErrRelative)
	assert.ErrorContains(t, err, `Q2_CACHE="some/where"`)
	_, err = cache.RuntimeLibrary()
	assert.ErrorIs(t, err, cache.ErrRelative)
	_, err = cache.DefaultModelFolder()
	assert.ErrorIs(t, err, cache.ErrRelative)
}

func TestDirDefaultsToTheUsersCache(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("XDG_CACHE_HOME is Linux's")
	}
	t.Setenv("Q2_CACHE", "")
	t.Setenv("XDG_CACHE_HOME", "/tmp/of-a-user")
	dir, err := cache.Dir()
	require.NoError(t, err)
	assert.Equal(t, "/tmp/of-a-user/q2", dir)
}

func TestDirWithoutAHomeNamesTheVariable(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("HOME decides on Linux")
	}
	t.Setenv("Q2_CACHE", "")
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	_, err := cache.Dir()
	assert.ErrorContains(t, err, "set Q2_CACHE")
}

func TestPathsLieUnderTheCache(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("Q2_CACHE", dir)
	library, err := cache.RuntimeLibrary()
	require.NoError(t, err)
	folder := "1.30.0-" + runtime.GOOS + "-" + runtime.GOARCH
	assert.Equal(t, filepath.Join(dir, "onnxruntime", folder), filepath.Dir(library))
	model, err := cache.DefaultModelFolder()
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(dir, "models", "all-minilm-l6-v2-int8"), model)
}

func TestLibraryNames(t *testing.T) {
	assert.Equal(t, "libonnxruntime.so.1.30.0", cache.LibraryName("linux"))
	assert.Equal(t, "libonnxruntime.1.30.0.dylib", cache.LibraryName("darwin"))
	assert.Equal(t, "onnxruntime.dll", cache.LibraryName("windows"))
}
