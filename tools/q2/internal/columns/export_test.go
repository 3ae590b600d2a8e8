package columns

import (
	"io"

	"github.com/apache/arrow-go/v18/arrow"
)

// records hands out record batches that are in memory already, so that a test knows the addresses of their buffers.
type records []arrow.RecordBatch

func (r *records) next() (arrow.RecordBatch, error) {
	if len(*r) == 0 {
		return nil, io.EOF
	}
	first := (*r)[0]
	*r = (*r)[1:]
	return first, nil
}

func (r *records) consumed() int64 { return 0 }
func (r *records) close() error    { return nil }

// OpenRecords reads the first column of record batches in memory.
func OpenRecords(batches ...arrow.RecordBatch) (*Reader, error) {
	src := records(batches)
	r := &Reader{source: &src}
	return r, r.begin()
}
