package index

import (
	"path/filepath"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// The folders and files of an index.
const (
	storeFolder    = "store"
	scanFolder     = "scan"
	checkpointFile = "checkpoint"
	witnessFile    = "witness"
	sealFile       = "seal"
)

// fileSystem is what the store and the array's files are written through, so that tests can make writes fail.
type fileSystem = vfs.FS

var diskFiles fileSystem = vfs.Default

// writeWhole writes a file so that it appears whole or not at all.
func writeWhole(fs fileSystem, path string, write func(file vfs.File) error) (err error) {
	part := path + ".part"
	file, err := fs.Create(part, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = fs.Remove(part)
		}
	}()
	if err = write(file); err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = fs.Rename(part, path)
	}
	if err != nil {
		return err
	}
	return syncFolder(fs, filepath.Dir(path))
}

func syncFolder(fs fileSystem, folder string) error {
	dir, err := fs.OpenDir(folder)
	if err != nil {
		return err
	}
	err = dir.Sync()
	if closed := dir.Close(); err == nil {
		err = closed
	}
	return err
}

func writeBytes(fs fileSystem, path string, content []byte) error {
	return writeWhole(fs, path, func(file vfs.File) error {
		_, err := file.Write(content)
		return err
	})
}
