//go:build linux

package index_test

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/q2"
)

func TestNearlyFullDisk(t *testing.T) {
	var free atomic.Uint64
	free.Store(1 << 30)
	o := index.Tuned(index.Options{N: crashDim, Dtype: q2.Q2}, 0, 0, nearlyFull{vfs.Default, &free})
	ix := open(t, t.TempDir(), o)
	require.NoError(t, applyBatch(ix, 1))
	free.Store(1 << 20)
	err := applyBatch(ix, 2)
	var full *index.DiskFullError
	require.ErrorAs(t, err, &full)
	require.ErrorIs(t, err, index.ErrDiskFull)
	require.EqualValues(t, 1<<20, full.Free)
	m := model{}
	m.follow(t, 0, 1)
	wholeModel(t, m, ix)
	free.Store(1 << 30)
	require.NoError(t, applyBatch(ix, 2))
	m.follow(t, 1, 2)
	wholeModel(t, m, ix)
}

// A real disk that fills up, where the test may make one.
func TestFullFileSystem(t *testing.T) {
	disk := t.TempDir()
	if err := unix.Mount("tmpfs", disk, "tmpfs", 0, "size=96m"); err != nil {
		require.Empty(t, os.Getenv("Q2_REQUIRE_MOUNT"), "Q2_REQUIRE_MOUNT is set: %v", err)
		t.Skipf("mounting a small file system: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, unix.Unmount(disk, unix.MNT_DETACH)) })
	dir, filler := filepath.Join(disk, "index"), filepath.Join(disk, "filler")
	require.NoError(t, os.WriteFile(filler, make([]byte, 16<<20), 0o644))
	ix, err := index.Open(dir, index.Options{N: crashDim, Dtype: q2.Q2})
	require.NoError(t, err)
	payload := make([]byte, 64<<10)
	written := uint64(0)
	for err == nil {
		written++
		payload[0], payload[written%1000+1] = byte(written), byte(written)
		err = ix.Upsert(index.Item{ID: written, Code: make([]byte, 12), Payload: payload})
	}
	require.ErrorIs(t, err, index.ErrDiskFull)
	require.NotErrorIs(t, err, index.ErrFailed)
	require.Greater(t, written, uint64(10))
	require.NoError(t, os.Remove(filler))
	require.NoError(t, ix.Upsert(index.Item{ID: written, Code: make([]byte, 12), Payload: payload}))
	require.NoError(t, ix.Close())
	ix = open(t, dir, index.Options{})
	report, err := ix.Verify(background)
	require.NoError(t, err)
	require.Empty(t, report.Problems)
	require.EqualValues(t, written, report.Entries)
}
