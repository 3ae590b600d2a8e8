package rows

import (
	"fmt"
	"math"

	"github.com/q2kernel/q2/gopkg/q2"
)

// rawLayout takes a raw file's layout from the request alone; size is the file's, or negative when it isn't known.
func rawLayout(size int64, ask Request) (Layout, error) {
	if ask.Dtype == nil || ask.Dim == nil {
		return Layout{}, &UsageError{"a raw file doesn't describe itself: --dtype and --dim are needed"}
	}
	if err := checkDim(int64(*ask.Dim), *ask.Dtype); err != nil {
		return Layout{}, err
	}
	seqLen, err := sequenceLength(ask.SeqLen, *ask.Dtype)
	if err != nil {
		return Layout{}, err
	}
	l := Layout{Dtype: *ask.Dtype, N: *ask.Dim, SeqLen: seqLen, Count: -1}
	unit, err := l.sequenceBytes()
	if err != nil {
		return Layout{}, err
	}
	if size < 0 {
		return l, nil
	}
	if size%unit != 0 {
		return Layout{}, l.fraction(size)
	}
	l.Count = size / unit
	return l, nil
}

// sequenceBytes is the size of one sequence, of which a file must hold a whole number.
func (l Layout) sequenceBytes() (int64, error) {
	if int64(l.SeqLen) > math.MaxInt64/int64(l.RowBytes()) {
		return 0, fmt.Errorf("sequence length %d: a sequence of %d-byte rows passes 2^63 bytes", l.SeqLen, l.RowBytes())
	}
	return int64(l.SeqLen) * int64(l.RowBytes()), nil
}

// fraction says that size bytes are no whole number of sequences.
func (l Layout) fraction(size int64) error {
	what := fmt.Sprintf("row (%s, dimension %d)", l.Dtype, l.N)
	if l.SeqLen > 1 {
		what = fmt.Sprintf("sequence (%d rows of %s, dimension %d)", l.SeqLen, l.Dtype, l.N)
	}
	unit := int64(l.SeqLen) * int64(l.RowBytes())
	return fmt.Errorf("%d bytes are no multiple of the %d bytes of a %s: %d left over", size, unit, what, size%unit)
}

// UsageError is an error in how the command was called, not in the file.
type UsageError struct{ What string }

func (e *UsageError) Error() string { return e.What }

// codeDim is the dimension of a row of packed codes: as asked, if that many bytes hold it, else all the bytes can hold.
func codeDim(rowBytes int64, asked *int) (int64, error) {
	if asked == nil {
		return 4 * rowBytes, nil
	}
	if int64(q2.PackedLen(*asked)) != rowBytes {
		return 0, fmt.Errorf("dimension %d: its code has %d bytes, but a row of the array has %d", *asked, q2.PackedLen(*asked), rowBytes)
	}
	return int64(*asked), nil
}
