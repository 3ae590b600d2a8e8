package cli

import (
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/tools/q2/internal/npy"
	"github.com/q2kernel/q2/tools/q2/internal/output"
	"github.com/q2kernel/q2/tools/q2/internal/rows"
	"github.com/q2kernel/q2/tools/q2/internal/terminal"
)

type quantiseCommand struct {
	File   string    `arg:"" help:"The rows: a .npy file, or a raw one with --format raw; - is stdin."`
	Output string    `short:"o" placeholder:"FILE" help:"Write the codes here, ceil(n/4) bytes each; - is stdout, in place of the keys."`
	JSON   bool      `name:"json" help:"Print one JSON object a code instead of its key."`
	Format string    `enum:"npy,raw" default:"npy" help:"The file's format: npy or raw."`
	Dtype  *q2.Dtype `placeholder:"NAME" help:"The elements: fp32, fp16, bf16, q8, q4 or q2. Needed for raw files, and where a .npy type leaves it open."`
	Dim    *int      `placeholder:"N" help:"Dimensions of a row. Needed for raw files."`
	SeqLen *int      `placeholder:"S" help:"Rows of a sequence: one code a sequence, of its last row."`
	kernelFlags
}

func (*quantiseCommand) Help() string {
	return `A .npy array [rows, n] gives one code a row; [batch, seq, n], or --seq-len, one code a sequence, of its last row (the last token). Keys go to stdout, 16 hex digits a line.

Element types: <f4 (fp32), <f2 (fp16), |i1 (q8); |u1 with --dtype q4 or q2; <V2 or <u2 with --dtype bf16.

All or nothing: when a row is refused, because it holds a NaN or an infinity, nothing is printed and the output file stays as it was.

Examples:

    q2 quantise hidden.npy                          # keys
    q2 quantise hidden.npy -o codes.bin > keys.txt  # codes and keys
    q2 quantise --json hidden.npy | head -1
    q2 quantise --format raw --dtype fp16 --dim 768 --seq-len 128 - < states.f16`
}

func (c *quantiseCommand) Run(s *streams) error {
	if c.Output == "-" && c.JSON {
		return &rows.UsageError{What: "-o - and --json both want stdout"}
	}
	kernel, err := c.open()
	if err != nil {
		return err
	}
	in, err := s.openInput(c.File)
	if err != nil {
		return err
	}
	defer in.close()
	reader, err := rows.Open(in, in.size, rows.Request{Format: c.Format, Dtype: c.Dtype, Dim: c.Dim, SeqLen: c.SeqLen})
	if errors.Is(err, npy.ErrNotNpy) {
		err = fmt.Errorf("%w; raw rows need --format raw --dtype NAME --dim N", err)
	}
	if err != nil {
		return named(in.name, err)
	}
	return c.convert(s, kernel, in, reader)
}

// convert quantises all rows, and only then prints and puts the output file in place.
func (c *quantiseCommand) convert(s *streams, kernel *q2.Kernel, in *input, reader *rows.Reader) error {
	held := &output.Spool{}
	defer held.Close()
	sink := sink{codes: io.Discard, text: held, json: c.JSON}
	var file *output.File
	switch c.Output {
	case "":
	case "-":
		sink.codes, sink.text = held, io.Discard
	default:
		var err error
		if file, err = output.Create(c.Output); err != nil {
			return err
		}
		defer file.Discard()
		sink.codes = file
	}
	if err := pump(newQuantiser(kernel, reader), sink, terminal.NewProgress(s.err, "quantising", in.size)); err != nil {
		return named(in.name, err)
	}
	// A reader of the keys that has seen enough (head, say) is no failure.
	if err := held.Release(s.out); err != nil && !errors.Is(err, syscall.EPIPE) || file == nil {
		return err
	}
	return file.Commit()
}

// pump moves every block of results into the sink.
func pump(q *quantiser, sink sink, progress *terminal.Progress) error {
	defer progress.Clear()
	for {
		results, err := q.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = sink.write(results)
		}
		if err != nil {
			return err
		}
		progress.At(q.rows.Consumed())
	}
}
