package cli

import (
	"bytes"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/tools/q2/internal/columns"
)

// itemColumns makes an item of each row of a list column.
type itemColumns struct {
	reader *columns.Reader
	batch  columns.Batch
	at     int // rows of the batch handed out
	numbers
}

func (in *itemInput) openColumns(file *input, format string, f itemFlags) error {
	reader, err := columns.Open(file.Reader, file.size, columns.Request{Format: format, Column: f.Column})
	if err != nil {
		return err
	}
	in.n, in.dtype = reader.N, reader.Dtype
	in.closers = append([]func() error{reader.Close}, in.closers...)
	in.items = &itemColumns{reader: reader, numbers: numbers{first: f.FirstID}}
	return nil
}

func (c *itemColumns) next() (index.Item, error) {
	if c.at == c.batch.Count {
		c.batch.Release()
		batch, err := c.reader.Next()
		if err != nil {
			return index.Item{}, err
		}
		c.batch, c.at = batch, 0
	}
	id, err := c.number()
	if err != nil {
		return index.Item{}, err
	}
	size := c.reader.Dtype.RowBytes(c.reader.N)
	row := bytes.Clone(c.batch.Values[c.at*size : (c.at+1)*size])
	c.at++
	return index.Item{ID: id, Activation: q2.Tensor{Data: row, Dtype: c.reader.Dtype, SeqLen: 1, N: c.reader.N}}, nil
}

func (c *itemColumns) consumed() int64 { return c.reader.Consumed() }
