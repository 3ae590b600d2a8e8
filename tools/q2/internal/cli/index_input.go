package cli

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/tools/q2/internal/columns"
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
		format = formatOf(path)
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
	if format == columns.Parquet || format == columns.Arrow {
		err = in.openColumns(file, format, f)
	} else {
		err = in.openRows(file, format, f)
	}
	if err != nil {
		in.close()
		return nil, named(in.name, err)
	}
	return in, nil
}

// formatOf goes by a file's name.
func formatOf(path string) string {
	for _, format := range []string{rows.Npy, columns.Parquet, columns.Arrow} {
		if strings.HasSuffix(path, "."+format) {
			return format
		}
	}
	return "ndjson"
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
	in.items = &itemRows{reader, numbers{first: f.FirstID}}
	return nil
}

// numbers counts the rows of a file without ids, and gives them some.
type numbers struct {
	first uint64
	count uint64
}

// number is the id of the next row.
func (n *numbers) number() (uint64, error) {
	id := n.first + n.count
	n.count++
	if id < n.first {
		return 0, inPlace(n.where(), fmt.Errorf("its id passes 2^64 - 1; the first one is %d", n.first))
	}
	return id, nil
}

func (n *numbers) where() string { return fmt.Sprintf("row %d (counted from 0)", n.count-1) }

// itemRows makes an item of each row.
type itemRows struct {
	rows *rows.Reader
	numbers
}

func (r *itemRows) next() (index.Item, error) {
	row := make([]byte, r.rows.RowBytes())
	if _, err := r.rows.Next(row); err != nil {
		return index.Item{}, err
	}
	id, err := r.number()
	if err != nil || r.rows.Dtype == q2.Q2 {
		return index.Item{ID: id, Code: row}, err
	}
	return index.Item{ID: id, Activation: q2.Tensor{Data: row, Dtype: r.rows.Dtype, SeqLen: 1, N: r.rows.N}}, nil
}

func (r *itemRows) consumed() int64 { return r.rows.Consumed() }
