package onnx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/q2kernel/q2/gopkg/arena"
	"github.com/q2kernel/q2/gopkg/onnx/graph"
)

// Run is how Open runs a model.
type Run struct {
	// Hidden is the hidden state that is quantised, [batch, sequence, n], and Why how it was found. It may be an inner value of the graph.
	Hidden graph.Value `json:"hidden"`
	Why    string      `json:"why"`
	// Output is what a run puts out: the last real token's state of each text, [batch, n], if LastToken, else Hidden.
	Output    graph.Value `json:"output"`
	LastToken bool        `json:"last_token"`
	// NotCut is why a run puts out the state of every token; "" if it does not.
	NotCut string `json:"not_cut,omitempty"`
	// Dynamic is a node that scales a whole tensor by its largest elements, so that a text's state depends on what it shares a run with; "" if there is none.
	Dynamic string `json:"dynamic,omitempty"`
	// Positions is how many tokens the model's tables of positions have room for, so the length of the longest text; 0 if none is known. PositionTable
	// is the smallest of them.
	Positions     int64  `json:"positions,omitempty"`
	PositionTable string `json:"position_table,omitempty"`
	// Edited: the graph is edited in memory. Else the file is loaded as it is.
	Edited bool `json:"edited"`
	// Feeds are the inputs that a run is given, and Padding the side on which shorter texts are filled up.
	Feeds   []graph.Value `json:"feeds"`
	Padding graph.Padding `json:"padding"`
}

// source is a model as it will be loaded.
type source struct {
	Run
	edit *graph.Edit // nil for the file as it is
	plan inputPlan
}

// settle decides how to run a model whose graph has been read. err is a *SelectionError or an *InputError.
func settle(m *graph.Model, o Options) (*source, error) {
	s, err := settleOutput(m, o)
	if err != nil {
		return nil, &SelectionError{refusal(err), verdicts(m, o, nil)}
	}
	if _, ok := dtypeOf(s.Output.Elem); !ok || s.Output.Kind != "" && s.Output.Kind != "tensor" {
		return nil, &SelectionError{fmt.Sprintf("the hidden state %q has elements of type %s; float32, float16, bfloat16 and int8 can be quantised", s.Hidden.Name, s.Output.Elem),
			verdicts(m, o, s)}
	}
	if s.plan, err = planInputs(s.Feeds, o.Mask, s.Padding); err != nil {
		return nil, err
	}
	s.Dynamic = m.DynamicScale(s.Hidden.Name)
	s.Positions, s.PositionTable = m.Positions(s.Hidden.Name)
	s.plan.single = s.plan.single || s.Dynamic != "" && !o.MixDynamic
	if lack := s.fit(); lack != "" {
		return nil, &SelectionError{lack, verdicts(m, o, s)}
	}
	return s, nil
}

func settleOutput(m *graph.Model, o Options) (*source, error) {
	if output, padding, ok := m.Cut(); ok && (o.Output == "" || o.Output == output.Name) && o.Logits == "" {
		if o.EveryToken {
			return nil, errors.New("the model was cut to the last token before, so it does not have the hidden state of every token")
		}
		return &source{Run: Run{Hidden: output, Why: "cut to the last token by an earlier edit", Output: output, LastToken: true, Padding: padding, Feeds: m.Inputs}}, nil
	}
	if o.EveryToken {
		return settleWhole(m, o, "the state of every token was asked for")
	}
	edit, err := m.Edit(o.editing(true))
	if err != nil {
		return settleWhole(m, o, refusal(err))
	}
	return edited(m, edit), nil
}

// settleWhole runs the file as it is where the hidden state is an output, and else exposes it.
func settleWhole(m *graph.Model, o Options, notCut string) (*source, error) {
	edit, err := m.Edit(o.editing(false))
	if err != nil {
		return nil, err
	}
	s := edited(m, edit)
	s.NotCut = notCut
	if edit.Head == nil {
		s.edit, s.Edited, s.Feeds = nil, false, m.Inputs
	}
	return s, nil
}

func edited(m *graph.Model, e *graph.Edit) *source {
	s := &source{edit: e, Run: Run{Hidden: e.Hidden, Why: e.Why, Output: e.Output, LastToken: e.LastToken, Edited: true, Padding: e.Padding}}
	for _, name := range e.Inputs {
		for _, in := range m.Inputs {
			if in.Name == name {
				s.Feeds = append(s.Feeds, in)
			}
		}
	}
	return s
}

// fit holds the hidden state's shape against the inputs', and returns what does not fit.
func (s *source) fit() (lack string) {
	shape := s.Hidden.Shape
	switch batch := shape[0].Size; {
	case batch == 1:
		s.plan.single = true
	case batch >= 0:
		return fmt.Sprintf("the hidden state %q has a batch of %d, and it must be 1 or open", s.Hidden.Name, batch)
	}
	if length := shape[1].Size; len(shape) == 3 && length >= 0 && length != int64(s.plan.length) {
		return fmt.Sprintf("the hidden state %q has always %d rows, whatever the inputs' length", s.Hidden.Name, length)
	}
	return ""
}

// refusal is a reason without the name of the package that gave it.
func refusal(err error) string {
	var refused *graph.RefusedError
	if errors.As(err, &refused) {
		return refused.Reason
	}
	return err.Error()
}

// load opens a session of the model. The bytes of an edited one are off-heap, and only as long as that takes.
func (s *source) load(e engine, path string, o sessionOptions) (_ session, err error) {
	m := modelData{outputs: []string{s.Output.Name}}
	for _, in := range s.plan.inputs {
		m.inputs = append(m.inputs, in.Name)
	}
	if s.edit == nil {
		m.path = path
		return e.open(m, o)
	}
	memory, err := newRegion(s.edit.Size, arena.LockOff)
	if err != nil {
		return nil, fmt.Errorf("onnx: %s: memory for the edited model: %w", path, err)
	}
	defer func() { err = errors.Join(err, memory.close()) }()
	if m.bytes, err = s.bytes(memory.bytes); err != nil {
		return nil, err
	}
	if len(s.edit.ExternalData) > 0 {
		m.folder = filepath.Dir(path)
	}
	return e.open(m, o)
}

// bytes writes the edited model into memory of its size.
func (s *source) bytes(memory []byte) ([]byte, error) {
	w := bytes.NewBuffer(memory[:0])
	n, err := s.edit.WriteTo(limitedBuffer{w, len(memory)})
	return memory[:n], err
}

// limitedBuffer never grows, so that what is written stays in the memory that the buffer was made over.
type limitedBuffer struct {
	*bytes.Buffer
	room int
}

func (b limitedBuffer) Write(p []byte) (int, error) {
	if b.Len()+len(p) > b.room {
		return 0, io.ErrShortBuffer
	}
	return b.Buffer.Write(p)
}
