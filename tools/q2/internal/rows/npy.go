package rows

import (
	"fmt"
	"io"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/tools/q2/internal/npy"
)

// npyLayout reads the header and brings it together with the request. It returns the header's length too.
func npyLayout(r io.Reader, ask Request) (Layout, int64, error) {
	h, length, err := npy.ReadHeader(r)
	if err != nil {
		return Layout{}, 0, err
	}
	dtype, err := npyDtype(h.Descr, ask.Dtype)
	if err != nil {
		return Layout{}, 0, err
	}
	if h.Fortran && len(h.Shape) > 1 {
		return Layout{}, 0, fmt.Errorf("the array is in Fortran order (column-major); save it with numpy.ascontiguousarray")
	}
	l, err := npyShape(h, dtype, ask)
	return l, length, err
}

// npyDtype maps NumPy's element type to ours. NumPy has no name for bf16, q4 and q2: they travel as opaque or unsigned
// elements of the same size, and the user says which they are.
func npyDtype(descr string, asked *q2.Dtype) (q2.Dtype, error) {
	possible := map[string][]q2.Dtype{
		"<f4": {q2.FP32}, "<f2": {q2.FP16}, "|i1": {q2.Q8}, "|u1": {q2.Q4, q2.Q2},
		"<V2": {q2.BF16}, "|V2": {q2.BF16}, "<u2": {q2.BF16},
	}[descr]
	switch {
	case possible == nil:
		return 0, unsupported(descr)
	case asked == nil && len(possible) > 1:
		return 0, &UsageError{fmt.Sprintf("elements of type %s can be q4 or q2: --dtype says which", descr)}
	case asked == nil && possible[0] == q2.BF16:
		return 0, &UsageError{fmt.Sprintf("elements of type %s are read as bf16 only with --dtype bf16", descr)}
	case asked == nil:
		return possible[0], nil
	}
	for _, d := range possible {
		if d == *asked {
			return d, nil
		}
	}
	return 0, fmt.Errorf("the array's elements are of type %s, not %s", descr, *asked)
}

func unsupported(descr string) error {
	if len(descr) > 0 && descr[0] == '>' {
		return fmt.Errorf("elements of type %s are big-endian; save the array as little-endian", descr)
	}
	return fmt.Errorf("elements of type %q are not supported: fp32 (<f4), fp16 (<f2), q8 (|i1), q4 and q2 (|u1) and bf16 (<V2, <u2) are", descr)
}

// npyShape takes one row from a vector, a row a code from a matrix, and a sequence a code from three dimensions.
func npyShape(h npy.Header, dtype q2.Dtype, ask Request) (Layout, error) {
	if d := len(h.Shape); d < 1 || d > 3 {
		return Layout{}, fmt.Errorf("the array has %d dimensions, shape %s: 1, 2 or 3 are expected", d, npy.FormatShape(h.Shape))
	}
	elements, err := h.Elements()
	if err != nil {
		return Layout{}, err
	}
	if elements == 0 {
		return Layout{}, fmt.Errorf("the array is empty: shape %s", npy.FormatShape(h.Shape))
	}
	width := h.Shape[len(h.Shape)-1]
	n, err := npyDim(width, dtype, ask.Dim)
	if err != nil {
		return Layout{}, err
	}
	seqLen, err := npySequence(h.Shape, dtype, ask.SeqLen)
	if err != nil {
		return Layout{}, err
	}
	return Layout{Dtype: dtype, N: n, SeqLen: seqLen, Count: elements / width / int64(seqLen)}, nil
}

// npyDim is the number of dimensions in a row of width elements of the file.
func npyDim(width int64, dtype q2.Dtype, asked *int) (int, error) {
	if asked != nil {
		if err := checkDim(int64(*asked), dtype); err != nil {
			return 0, err
		}
	}
	if width > q2.MaxDim {
		return 0, fmt.Errorf("a row of %d elements: the limit is %d dimensions (2^20)", width, q2.MaxDim)
	}
	n, err := width, error(nil)
	switch dtype {
	case q2.Q4:
		n = 2 * width
	case q2.Q2:
		n, err = codeDim(width, asked)
	}
	if err == nil {
		err = checkDim(n, dtype)
	}
	if err != nil {
		return 0, err
	}
	if asked != nil && int64(*asked) != n {
		return 0, fmt.Errorf("dimension %d: a row of the array has %d", *asked, n)
	}
	return int(n), nil
}

// npySequence is the number of rows in a sequence: as the third dimension says, or as asked for a matrix.
func npySequence(shape []int64, dtype q2.Dtype, asked *int) (int, error) {
	seqLen, err := sequenceLength(asked, dtype)
	if err != nil {
		return 0, err
	}
	if len(shape) < 3 {
		rows := int64(1)
		if len(shape) == 2 {
			rows = shape[0]
		}
		if rows%int64(seqLen) != 0 {
			return 0, fmt.Errorf("sequence length %d: the array's %d rows are no multiple of it", seqLen, rows)
		}
		return seqLen, nil
	}
	if dtype == q2.Q2 {
		return 0, fmt.Errorf("shape %s: q2 rows are packed codes already, one a row; a sequence of them has no last token", npy.FormatShape(shape))
	}
	if asked != nil && int64(seqLen) != shape[1] {
		return 0, fmt.Errorf("sequence length %d: the array's shape %s says %d", seqLen, npy.FormatShape(shape), shape[1])
	}
	return int(shape[1]), nil
}
