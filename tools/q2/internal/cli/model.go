package cli

import (
	"errors"
	"io"

	"github.com/q2kernel/q2/gopkg/onnx"
	"github.com/q2kernel/q2/gopkg/onnx/graph"
	"github.com/q2kernel/q2/tools/q2/internal/rows"
	"github.com/q2kernel/q2/tools/q2/internal/terminal"
)

type modelCommand struct {
	Inspect inspectCommand `cmd:"" help:"Show what a model takes and gives, which output is the hidden state and why."`
	Expose  exposeCommand  `cmd:"" help:"Make a model put out its hidden state, and nothing else."`
}

// findFlags say where the hidden state is, for models in which it can't be found.
type findFlags struct {
	Hidden  string `placeholder:"NAME" help:"The output that is the hidden state."`
	Logits  string `placeholder:"NAME" help:"The logits to walk back from to the hidden state."`
	Mask    string `placeholder:"NAME" help:"The input that tells real tokens from padding (attention_mask)."`
	Padding string `enum:"right,left" default:"right" help:"The side on which shorter texts of a batch are filled up: right or left."`
}

func (f findFlags) padding() graph.Padding {
	side, err := graph.ParsePadding(f.Padding)
	if err != nil {
		panic(err) // kong takes no other word
	}
	return side
}

type inspectCommand struct {
	File string `arg:"" name:"model.onnx" help:"The model."`
	JSON bool   `name:"json" help:"Print one JSON object."`
	findFlags
}

func (*inspectCommand) Help() string {
	return `Prints what the file says of itself, every input and output with its type and shape, which output holds the hidden state and why, and why the others don't; for a model that has only logits, where its head is; how q2 runs the model, and what q2 model expose would do to it. The file is read and not run, its weights are not even read, so this works without ONNX Runtime. The exit status is 1 for a model that q2 can't use; what it lacks is said.

Examples:

    q2 model inspect model.onnx
    q2 model inspect --json model.onnx`
}

func (c *inspectCommand) Run(s *streams) error {
	inspection, err := onnx.Inspect(c.File, onnx.Options{Output: c.Hidden, Logits: c.Logits, Mask: c.Mask, Padding: c.padding()})
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
	if inspection.Lack != "" {
		return named(c.File, errors.New(inspection.Lack))
	}
	return nil
}

type exposeCommand struct {
	File       string   `arg:"" name:"model.onnx" help:"The model."`
	Output     string   `short:"o" required:"" placeholder:"FILE" help:"Write the edited model here; - is stdout."`
	LastToken  bool     `help:"Cut the hidden state to each text's last real token: [batch, n]."`
	Name       string   `placeholder:"NAME" help:"The new output's name (last_hidden_state, or last_token_hidden_state)."`
	Keep       []string `placeholder:"NAME" help:"Keep this output too; may be repeated."`
	KeepCaches bool     `help:"Keep the caches' outputs too: present.…, past.…"`
	JSON       bool     `name:"json" help:"Print what was done as one JSON object."`
	findFlags
}

func (*exposeCommand) Help() string {
	return `Writes a model whose output is the hidden state: for one that has only logits, what its head multiplies. The head and all else that the output does not need are cut off, with their weights. Weights in files beside the model stay there, and the new model must be written into the same folder. Nothing is guessed: a model in which the hidden state is not certain is refused, with the reason.

q2 does the same in memory whenever it opens a model; this is for other programs, and saves the work at each start.

Examples:

    q2 model expose decoder.onnx -o hidden.onnx
    q2 model expose --last-token decoder.onnx -o last.onnx
    q2 model expose --last-token --padding left --keep-caches decoder.onnx -o last.onnx`
}

func (c *exposeCommand) Run(s *streams) error {
	if c.Output == "-" && c.JSON {
		return &rows.UsageError{What: "-o - and --json both want stdout"}
	}
	model, err := graph.Open(c.File)
	if err != nil {
		return err
	}
	defer model.Close()
	edit, err := model.Edit(graph.Options{Output: c.Hidden, Logits: c.Logits, Mask: c.Mask, Padding: c.padding(), LastToken: c.LastToken, Name: c.Name, Keep: c.Keep, KeepCaches: c.KeepCaches})
	if err == nil {
		err = writeModel(s, edit, c.Output)
	}
	if err != nil {
		return named(c.File, err)
	}
	switch {
	case c.Output == "-":
		return nil
	case c.JSON:
		return printJSON(s.out, edit.Plan)
	}
	_, err = io.WriteString(s.out, describePlan(terminal.For(s.out), &edit.Plan, model.Size()))
	return err
}
