package worker

import (
	"errors"
	"fmt"
)

var (
	// ErrBusy: as many requests wait as may, and Options.Wait is not set.
	ErrBusy = errors.New("worker: busy")
	// ErrClosed: the worker is closed, or was closed before the request came to be run.
	ErrClosed = errors.New("worker: closed")
	// ErrRequest: a request has both text and token ids, or asks for what the worker has no part for.
	ErrRequest = errors.New("worker: unusable request")
	// ErrOption: an option is out of range. The error is a *LimitError.
	ErrOption = errors.New("worker: option out of range")

	errNoResult = errors.New("worker: the runner left a text without a result")
)

// LimitError is an option that broke its limit; it is ErrOption.
type LimitError struct {
	What  string
	Value int64
	Limit string
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("%v: %s is %d, must be %s", ErrOption, e.What, e.Value, e.Limit)
}

// Unwrap gives ErrOption.
func (e *LimitError) Unwrap() error { return ErrOption }
