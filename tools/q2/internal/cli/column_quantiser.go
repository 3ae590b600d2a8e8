package cli

import (
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/tools/q2/internal/columns"
)

// columnQuantiser turns the lists of a column into codes. The kernel reads them in Arrow's own buffers.
type columnQuantiser struct {
	kernel *q2.Kernel
	reader *columns.Reader
	batch  columns.Batch
	block
}

func newColumnQuantiser(kernel *q2.Kernel, r *columns.Reader) *columnQuantiser {
	return &columnQuantiser{kernel: kernel, reader: r, block: newBlock(r.RowsPerBatch(), r.N)}
}

func (q *columnQuantiser) dim() int            { return q.n }
func (q *columnQuantiser) kept() []arrow.Field { return q.reader.Kept }
func (q *columnQuantiser) consumed() int64     { return q.reader.Consumed() }

func (q *columnQuantiser) next() (*block, error) {
	q.first += int64(q.count)
	q.count = 0
	q.batch.Release()
	batch, err := q.reader.Next()
	if err != nil {
		return nil, err
	}
	q.batch = batch
	err = q.kernel.QuantiseRows(q.results(batch.Count), q2.Rows{Data: batch.Values, Dtype: q.reader.Dtype, Count: batch.Count, N: q.n})
	var refused *q2.RefusedRowsError
	if errors.As(err, &refused) {
		return nil, notFinite(fmt.Sprintf("row %d", q.first+int64(refused.First)))
	}
	if err != nil {
		return nil, err
	}
	q.count, q.block.kept = batch.Count, batch.Kept
	return &q.block, nil
}

func (q *columnQuantiser) close() error {
	q.batch.Release()
	return q.reader.Close()
}
