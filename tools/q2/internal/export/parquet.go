package export

import (
	"context"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/q2"
)

type parquetFile struct {
	writer  *pqarrow.FileWriter
	builder *array.RecordBuilder
}

// Parquet writes a Parquet file of the columns id (uint64), code (fixed_size_binary of ceil(n/4) bytes), key (uint64), transitions (uint32) and payload
// (binary), a row group for each Write. The file's metadata has n as q2.n.
func Parquet(w io.Writer, n int) (Target, error) {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "id", Type: arrow.PrimitiveTypes.Uint64},
		{Name: "code", Type: &arrow.FixedSizeBinaryType{ByteWidth: q2.PackedLen(n)}},
		{Name: "key", Type: arrow.PrimitiveTypes.Uint64},
		{Name: "transitions", Type: arrow.PrimitiveTypes.Uint32},
		{Name: "payload", Type: arrow.BinaryTypes.Binary},
	}, nil)
	// Codes and keys are as good as random: a dictionary would only cost.
	properties := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd), parquet.WithDictionaryDefault(false))
	writer, err := pqarrow.NewFileWriter(schema, w, properties, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		return nil, err
	}
	if err := writer.AppendKeyValueMetadata("q2.n", fmt.Sprint(n)); err != nil {
		return nil, err
	}
	return &parquetFile{writer, array.NewRecordBuilder(memory.DefaultAllocator, schema)}, nil
}

func (f *parquetFile) Write(_ context.Context, entries []index.Entry) error {
	for _, e := range entries {
		f.builder.Field(0).(*array.Uint64Builder).Append(e.ID)
		f.builder.Field(1).(*array.FixedSizeBinaryBuilder).Append(e.Code)
		f.builder.Field(2).(*array.Uint64Builder).Append(e.Key.Bits)
		f.builder.Field(3).(*array.Uint32Builder).Append(e.Key.Transitions)
		f.builder.Field(4).(*array.BinaryBuilder).Append(e.Payload)
	}
	batch := f.builder.NewRecordBatch()
	defer batch.Release()
	return f.writer.Write(batch)
}

func (f *parquetFile) Close() error { return f.writer.Close() }
