package cli

import (
	"bufio"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/tools/q2/internal/rows"
)

// codeFile streams packed codes, as `q2 quantise -o` writes them.
type codeFile struct {
	*input
	rows *rows.Reader
}

// openCodes opens a file of packed codes of n dimensions.
func (s *streams) openCodes(path string, n int) (*codeFile, error) {
	in, err := s.openInput(path)
	if err != nil {
		return nil, err
	}
	dtype := q2.Q2
	reader, err := rows.Open(bufio.NewReaderSize(in, blockBytes/4), in.size, rows.Request{Format: rows.Raw, Dtype: &dtype, Dim: &n})
	if err != nil {
		in.close()
		return nil, named(in.name, err)
	}
	return &codeFile{input: in, rows: reader}, nil
}

// next reads the next code into dst, or returns io.EOF.
func (f *codeFile) next(dst []byte) error {
	_, err := f.rows.Next(dst)
	return err
}
