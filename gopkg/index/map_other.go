//go:build !unix

package index

import (
	"io"
	"os"
)

// mapFile reads a file into memory where it can't be mapped, or not removed while it is.
func mapFile(path string) (memory []byte, unmap func() error, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, nil, err
	}
	memory = alignedMemory(int(info.Size()))
	_, err = io.ReadFull(file, memory)
	return memory, func() error { return nil }, err
}
