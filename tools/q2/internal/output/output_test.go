package output_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/tools/q2/internal/output"
)

// write makes a file of the given content, in one or the other ending.
func write(t *testing.T, path, content string, commit bool) {
	t.Helper()
	f, err := output.Create(path)
	require.NoError(t, err)
	defer f.Discard()
	_, err = f.Write([]byte(content))
	require.NoError(t, err)
	if commit {
		require.NoError(t, f.Commit())
	}
}

func names(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	list := []string{}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}

func TestFileAppearsWholeOrNotAtAll(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "codes")

	write(t, path, "lost", false)
	assert.Empty(t, names(t, folder))

	write(t, path, "first", true)
	assert.Equal(t, "first", content(t, path))

	write(t, path, "lost", false)
	assert.Equal(t, "first", content(t, path))
	assert.Equal(t, []string{"codes"}, names(t, folder))
}

func TestFileKeepsWhatIsThere(t *testing.T) {
	folder := t.TempDir()
	real, link := filepath.Join(folder, "real"), filepath.Join(folder, "link")
	require.NoError(t, os.WriteFile(real, []byte("old"), 0o640))
	require.NoError(t, os.Chmod(real, 0o640))
	require.NoError(t, os.Symlink("real", link))

	write(t, link, "new", true)

	info, err := os.Lstat(link)
	require.NoError(t, err)
	assert.NotZero(t, info.Mode()&os.ModeSymlink, "the link must stay a link")
	assert.Equal(t, "new", content(t, real))
	info, err = os.Stat(real)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o640), info.Mode().Perm())
}

func TestFileWritesDevicesDirectly(t *testing.T) {
	write(t, os.DevNull, "gone", true)
	info, err := os.Stat(os.DevNull)
	require.NoError(t, err)
	assert.NotZero(t, info.Mode()&os.ModeCharDevice, "/dev/null must not become a file")
}

func TestCreateRefuses(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))

	_, err := output.Create(filepath.Join(folder, "missing", "codes"))
	assert.ErrorContains(t, err, "output folder "+filepath.Join(folder, "missing")+" doesn't exist")
	_, err = output.Create(folder)
	assert.ErrorContains(t, err, "output "+folder+" is a folder")
	_, err = output.Create(filepath.Join(file, "codes"))
	assert.ErrorContains(t, err, "not a directory")
}

func TestSpoolGivesBackWhatItHeld(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, size := range []int{0, 1, 1 << 20, 1<<20 + 1, 5<<20 + 3} {
		var s output.Spool
		want := make([]byte, size)
		for i := range want {
			want[i] = byte(i * 31 >> 3)
		}
		for rest := want; len(rest) > 0; {
			n := min(len(rest), 70_001)
			_, err := s.Write(rest[:n])
			require.NoError(t, err)
			rest = rest[n:]
		}
		var got bytes.Buffer
		require.NoError(t, s.Release(&got))
		assert.True(t, bytes.Equal(want, got.Bytes()), "size %d", size)
		require.NoError(t, s.Close())
		assert.Empty(t, names(t, os.TempDir()), "the temporary file must go")
	}
}
