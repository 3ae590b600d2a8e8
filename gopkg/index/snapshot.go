package index

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Snapshot puts a copy of the index, as it is at one moment, into another directory, which must not exist; it appears there whole or not at all. Reads and writes go on. Where the
// file system can, files that never change are shared with the copy (hard links): it costs little room, and it is no protection against a bad disk.
func (ix *Index) Snapshot(dir string) (err error) {
	v, err := ix.enter()
	if err != nil {
		return err
	}
	defer ix.leave(v)
	dir, err = filepath.Abs(dir)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("index: snapshot to %s: %w", dir, errors.Join(fs.ErrExist, err))
	}
	files := ix.options.fs
	part := dir + ".part"
	if err := files.RemoveAll(part); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, files.RemoveAll(part))
		}
	}()
	if err := ix.copyTo(part, v.seq); err != nil {
		return err
	}
	if err := files.Rename(part, dir); err != nil {
		return err
	}
	return syncFolder(files, filepath.Dir(dir))
}

// copyTo copies first the array and then the store, which then knows what was written in between.
func (ix *Index) copyTo(part string, seq uint64) error {
	if err := ix.options.fs.MkdirAll(filepath.Join(part, scanFolder), 0o755); err != nil {
		return err
	}
	// No checkpoint may come in between: it would drop the log of changes that the copy of the array needs.
	ix.keeper.work.Lock()
	defer ix.keeper.work.Unlock()
	if err := ix.copyArray(part); err != nil {
		return err
	}
	if err := ix.store.failed(); err != nil {
		return err
	}
	if err := ix.store.db.Checkpoint(filepath.Join(part, storeFolder), pebble.WithFlushedWAL()); err != nil {
		return ix.store.readError(err)
	}
	w, err := openWitness(filepath.Join(part, witnessFile), seq)
	if err != nil {
		return err
	}
	return w.close()
}

func (ix *Index) copyArray(part string) error {
	c, err := readCheckpoint(ix.dir, ix.layout)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return nil // derived: the copy makes its own
	}
	names := []string{checkpointFile}
	for _, s := range c.segments {
		names = append(names, segmentName(s.number))
	}
	for _, name := range names {
		from, to := filepath.Join(ix.dir, scanFolder, name), filepath.Join(part, scanFolder, name)
		if err := vfs.LinkOrCopy(ix.options.fs, from, to); err != nil {
			return err
		}
	}
	return nil
}
