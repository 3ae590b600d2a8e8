package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/tools/q2/internal/output"
	"github.com/q2kernel/q2/tools/q2/internal/rows"
)

type distanceCommand struct {
	A    string `arg:"" help:"Packed codes, as q2 quantise -o writes them; - is stdin."`
	B    string `arg:"" help:"Packed codes to compare them with; - is stdin."`
	Dim  int    `required:"" placeholder:"N" help:"Dimensions of a code, which its bytes don't tell."`
	JSON bool   `name:"json" help:"Print one JSON object a distance."`
}

func (*distanceCommand) Help() string {
	return `Two files of as many codes are compared code by code; a file of a single code is compared with every code of the other. A Lee distance lies between 0 and 2N; codes of unrelated random vectors lie about N apart.

Examples:

    q2 distance --dim 384 a.bin b.bin
    q2 quantise query.npy -o - | q2 distance --dim 384 - codes.bin`
}

type distanceLine struct {
	Row      int64 `json:"row"`
	N        int   `json:"n"`
	Distance int   `json:"distance"`
}

func (c *distanceCommand) Run(s *streams) error {
	if c.A == "-" && c.B == "-" {
		return &rows.UsageError{What: "only one of the two files can be stdin"}
	}
	a, err := s.openSide(c.A, c.Dim)
	if err != nil {
		return err
	}
	defer a.close()
	b, err := s.openSide(c.B, c.Dim)
	if err != nil {
		return err
	}
	defer b.close()
	held := &output.Spool{}
	defer held.Close()
	if err := c.compare(held, a, b); err != nil {
		return err
	}
	return held.Release(s.out)
}

// compare prints a distance a pair, until the files end.
func (c *distanceCommand) compare(w io.Writer, a, b *side) error {
	for row := int64(0); ; row++ {
		moreA, err := a.advance()
		if err != nil {
			return err
		}
		moreB, err := b.advance()
		if err != nil {
			return err
		}
		switch {
		case !moreA && !moreB:
			return nil
		case !moreA && !a.single:
			return uneven(a, b, row)
		case !moreB && !b.single:
			return uneven(b, a, row)
		}
		if err := c.print(w, row, a.code, b.code); err != nil {
			return err
		}
	}
}

func uneven(short, long *side, codes int64) error {
	return fmt.Errorf("%s holds %d codes and %s more: as many, or a single one, are expected", short.name, codes, long.name)
}

func (c *distanceCommand) print(w io.Writer, row int64, a, b []byte) error {
	distance, err := q2.LeeDistance(a, b, c.Dim)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(w, distanceLine{row, c.Dim, distance})
	}
	_, err = fmt.Fprintln(w, distance)
	return err
}

// side is one of the two files, read one code ahead, so that a file of a single code is known from the start.
type side struct {
	*codeFile
	code, ahead     []byte
	more            bool // ahead holds a code
	single, started bool
}

func (s *streams) openSide(path string, n int) (*side, error) {
	file, err := s.openCodes(path, n)
	if err != nil {
		return nil, err
	}
	size := q2.PackedLen(n)
	d := &side{codeFile: file, code: make([]byte, size), ahead: make([]byte, size)}
	err = named(d.name, d.next(d.code)) // an empty file is an error, so there is a first code
	if err == nil {
		err = d.look()
	}
	if err != nil {
		file.close()
		return nil, err
	}
	d.single = !d.more
	return d, nil
}

// look reads the next code into ahead.
func (d *side) look() error {
	err := d.next(d.ahead)
	d.more = err == nil
	if errors.Is(err, io.EOF) {
		return nil
	}
	return named(d.name, err)
}

// advance moves on to the next code and reports whether there is one; if not, the last one stays.
func (d *side) advance() (bool, error) {
	if !d.started {
		d.started = true
		return true, nil
	}
	if !d.more {
		return false, nil
	}
	d.code, d.ahead = d.ahead, d.code
	return true, d.look()
}
