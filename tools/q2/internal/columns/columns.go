// Package columns streams list columns out of Parquet and Arrow files, a row a list, and writes codes and keys as columns. The
// values of a row are never copied: the kernel reads them where Arrow put them.
package columns

import (
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/q2kernel/q2/gopkg/q2"
)

// Formats of a file.
const (
	Parquet = "parquet"
	Arrow   = "arrow" // an IPC file, or an IPC stream
)

// A batch holds about a MiB of rows, and no more of them than keep their results small.
const (
	batchBytes = 1 << 20
	batchRows  = 4096
)

// Request is what the user said about a file. Zero means "not said".
type Request struct {
	Format string
	Column string   // the list column; the only one there is where not said
	Keep   []string // columns to hand through
}

// Batch is a run of rows: Count lists of the column, one after another, and the same rows of the kept columns.
type Batch struct {
	Values []byte // in Arrow's own buffer
	Count  int
	Kept   []arrow.Array
}

// Release gives the kept columns back. Values are valid until the reader's next batch.
func (b *Batch) Release() {
	for _, a := range b.Kept {
		a.Release()
	}
	b.Kept = nil
}

// source hands out record batches that hold the wanted columns. A batch is valid until the next call.
type source interface {
	next() (arrow.RecordBatch, error) // io.EOF after the last
	consumed() int64                  // bytes of the file so far, about
	close() error
}

// Reader hands out the rows of a column in order.
type Reader struct {
	N     int
	Dtype q2.Dtype
	Kept  []arrow.Field

	source source
	places places
	record arrow.RecordBatch // valid until the source's next
	at     int               // rows of the record handed out
	first  int64             // number of the record's first row
}

// Open opens a file and reads up to its first row. Size is negative where it can't be known: then r needs no methods but Read.
func Open(r io.Reader, size int64, ask Request) (*Reader, error) {
	open := openParquet
	if ask.Format == Arrow {
		open = openArrow
	}
	src, places, kept, err := open(r, size, ask)
	if err != nil {
		return nil, err
	}
	reader := &Reader{source: src, places: places, Kept: kept}
	if err := reader.begin(); err != nil {
		return nil, errors.Join(err, src.close())
	}
	return reader, nil
}

// begin takes type and dimension from the first row.
func (r *Reader) begin() error {
	err := r.advance()
	if errors.Is(err, io.EOF) {
		return errors.New("the column has no rows")
	}
	if err != nil {
		return err
	}
	rows := r.rows()
	if r.Dtype, err = elementDtype(rows.DataType().(arrow.ListLikeType).Elem()); err != nil {
		return err
	}
	start, end := rows.ValueOffsets(0)
	if rows.IsNull(0) {
		return r.null(0)
	}
	r.N = int(end - start)
	switch {
	case r.N < 1:
		return errors.New("row 0 (counted from 0) is empty: at least 1 element is needed")
	case r.N > q2.MaxDim:
		return fmt.Errorf("row 0 (counted from 0) has %d elements: the limit is %d (2^20)", r.N, q2.MaxDim)
	}
	return nil
}

// advance goes to the next record that holds rows.
func (r *Reader) advance() error {
	for {
		if r.record != nil {
			r.first += r.record.NumRows()
		}
		record, err := r.source.next()
		if err != nil {
			r.record = nil
			return err
		}
		r.record, r.at = record, 0
		if record.NumRows() > 0 {
			return nil
		}
	}
}

func (r *Reader) rows() array.ListLike { return r.record.Column(r.places.rows).(array.ListLike) }

// RowsPerBatch is the largest number of rows in a batch.
func (r *Reader) RowsPerBatch() int { return rowsPerBatch(r.Dtype.RowBytes(r.N)) }

func rowsPerBatch(rowBytes int) int { return max(1, min(batchRows, batchBytes/rowBytes)) }

// Next returns the next batch, or io.EOF after the last row.
func (r *Reader) Next() (Batch, error) {
	if r.record != nil && r.at == int(r.record.NumRows()) {
		if err := r.advance(); err != nil {
			return Batch{}, err
		}
	}
	if r.record == nil {
		return Batch{}, io.EOF
	}
	count := min(r.RowsPerBatch(), int(r.record.NumRows())-r.at)
	values, err := r.values(r.at, count)
	if err != nil {
		return Batch{}, err
	}
	batch := Batch{Values: values, Count: count}
	for _, place := range r.places.kept {
		batch.Kept = append(batch.Kept, array.NewSlice(r.record.Column(place), int64(r.at), int64(r.at+count)))
	}
	r.at += count
	return batch, nil
}

// Consumed is the number of the file's bytes read so far, for a progress bar.
func (r *Reader) Consumed() int64 { return r.source.consumed() }

// Close gives back what the reader holds; the file stays open.
func (r *Reader) Close() error { return r.source.close() }
