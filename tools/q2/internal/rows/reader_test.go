package rows_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/tools/q2/internal/rows"
)

// all reads a file to its end in blocks of the given number of rows.
func all(t require.TestingT, r *rows.Reader, block int) []byte {
	var got []byte
	buffer := make([]byte, block*r.RowBytes()+1) // the odd byte must stay unused
	for {
		n, err := r.Next(buffer)
		if errors.Is(err, io.EOF) {
			return got
		}
		require.NoError(t, err)
		require.Positive(t, n)
		got = append(got, buffer[:n*r.RowBytes()]...)
	}
}

// TestNextGivesLastRows: whatever the shape, the size of blocks and of the reads beneath, the rows are the last ones of their
// sequences, from a file of known size (by seeking) as from a stream.
func TestNextGivesLastRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dtype := rapid.SampledFrom([]q2.Dtype{q2.FP32, q2.FP16, q2.Q8, q2.Q4, q2.BF16}).Draw(t, "dtype")
		n := 2 * rapid.IntRange(1, 20).Draw(t, "n/2")
		seqLen, count := rapid.IntRange(1, 5).Draw(t, "seqLen"), rapid.IntRange(1, 20).Draw(t, "count")
		block := rapid.IntRange(1, 25).Draw(t, "block")
		size := dtype.RowBytes(n)
		file := rapid.SliceOfN(rapid.Byte(), size*seqLen*count, size*seqLen*count).Draw(t, "file")
		var want []byte
		for i := range count {
			want = append(want, file[((i+1)*seqLen-1)*size:(i+1)*seqLen*size]...)
		}
		ask := rows.Request{Format: rows.Raw, Dtype: &dtype, Dim: &n, SeqLen: &seqLen}

		known, err := rows.Open(bytes.NewReader(file), int64(len(file)), ask)
		require.NoError(t, err)
		require.Equal(t, want, all(t, known, block))
		require.Equal(t, int64(len(file)), known.Consumed())

		stream, err := rows.Open(iotest.HalfReader(bytes.NewReader(file)), -1, ask)
		require.NoError(t, err)
		require.Equal(t, want, all(t, stream, block))
		require.Equal(t, int64(len(file)), stream.Consumed())
	})
}

// TestNextReportsTheReaderError: a failing disk is no truncated file.
func TestNextReportsTheReaderError(t *testing.T) {
	dtype, n := q2.FP32, 4
	broken := errors.New("broken disk")
	for _, seqLen := range []int{1, 3} {
		input := io.MultiReader(bytes.NewReader(make([]byte, 5)), iotest.ErrReader(broken))
		r, err := rows.Open(input, -1, rows.Request{Format: rows.Raw, Dtype: &dtype, Dim: &n, SeqLen: &seqLen})
		require.NoError(t, err)
		_, err = r.Next(make([]byte, 64))
		require.ErrorIs(t, err, broken)
	}
}
