package chat

import (
	"errors"
	"fmt"
)

// The kinds of error of this package, for errors.Is.
var (
	// ErrUnsupported: the template asks for something that this package does not do. See [UnsupportedError].
	ErrUnsupported = errors.New("chat: not supported")
	// ErrInvalid: the files or the template are wrong, or the template fails on this conversation as it would in Python.
	ErrInvalid = errors.New("chat: not valid")
	// ErrLimit: rendering took more steps, bytes or depth than any template of good will.
	ErrLimit = errors.New("chat: limit reached")
	// ErrRefused: the template itself refuses the conversation. See [RefusedError].
	ErrRefused = errors.New("chat: conversation refused by the template")
)

// UnsupportedError names what a template uses and this package does not render.
type UnsupportedError struct {
	Line int    // of the template; 0 when no line is to blame
	What string // such as `filter "dictsort"`
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("chat: %s%s is not supported", position(e.Line), e.What)
}

// Is reports that an UnsupportedError is [ErrUnsupported].
func (e *UnsupportedError) Is(target error) bool { return target == ErrUnsupported }

// InvalidError says what is wrong, and where.
type InvalidError struct {
	Line   int // of the template; 0 when no line is to blame
	Reason string
	Err    error // the cause, where another package found it; may be nil
}

func (e *InvalidError) Error() string {
	text := "chat: " + position(e.Line) + e.Reason
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Is reports that an InvalidError is [ErrInvalid].
func (e *InvalidError) Is(target error) bool { return target == ErrInvalid }

// Unwrap returns the cause.
func (e *InvalidError) Unwrap() error { return e.Err }

// LimitError names the limit that was reached.
type LimitError struct {
	Line  int
	What  string // such as "steps"
	Limit int
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("chat: %smore than %d %s", position(e.Line), e.Limit, e.What)
}

// Is reports that a LimitError is [ErrLimit].
func (e *LimitError) Is(target error) bool { return target == ErrLimit }

// RefusedError is what a template says with raise_exception, such as that roles must alternate.
type RefusedError struct {
	Line    int
	Message string
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("chat: %sthe template refuses the conversation: %s", position(e.Line), e.Message)
}

// Is reports that a RefusedError is [ErrRefused].
func (e *RefusedError) Is(target error) bool { return target == ErrRefused }

func position(line int) string {
	if line == 0 {
		return ""
	}
	return fmt.Sprintf("template line %d: ", line)
}
