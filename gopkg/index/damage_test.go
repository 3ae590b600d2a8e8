package index_test

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/index"
)

// fullFolder writes an index that has something in every kind of file: tables, a log, segments with dead codes.
func fullFolder(t testing.TB, ix *index.Index) model {
	m := model{}
	for i := uint64(1); i <= 200; i++ {
		require.NoError(t, applyBatch(ix, i))
		if i == 80 {
			require.NoError(t, ix.Compact(background))
		}
		if i%50 == 0 {
			require.NoError(t, ix.Keep())
		}
	}
	m.follow(t, 0, 200)
	require.NoError(t, ix.Flush())
	return m
}

func copyFolder(t testing.TB, from, to string) {
	require.NoError(t, os.CopyFS(to, os.DirFS(from)))
}

func filesOf(t testing.TB, dir string) (files []string) {
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Size() > 0 { // an empty one has no byte to flip
			name, _ := filepath.Rel(dir, path)
			files = append(files, filepath.ToSlash(name))
		}
		return err
	}))
	return files
}

// flip changes one bit.
func flip(t testing.TB, path string, at int64) {
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	raw[at] ^= 0x10
	require.NoError(t, os.WriteFile(path, raw, 0o644))
}

// offsets are places of a file at which damage is tried.
func offsets(r *rand.Rand, size int64) []int64 {
	at := []int64{0, size / 2, size - 1}
	for range 2 {
		at = append(at, r.Int64N(size))
	}
	slices.Sort(at)
	return slices.Compact(at)
}

// found tells what was noticed of the damage to a file, and leaves the index checked against its model unless the truth is damaged.
func found(t testing.TB, dir, file string, m model) (noticed bool) {
	ix, err := index.Open(dir, crashOptions())
	var damage *index.DamageError
	if errors.As(err, &damage) {
		require.Contains(t, damage.Files, file, "%v", err)
		return true
	}
	require.NoError(t, err)
	defer func() { require.NoError(t, ix.Close()) }()
	report, err := ix.Verify(background)
	require.NoError(t, err)
	for _, p := range report.Problems {
		noticed = noticed || p.File == file
	}
	if !report.Clean() {
		return noticed
	}
	stats, err := ix.Stats()
	require.NoError(t, err)
	for _, repaired := range stats.Repaired {
		noticed = noticed || strings.Contains(repaired, filepath.Base(file))
	}
	wholeModel(t, m, ix)
	return noticed
}

func TestEveryFlippedByteIsNoticed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "index")
	ix, err := index.Open(dir, crashOptions())
	require.NoError(t, err)
	m := fullFolder(t, ix)
	require.NoError(t, ix.Close())
	files := filesOf(t, dir)
	for _, kind := range []string{".sst", ".log", "MANIFEST-", "OPTIONS-", "segment-", "checkpoint", "witness", "seal"} {
		require.True(t, slices.ContainsFunc(files, func(f string) bool { return strings.Contains(f, kind) }), "no %s among %v", kind, files)
	}
	r := rand.New(rand.NewPCG(8, 9))
	for _, file := range files {
		info, err := os.Stat(filepath.Join(dir, file))
		require.NoError(t, err)
		for _, at := range offsets(r, info.Size()) {
			damaged := filepath.Join(t.TempDir(), "index")
			copyFolder(t, dir, damaged)
			flip(t, filepath.Join(damaged, file), at)
			require.True(t, found(t, damaged, file, m), "byte %d of the %d of %s", at, info.Size(), file)
		}
	}
}

// After a crash there is no seal. Damage may then hide in what nobody reads again, and does no harm there: what is not noticed has changed nothing.
func TestFlippedByteAfterACrash(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "index")
	ix, err := index.Open(dir, crashOptions())
	require.NoError(t, err)
	m := fullFolder(t, ix)
	crashed := filepath.Join(t.TempDir(), "crashed")
	copyFolder(t, dir, crashed)
	require.NoError(t, ix.Close())
	r := rand.New(rand.NewPCG(10, 11))
	noticed := map[string]bool{}
	for _, file := range filesOf(t, crashed) {
		info, err := os.Stat(filepath.Join(crashed, file))
		require.NoError(t, err)
		for _, at := range offsets(r, info.Size()) {
			damaged := filepath.Join(t.TempDir(), "index")
			copyFolder(t, crashed, damaged)
			flip(t, filepath.Join(damaged, file), at)
			noticed[filepath.Ext(file)] = found(t, damaged, file, m) || noticed[filepath.Ext(file)]
		}
	}
	require.True(t, noticed[".log"], "damage to the log was never noticed")
	require.True(t, noticed[".sst"], "damage to a table was never noticed")
}

// The end of a log is where a store takes damage for the place of a crash.
func TestLastAcknowledgedBatchDamagedInTheLog(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "index")
	ix, err := index.Open(dir, crashOptions())
	require.NoError(t, err)
	code := make([]byte, 12)
	for id := uint64(1); id <= 3; id++ {
		require.NoError(t, ix.Upsert(index.Item{ID: id, Code: code, Payload: []byte("the payload of an entry that was acknowledged")}))
	}
	crashed := filepath.Join(t.TempDir(), "crashed")
	copyFolder(t, dir, crashed)
	require.NoError(t, ix.Close())
	logs, err := filepath.Glob(filepath.Join(crashed, "store", "*.log"))
	require.NoError(t, err)
	require.Len(t, logs, 1)
	raw, err := os.ReadFile(logs[0])
	require.NoError(t, err)
	flip(t, logs[0], int64(strings.LastIndex(string(raw), "acknowledged")))
	_, err = index.Open(crashed, index.Options{})
	var damage *index.DamageError
	require.ErrorAs(t, err, &damage)
	require.Equal(t, []string{"store/" + filepath.Base(logs[0])}, damage.Files)
	require.ErrorContains(t, err, "batch 2 is the last one in the store, and batches up to 3 were acknowledged")
	after, err := os.ReadFile(logs[0])
	require.NoError(t, err)
	require.True(t, strings.Contains(string(after), "acknowledge"), "the log was changed by an open that failed")
}

func TestVerifyRepairsTheArrayOfAnOpenIndex(t *testing.T) {
	for _, name := range []string{"segment", "checkpoint"} {
		dir := t.TempDir()
		ix := open(t, dir, crashOptions())
		m := fullFolder(t, ix)
		files, err := filepath.Glob(filepath.Join(dir, "scan", name+"*"))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		patch(t, files[0], 20)
		report, err := ix.Verify(background)
		require.NoError(t, err)
		require.True(t, report.Clean())
		require.Len(t, report.Problems, 1)
		require.Equal(t, "scan/"+filepath.Base(files[0]), report.Problems[0].File)
		wholeModel(t, m, ix)
		require.NoError(t, applyBatch(ix, 201))
		m.follow(t, 200, 201)
		wholeModel(t, m, ix)
	}
}

// patch is flip of a file that is mapped: it keeps the file.
func patch(t testing.TB, path string, at int64) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	var b [1]byte
	_, err = file.ReadAt(b[:], at)
	require.NoError(t, err)
	b[0] ^= 1
	_, err = file.WriteAt(b[:], at)
	require.NoError(t, err)
	require.NoError(t, file.Close())
}

func TestMissingArrayIsRebuilt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "index")
	ix, err := index.Open(dir, crashOptions())
	require.NoError(t, err)
	m := fullFolder(t, ix)
	require.NoError(t, ix.Close())
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "scan")))
	ix = open(t, dir, crashOptions())
	stats, err := ix.Stats()
	require.NoError(t, err)
	require.Equal(t, "rebuilt", stats.Origin)
	wholeModel(t, m, ix)
}
