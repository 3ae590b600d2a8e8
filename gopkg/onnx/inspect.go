package onnx

import (
	"errors"
	"fmt"

	"github.com/q2kernel/q2/gopkg/onnx/embedding"
)

// Inspection is what a model offers, and what this package makes of it.
type Inspection struct {
	Path    string   `json:"path"`
	Inputs  []Value  `json:"inputs"`
	Outputs []Output `json:"outputs"`
	// Hidden is the hidden state, nil if there is none; Lack says then what is missing.
	Hidden *Selection `json:"hidden"`
	Lack   string     `json:"lack,omitempty"`
	// Unfed says which required input can't be fed, if there is one.
	Unfed string `json:"unfed,omitempty"`
	// VocabularySize is 0 if nothing tells; VocabularySource says where it is from, or why there is none.
	VocabularySize   int    `json:"vocabulary_size"`
	VocabularySource string `json:"vocabulary_source"`

	plan    inputPlan
	refused []error
}

// Inspect describes the model in the .onnx file at path without running it. A model that Open would refuse is no error here:
// see Lack and Unfed.
func Inspect(path string, o Options) (Inspection, error) {
	if err := o.check(); err != nil {
		return Inspection{}, err
	}
	e, err := newEngine(o.Library)
	if err != nil {
		return Inspection{}, err
	}
	i, err := inspect(e, path, o)
	return i, errors.Join(err, e.close())
}

func inspect(e engine, path string, o Options) (Inspection, error) {
	inputs, outputs, err := e.describe(path, o.session())
	if err != nil {
		return Inspection{}, fmt.Errorf("onnx: %s: %w", path, err)
	}
	i := Inspection{Path: path, Inputs: inputs}
	i.VocabularySize, i.VocabularySource = vocabulary(path, o)
	selection, verdicts, err := choose(outputs, o.Output, i.VocabularySize)
	i.Outputs = verdicts
	var lack *SelectionError
	if errors.As(err, &lack) {
		i.Lack = lack.Lack
		i.refused = append(i.refused, err)
	} else {
		i.Hidden = &selection
	}
	if i.plan, err = planInputs(inputs); err != nil {
		i.Unfed = err.Error()
		i.refused = append(i.refused, err)
	}
	return i, nil
}

// err is why Open refuses the model.
func (i Inspection) err() error {
	if len(i.refused) == 0 {
		return nil
	}
	return i.refused[0]
}

func vocabulary(path string, o Options) (size int, source string) {
	if o.VocabularySize > 0 {
		return o.VocabularySize, "given"
	}
	table, ok, err := embedding.Find(path, "input_ids")
	switch {
	case err != nil:
		return 0, "unknown: " + err.Error()
	case !ok:
		return 0, "unknown: no embedding table found"
	}
	return table.Vocabulary, fmt.Sprintf("embedding table %q", table.Weight)
}
