//go:build unix

package cli_test

import (
	"os"
	"runtime"
	"syscall"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// columnFile writes count rows of n elements to a file, in records of a thousand rows.
func columnFile(t *testing.T, path, format string, count, n int) {
	t.Helper()
	file, err := os.Create(path)
	require.NoError(t, err)
	schema := rowsOf(n)
	var writer recordWriter
	switch format {
	case "parquet":
		properties := parquet.NewWriterProperties(parquet.WithDictionaryDefault(false))
		writer, err = pqarrow.NewFileWriter(schema, struct{ *os.File }{file}, properties, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	default:
		writer, err = ipc.NewFileWriter(file, ipc.WithSchema(schema))
	}
	require.NoError(t, err)
	writeRows(t, writer, schema, count, n, func(int, []float32) {})
	_ = file.Close() // the Parquet writer has done so
}

// peak is the most memory that the command held while it turned a file into a table, in KiB.
func peak(t *testing.T, path, format string) int64 {
	t.Helper()
	command, stderr := process(t, "quantise", "--format", format, path, "-o", "out", "--out-format", format)
	require.NoError(t, command.Run(), stderr)
	most := int64(command.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
	if runtime.GOOS == "darwin" {
		most /= 1 << 10 // bytes there
	}
	return most
}

// TestQuantiseColumnsInBoundedMemory: a file of 128 MiB takes no more memory than one of 8 MiB, but for what the collector leaves lying.
func TestQuantiseColumnsInBoundedMemory(t *testing.T) {
	for _, format := range []string{"parquet", "arrow"} {
		t.Run(format, func(t *testing.T) {
			inFolder(t)
			columnFile(t, "small", format, 2000, 1024)
			columnFile(t, "large", format, 32000, 1024)
			info, err := os.Stat("large")
			require.NoError(t, err)
			require.Greater(t, info.Size(), int64(120<<20))
			small, large := peak(t, "small", format), peak(t, "large", format)
			t.Logf("%s: at most %d MiB for 8 MiB, %d MiB for 128 MiB", format, small>>10, large>>10)
			assert.Less(t, large, small+24<<10)
		})
	}
}
