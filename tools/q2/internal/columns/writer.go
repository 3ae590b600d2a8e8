package columns

import (
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/q2kernel/q2/gopkg/q2"
)

// The columns that a Writer adds to the kept ones.
const (
	CodeColumn = "code" // FixedSizeBinary[ceil(n/4)]
	KeyColumn  = "key"  // UInt64
)

// rowGroupBytes is what a Parquet row group of codes and keys holds, which is in memory until it is whole.
const rowGroupBytes = 16 << 20

// Writer writes codes and keys, after the kept columns, as a Parquet file or an Arrow (IPC) file.
type Writer struct {
	schema *arrow.Schema
	file   interface {
		Write(arrow.RecordBatch) error
		Close() error
	}
}

// NewWriter begins a file of codes of n dimensions on w, which stays open.
func NewWriter(w io.Writer, format string, n int, kept []arrow.Field) (*Writer, error) {
	fields := append(append([]arrow.Field{}, kept...),
		arrow.Field{Name: CodeColumn, Type: &arrow.FixedSizeBinaryType{ByteWidth: q2.PackedLen(n)}},
		arrow.Field{Name: KeyColumn, Type: arrow.PrimitiveTypes.Uint64})
	schema := arrow.NewSchema(fields, nil)
	if format == Arrow {
		file, err := ipc.NewFileWriter(w, ipc.WithSchema(schema))
		return &Writer{schema, file}, err
	}
	file, err := newParquetWriter(w, schema, n)
	return &Writer{schema, file}, err
}

// buffered collects record batches into row groups.
type buffered struct{ *pqarrow.FileWriter }

func (b buffered) Write(record arrow.RecordBatch) error { return b.WriteBuffered(record) }

func newParquetWriter(w io.Writer, schema *arrow.Schema, n int) (buffered, error) {
	properties := parquet.NewWriterProperties(
		parquet.WithCompression(compress.Codecs.Snappy),
		parquet.WithMaxRowGroupLength(int64(max(1, rowGroupBytes/(q2.PackedLen(n)+8)))),
		// Codes don't repeat, don't shrink and have no order that anyone would ask for.
		parquet.WithDictionaryFor(CodeColumn, false), parquet.WithDictionaryFor(KeyColumn, false),
		parquet.WithCompressionFor(CodeColumn, compress.Codecs.Uncompressed),
		parquet.WithStatsFor(CodeColumn, false))
	file, err := pqarrow.NewFileWriter(schema, onlyWriter{w}, properties, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	return buffered{file}, err
}

// onlyWriter hides a Close method, which the Parquet writer would call.
type onlyWriter struct{ io.Writer }

// Write adds rows: codes one after another, their keys, and the same rows of the kept columns.
func (w *Writer) Write(codes []byte, keys []uint64, kept []arrow.Array) error {
	count := len(keys)
	last := len(w.schema.Fields()) - 2
	code := over(w.schema.Field(last).Type, codes, count)
	defer code.Release()
	key := over(w.schema.Field(last+1).Type, arrow.Uint64Traits.CastToBytes(keys), count)
	defer key.Release()
	record := array.NewRecordBatch(w.schema, append(append([]arrow.Array{}, kept...), code, key), int64(count))
	defer record.Release()
	return w.file.Write(record)
}

// over makes an array of the bytes as they are.
func over(t arrow.DataType, bytes []byte, count int) arrow.Array {
	data := array.NewData(t, count, []*memory.Buffer{nil, memory.NewBufferBytes(bytes)}, nil, 0, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

// Close ends the file.
func (w *Writer) Close() error { return w.file.Close() }
