package index

import (
	"errors"
	"fmt"
	"strings"
)

// What errors of this package match under errors.Is.
var (
	// ErrArgument: an argument is out of range. The error is an *ArgumentError.
	ErrArgument = errors.New("index: invalid argument")
	// ErrMismatch: the directory holds another kind of index than the options ask for. The error is a *MismatchError.
	ErrMismatch = errors.New("index: the directory holds another kind of index")
	// ErrNotExist: there is no index in the directory.
	ErrNotExist = errors.New("index: no index there")
	// ErrLocked: another process, or another Index of this one, has the directory open. The error is a *LockedError.
	ErrLocked = errors.New("index: in use")
	// ErrExists: an id that Add was given is there already, or twice in the batch. The error is an *IDError.
	ErrExists = errors.New("index: id exists")
	// ErrNotFound: there is no entry with the id. The error is an *IDError.
	ErrNotFound = errors.New("index: no such id")
	// ErrDamaged: a file that holds the truth is damaged. The error is a *DamageError.
	ErrDamaged = errors.New("index: damaged")
	// ErrDiskFull: there is not enough room on the disk; nothing was written. The error may be a *DiskFullError.
	ErrDiskFull = errors.New("index: disk full")
	// ErrFailed: an earlier write failed inside the store, so that no more are taken. What was acknowledged is safe: close the index and open it again.
	ErrFailed = errors.New("index: failed")
	// ErrClosed: the index is closed.
	ErrClosed = errors.New("index: closed")
)

// ArgumentError says which argument was wrong, its value, and the limit it broke.
type ArgumentError struct {
	What  string
	Value any
	Limit string
}

func (e *ArgumentError) Error() string {
	if name, ok := e.Value.(string); ok {
		return fmt.Sprintf("index: %s is %q, must be %s", e.What, name, e.Limit)
	}
	return fmt.Sprintf("index: %s is %v, must be %s", e.What, e.Value, e.Limit)
}

// Is makes errors.Is(err, ErrArgument) true.
func (e *ArgumentError) Is(target error) bool { return target == ErrArgument }

// MismatchError says in what the options differ from the index that the directory holds.
type MismatchError struct {
	Dir, What    string
	Asked, Holds any
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("index: %s holds an index with %s %v, and %v was asked for", e.Dir, e.What, e.Holds, e.Asked)
}

// Is makes errors.Is(err, ErrMismatch) true.
func (e *MismatchError) Is(target error) bool { return target == ErrMismatch }

// LockedError names the directory that is in use.
type LockedError struct{ Dir string }

func (e *LockedError) Error() string {
	return fmt.Sprintf("index: %s is in use: another process, or another Index of this one, has it open", e.Dir)
}

// Is makes errors.Is(err, ErrLocked) true.
func (e *LockedError) Is(target error) bool { return target == ErrLocked }

// IDError names the id that stopped a call.
type IDError struct {
	ID  uint64
	Err error // ErrExists or ErrNotFound
}

func (e *IDError) Error() string { return fmt.Sprintf("%v: %d", e.Err, e.ID) }

// Unwrap is Err.
func (e *IDError) Unwrap() error { return e.Err }

// ItemError says which item of a batch was refused, and why.
type ItemError struct {
	Item int // its place in the batch, from 0
	ID   uint64
	Err  error
}

func (e *ItemError) Error() string { return fmt.Sprintf("item %d (id %d): %v", e.Item, e.ID, e.Err) }

// Unwrap is Err.
func (e *ItemError) Unwrap() error { return e.Err }

// QueryError says which query of SearchMany was refused, and why.
type QueryError struct {
	Query int // its place among the queries, from 0
	Err   error
}

func (e *QueryError) Error() string { return fmt.Sprintf("query %d: %v", e.Query, e.Err) }

// Unwrap is Err.
func (e *QueryError) Unwrap() error { return e.Err }

// DamageError names the files that are damaged, or one of which is where that can't be told apart.
type DamageError struct {
	Files []string // relative to the directory of the index
	What  string
	Err   error // may be nil
}

func (e *DamageError) Error() string {
	text := fmt.Sprintf("index: damaged: %s: %s", strings.Join(e.Files, " or "), e.What)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Is makes errors.Is(err, ErrDamaged) true.
func (e *DamageError) Is(target error) bool { return target == ErrDamaged }

// Unwrap is Err.
func (e *DamageError) Unwrap() error { return e.Err }

// DiskFullError says how much room is left, and how much must be, so that the store can always finish what it has begun.
type DiskFullError struct {
	Dir        string
	Free, Need uint64 // bytes
}

func (e *DiskFullError) Error() string {
	return fmt.Sprintf("index: disk full: %d bytes are free at %s, and a write needs %d", e.Free, e.Dir, e.Need)
}

// Is makes errors.Is(err, ErrDiskFull) true.
func (e *DiskFullError) Is(target error) bool { return target == ErrDiskFull }
