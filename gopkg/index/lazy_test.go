package index_test

import (
	"sync/atomic"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// fileHook is a file system whose files go through a hook as they are opened for writing.
type fileHook struct {
	vfs.FS
	hook func(vfs.File) vfs.File
}

func (f fileHook) hooked(file vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return f.hook(file), nil
}

func (f fileHook) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return f.hooked(f.FS.Create(name, c))
}

func (f fileHook) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	return f.hooked(f.FS.OpenReadWrite(name, c, o...))
}

func (f fileHook) ReuseForWrite(old, name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return f.hooked(f.FS.ReuseForWrite(old, name, c))
}

func (f fileHook) OpenDir(name string) (vfs.File, error) { return f.hooked(f.FS.OpenDir(name)) }

// lazyFile is never synced. Tests that pull no plug are several times as fast with it.
type lazyFile struct{ vfs.File }

func (lazyFile) Sync() error                { return nil }
func (lazyFile) SyncData() error            { return nil }
func (lazyFile) SyncTo(int64) (bool, error) { return true, nil }

var lazyFiles = fileHook{vfs.Default, func(f vfs.File) vfs.File { return lazyFile{f} }}

// smallDisk is full once so many bytes were written to it. It does not say so before.
type smallDisk struct{ left atomic.Int64 }

func (d *smallDisk) files() vfs.FS {
	return fileHook{vfs.Default, func(f vfs.File) vfs.File { return boundedFile{f, d} }}
}

func (d *smallDisk) take(bytes int) error {
	if d.left.Add(-int64(bytes)) < 0 {
		return syscall.ENOSPC
	}
	return nil
}

type boundedFile struct {
	vfs.File
	disk *smallDisk
}

func (f boundedFile) Write(p []byte) (int, error) {
	if err := f.disk.take(len(p)); err != nil {
		return 0, err
	}
	return f.File.Write(p)
}

func (f boundedFile) WriteAt(p []byte, at int64) (int, error) {
	if err := f.disk.take(len(p)); err != nil {
		return 0, err
	}
	return f.File.WriteAt(p, at)
}

func (f boundedFile) Preallocate(offset, length int64) error { return nil }

// nearlyFull is a disk that says how much room it has.
type nearlyFull struct {
	vfs.FS
	free *atomic.Uint64
}

func (f nearlyFull) GetDiskUsage(string) (vfs.DiskUsage, error) {
	return vfs.DiskUsage{AvailBytes: f.free.Load(), TotalBytes: 1 << 40}, nil
}
