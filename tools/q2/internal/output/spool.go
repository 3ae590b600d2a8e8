package output

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
)

// spoolMemory is what a Spool keeps in memory before it turns to a temporary file: some 60 000 keys.
const spoolMemory = 1 << 20

// Spool holds text back until the work that makes it has succeeded: the first MiB in memory, the rest in a temporary file. Its zero
// value is ready for use.
type Spool struct {
	memory bytes.Buffer
	file   *os.File
}

// Write adds to what is held.
func (s *Spool) Write(p []byte) (int, error) {
	if s.memory.Len()+len(p) <= spoolMemory {
		return s.memory.Write(p)
	}
	if err := s.spill(); err != nil {
		return 0, err
	}
	return s.memory.Write(p)
}

func (s *Spool) spill() error {
	if s.file == nil {
		file, err := os.CreateTemp("", "q2-*.spool")
		if err != nil {
			return err
		}
		s.file = file
		os.Remove(file.Name()) // where the system allows it: whatever ends the process, nothing stays behind
	}
	_, err := s.memory.WriteTo(s.file)
	return err
}

// Release writes everything held to w.
func (s *Spool) Release(w io.Writer) error {
	if s.file != nil {
		if _, err := s.file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		if _, err := io.Copy(w, s.file); err != nil {
			return err
		}
	}
	_, err := s.memory.WriteTo(w)
	return err
}

// Close drops what is held and removes the temporary file.
func (s *Spool) Close() error {
	s.memory.Reset()
	if s.file == nil {
		return nil
	}
	file := s.file
	s.file = nil
	err := file.Close()
	if removed := os.Remove(file.Name()); !errors.Is(removed, fs.ErrNotExist) {
		err = errors.Join(err, removed)
	}
	return err
}
