package cli_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/golden"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/testdata"
)

// fixture is a file's worth of golden cases of one type and shape, with the results that the golden file expects.
type fixture struct {
	dtype        q2.Dtype
	n, seqLen    int
	count        int
	rows         []byte // count × seqLen × n elements
	codes        []byte
	keys, object string // as the command prints them
}

// goldenRows takes all cases of a type and shape that have the given status.
func goldenRows(t *testing.T, dtype q2.Dtype, n, seqLen int) fixture {
	t.Helper()
	cases, err := golden.Parse(testdata.Golden)
	require.NoError(t, err)
	f := fixture{dtype: dtype, n: n, seqLen: seqLen}
	for _, c := range cases {
		if q2.Dtype(c.Dtype) != dtype || c.N != n || c.SeqLen != seqLen || c.Status != golden.StatusOK {
			continue
		}
		f.rows = append(f.rows, c.Input...)
		f.codes = append(f.codes, c.Packed...)
		f.keys += fmt.Sprintf("%016x\n", c.Key)
		f.object += fmt.Sprintf(`{"row":%d,"n":%d,"key":"%016x","transitions":%d,"packed":"%x"}`+"\n", f.count, n, c.Key, c.Transitions, c.Packed)
		f.count++
	}
	require.NotZero(t, f.count, "no golden case of %s, n = %d, seq_len = %d", dtype, n, seqLen)
	return f
}

// times repeats a fixture's rows, codes and keys.
func (f fixture) times(n int) fixture {
	f.count *= n
	f.rows = []byte(strings.Repeat(string(f.rows), n))
	f.codes = []byte(strings.Repeat(string(f.codes), n))
	f.keys = strings.Repeat(f.keys, n)
	f.object = ""
	return f
}

// npyFile makes a version 1 .npy file: the header as NumPy writes it, padded to 64 bytes, then the array's bytes.
func npyFile(descr string, fortran bool, shape []int, array []byte) []byte {
	dimensions := ""
	for _, d := range shape {
		dimensions += fmt.Sprintf("%d,", d)
	}
	order := map[bool]string{true: "True", false: "False"}[fortran]
	dictionary := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }", descr, order, dimensions)
	dictionary += strings.Repeat(" ", 63-(10+len(dictionary))%64) + "\n"
	file := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(dictionary)))
	return append(append(file, dictionary...), array...)
}

// floats are fp32 elements as bytes.
func floats(values ...float32) []byte {
	var b []byte
	for _, v := range values {
		b, _ = binary.Append(b, binary.LittleEndian, v)
	}
	return b
}
