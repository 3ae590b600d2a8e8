package native

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The table holds what libq2 exports, all of it, so that no function lacks a door.
func TestTheTableHoldsEveryExportedSymbol(t *testing.T) {
	list, err := os.ReadFile("c/exported_symbols.txt")
	require.NoError(t, err)
	assert.ElementsMatch(t, strings.Fields(string(list)), symbolNames[:])
	assert.Equal(t, "q2_abi_version", symbolNames[0], "the ABI number is checked before anything else is looked up")
}

// needsLoader skips what a build that loads no libraries cannot do, unless Q2_REQUIRE says that it must.
func needsLoader(t testing.TB) {
	if noLoader == "" {
		return
	}
	require.NotContains(t, required(), "purego", "Q2_REQUIRE names purego: %s", noLoader)
	t.Skip(noLoader)
}

// library makes a shared library of C text.
func library(t *testing.T, path, source string) string {
	needsLoader(t)
	needsCompiler(t)
	file := filepath.Join(t.TempDir(), "library.c")
	require.NoError(t, os.WriteFile(file, []byte(source), 0o600))
	out, err := compile(path, file)
	require.NoError(t, err, out)
	return path
}

const visible = `__attribute__((visibility("default"))) `

func TestOpenLibraryRefuses(t *testing.T) {
	needsLoader(t)
	folder := t.TempDir()
	text, empty, half, almost := filepath.Join(folder, "text.so"), filepath.Join(folder, "empty.so"), filepath.Join(folder, "half.so"), filepath.Join(folder, "almost.so")
	require.NoError(t, os.WriteFile(text, []byte("This is no library.\n"), 0o600))
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	other := library(t, filepath.Join(folder, "other.so"), visible+"int other(void) { return 1; }")
	whole, err := os.ReadFile(other)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(half, whole[:len(whole)/2], 0o600))
	require.NoError(t, os.WriteFile(almost, whole[:len(whole)-1], 0o600))
	abi := func(number string) string {
		return visible + "unsigned q2_abi_version(void) { return " + number + "; }\n"
	}
	for name, c := range map[string]struct {
		path string
		want error
		text string
	}{
		"nothing there":  {filepath.Join(folder, "none.so"), new(LoadError), "or set Q2_LIBRARY to the absolute path"},
		"a text file":    {text, new(LoadError), "install libq2"},
		"an empty file":  {empty, new(LoadError), "install libq2"},
		"half a file":    {half, new(LoadError), "not a whole"},
		"all but a byte": {almost, new(LoadError), "not a whole"},
		"a folder":       {folder, new(LoadError), "install libq2"},
		"a relative path": {"libs/libq2.so.1", &PathError{"libs/libq2.so.1"},
			`"libs/libq2.so.1" is not an absolute path`},
		"a path with a NUL": {other + "\x00", &PathError{other + "\x00"}, "is not an absolute path"},
		"another library":   {other, &SymbolError{other, "q2_abi_version"}, "not libq2: it has no q2_abi_version"},
		"another ABI": {library(t, filepath.Join(folder, "abi.so"), abi("2")), &ABIError{filepath.Join(folder, "abi.so"), 2},
			"has ABI version 2, must be 1; install the libq2 that belongs to this program's version"},
		"another ABI, huge": {library(t, filepath.Join(folder, "huge.so"), abi("4294967295u")), &ABIError{filepath.Join(folder, "huge.so"), 4294967295},
			"has ABI version 4294967295"},
		"an older libq2": {library(t, filepath.Join(folder, "older.so"), abi("1")), &SymbolError{filepath.Join(folder, "older.so"), "q2_code_dot"},
			"has no q2_code_dot: it is older than this program; install the libq2 that belongs to this program's version"},
	} {
		for source, open := range map[string]func() (*Library, error){
			"option":     func() (*Library, error) { return OpenLibrary(c.path) },
			"Q2_LIBRARY": func() (*Library, error) { t.Setenv("Q2_LIBRARY", c.path); return OpenLibrary("") },
		} {
			if source == "Q2_LIBRARY" && strings.ContainsRune(c.path, 0) {
				continue // the environment cannot hold it
			}
			got, err := open()
			require.Nil(t, got, name)
			var failed *LibraryError
			require.ErrorAs(t, err, &failed, name)
			require.Len(t, failed.Tried, 1, "%s: who names a file means that file", name)
			assert.Equal(t, source, failed.Tried[0].Source, name)
			assert.Equal(t, c.path, failed.Tried[0].Path, name)
			assert.ErrorContains(t, err, c.path+" ("+source+"): ", name)
			assert.ErrorContains(t, err, c.text, name)
			sameError(t, name, c.want, err)
		}
	}
}

// sameError compares all but the loader's own words.
func sameError(t *testing.T, name string, want, got error) {
	if _, ok := want.(*LoadError); ok {
		var load *LoadError
		require.ErrorAs(t, got, &load, name)
		assert.NotEmpty(t, load.Reason, name)
		return
	}
	var failed *LibraryError
	require.True(t, errors.As(got, &failed))
	assert.Equal(t, want, failed.Tried[0].Err, name)
}

// A libq2 of another ABI may lack everything else, or have it with other signatures: nothing but the number may be asked for.
func TestTheABIIsCheckedBeforeAnythingElse(t *testing.T) {
	folder := t.TempDir()
	path := library(t, filepath.Join(folder, fileNames[0]), visible+"unsigned q2_abi_version(void) { return 7; }\n"+
		visible+"const char *q2_isa(void) { __builtin_trap(); }\n")
	_, err := OpenLibrary(path)
	var abi *ABIError
	require.ErrorAs(t, err, &abi)
	assert.Equal(t, &ABIError{path, 7}, abi)
}

func TestNothingIsLookedForInTheWorkingDirectory(t *testing.T) {
	needsLoader(t)
	folder := t.TempDir()
	library(t, filepath.Join(folder, fileNames[0]), visible+"unsigned q2_abi_version(void) { return 99; }\n")
	t.Chdir(folder)
	t.Setenv("Q2_LIBRARY", "")
	_, err := OpenLibrary("")
	var failed *LibraryError
	if err == nil {
		return // one is installed, and it was not the one here
	}
	require.ErrorAs(t, err, &failed)
	var abi *ABIError
	assert.False(t, errors.As(err, &abi), "the library in the working directory was loaded: %v", err)
	for _, a := range failed.Tried {
		assert.True(t, filepath.IsAbs(a.Path) || isLoaderPath(a.Path), a.Path)
		assert.NotEqual(t, folder, filepath.Dir(a.Path))
	}
	assert.ErrorContains(t, err, "beside the executable")
	assert.ErrorContains(t, err, "(loader)")
	for _, name := range []string{fileNames[0], "./" + fileNames[0]} {
		_, err = OpenLibrary(name)
		if !isLoaderPath(name) {
			var path *PathError
			require.ErrorAs(t, err, &path)
		}
	}
}

func TestTheOrderOfPlaces(t *testing.T) {
	t.Setenv("Q2_LIBRARY", "/from/the/environment")
	assert.Equal(t, []place{{"option", "/from/the/option"}}, places("/from/the/option"))
	assert.Equal(t, []place{{"Q2_LIBRARY", "/from/the/environment"}}, places(""))
	t.Setenv("Q2_LIBRARY", "")
	var sources []string
	for _, p := range places("") {
		if len(sources) == 0 || sources[len(sources)-1] != p.source {
			sources = append(sources, p.source)
		}
	}
	assert.Equal(t, []string{"beside the executable", "loader"}, sources)
	executable, err := os.Executable()
	require.NoError(t, err)
	executable, err = filepath.EvalSymlinks(executable)
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(filepath.Dir(executable), fileNames[0]), places("")[0].path)
}

func TestPathIsTheFile(t *testing.T) {
	needsLoader(t)
	l := testLibrary(t)
	want, err := filepath.EvalSymlinks(l.Path())
	require.NoError(t, err)
	again, err := OpenLibrary(l.Path())
	require.NoError(t, err)
	assert.Equal(t, l.address, again.address, "one file, one copy")
	assert.True(t, filepath.IsAbs(want))
}
