package cli

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/gopkg/worker"
	"github.com/q2kernel/q2/tools/q2/internal/output"
	"github.com/q2kernel/q2/tools/q2/internal/rows"
	"github.com/q2kernel/q2/tools/q2/internal/terminal"
)

type fingerprintCommand struct {
	Text  []string `arg:"" help:"Texts, one fingerprint each; - reads them from stdin, one a line."`
	Model string   `placeholder:"DIR" help:"The model folder, holding model.onnx and tokenizer.json; by default the one that q2 setup fetched."`
	Batch int      `default:"1" placeholder:"N" help:"Run up to N texts that wait as one batch. An int8 model measures a whole batch to choose its scale: with more than 1, codes depend a little on what else is in it."`
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
	// One run at a time: a run has all processors to itself.
	w, err := worker.New(worker.Parts{Runner: model.model, Texts: model.tokenizer}, worker.Options{Runs: 1, MaxBatch: c.Batch, Wait: true})
	if err != nil {
		return err
	}
	defer w.Close()
	if fromStdin {
		return c.stream(s, w)
	}
	held := &output.Spool{}
	defer held.Close()
	left := c.Text
	err = c.each(w, func() (text string, found bool) {
		if len(left) == 0 {
			return "", false
		}
		text, left = left[0], left[1:]
		return text, true
	}, func(number int, a fingerprintAnswer) error {
		return named(fmt.Sprintf("text %d", number), c.print(held, terminal.For(s.out), a))
	})
	if err != nil {
		return err
	}
	return held.Release(s.out)
}

// fingerprintAnswer is what became of a text.
type fingerprintAnswer struct {
	text        string
	fingerprint q2.Fingerprint
	err         error
}

// each sends texts to the worker, a few of them ahead so that they can share a batch, and hands on the answers in order, until use fails.
func (c *fingerprintCommand) each(w *worker.Worker, next func() (string, bool), use func(number int, a fingerprintAnswer) error) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ahead := make(chan chan fingerprintAnswer, 2*c.Batch)
	go func() {
		defer close(ahead)
		for text, found := next(); found; text, found = next() {
			answer := make(chan fingerprintAnswer, 1)
			go func() {
				f, err := w.Submit(ctx, worker.Request{Text: text})
				answer <- fingerprintAnswer{text, f, err}
			}()
			select {
			case ahead <- answer:
			case <-ctx.Done():
				return
			}
		}
	}()
	number := 0
	for answer := range ahead {
		number++
		if err := use(number, <-answer); err != nil {
			return err
		}
	}
	return nil
}

// maxLine limits a line of stdin, so that input without line ends doesn't fill the memory. No model reads that much.
const maxLine = 16 << 20

// stream answers line by line, so that a program can hold a conversation.
func (c *fingerprintCommand) stream(s *streams, w *worker.Worker) error {
	lines := bufio.NewScanner(s.in)
	lines.Buffer(nil, maxLine)
	number := 0
	err := c.each(w, func() (string, bool) { found := lines.Scan(); return lines.Text(), found }, func(at int, a fingerprintAnswer) error {
		number = at
		return named(fmt.Sprintf("stdin, line %d", at), c.print(s.out, terminal.For(s.out), a))
	})
	if err != nil {
		return err
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("stdin, line %d: longer than %d bytes", number+1, maxLine)
	}
	if lines.Err() == nil && number == 0 {
		return errors.New("stdin: the input is empty")
	}
	return named("stdin", lines.Err())
}

func (c *fingerprintCommand) print(w io.Writer, paint terminal.Paint, a fingerprintAnswer) error {
	if a.err != nil {
		return a.err
	}
	if c.JSON {
		return printJSON(w, newFingerprintLine(a.text, a.fingerprint))
	}
	key := a.fingerprint.Key
	_, err := fmt.Fprintf(w, "%s  %s  %s\n", key.Hex(), paint.Symbols(fmt.Sprintf("%-32s", key.Symbols())), printable(a.text))
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
