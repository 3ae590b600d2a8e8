package tokenizer

import (
	"errors"
	"fmt"
)

// The kinds of error of this package, for errors.Is.
var (
	// ErrUnsupported: the file asks for something that this package does not do. See [UnsupportedError].
	ErrUnsupported = errors.New("tokenizer: not supported")
	// ErrInvalid: the file, or an option, contradicts itself or lacks something. See [InvalidError].
	ErrInvalid = errors.New("tokenizer: not valid")
	// ErrUTF8: the text is not UTF-8. See [UTF8Error].
	ErrUTF8 = errors.New("tokenizer: text is not UTF-8")
	// ErrSecondSequence: the text is longer than the limit, and truncation is to cut only a second text, which there is none of.
	ErrSecondSequence = errors.New(`tokenizer: truncation strategy "OnlySecond" cannot shorten a single text`)
)

// UnsupportedError names the part of a tokenizer.json that this package does not support.
type UnsupportedError struct {
	Part  string // where in the file, such as "model.type"
	Value string // what it says there; empty when the part itself is unknown
	Have  string // what is supported there; may be empty
}

func (e *UnsupportedError) Error() string {
	text := "tokenizer: " + e.Part
	if e.Value != "" {
		text += fmt.Sprintf(" %q", e.Value)
	}
	text += " is not supported"
	if e.Have != "" {
		text += ": only " + e.Have + " is"
	}
	return text
}

// Is reports that an UnsupportedError is [ErrUnsupported].
func (e *UnsupportedError) Is(target error) bool { return target == ErrUnsupported }

// InvalidError names the part of a tokenizer.json, or the option, that is wrong, and how.
type InvalidError struct {
	Part   string // where in the file, such as "added_tokens[3]", or the option's name
	Reason string // the value that is wrong and what it should be
	Err    error  // the cause, where another package found it; may be nil
}

func (e *InvalidError) Error() string {
	text := "tokenizer: " + e.Part + ": " + e.Reason
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Is reports that an InvalidError is [ErrInvalid].
func (e *InvalidError) Is(target error) bool { return target == ErrInvalid }

// Unwrap returns the cause.
func (e *InvalidError) Unwrap() error { return e.Err }

func invalid(part, reason string, values ...any) error {
	return &InvalidError{Part: part, Reason: fmt.Sprintf(reason, values...)}
}

// UTF8Error says where a text stops being UTF-8.
type UTF8Error struct {
	Offset int  // of the first byte that belongs to no character
	Byte   byte // that byte
}

func (e *UTF8Error) Error() string {
	return fmt.Sprintf("tokenizer: text is not UTF-8: byte %#02x at offset %d", e.Byte, e.Offset)
}

// Is reports that a UTF8Error is [ErrUTF8].
func (e *UTF8Error) Is(target error) bool { return target == ErrUTF8 }
