package cli

import (
	"errors"
	"io"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/tools/q2/internal/output"
)

type keyCommand struct {
	File    string `arg:"" help:"Packed codes, as q2 quantise -o writes them; - is stdin."`
	Dim     int    `required:"" placeholder:"N" help:"Dimensions of a code, which its bytes don't tell."`
	Symbols bool   `xor:"form" help:"Print keys as symbols, ABCD, in place of hex digits."`
	JSON    bool   `name:"json" xor:"form" help:"Print one JSON object a code."`
}

func (*keyCommand) Help() string {
	return `A file of codes is nothing but codes, ceil(N/4) bytes each. All or nothing: a file that ends inside a code prints no key.

Examples:

    q2 key --dim 384 codes.bin
    q2 quantise hidden.npy -o - | q2 key --dim 384 --symbols -`
}

type keyLine struct {
	Row         int64  `json:"row"`
	N           int    `json:"n"`
	Key         string `json:"key"`
	Symbols     string `json:"symbols"`
	Transitions uint32 `json:"transitions"`
}

func (c *keyCommand) Run(s *streams) error {
	file, err := s.openCodes(c.File, c.Dim)
	if err != nil {
		return err
	}
	defer file.close()
	held := &output.Spool{}
	defer held.Close()
	code := make([]byte, q2.PackedLen(c.Dim))
	for row := int64(0); ; row++ {
		err := file.next(code)
		if errors.Is(err, io.EOF) {
			return held.Release(s.out)
		}
		if err == nil {
			err = c.print(held, row, code)
		}
		if err != nil {
			return named(file.name, err)
		}
	}
}

func (c *keyCommand) print(w io.Writer, row int64, code []byte) error {
	key, err := q2.Key(code, c.Dim)
	if err != nil {
		return err
	}
	switch {
	case c.JSON:
		return printJSON(w, keyLine{row, c.Dim, key.Hex(), key.Symbols(), key.Transitions})
	case c.Symbols:
		_, err = io.WriteString(w, key.Symbols()+"\n")
	default:
		_, err = io.WriteString(w, key.Hex()+"\n")
	}
	return err
}
