package columns

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// openArrow opens an IPC file, which says so in its first bytes, or an IPC stream. Of a file one record batch at a time is held in
// memory, as large as its writer made it.
func openArrow(r io.Reader, size int64, ask Request) (source, places, []arrow.Field, error) {
	const magic = "ARROW1"
	var begin [len(magic)]byte
	file, seekable := r.(ipc.ReadAtSeeker)
	if size >= 0 && seekable {
		if _, err := file.ReadAt(begin[:], 0); err != nil && !errors.Is(err, io.EOF) {
			return nil, places{}, nil, err
		}
		if string(begin[:]) == magic {
			return openArrowFile(file, size, ask)
		}
	}
	buffered := bufio.NewReaderSize(r, batchBytes/4)
	if head, _ := buffered.Peek(len(magic)); string(head) == magic {
		return nil, places{}, nil, errors.New("an Arrow file has its contents at its end: give its path; only the stream format can be piped")
	} else if len(head) == 0 {
		return nil, places{}, nil, errors.New("the input is empty")
	}
	return openArrowStream(buffered, ask)
}

// arrowFile reads the record batches of an IPC file by number.
type arrowFile struct {
	reader *ipc.FileReader
	size   int64
	done   int
	record arrow.RecordBatch
}

func openArrowFile(r ipc.ReadAtSeeker, size int64, ask Request) (source, places, []arrow.Field, error) {
	reader, err := ipc.NewFileReader(r)
	if err != nil {
		return nil, places{}, nil, fmt.Errorf("not a whole Arrow file: %w", err)
	}
	p, kept, err := pick(reader.Schema(), ask)
	if err != nil {
		return nil, places{}, nil, errors.Join(err, reader.Close())
	}
	return &arrowFile{reader: reader, size: size}, p, kept, nil
}

func (f *arrowFile) next() (arrow.RecordBatch, error) {
	f.release()
	if f.done == f.reader.NumRecords() {
		return nil, io.EOF
	}
	record, err := f.reader.RecordBatchAt(f.done)
	if err != nil {
		return nil, fmt.Errorf("record batch %d: %w", f.done, err)
	}
	f.record = record
	f.done++
	return record, nil
}

func (f *arrowFile) release() {
	if f.record != nil {
		f.record.Release()
		f.record = nil
	}
}

func (f *arrowFile) consumed() int64 {
	return f.size * int64(f.done) / int64(max(1, f.reader.NumRecords()))
}

func (f *arrowFile) close() error {
	f.release()
	return f.reader.Close()
}

// arrowStream reads the record batches of an IPC stream as they come.
type arrowStream struct {
	reader *ipc.Reader
	count  *counter
}

func openArrowStream(r io.Reader, ask Request) (source, places, []arrow.Field, error) {
	count := &counter{Reader: r}
	reader, err := ipc.NewReader(count)
	if err != nil {
		return nil, places{}, nil, fmt.Errorf("not an Arrow file or stream: %w", err)
	}
	p, kept, err := pick(reader.Schema(), ask)
	if err != nil {
		reader.Release()
		return nil, places{}, nil, err
	}
	return &arrowStream{reader: reader, count: count}, p, kept, nil
}

func (s *arrowStream) next() (arrow.RecordBatch, error) {
	if s.reader.Next() {
		return s.reader.RecordBatch(), nil
	}
	if err := s.reader.Err(); err != nil {
		return nil, err
	}
	return nil, io.EOF
}

func (s *arrowStream) consumed() int64 { return s.count.bytes }

func (s *arrowStream) close() error {
	s.reader.Release()
	return nil
}

// counter counts the bytes that pass.
type counter struct {
	io.Reader
	bytes int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.bytes += int64(n)
	return n, err
}
