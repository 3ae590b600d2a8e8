package cli

import (
	"fmt"
	"io"
	"os"
)

// input is an opened file. Size is negative when it can't be known beforehand: of stdin, a pipe, a device.
type input struct {
	io.Reader
	name  string
	size  int64
	close func() error
}

// openInput opens a file, or stdin for "-".
func (s *streams) openInput(path string) (*input, error) {
	if path == "-" {
		return &input{Reader: s.in, name: "stdin", size: -1, close: func() error { return nil }}, nil
	}
	return openFile(path)
}

// openFile opens what can be read as a file: no folder.
func openFile(path string) (*input, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder", path)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	size := int64(-1)
	if info.Mode().IsRegular() {
		size = info.Size()
	}
	return &input{Reader: file, name: path, size: size, close: file.Close}, nil
}
