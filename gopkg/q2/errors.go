package q2

import (
	"errors"
	"fmt"
)

// What every error of this package matches, one of these, under errors.Is.
var (
	// ErrArgument: an argument is out of range or a buffer too short. The error is an *ArgumentError.
	ErrArgument = errors.New("q2: invalid argument")
	// ErrNotFinite: a row has a NaN or an infinity among its elements, or squares that overflow, so it has no norm
	// (docs/SPEC.md section 2). From QuantiseRows the error is a *RefusedRowsError.
	ErrNotFinite = errors.New("q2: the row has no finite norm: a NaN or an infinity among its elements, or squares that overflow")
	// ErrUnsupported: this build or machine lacks the backend or instruction set. The error is an *UnsupportedError.
	ErrUnsupported = errors.New("q2: not supported here")
)

// ArgumentError says which argument was wrong, its value, and the limit it broke.
type ArgumentError struct {
	What  string // "n", "length of packed", …
	Value any    // an integer, or a string for a name
	Limit string // what is accepted: "1 to 1048576", "at least 96"
}

func (e *ArgumentError) Error() string {
	if name, ok := e.Value.(string); ok {
		return fmt.Sprintf("q2: %s is %q, must be %s", e.What, name, e.Limit)
	}
	return fmt.Sprintf("q2: %s is %v, must be %s", e.What, e.Value, e.Limit)
}

// Is makes errors.Is(err, ErrArgument) true.
func (e *ArgumentError) Is(target error) bool { return target == ErrArgument }

// RefusedRowsError says that QuantiseRows refused some rows. The others are done.
type RefusedRowsError struct {
	First   int // index of the first refused row
	Refused int // how many were refused
	Count   int // of how many rows
}

func (e *RefusedRowsError) Error() string {
	return fmt.Sprintf("q2: %d of %d rows refused, first row %d: no finite norm", e.Refused, e.Count, e.First)
}

// Is makes errors.Is(err, ErrNotFinite) true.
func (e *RefusedRowsError) Is(target error) bool { return target == ErrNotFinite }

// UnsupportedError says which backend or instruction set is missing, why, and what to do about it.
type UnsupportedError struct {
	Backend string
	ISA     string // "" where the whole backend is missing
	Reason  string // why, and the remedy
	Err     error  // where a library could not be loaded, the *native.LibraryError, with the paths that were tried
}

func (e *UnsupportedError) Error() string {
	if e.ISA == "" {
		return fmt.Sprintf("q2: backend %s is not available: %s", e.Backend, e.Reason)
	}
	return fmt.Sprintf("q2: instruction set %s of backend %s is not available: %s", e.ISA, e.Backend, e.Reason)
}

// Is makes errors.Is(err, ErrUnsupported) true.
func (e *UnsupportedError) Is(target error) bool { return target == ErrUnsupported }

// Unwrap is Err.
func (e *UnsupportedError) Unwrap() error { return e.Err }

// EnvironmentError says that what Q2_BACKEND and Q2_ISA force is not to be had.
type EnvironmentError struct {
	Backend, ISA string // the values of the variables
	Err          error  // an *UnsupportedError or *ArgumentError
}

func (e *EnvironmentError) Error() string {
	return fmt.Sprintf("%v (%s=%q, %s=%q)", e.Err, BackendVariable, e.Backend, ISAVariable, e.ISA)
}

// Unwrap is the error of Open.
func (e *EnvironmentError) Unwrap() error { return e.Err }
