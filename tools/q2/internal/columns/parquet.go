package columns

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// parquetFile reads a Parquet file page by page, as few rows at a time as fill a batch.
type parquetFile struct {
	file    *file.Reader
	records pqarrow.RecordReader
	size    int64
	done    int64 // rows
}

func openParquet(r io.Reader, size int64, ask Request) (source, places, []arrow.Field, error) {
	seekable, ok := r.(parquet.ReaderAtSeeker)
	if size < 0 || !ok {
		return nil, places{}, nil, errors.New("a Parquet file has its contents at its end: give its path, it can't be piped")
	}
	properties := parquet.NewReaderProperties(memory.DefaultAllocator)
	properties.BufferedStreamEnabled = true // pages one by one, no whole column chunk
	reader, err := file.NewParquetReader(seekable, file.WithReadProps(properties))
	if err != nil {
		return nil, places{}, nil, fmt.Errorf("not a whole Parquet file: %w", err)
	}
	records, p, kept, err := parquetRecords(reader, ask)
	if err != nil {
		return nil, places{}, nil, errors.Join(err, reader.Close())
	}
	return &parquetFile{file: reader, records: records, size: size}, p, kept, nil
}

// parquetRecords reads the wanted columns alone. The places are those in its records.
func parquetRecords(reader *file.Reader, ask Request) (pqarrow.RecordReader, places, []arrow.Field, error) {
	columns, err := pqarrow.NewFileReader(reader, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		return nil, places{}, nil, err
	}
	schema, err := columns.Schema()
	if err != nil {
		return nil, places{}, nil, err
	}
	wanted, kept, err := pick(schema, ask)
	if err != nil {
		return nil, places{}, nil, err
	}
	var leaves []int
	for _, place := range append([]int{wanted.rows}, wanted.kept...) {
		leaves = appendLeaves(leaves, &columns.Manifest.Fields[place])
	}
	columns.Props.BatchSize = int64(rowsPerBatch(averageRowBytes(reader, leaves[0])))
	records, err := columns.GetRecordReader(context.Background(), leaves, nil)
	if err != nil {
		return nil, places{}, nil, err
	}
	p, kept, err := pick(records.Schema(), Request{Column: schema.Field(wanted.rows).Name, Keep: ask.Keep})
	return records, p, kept, err
}

// appendLeaves adds the places of a column's leaves, the columns of which Parquet knows.
func appendLeaves(leaves []int, field *pqarrow.SchemaField) []int {
	if field.IsLeaf() {
		return append(leaves, field.ColIndex)
	}
	for i := range field.Children {
		leaves = appendLeaves(leaves, &field.Children[i])
	}
	return leaves
}

// averageRowBytes is the size of a list, from the file's own counts and four bytes an element; at least 4.
func averageRowBytes(reader *file.Reader, leaf int) int {
	elements := int64(0)
	for i := range reader.NumRowGroups() {
		if chunk, err := reader.MetaData().RowGroup(i).ColumnChunk(leaf); err == nil {
			elements += chunk.NumValues()
		}
	}
	return int(4 * max(1, elements/max(1, reader.NumRows())))
}

func (f *parquetFile) next() (arrow.RecordBatch, error) {
	if f.records.Next() {
		record := f.records.RecordBatch()
		f.done += record.NumRows()
		return record, nil
	}
	if err := f.records.Err(); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if f.done != f.file.NumRows() {
		return nil, fmt.Errorf("the file is damaged: it says that it has %d rows, and ends after %d", f.file.NumRows(), f.done)
	}
	return nil, io.EOF
}

func (f *parquetFile) consumed() int64 {
	return int64(float64(f.size) * float64(f.done) / float64(max(1, f.file.NumRows())))
}

func (f *parquetFile) close() error {
	f.records.Release()
	return f.file.Close()
}
