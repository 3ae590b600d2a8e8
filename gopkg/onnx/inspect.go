package onnx

import (
	"errors"
	"fmt"
	"strings"

	"github.com/q2kernel/q2/gopkg/onnx/graph"
)

// Inspection is what a model file says of itself, and how Open runs it.
type Inspection struct {
	*graph.Report
	// Verdicts are the outputs, and for each why it is or is not the hidden state.
	Verdicts []Output `json:"verdicts"`
	// Run is how Open runs the model; nil if it can't, and Lack says then why.
	Run  *Run   `json:"run"`
	Lack string `json:"lack,omitempty"`

	err error
}

// Err is what Open would refuse the model with before it loads it, a *SelectionError or an *InputError, or nil.
func (i Inspection) Err() error { return i.err }

// Inspect describes the model in the .onnx file at path and how Open runs it with these options, without ONNX Runtime and without
// reading weights. A model that Open would refuse is no error here: see Err. Errors: the file system's, *graph.FormatError, *LimitError.
func Inspect(path string, o Options) (Inspection, error) {
	if err := o.check(); err != nil {
		return Inspection{}, err
	}
	m, err := graph.Open(path)
	if err != nil {
		return Inspection{}, fmt.Errorf("onnx: %w", err)
	}
	defer m.Close()
	return inspect(m, o), nil
}

func inspect(m *graph.Model, o Options) Inspection {
	i := Inspection{Report: m.Report(o.editing(false))}
	s, err := settle(m, o)
	if err != nil {
		i.err, i.Lack = err, lackOf(err)
	} else {
		i.Run = &s.Run
	}
	i.Verdicts = verdicts(m, o, s)
	return i
}

// lackOf is why a model can't be run, without the list of its outputs.
func lackOf(err error) string {
	var selection *SelectionError
	if errors.As(err, &selection) {
		return selection.Lack
	}
	return strings.TrimPrefix(err.Error(), "onnx: ")
}

// vocabularySize is the caller's, or the embedding table's.
func vocabularySize(m *graph.Model, o Options) int {
	if o.VocabularySize > 0 {
		return o.VocabularySize
	}
	return int(m.Vocabulary())
}
