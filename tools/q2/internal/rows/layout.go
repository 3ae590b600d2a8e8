// Package rows streams the rows that are to be quantised out of .npy files and raw files: the last row of each sequence, in
// blocks, so that a file of any size is read in bounded memory.
package rows

import (
	"fmt"

	"github.com/q2kernel/q2/gopkg/q2"
)

// Formats of an input file.
const (
	Npy = "npy"
	Raw = "raw"
)

// Request is what the user said about a file. Nil and zero mean "not said".
type Request struct {
	Format string // Npy or Raw
	Dtype  *q2.Dtype
	Dim    *int
	SeqLen *int
}

// Layout is how a file's bytes are laid out: Count sequences of SeqLen rows of N elements, of which each sequence's last row
// counts.
type Layout struct {
	Dtype  q2.Dtype
	N      int
	SeqLen int
	Count  int64 // sequences; unknown until the end of the input when negative
}

// RowBytes is the size of one row (docs/SPEC.md section 1).
func (l Layout) RowBytes() int { return l.Dtype.RowBytes(l.N) }

// checkDim holds the limits of docs/SPEC.md section 1 to a dimension, whoever named it.
func checkDim(n int64, dtype q2.Dtype) error {
	switch {
	case n < 1:
		return fmt.Errorf("dimension %d: at least 1 is needed", n)
	case n > q2.MaxDim:
		return fmt.Errorf("dimension %d: the limit is %d (2^20)", n, q2.MaxDim)
	case dtype == q2.Q4 && n%2 != 0:
		return fmt.Errorf("dimension %d: q4 holds two elements a byte and needs an even one", n)
	}
	return nil
}

// sequenceLength is the number of rows of which the last one counts. Packed codes have passed that stage: a sequence of them has
// no meaning (docs/SPEC.md section 1).
func sequenceLength(asked *int, dtype q2.Dtype) (int, error) {
	if asked == nil {
		return 1, nil
	}
	if *asked < 1 {
		return 0, fmt.Errorf("sequence length %d: at least 1 is needed", *asked)
	}
	if dtype == q2.Q2 {
		return 0, fmt.Errorf("sequence length %d: q2 rows are packed codes already, one a row", *asked)
	}
	return *asked, nil
}
