package cli

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/tools/q2/internal/output"
	"github.com/q2kernel/q2/tools/q2/internal/rows"
	"github.com/q2kernel/q2/tools/q2/internal/terminal"
)

type fingerprintCommand struct {
	Text  []string `arg:"" help:"Texts, one fingerprint each; - reads them from stdin, one a line."`
	Model string   `placeholder:"DIR" help:"The model folder, holding model.onnx and tokenizer.json; by default the one that q2 setup fetched."`
	JSON  bool     `name:"json" help:"Print one JSON object a text."`
}

func (*fingerprintCommand) Help() string {
	return `Runs each text through the model and quantises the hidden state of its last token. Prints the key in hex, as symbols, and the text; --json has the packed code too. Texts from stdin come out as they go in, so it can stand in a pipe; a text that fails ends it.

Examples:

    q2 fingerprint "Knead the dough." "Let the dough rise."
    q2 fingerprint --json - < sentences.txt > fingerprints.jsonl`
}

type fingerprintLine struct {
	Text        string `json:"text"`
	N           int    `json:"n"`
	Key         string `json:"key"`
	Transitions uint32 `json:"transitions"`
	Packed      string `json:"packed"`
}

func newFingerprintLine(text string, f q2.Fingerprint) fingerprintLine {
	return fingerprintLine{text, f.N, f.Key.Hex(), f.Key.Transitions, hex.EncodeToString(f.Packed)}
}

func (c *fingerprintCommand) Run(s *streams) error {
	fromStdin := len(c.Text) == 1 && c.Text[0] == "-"
	for _, text := range c.Text {
		if text == "-" && !fromStdin {
			return &rows.UsageError{What: "- reads all texts from stdin and can't stand beside others"}
		}
	}
	model, err := openTextModel(c.Model)
	if err != nil {
		return err
	}
	defer model.close()
	if fromStdin {
		return c.stream(s, model)
	}
	held := &output.Spool{}
	defer held.Close()
	for i, text := range c.Text {
		if err := c.print(held, terminal.For(s.out), model, text); err != nil {
			return fmt.Errorf("text %d: %w", i+1, err)
		}
	}
	return held.Release(s.out)
}

// maxLine limits a line of stdin, so that input without line ends doesn't fill the memory. No model reads that much.
const maxLine = 16 << 20

// stream answers line by line, so that a program can hold a conversation.
func (c *fingerprintCommand) stream(s *streams, model *textModel) error {
	lines := bufio.NewScanner(s.in)
	lines.Buffer(nil, maxLine)
	number := 0
	for lines.Scan() {
		number++
		if err := c.print(s.out, terminal.For(s.out), model, lines.Text()); err != nil {
			return fmt.Errorf("stdin, line %d: %w", number, err)
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("stdin, line %d: longer than %d bytes", number+1, maxLine)
	}
	if lines.Err() == nil && number == 0 {
		return errors.New("stdin: the input is empty")
	}
	return named("stdin", lines.Err())
}

func (c *fingerprintCommand) print(w io.Writer, paint terminal.Paint, model *textModel, text string) error {
	f, _, err := model.fingerprint(text)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(w, newFingerprintLine(text, f))
	}
	_, err = fmt.Fprintf(w, "%s  %s  %s\n", f.Key.Hex(), paint.Symbols(fmt.Sprintf("%-32s", f.Key.Symbols())), printable(text))
	return err
}

// printable keeps a text to its line, and the terminal from obeying it.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}
