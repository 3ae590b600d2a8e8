package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/q2kernel/q2/gopkg/onnx"
	"github.com/q2kernel/q2/tools/q2/internal/terminal"
)

type modelCommand struct {
	Inspect inspectCommand `cmd:"" help:"Show a model's outputs: which one is the hidden state and why."`
}

type inspectCommand struct {
	File string `arg:"" name:"model.onnx" help:"The model."`
	JSON bool   `name:"json" help:"Print one JSON object."`
}

func (*inspectCommand) Help() string {
	return `Prints every input and output with its type and shape, which output holds the hidden state and why, and why the others don't. The model is loaded, not run. The exit status is 1 for a model that q2 can't use; what it lacks is said.

Examples:

    q2 model inspect model.onnx
    q2 model inspect --json model.onnx`
}

func (c *inspectCommand) Run(s *streams) error {
	in, err := openFile(c.File) // ONNX Runtime's own words for a missing file are long
	if err != nil {
		return err
	}
	in.close()
	inspection, err := onnx.Inspect(c.File, onnx.Options{})
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(s.out, inspection)
	} else {
		_, err = io.WriteString(s.out, describeModel(terminal.For(s.out), inspection))
	}
	if err != nil {
		return err
	}
	return unusable(inspection)
}

// unusable is why q2 can't run a model, nil if it can.
func unusable(i onnx.Inspection) error {
	switch {
	case i.Lack != "":
		return named(i.Path, errors.New(i.Lack))
	case i.Unfed != "":
		return named(i.Path, errors.New(strings.TrimPrefix(i.Unfed, "onnx: ")))
	}
	return nil
}

func describeModel(paint terminal.Paint, i onnx.Inspection) string {
	var text strings.Builder
	width := 0
	for _, v := range i.Inputs {
		width = max(width, len(describeValue(v)))
	}
	for _, o := range i.Outputs {
		width = max(width, len(describeValue(o.Value)))
	}
	fmt.Fprintln(&text, paint.Bold("inputs"))
	for _, v := range i.Inputs {
		fmt.Fprintf(&text, "    %s\n", describeValue(v))
	}
	fmt.Fprintln(&text, paint.Bold("outputs"))
	for _, o := range i.Outputs {
		mark, name := "   ", fmt.Sprintf("%-*s", width, describeValue(o.Value))
		if o.Chosen {
			mark, name = "-> ", paint.Good(name)
		}
		fmt.Fprintf(&text, " %s%s  %s\n", mark, name, o.Why)
	}
	fmt.Fprintln(&text, paint.Bold("vocabulary"))
	if i.VocabularySize > 0 {
		fmt.Fprintf(&text, "    %d tokens: %s\n", i.VocabularySize, i.VocabularySource)
	} else {
		fmt.Fprintf(&text, "    %s\n", i.VocabularySource)
	}
	fmt.Fprintln(&text, paint.Bold("hidden state"))
	if i.Hidden == nil {
		fmt.Fprintf(&text, "    %s\n", paint.Bad("none"))
	} else {
		fmt.Fprintf(&text, "    %s, because it is %s\n", i.Hidden.Name, i.Hidden.Why)
	}
	return text.String()
}

// describeValue is like "logits  float32 [?, ?, 30522]"; a question mark is a dimension that the model leaves open.
func describeValue(v onnx.Value) string { return strings.ReplaceAll(v.String(), `"`, "") }
