package graph

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// copyBuffer is how much of the source passes through memory at once.
const copyBuffer = 1 << 20

// protobufLimit is the most bytes a protobuf message may have; ONNX Runtime refuses a model beyond it.
const protobufLimit = math.MaxInt32

// WriteTo writes the edited model, copying what is kept from the source through a small buffer. It implements io.WriterTo.
func (e *Edit) WriteTo(w io.Writer) (int64, error) {
	before, err := e.m.stamp()
	if err != nil {
		return 0, err
	}
	buffer := make([]byte, min(copyBuffer, e.Size))
	total := int64(0)
	for _, p := range e.pieces {
		n, err := e.m.writePiece(w, p, buffer)
		total += n
		if err != nil {
			return total, err
		}
	}
	after, err := e.m.stamp()
	if err == nil && (before != e.m.opened || after != e.m.opened) {
		err = fmt.Errorf("graph: %s changed since it was opened", e.m.path)
	}
	return total, err
}

func (m *Model) writePiece(w io.Writer, p piece, buffer []byte) (int64, error) {
	if p.fresh != nil {
		n, err := w.Write(p.fresh)
		return int64(n), err
	}
	n, err := io.CopyBuffer(onlyWriter{w}, io.NewSectionReader(m.r, p.from.start, p.from.size()), buffer)
	if err == nil && n != p.from.size() {
		err = fmt.Errorf("graph: the model ends at byte %d of %d: %w", p.from.start+n, m.size, io.ErrUnexpectedEOF)
	}
	return n, err
}

// onlyWriter hides a ReadFrom, which would bring a buffer of its own for each piece.
type onlyWriter struct{ io.Writer }

// stamp identifies the state of the source file; always the same for a model from memory.
func (m *Model) stamp() (fileStamp, error) {
	if m.file == nil {
		return fileStamp{}, nil
	}
	info, err := m.file.Stat()
	if err != nil {
		return fileStamp{}, err
	}
	return fileStamp{info.Size(), info.ModTime().UnixNano()}, nil
}

type fileStamp struct{ size, modified int64 }

// Bytes returns the edited model, for a session from memory. Errors: ErrExternalData when it needs files beside it, which such a session
// does not find by itself; *RefusedError beyond protobuf's 2 GiB; those of WriteTo.
func (e *Edit) Bytes() ([]byte, error) {
	if len(e.ExternalData) > 0 {
		return nil, refuseFor(ErrExternalData, "the model's weights lie in %s beside it, where a model in memory does not find them; write the edited model into the same folder", strings.Join(e.ExternalData, ", "))
	}
	if e.Size > protobufLimit {
		return nil, refuse("the edited model has %d bytes; protobuf's limit is %d", e.Size, protobufLimit)
	}
	b := bytes.NewBuffer(make([]byte, 0, e.Size))
	if _, err := e.WriteTo(b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// WriteFile writes the edited model to dst: first under another name in the same folder, then renamed, so that dst is never half a model. An
// existing dst is replaced, but neither the source nor its data files. Errors: *RefusedError for those, ErrExternalData when
// weights lie beside the source and dst is in another folder; the file system's.
func (e *Edit) WriteFile(dst string) error {
	if err := e.CheckDestination(dst); err != nil {
		return err
	}
	f, err := createBeside(dst)
	if err != nil {
		return err
	}
	err = e.writeSynced(f)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(f.Name(), dst)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("writing %s: %w", dst, err)
	}
	return nil
}

func (e *Edit) writeSynced(f *os.File) error {
	w := bufio.NewWriterSize(f, int(min(copyBuffer, e.Size)))
	if _, err := e.WriteTo(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Sync()
}

// createBeside makes a new file in dst's folder, with the permissions that a new dst would have.
func createBeside(dst string) (*os.File, error) {
	name := "." + filepath.Base(dst) + "." + rand.Text()[:10] + ".tmp"
	return os.OpenFile(filepath.Join(filepath.Dir(dst), name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
}

// CheckDestination says whether the edited model may be written to dst: not over the source or its data files, not over a folder or a device, and
// beside the source where weights lie in files of their own. Errors: *RefusedError.
func (e *Edit) CheckDestination(dst string) error {
	if info, err := os.Stat(dst); err == nil && !info.Mode().IsRegular() {
		return refuse("%s exists and is not a regular file", dst)
	}
	if e.m.path != "" && samePath(dst, e.m.path) {
		return refuse("%s is the model that is being edited; write to another file", dst)
	}
	if len(e.ExternalData) == 0 {
		return nil
	}
	files := strings.Join(e.ExternalData, ", ")
	switch {
	case e.m.path == "":
		return refuseFor(ErrExternalData, "the model was read from memory and needs %s beside it", files)
	case !samePath(filepath.Dir(dst), e.m.folder()):
		return refuseFor(ErrExternalData, "the model's weights lie in %s beside it, and paths to them are relative: write the edited model into %s too", files, e.m.folder())
	}
	for _, name := range e.ExternalData {
		if filepath.IsLocal(name) && samePath(dst, filepath.Join(e.m.folder(), name)) {
			return refuse("%s holds the model's weights; write to another file", dst)
		}
	}
	return nil
}

// samePath: both exist and are one file, whatever links lead there.
func samePath(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// Expose edits the model at src as o says and writes the result to dst (WriteFile). The plan tells what was done.
func Expose(src, dst string, o Options) (*Plan, error) {
	m, err := Open(src)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	e, err := m.Edit(o)
	if err != nil {
		return nil, err
	}
	return &e.Plan, e.WriteFile(dst)
}

// ExposeBytes edits the model at src as o says and returns the result (Bytes).
func ExposeBytes(src string, o Options) ([]byte, *Plan, error) {
	m, err := Open(src)
	if err != nil {
		return nil, nil, err
	}
	defer m.Close()
	e, err := m.Edit(o)
	if err != nil {
		return nil, nil, err
	}
	data, err := e.Bytes()
	return data, &e.Plan, err
}
