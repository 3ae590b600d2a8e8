package cli

import (
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/tools/q2/internal/columns"
	"github.com/q2kernel/q2/tools/q2/internal/npy"
	"github.com/q2kernel/q2/tools/q2/internal/output"
	"github.com/q2kernel/q2/tools/q2/internal/rows"
	"github.com/q2kernel/q2/tools/q2/internal/terminal"
)

type quantiseCommand struct {
	File      string    `arg:"" help:"The rows: a .npy file, or another with --format; - is stdin."`
	Output    string    `short:"o" placeholder:"FILE" help:"Write the codes here, ceil(n/4) bytes each; - is stdout, in place of the keys."`
	OutFormat string    `enum:"codes,parquet,arrow" default:"codes" help:"What -o writes: codes, or a parquet or arrow file with the columns code and key."`
	JSON      bool      `name:"json" help:"Print one JSON object a code instead of its key."`
	Format    string    `enum:"npy,raw,parquet,arrow" default:"npy" help:"The file's format: npy, raw, parquet or arrow."`
	Column    string    `placeholder:"NAME" help:"Of a parquet or arrow file: the column of rows. Needed where several hold lists."`
	Keep      []string  `placeholder:"NAME" help:"Of a parquet or arrow file: a column to hand through to one. May be repeated."`
	Dtype     *q2.Dtype `placeholder:"NAME" help:"The elements: fp32, fp16, bf16, q8, q4 or q2. Needed for raw files, and where a .npy type leaves it open."`
	Dim       *int      `placeholder:"N" help:"Dimensions of a row. Needed for raw files."`
	SeqLen    *int      `placeholder:"S" help:"Rows of a sequence: one code a sequence, of its last row."`
	kernelFlags
}

func (*quantiseCommand) Help() string {
	return `A .npy array [rows, n] gives one code a row; [batch, seq, n], or --seq-len, one code a sequence, of its last row (the last token). Keys go to stdout, 16 hex digits a line.

Element types: <f4 (fp32), <f2 (fp16), |i1 (q8); |u1 with --dtype q4 or q2; <V2 or <u2 with --dtype bf16.

A parquet or arrow file gives one code for each list of a column: fixed-size lists, or lists of equal lengths, of float32, float16 or int8. It is read a batch at a time (of an arrow file, one of its record batches), and the values are never copied. An arrow stream may come by stdin. A list that is null, or holds a null, is refused as a NaN is.

All or nothing: when a row is refused, because it holds a NaN or an infinity, nothing is printed and the output file stays as it was.

Examples:

    q2 quantise hidden.npy                          # keys
    q2 quantise hidden.npy -o codes.bin > keys.txt  # codes and keys
    q2 quantise --json hidden.npy | head -1
    q2 quantise --format parquet in.parquet -o out --out-format parquet
    q2 quantise --format raw --dtype fp16 --dim 768 --seq-len 128 - < states.f16`
}

func (c *quantiseCommand) Run(s *streams) error {
	if err := c.check(); err != nil {
		return err
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
	blocks, err := c.blocks(kernel, in)
	if err != nil {
		return named(in.name, err)
	}
	defer blocks.close()
	return c.convert(s, in, blocks)
}

// check refuses flags that have no meaning together.
func (c *quantiseCommand) check() error {
	columnar := c.Format == columns.Parquet || c.Format == columns.Arrow
	table := c.OutFormat != outCodes
	switch {
	case c.Output == "-" && c.JSON:
		return &rows.UsageError{What: "-o - and --json both want stdout"}
	case !columnar && (c.Column != "" || len(c.Keep) > 0):
		return &rows.UsageError{What: "--column and --keep go with --format parquet or arrow"}
	case columnar && (c.Dtype != nil || c.Dim != nil || c.SeqLen != nil):
		return &rows.UsageError{What: "a " + c.Format + " file says what its rows are: --dtype, --dim and --seq-len go with npy and raw"}
	case len(c.Keep) > 0 && !table:
		return &rows.UsageError{What: "--keep goes with --out-format parquet or arrow"}
	case table && c.Output == "":
		return &rows.UsageError{What: "--out-format " + c.OutFormat + " needs -o"}
	}
	return nil
}

// blocks opens the input in its format.
func (c *quantiseCommand) blocks(kernel *q2.Kernel, in *input) (blocks, error) {
	if c.Format == columns.Parquet || c.Format == columns.Arrow {
		reader, err := columns.Open(in.Reader, in.size, columns.Request{Format: c.Format, Column: c.Column, Keep: c.Keep})
		if err != nil {
			return nil, err
		}
		return newColumnQuantiser(kernel, reader), nil
	}
	reader, err := rows.Open(in, in.size, rows.Request{Format: c.Format, Dtype: c.Dtype, Dim: c.Dim, SeqLen: c.SeqLen})
	if errors.Is(err, npy.ErrNotNpy) {
		err = fmt.Errorf("%w; raw rows need --format raw --dtype NAME --dim N", err)
	}
	if err != nil {
		return nil, err
	}
	return newQuantiser(kernel, reader), nil
}

// convert quantises all rows, and only then prints and puts the output file in place.
func (c *quantiseCommand) convert(s *streams, in *input, blocks blocks) error {
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
	if c.OutFormat != outCodes {
		if err := sink.asTable(c.OutFormat, blocks); err != nil {
			return err
		}
	}
	if err := pump(blocks, sink, terminal.NewProgress(s.err, "quantising", in.size)); err != nil {
		return named(in.name, err)
	}
	// A reader of the keys that has seen enough (head, say) is no failure.
	if err := held.Release(s.out); err != nil && !errors.Is(err, syscall.EPIPE) || file == nil {
		return err
	}
	return file.Commit()
}

// pump moves every block of results into the sink.
func pump(blocks blocks, sink sink, progress *terminal.Progress) error {
	defer progress.Clear()
	for {
		results, err := blocks.next()
		if errors.Is(err, io.EOF) {
			return sink.end()
		}
		if err == nil {
			err = sink.write(results)
		}
		if err != nil {
			return err
		}
		progress.At(blocks.consumed())
	}
}
