package cli

import (
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/tools/q2/internal/rows"
)

// A block holds about a MiB of rows, and no more of them than keep the results small.
const (
	blockBytes = 1 << 20
	blockRows  = 4096
)

// blocks turns the rows of a file into results, a block at a time. A block is valid until the next call; the end is io.EOF.
type blocks interface {
	next() (*block, error)
	dim() int
	kept() []arrow.Field // columns that are handed through
	consumed() int64     // bytes of the file so far, about
	close() error
}

// quantiser turns the rows of a file into codes, in buffers that it uses again.
type quantiser struct {
	kernel *q2.Kernel
	rows   *rows.Reader
	input  []byte
	block
}

// block is a run of results: count codes of n dimensions, the first of them being number first of the file.
type block struct {
	first       int64
	count, n    int
	packed      []byte
	keys        []uint64
	transitions []uint32
	kept        []arrow.Array // the same rows of columns that are handed through
}

func newBlock(count, n int) block {
	return block{n: n, packed: make([]byte, count*q2.PackedLen(n)), keys: make([]uint64, count), transitions: make([]uint32, count)}
}

// results are the places of the block's first count results.
func (b *block) results(count int) q2.RowResults {
	return q2.RowResults{Packed: b.packed, Keys: b.keys[:count], Transitions: b.transitions[:count]}
}

func (b *block) code(i int) []byte {
	size := q2.PackedLen(b.n)
	return b.packed[i*size : (i+1)*size]
}

func newQuantiser(kernel *q2.Kernel, r *rows.Reader) *quantiser {
	count := max(1, min(blockRows, blockBytes/r.RowBytes()))
	return &quantiser{kernel: kernel, rows: r, input: make([]byte, count*r.RowBytes()), block: newBlock(count, r.N)}
}

func (q *quantiser) dim() int            { return q.n }
func (q *quantiser) kept() []arrow.Field { return nil }
func (q *quantiser) consumed() int64     { return q.rows.Consumed() }
func (q *quantiser) close() error        { return nil }

// next returns the next block, which is valid until the next call, or io.EOF. A row that isn't finite is an error that names it.
func (q *quantiser) next() (*block, error) {
	q.first += int64(q.count)
	q.count = 0
	count, err := q.rows.Next(q.input)
	if err != nil {
		return nil, err
	}
	err = q.kernel.QuantiseRows(q.results(count), q2.Rows{Data: q.input[:count*q.rows.RowBytes()], Dtype: q.rows.Dtype, Count: count, N: q.n})
	var refused *q2.RefusedRowsError
	if errors.As(err, &refused) {
		return nil, q.refused(refused)
	}
	if err != nil {
		return nil, err
	}
	q.count = count
	return &q.block, nil
}

// refused names the first row that the kernel refused, by its number from 0.
func (q *quantiser) refused(in *q2.RefusedRowsError) error {
	row := fmt.Sprintf("row %d", q.first+int64(in.First))
	if q.rows.SeqLen > 1 {
		row = fmt.Sprintf("the last row of sequence %d", q.first+int64(in.First))
	}
	return notFinite(row)
}

func notFinite(row string) error {
	return fmt.Errorf("%s (counted from 0) is not finite: it holds a NaN or an infinity, or its squares overflow", row)
}
