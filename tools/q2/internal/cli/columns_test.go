package cli_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/q2"
)

// byPyarrow is the path of a file that pyarrow wrote (testdata/columns/generate.py).
func byPyarrow(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("../../../../testdata/columns", name))
	require.NoError(t, err)
	return path
}

// TestQuantiseColumns gives golden rows in every kind of list, and wants the golden keys and codes.
func TestQuantiseColumns(t *testing.T) {
	single, half := goldenRows(t, q2.FP32, 64, 1), goldenRows(t, q2.FP16, 4096, 1)
	for name, f := range map[string]fixture{
		"fixed.parquet": single, "list.parquet": single, "large.parquet": single, "pages.parquet": single, "half.parquet": half,
		"fixed.arrow": single, "lz4.arrow": single, "fixed.arrows": single,
	} {
		t.Run(name, func(t *testing.T) {
			path := byPyarrow(t, name)
			inFolder(t)
			format := "arrow"
			if strings.HasSuffix(name, ".parquet") {
				format = "parquet"
			}
			assert.Equal(t, f.keys, succeeds(t, q2run("", "quantise", "--format", format, path, "-o", "codes")))
			assert.Equal(t, f.codes, read(t, "codes"))
			assert.Equal(t, f.object, succeeds(t, q2run("", "quantise", "--format", format, "--column", "embedding", "--json", path)))
		})
	}
}

func TestQuantiseArrowStreamFromStdin(t *testing.T) {
	stream := string(read(t, byPyarrow(t, "fixed.arrows")))
	assert.Equal(t, goldenRows(t, q2.FP32, 64, 1).keys, succeeds(t, q2run(stream, "quantise", "--format", "arrow", "-")))
}

// table reads a whole file that the command wrote.
func table(t *testing.T, path, format string) arrow.Table {
	t.Helper()
	content := bytes.NewReader(read(t, path))
	if format == "parquet" {
		reader, err := file.NewParquetReader(content)
		require.NoError(t, err)
		columns, err := pqarrow.NewFileReader(reader, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
		require.NoError(t, err)
		whole, err := columns.ReadTable(t.Context())
		require.NoError(t, err)
		return whole
	}
	reader, err := ipc.NewFileReader(content)
	require.NoError(t, err)
	var records []arrow.RecordBatch
	for i := range reader.NumRecords() {
		record, err := reader.RecordBatchAt(i)
		require.NoError(t, err)
		records = append(records, record)
	}
	return array.NewTableFromRecords(reader.Schema(), records)
}

// column is a column's values as text, its type before them.
func column(t *testing.T, whole arrow.Table, name string) (string, []string) {
	t.Helper()
	places := whole.Schema().FieldIndices(name)
	require.Len(t, places, 1)
	var values []string
	for _, chunk := range whole.Column(places[0]).Data().Chunks() {
		for i := range chunk.Len() {
			if binary, ok := chunk.(*array.FixedSizeBinary); ok {
				values = append(values, fmt.Sprintf("%x", binary.Value(i)))
			} else {
				values = append(values, chunk.ValueStr(i))
			}
		}
	}
	return whole.Schema().Field(places[0]).Type.String(), values
}

// TestQuantiseIntoTables: codes and keys as columns, kept columns beside them, from every format into both.
func TestQuantiseIntoTables(t *testing.T) {
	f := goldenRows(t, q2.FP32, 64, 1)
	var codes, keys, ids, names []string
	for i := range f.count {
		codes = append(codes, fmt.Sprintf("%x", f.codes[16*i:16*i+16]))
		var key uint64
		_, err := fmt.Sscanf(f.keys[17*i:], "%x", &key)
		require.NoError(t, err)
		keys = append(keys, fmt.Sprint(key))
		ids = append(ids, fmt.Sprint(100+i))
		names = append(names, fmt.Sprintf("row %d", i))
	}
	names[1] = array.NullValueStr
	for _, out := range []string{"parquet", "arrow"} {
		for _, from := range []string{"fixed.parquet", "list.parquet", "lz4.arrow", "fixed.arrows"} {
			path, format := byPyarrow(t, from), strings.TrimSuffix(strings.TrimPrefix(filepath.Ext(from), "."), "s")
			t.Run(from+" to "+out, func(t *testing.T) {
				inFolder(t)
				assert.Empty(t, succeeds(t, q2run("", "quantise", "--format", format, path, "-o", "out", "--out-format", out, "--keep", "name", "--keep", "id")))
				whole := table(t, "out", out)
				for name, want := range map[string]struct {
					of     string
					values []string
				}{"code": {"fixed_size_binary[16]", codes}, "key": {"uint64", keys}, "id": {"int64", ids}, "name": {"utf8", names}} {
					of, values := column(t, whole, name)
					assert.Equal(t, want.of, of, name)
					assert.Equal(t, want.values, values, name)
				}
			})
		}
		t.Run("npy to "+out, func(t *testing.T) {
			inFolder(t)
			write(t, "in.npy", npyFile("<f4", false, matrix(f), f.rows))
			assert.Equal(t, f.object, succeeds(t, q2run("", "quantise", "in.npy", "--json", "-o", "out", "--out-format", out)))
			_, values := column(t, table(t, "out", out), "code")
			assert.Equal(t, codes, values)
			piped := succeeds(t, q2run("", "quantise", "in.npy", "-o", "-", "--out-format", out))
			assert.Equal(t, string(read(t, "out")), piped)
		})
	}
}

func TestQuantiseColumnsRefuses(t *testing.T) {
	parquet, stream := byPyarrow(t, "fixed.parquet"), string(read(t, byPyarrow(t, "fixed.arrows")))
	arrows := string(read(t, byPyarrow(t, "fixed.arrow")))
	for name, c := range map[string]struct {
		stdin string
		args  []string
		want  string
	}{
		"null row":        {"", []string{"--format", "parquet", byPyarrow(t, "null.parquet")}, "row 1 (counted from 0) is null: every row needs values"},
		"null element":    {"", []string{"--format", "parquet", byPyarrow(t, "null_element.parquet")}, "row 1 (counted from 0) holds a null, its element 1: every element needs a value"},
		"no such column":  {"", []string{"--format", "parquet", parquet, "--column", "x"}, `there is no column "x": id (int64), embedding (fixed_size_list`},
		"no list":         {"", []string{"--format", "parquet", parquet, "--column", "id"}, `column "id" is of type int64: a list of numbers is needed`},
		"not parquet":     {"", []string{"--format", "parquet", byPyarrow(t, "fixed.arrow")}, "not a whole Parquet file"},
		"not arrow":       {"", []string{"--format", "arrow", parquet}, "not an Arrow file or stream"},
		"parquet, piped":  {stream, []string{"--format", "parquet", "-"}, "stdin: a Parquet file has its contents at its end: give its path, it can't be piped"},
		"arrow, piped":    {arrows, []string{"--format", "arrow", "-"}, "stdin: an Arrow file has its contents at its end: give its path; only the stream format can be piped"},
		"empty":           {"", []string{"--format", "arrow", "-"}, "stdin: the input is empty"},
		"keep to nothing": {"", []string{"--format", "parquet", parquet, "--keep", "id"}, "--keep goes with --out-format parquet or arrow"},
		"table to stdout": {"", []string{"--format", "parquet", parquet, "--out-format", "arrow"}, "--out-format arrow needs -o"},
		"dtype":           {"", []string{"--format", "parquet", parquet, "--dtype", "fp32"}, "a parquet file says what its rows are: --dtype, --dim and --seq-len go with npy and raw"},
		"column of npy":   {"", []string{"x.npy", "--column", "a"}, "--column and --keep go with --format parquet or arrow"},
	} {
		t.Run(name, func(t *testing.T) {
			inFolder(t)
			result := q2run(c.stdin, append([]string{"quantise"}, c.args...)...)
			assert.NotZero(t, result.status)
			assert.Empty(t, result.stdout)
			assert.Contains(t, result.stderr, c.want)
			files, err := os.ReadDir(".")
			require.NoError(t, err)
			assert.Empty(t, files)
		})
	}
}

// TestQuantiseColumnsNotFinite: a refused row leaves nothing behind, and is named by its place in the file.
func TestQuantiseColumnsNotFinite(t *testing.T) {
	inFolder(t)
	write(t, "in.arrows", manyRows(t, 9000, 4, func(i int, row []float32) {
		if i == 8500 {
			binary.NativeEndian.PutUint32(arrow.Float32Traits.CastToBytes(row), 0x7fc00000)
		}
	}))
	result := q2run("", "quantise", "--format", "arrow", "in.arrows", "-o", "out", "--out-format", "parquet")
	assert.Equal(t, 1, result.status)
	assert.Contains(t, result.stderr, "in.arrows: row 8500 (counted from 0) is not finite")
	files, err := filepath.Glob("*")
	require.NoError(t, err)
	assert.Equal(t, []string{"in.arrows"}, files)
}

// manyRows is an Arrow stream of count rows of n elements, in records of a thousand.
func manyRows(t *testing.T, count, n int, change func(i int, row []float32)) []byte {
	t.Helper()
	schema := rowsOf(n)
	var stream bytes.Buffer
	writer := ipc.NewWriter(&stream, ipc.WithSchema(schema))
	writeRows(t, writer, schema, count, n, change)
	return stream.Bytes()
}

func rowsOf(n int) *arrow.Schema {
	return arrow.NewSchema([]arrow.Field{{Name: "rows", Type: arrow.FixedSizeListOf(int32(n), arrow.PrimitiveTypes.Float32)}}, nil)
}

type recordWriter interface {
	Write(arrow.RecordBatch) error
	Close() error
}

func writeRows(t *testing.T, writer recordWriter, schema *arrow.Schema, count, n int, change func(i int, row []float32)) {
	t.Helper()
	row := make([]float32, n)
	for first := 0; first < count; first += 1000 {
		lists := array.NewFixedSizeListBuilder(memory.DefaultAllocator, int32(n), arrow.PrimitiveTypes.Float32)
		for i := first; i < min(first+1000, count); i++ {
			for d := range row {
				row[d] = float32((i*31+d*17)%101 - 50)
			}
			change(i, row)
			lists.Append(true)
			lists.ValueBuilder().(*array.Float32Builder).AppendValues(row, nil)
		}
		column := lists.NewArray()
		require.NoError(t, writer.Write(array.NewRecordBatch(schema, []arrow.Array{column}, int64(column.Len()))))
	}
	require.NoError(t, writer.Close())
}
