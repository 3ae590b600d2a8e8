//go:build linux

package native

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
)

// checkFile finds what the loader does not: a file that ends before its segments do, as after a copy that broke off. The
// loader maps it, and the first access beyond the end is a fault that ends the process.
func checkFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	parsed, err := elf.NewFile(file)
	if err != nil {
		return fmt.Errorf("not an ELF file, or not a whole one: %w", err)
	}
	for _, segment := range parsed.Progs {
		if size := uint64(info.Size()); segment.Off > size || segment.Filesz > size-segment.Off {
			return fmt.Errorf("not a whole file: %d bytes long, and a segment of it ends at %d", size, segment.Off+segment.Filesz)
		}
	}
	return nil
}
