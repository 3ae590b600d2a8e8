// Package output writes results so that a failure leaves nothing half-written: files appear whole or not at all, and text for
// stdout is held back until the work is done.
package output

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
)

// File is a file in the making. It is written beside its target under another name and takes the target's place on Commit.
//
// While it is in the making, a signal that ends the process discards it first, and a stdout closed by its reader doesn't end the
// process: a write to it returns syscall.EPIPE.
type File struct {
	io.Writer
	file   *os.File
	target string // the file to replace; empty when the target is a device or a pipe, which is written directly
	watch  *watch
	end    sync.Once
}

// Create begins a file. Its folder must exist. A target that exists keeps its permissions; one that is a symbolic link stays one; a
// device or a pipe is written directly.
func Create(path string) (*File, error) {
	target, mode, err := resolve(path)
	if err != nil {
		return nil, err
	}
	w := newWatch() // before there is a file: no signal may fall between
	f := &File{target: target, watch: w}
	if mode != 0 && !mode.IsRegular() {
		f.target = ""
		f.file, err = os.OpenFile(target, os.O_WRONLY, 0)
	} else {
		f.file, err = createBeside(target, mode)
	}
	if err != nil {
		w.stop()
		return nil, err
	}
	f.Writer = f.file
	w.start(f)
	return f, nil
}

// resolve follows symbolic links and returns the mode of what is there, 0 if nothing is.
func resolve(path string) (string, fs.FileMode, error) {
	target, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, 0, checkFolder(path)
	}
	if err != nil {
		return "", 0, fmt.Errorf("output %s: %w", path, err)
	}
	info, err := os.Stat(target)
	if err != nil {
		return "", 0, err
	}
	if info.IsDir() {
		return "", 0, fmt.Errorf("output %s is a folder", path)
	}
	return target, info.Mode(), nil
}

func checkFolder(path string) error {
	folder := filepath.Dir(path)
	info, err := os.Stat(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("output folder %s doesn't exist", folder)
	}
	if err == nil && !info.IsDir() {
		return fmt.Errorf("output folder %s is not a folder", folder)
	}
	return err
}

// createBeside makes a new file in the target's folder. os.CreateTemp would make one that only its owner can read.
func createBeside(target string, mode fs.FileMode) (*os.File, error) {
	for range 100 {
		name := fmt.Sprintf(".%s.%08x.part", filepath.Base(target), rand.Uint32())
		file, err := os.OpenFile(filepath.Join(filepath.Dir(target), name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err == nil && mode != 0 {
			if err = file.Chmod(mode.Perm()); err != nil {
				return nil, errors.Join(err, file.Close(), os.Remove(file.Name()))
			}
		}
		return file, err
	}
	return nil, fmt.Errorf("no free name for a temporary file beside %s", target)
}

// Commit puts the file in its place.
func (f *File) Commit() error {
	err := fs.ErrClosed
	f.end.Do(func() {
		err = f.file.Close()
		if f.target != "" {
			err = f.settle(err)
		}
		f.watch.stop()
	})
	return err
}

// settle renames the closed file, or removes it.
func (f *File) settle(err error) error {
	if err == nil {
		err = os.Rename(f.file.Name(), f.target)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.file.Name()))
	}
	return nil
}

// Discard drops the file; the target stays as it was. After Commit it does nothing, so that it can be deferred.
func (f *File) Discard() {
	f.end.Do(func() {
		f.file.Close()
		if f.target != "" {
			os.Remove(f.file.Name())
		}
		f.watch.stop()
	})
}
