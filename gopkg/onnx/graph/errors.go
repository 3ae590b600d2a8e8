package graph

import (
	"errors"
	"fmt"
)

var (
	// ErrFormat is what errors.Is finds in every *FormatError.
	ErrFormat = errors.New("graph: not a well-formed ONNX model")
	// ErrRefused is what errors.Is finds in every *RefusedError.
	ErrRefused = errors.New("graph: can't be done safely")
	// ErrAlreadyCut is found in the refusal to cut a graph whose output is already one row per text.
	ErrAlreadyCut = errors.New("graph: already cut to the last token")
	// ErrExternalData is found when weights lie in files beside the model and the result would lose them.
	ErrExternalData = errors.New("graph: weights in external files")
)

// FormatError says where the bytes of a model stop being one.
type FormatError struct {
	Offset int64  // byte of the file
	What   string // what was expected there, what was found
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("graph: not a well-formed ONNX model: byte %d: %s", e.Offset, e.What)
}

// Is makes errors.Is(err, ErrFormat) true.
func (e *FormatError) Is(target error) bool { return target == ErrFormat }

func malformed(at int64, format string, args ...any) error {
	return &FormatError{Offset: at, What: fmt.Sprintf(format, args...)}
}

// RefusedError is an edit that is not done, because its result would not be known to be right.
type RefusedError struct {
	Reason string
	cause  error
}

func (e *RefusedError) Error() string { return "graph: " + e.Reason }

// Is makes errors.Is(err, ErrRefused) true.
func (e *RefusedError) Is(target error) bool { return target == ErrRefused }

// Unwrap gives ErrAlreadyCut or ErrExternalData where that is the cause.
func (e *RefusedError) Unwrap() error { return e.cause }

func refuse(format string, args ...any) error {
	return &RefusedError{Reason: fmt.Sprintf(format, args...)}
}

func refuseFor(cause error, format string, args ...any) error {
	return &RefusedError{Reason: fmt.Sprintf(format, args...), cause: cause}
}

// reason is a refusal's text without the package's name, for use inside another one.
func reason(err error) string {
	var r *RefusedError
	if errors.As(err, &r) {
		return r.Reason
	}
	return err.Error()
}
