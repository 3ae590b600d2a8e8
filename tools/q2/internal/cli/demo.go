package cli

import (
	"io"
	"path/filepath"
	"time"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/tools/q2/internal/demo"
	"github.com/q2kernel/q2/tools/q2/internal/terminal"
)

type demoCommand struct {
	Model string `placeholder:"DIR" help:"The model folder, holding model.onnx and tokenizer.json; by default the one that q2 setup fetched."`
	JSON  bool   `name:"json" help:"Print one JSON object a sentence, with its nearest neighbours."`
}

func (*demoCommand) Help() string {
	return `Fingerprints twenty sentences in five topics, and shows for three of them which others are nearest. Without ONNX Runtime or the model it uses hidden states that were captured from the default model, and says so.

Examples:

    q2 setup && q2 demo
    q2 demo --json | head -1`
}

// demoRun is what the demo found out.
type demoRun struct {
	entries []demo.Entry
	model   string // the model's name
	kernel  string
	missing error // why the model didn't run; nil if it did
	// times for each sentence; of the model, only if it ran
	modelTimes, kernelTimes []time.Duration
	// again is the kernel's time on a row that is in the caches already; only if the model ran
	again time.Duration
}

func (c *demoCommand) Run(s *streams) error {
	run, err := c.run()
	if err != nil {
		return err
	}
	if c.JSON {
		return run.printJSON(s.out)
	}
	screen, err := run.screen(terminal.For(s.out))
	if err != nil {
		return err
	}
	_, err = io.WriteString(s.out, screen)
	return err
}

// run takes the model if it is there. A model that the user named must work.
func (c *demoCommand) run() (*demoRun, error) {
	kernel, err := q2.Default()
	if err != nil {
		return nil, err
	}
	model, err := openTextModel(c.Model)
	if err != nil && c.Model != "" {
		return nil, err
	}
	if err != nil {
		return captured(kernel, err)
	}
	defer model.close()
	return live(kernel, model)
}

func captured(kernel *q2.Kernel, missing error) (*demoRun, error) {
	entries, times, err := demo.Captured(kernel)
	return &demoRun{entries: entries, model: demo.CapturedFrom, kernel: kernel.String(), missing: missing, kernelTimes: times}, err
}

func live(kernel *q2.Kernel, model *textModel) (*demoRun, error) {
	run := &demoRun{model: filepath.Base(model.folder), kernel: kernel.String()}
	// The first run of a session prepares it; it is no sentence's time.
	if _, _, err := model.fingerprint(demo.Sentences[0].Text); err != nil {
		return nil, err
	}
	for _, sentence := range demo.Sentences {
		f, timing, err := model.fingerprint(sentence.Text)
		if err != nil {
			return nil, err
		}
		run.entries = append(run.entries, demo.Entry{Sentence: sentence, Fingerprint: f})
		run.modelTimes = append(run.modelTimes, timing.Model)
		run.kernelTimes = append(run.kernelTimes, timing.Kernel)
	}
	var err error
	run.again, err = model.again(kernel, demo.Sentences[0].Text)
	return run, err
}

// demoLine is a sentence in JSON.
type demoLine struct {
	Topic string `json:"topic"`
	fingerprintLine
	Captured bool            `json:"captured"` // the model didn't run
	Nearest  []demoNeighbour `json:"nearest"`
}

type demoNeighbour struct {
	Text     string `json:"text"`
	Topic    string `json:"topic"`
	Distance int    `json:"distance"`
}

func (r *demoRun) printJSON(w io.Writer) error {
	for i, e := range r.entries {
		nearest, err := demo.Nearest(r.entries, i, shownNeighbours)
		if err != nil {
			return err
		}
		line := demoLine{Topic: e.Topic, fingerprintLine: newFingerprintLine(e.Text, e.Fingerprint), Captured: r.missing != nil}
		for _, n := range nearest {
			other := r.entries[n.Index]
			line.Nearest = append(line.Nearest, demoNeighbour{other.Text, other.Topic, n.Distance})
		}
		if err := printJSON(w, line); err != nil {
			return err
		}
	}
	return nil
}
