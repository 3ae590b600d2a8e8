package onnx

import (
	"errors"
	"fmt"
	"strings"

	"github.com/q2kernel/q2/gopkg/onnx/graph"
)

var (
	// ErrNoCgo is returned by Open in a program that was built without cgo.
	ErrNoCgo = errors.New("onnx: running models needs cgo: build with CGO_ENABLED=1 and a C compiler (apt-get install gcc)")
	// ErrClosed is returned once the model is closed.
	ErrClosed = errors.New("onnx: the model is closed")
	// ErrEmptyInput: there are no token ids.
	ErrEmptyInput = errors.New("onnx: no token ids: a fingerprint needs at least one")
	// ErrTokenRange: a token id is negative or not in the vocabulary. The error is a *LimitError.
	ErrTokenRange = errors.New("onnx: token id out of range")
	// ErrTooLong: more token ids than the model or Options.MaxTokens takes. The error is a *LimitError.
	ErrTooLong = errors.New("onnx: too many token ids")
	// ErrBatch: more texts than Options.MaxBatch, or more tokens in a run than Options.MaxBatchTokens. The error is a *LimitError.
	ErrBatch = errors.New("onnx: batch too large")
	// ErrHiddenDimension: the hidden state has 0 dimensions, or more than the kernel takes. The error is a *LimitError.
	ErrHiddenDimension = errors.New("onnx: unusable hidden dimension")
	// ErrOption: an option is out of range. The error is a *LimitError.
	ErrOption = errors.New("onnx: option out of range")
)

// LimitError is a value that broke a limit; errors.Is finds which kind.
type LimitError struct {
	Kind  error // ErrTokenRange, ErrTooLong, ErrBatch, ErrHiddenDimension or ErrOption
	What  string
	Value int64
	Limit string
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("%v: %s is %d, must be %s", e.Kind, e.What, e.Value, e.Limit)
}

// Unwrap gives the kind.
func (e *LimitError) Unwrap() error { return e.Kind }

// InputError is a model input that this package can't feed.
type InputError struct {
	Input  graph.Value
	Reason string
}

func (e *InputError) Error() string {
	input := e.Input.Name
	if e.Input.Elem != graph.Unknown {
		input = e.Input.String()
	}
	return fmt.Sprintf("onnx: can't feed the model's input %s: %s", input, e.Reason)
}

// SelectionError is a model without a usable hidden state. Outputs has all that it offers, and why each was not taken.
type SelectionError struct {
	Lack    string
	Outputs []Output
}

func (e *SelectionError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "onnx: no hidden state to be had: %s; the outputs are:", e.Lack)
	for i, o := range e.Outputs {
		if i > 0 {
			b.WriteString(";")
		}
		fmt.Fprintf(&b, " %s: %s", o.Value, o.Why)
	}
	return b.String()
}

// Attempt is one place where ONNX Runtime was looked for.
type Attempt struct {
	Path   string
	Source string // "option", "ONNXRUNTIME_LIB", "cache" or "system"
	Err    error
}

// LibraryError says that ONNX Runtime's shared library could not be loaded, and lists every path tried.
type LibraryError struct{ Tried []Attempt }

func (e *LibraryError) Error() string {
	tried := make([]string, len(e.Tried))
	for i, a := range e.Tried {
		tried[i] = fmt.Sprintf("%s (%s): %v", a.Path, a.Source, a.Err)
	}
	return fmt.Sprintf("onnx: ONNX Runtime's shared library can't be loaded; fetch it with `q2 setup`, or set ONNXRUNTIME_LIB to the path of "+
		"version 1.24 or newer; tried %s", strings.Join(tried, "; "))
}

// Unwrap gives the cause of each attempt.
func (e *LibraryError) Unwrap() []error {
	causes := make([]error, len(e.Tried))
	for i, a := range e.Tried {
		causes[i] = a.Err
	}
	return causes
}
