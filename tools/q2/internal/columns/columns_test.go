package columns_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/tools/q2/internal/columns"
)

// listType is one of the types that lists of n elements may have.
func listType(kind string, n int, element arrow.DataType) arrow.DataType {
	switch kind {
	case "list":
		return arrow.ListOf(element)
	case "large":
		return arrow.LargeListOf(element)
	}
	return arrow.FixedSizeListOf(int32(n), element)
}

// lists makes a column of the rows.
func lists(kind string, rows [][]float32) arrow.Array {
	builder := array.NewBuilder(memory.DefaultAllocator, listType(kind, len(rows[0]), arrow.PrimitiveTypes.Float32)).(array.ListLikeBuilder)
	for _, row := range rows {
		builder.Append(true)
		builder.ValueBuilder().(*array.Float32Builder).AppendValues(row, nil)
	}
	return builder.NewArray()
}

// record is a batch of a column of rows, named "rows", after one of their numbers.
func record(rows arrow.Array, first int) arrow.RecordBatch {
	ids := array.NewInt64Builder(memory.DefaultAllocator)
	for i := range rows.Len() {
		ids.Append(int64(first + i))
	}
	schema := arrow.NewSchema([]arrow.Field{{Name: "id", Type: arrow.PrimitiveTypes.Int64}, {Name: "rows", Type: rows.DataType(), Nullable: true}}, nil)
	return array.NewRecordBatch(schema, []arrow.Array{ids.NewArray(), rows}, int64(rows.Len()))
}

// written are the records as a file in one of the formats.
func written(t require.TestingT, format string, records []arrow.RecordBatch) []byte {
	var file bytes.Buffer
	var err error
	var writer interface {
		Write(arrow.RecordBatch) error
		Close() error
	}
	schema := records[0].Schema()
	switch format {
	case "stream":
		writer = ipc.NewWriter(&file, ipc.WithSchema(schema))
	case "arrow":
		writer, err = ipc.NewFileWriter(&file, ipc.WithSchema(schema), ipc.WithZstd())
	default:
		writer, err = pqarrow.NewFileWriter(schema, &file, parquet.NewWriterProperties(parquet.WithDataPageSize(300)), pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	}
	require.NoError(t, err)
	for _, r := range records {
		require.NoError(t, writer.Write(r))
	}
	require.NoError(t, writer.Close())
	return file.Bytes()
}

func open(file []byte, format string, ask columns.Request) (*columns.Reader, error) {
	ask.Format = format
	if format == "stream" {
		ask.Format = columns.Arrow
		return columns.Open(io.MultiReader(bytes.NewReader(file)), -1, ask)
	}
	return columns.Open(bytes.NewReader(file), int64(len(file)), ask)
}

// TestRowsComeInOrder: whatever the format, the kind of list and the cuts between records, and where in their buffers the lists
// begin, the same rows come out, each beside its own id.
func TestRowsComeInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		format := rapid.SampledFrom([]string{columns.Parquet, columns.Arrow, "stream"}).Draw(t, "format")
		kind := rapid.SampledFrom([]string{"fixed", "list", "large"}).Draw(t, "kind")
		n := rapid.IntRange(1, 40).Draw(t, "n")
		var records []arrow.RecordBatch
		var want []float32
		count := 0
		for range rapid.IntRange(1, 4).Draw(t, "records") {
			rows := rapid.SliceOfN(rapid.SliceOfN(rapid.Float32Range(-10, 10), n, n), 1, 20).Draw(t, "rows")
			from := rapid.IntRange(0, len(rows)-1).Draw(t, "from")
			if format == columns.Parquet && kind == "fixed" {
				from = 0 // arrow-go's Parquet writer forgets where a slice of fixed-size lists begins
			}
			records = append(records, record(array.NewSlice(lists(kind, rows), int64(from), int64(len(rows))), count))
			for _, row := range rows[from:] {
				want = append(want, row...)
				count++
			}
		}
		reader, err := open(written(t, format, records), format, columns.Request{Keep: []string{"id"}})
		require.NoError(t, err)
		require.Equal(t, n, reader.N)
		require.Equal(t, q2.FP32, reader.Dtype)
		var got []byte
		seen := 0
		for {
			batch, err := reader.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			got = append(got, batch.Values...)
			for i, id := range batch.Kept[0].(*array.Int64).Int64Values() {
				require.EqualValues(t, seen+i, id)
			}
			seen += batch.Count
			batch.Release()
		}
		require.Equal(t, count, seen)
		require.Equal(t, arrow.Float32Traits.CastToBytes(want), got)
		require.NoError(t, reader.Close())
	})
}

// TestValuesAreArrowsOwn: a batch is a part of the buffer that Arrow holds the values in.
func TestValuesAreArrowsOwn(t *testing.T) {
	rows := make([][]float32, 10_000)
	for i := range rows {
		rows[i] = []float32{float32(i), 1, 2, 3, 4, 5, 6, 7}
	}
	for _, kind := range []string{"fixed", "list", "large"} {
		column := array.NewSlice(lists(kind, rows), 7, int64(len(rows)))
		buffer := column.(array.ListLike).ListValues().Data().Buffers()[1].Bytes()
		reader, err := columns.OpenRecords(array.NewRecordBatch(arrow.NewSchema([]arrow.Field{{Name: "rows", Type: column.DataType()}}, nil), []arrow.Array{column}, int64(column.Len())))
		require.NoError(t, err)
		at := 7
		for {
			batch, err := reader.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			require.Equal(t, unsafe.Pointer(&buffer[at*32]), unsafe.Pointer(&batch.Values[0]), "%s, row %d: a copy", kind, at)
			at += batch.Count
		}
		require.Equal(t, len(rows), at)
	}
}

// TestValuesMayBeginInsideTheirBuffer: lists over a part of an array.
func TestValuesMayBeginInsideTheirBuffer(t *testing.T) {
	numbers := array.NewFloat32Builder(memory.DefaultAllocator)
	numbers.AppendValues([]float32{0, 1, 2, 3, 4, 5}, nil)
	part := array.NewSlice(numbers.NewArray(), 2, 6)
	data := array.NewData(arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Float32), 2, []*memory.Buffer{nil}, []arrow.ArrayData{part.Data()}, 0, 0)
	column := array.MakeFromData(data)
	reader, err := columns.OpenRecords(array.NewRecordBatch(arrow.NewSchema([]arrow.Field{{Name: "rows", Type: column.DataType()}}, nil), []arrow.Array{column}, 2))
	require.NoError(t, err)
	batch, err := reader.Next()
	require.NoError(t, err)
	require.Equal(t, arrow.Float32Traits.CastToBytes([]float32{2, 3, 4, 5}), batch.Values)
}

func TestRefusedColumns(t *testing.T) {
	float := arrow.PrimitiveTypes.Float32
	ragged := array.NewListBuilder(memory.DefaultAllocator, float)
	for _, length := range []int{4, 4, 3} {
		ragged.Append(true)
		ragged.ValueBuilder().(*array.Float32Builder).AppendValues(make([]float32, length), nil)
	}
	empty := array.NewListBuilder(memory.DefaultAllocator, float)
	empty.Append(true)
	doubles := array.NewListBuilder(memory.DefaultAllocator, arrow.PrimitiveTypes.Float64)
	doubles.Append(true)
	doubles.ValueBuilder().(*array.Float64Builder).Append(1)
	nothing := array.NewListBuilder(memory.DefaultAllocator, float)
	for _, c := range []struct {
		column arrow.Array
		want   string
	}{
		{ragged.NewArray(), "row 2 (counted from 0) has 3 elements, row 0 has 4: all rows need as many"},
		{empty.NewArray(), "row 0 (counted from 0) is empty: at least 1 element is needed"},
		{doubles.NewArray(), "elements of type float64 are not supported: float32 (fp32), float16 (fp16) and int8 (q8) are"},
		{nothing.NewArray(), "the column has no rows"},
		{lists("list", [][]float32{make([]float32, q2.MaxDim+1)}), "row 0 (counted from 0) has 1048577 elements: the limit is 1048576 (2^20)"},
	} {
		for _, format := range []string{columns.Parquet, columns.Arrow, "stream"} {
			reader, err := open(written(t, format, []arrow.RecordBatch{record(c.column, 0)}), format, columns.Request{})
			if err == nil {
				_, err = reader.Next()
			}
			require.EqualError(t, err, c.want, format)
		}
	}
}

// TestRowNumbersCountRecords: a refused row is named by its place in the file.
func TestRowNumbersCountRecords(t *testing.T) {
	whole := [][]float32{{1, 2}, {3, 4}, {5, 6}}
	records := []arrow.RecordBatch{record(lists("list", whole), 0), record(lists("list", whole), 3), record(lists("list", [][]float32{{1, 2}, {3, 4, 5}}), 6)}
	for _, format := range []string{columns.Parquet, columns.Arrow, "stream"} {
		reader, err := open(written(t, format, records), format, columns.Request{})
		require.NoError(t, err)
		for err == nil {
			_, err = reader.Next()
		}
		require.EqualError(t, err, "row 7 (counted from 0) has 3 elements, row 0 has 2: all rows need as many", format)
	}
}

func TestColumnsByName(t *testing.T) {
	a, b := lists("fixed", [][]float32{{1, 2}}), lists("list", [][]float32{{3, 4, 5}})
	ids := array.NewInt64Builder(memory.DefaultAllocator)
	ids.Append(1)
	id := ids.NewArray()
	schema := arrow.NewSchema([]arrow.Field{{Name: "a", Type: a.DataType()}, {Name: "b", Type: b.DataType()}, {Name: "key", Type: id.DataType()}, {Name: "id", Type: id.DataType()}}, nil)
	for _, format := range []string{columns.Parquet, columns.Arrow} {
		file := written(t, format, []arrow.RecordBatch{array.NewRecordBatch(schema, []arrow.Array{a, b, id, id}, 1)})
		reader, err := open(file, format, columns.Request{Column: "b"})
		require.NoError(t, err)
		require.Equal(t, 3, reader.N)
		for ask, want := range map[*columns.Request]string{
			{}:                                   "2 columns hold lists, --column says which: a (",
			{Column: "c"}:                        `there is no column "c": a (`,
			{Column: "key"}:                      `column "key" is of type int64: a list of numbers is needed`,
			{Column: "a", Keep: []string{"key"}}: `column "key" can't be kept: the output has one of that name already`,
			{Column: "a", Keep: []string{"b"}}:   `column "b" is of type list<`,
			{Column: "a", Keep: []string{"id", "id"}}: `column "id" can't be kept`,
			{Column: "a", Keep: []string{"no"}}:       `there is no column "no"`,
		} {
			_, err := open(file, format, *ask)
			require.ErrorContains(t, err, want)
		}
	}
}

// TestDamagedFiles: wherever a file ends early, and whatever byte of its end is wrong, there is an error and no panic.
func TestDamagedFiles(t *testing.T) {
	rows := make([][]float32, 50)
	for i := range rows {
		rows[i] = []float32{float32(i), 2, 3, 4}
	}
	drain := func(file []byte, format string) error {
		reader, err := open(file, format, columns.Request{})
		for err == nil {
			_, err = reader.Next()
		}
		return err
	}
	for _, format := range []string{columns.Parquet, columns.Arrow} {
		file := written(t, format, []arrow.RecordBatch{record(lists("list", rows), 0), record(lists("list", rows), 50)})
		require.ErrorIs(t, drain(file, format), io.EOF)
		for end := 0; end < len(file); end += 7 {
			err := drain(file[:end:end], format)
			require.Error(t, err)
			require.NotErrorIs(t, err, io.EOF, "%s cut at %d of %d", format, end, len(file))
		}
	}
}
