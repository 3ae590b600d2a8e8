package cli

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/tools/q2/internal/rows"
)

// itemInput hands out the items of a file.
type itemInput struct {
	name  string
	size  int64
	n     int      // dimensions, known with the first item
	dtype q2.Dtype // of activations, likewise

	items interface {
		next() (index.Item, error) // io.EOF at the end
		where() string             // of the last item
		consumed() int64
	}
	closers []func() error
}

func (in *itemInput) next() (index.Item, error) { return in.items.next() }
func (in *itemInput) where() string             { return in.items.where() }
func (in *itemInput) consumed() int64           { return in.items.consumed() }

func (in *itemInput) close() {
	for _, closer := range in.closers {
		_ = closer()
	}
}

func (s *streams) openItems(path string, f itemFlags) (*itemInput, error) {
	format := f.Format
	if format == "auto" {
		if format = "ndjson"; strings.HasSuffix(path, ".npy") {
			format = "npy"
		}
	}
	if format == "codes" && f.Dim == nil {
		return nil, &rows.UsageError{What: "a file of codes needs --dim"}
	}
	file, err := s.openInput(path)
	if err != nil {
		return nil, err
	}
	in := &itemInput{name: file.name, size: file.size, closers: []func() error{file.close}}
	if format == "ndjson" {
		lines := newItemLines(in, file, f)
		in.items = lines
		in.closers = append(in.closers, lines.closeModel)
		return in, nil
	}
	err = in.openRows(file, format, f)
	if err != nil {
		in.close()
		return nil, named(in.name, err)
	}
	return in, nil
}

// openRows reads items off rows.
func (in *itemInput) openRows(file *input, format string, f itemFlags) error {
	ask := rows.Request{Format: rows.Npy, Dtype: f.Dtype, Dim: f.Dim, SeqLen: f.SeqLen}
	if format == "codes" {
		packed := q2.Q2
		ask = rows.Request{Format: rows.Raw, Dtype: &packed, Dim: f.Dim}
	}
	var source io.Reader = file
	if format == "codes" || file.size < 0 {
		source = bufio.NewReaderSize(file, blockBytes/4)
	}
	reader, err := rows.Open(source, file.size, ask)
	if err != nil {
		return err
	}
	in.n, in.dtype = reader.N, reader.Dtype
	in.items = &itemRows{rows: reader, id: f.FirstID}
	return nil
}

// itemRows makes an item of each row.
type itemRows struct {
	rows  *rows.Reader
	id    uint64
	count int64
}

func (r *itemRows) next() (index.Item, error) {
	row := make([]byte, r.rows.RowBytes())
	if _, err := r.rows.Next(row); err != nil {
		return index.Item{}, err
	}
	item := index.Item{ID: r.id + uint64(r.count)}
	if r.count++; item.ID < r.id {
		return item, inPlace(r.where(), fmt.Errorf("its id passes 2^64 - 1; the first one is %d", r.id))
	}
	if r.rows.Dtype == q2.Q2 {
		item.Code = row
	} else {
		item.Activation = q2.Tensor{Data: row, Dtype: r.rows.Dtype, SeqLen: 1, N: r.rows.N}
	}
	return item, nil
}

func (r *itemRows) where() string   { return fmt.Sprintf("row %d (counted from 0)", r.count-1) }
func (r *itemRows) consumed() int64 { return r.rows.Consumed() }
