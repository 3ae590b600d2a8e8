package native

import (
	"fmt"
	"strings"
)

// LibraryError says that libq2 could not be loaded, from where, and what to do. Under errors.As and errors.Is it matches the
// errors of all attempts.
type LibraryError struct {
	Tried []Attempt // in order; at least one
}

// Attempt is one place where libq2 was looked for.
type Attempt struct {
	Source string // who named the place: "option", "Q2_LIBRARY", "beside the executable", "loader"
	Path   string
	Err    error // a *LoadError, *PathError, *SymbolError or *ABIError
}

func (e *LibraryError) Error() string {
	var tried []string
	for _, a := range e.Tried {
		tried = append(tried, fmt.Sprintf("%s (%s): %v", a.Path, a.Source, a.Err))
	}
	return "no usable libq2: " + strings.Join(tried, "; ") + "; " + e.Remedy()
}

// Remedy mends the first attempt, the one that came closest to what the user meant.
func (e *LibraryError) Remedy() string {
	switch err := e.Tried[0].Err.(type) {
	case *ABIError, *SymbolError:
		return "install the libq2 that belongs to this program's version"
	case *LoadError:
		if err.Reason == noLoader {
			return "use backend cgo or go"
		}
	}
	return "install libq2 (cmake --install), or set " + LibraryVariable + " to the absolute path of its file, " + fileNames[0]
}

// Unwrap is the errors of the attempts.
func (e *LibraryError) Unwrap() []error {
	var all []error
	for _, a := range e.Tried {
		all = append(all, a.Err)
	}
	return all
}

// PathError says that the path of a library is none, or not absolute: it would mean another file in each working directory.
type PathError struct {
	Path string
}

func (e *PathError) Error() string { return fmt.Sprintf("%q is not an absolute path", e.Path) }

// LoadError says that a file is not there, or that it is no library that this machine can load.
type LoadError struct {
	Path   string
	Reason string // the system's own words
}

func (e *LoadError) Error() string { return e.Reason }

// SymbolError says that a library lacks a function: another library, or an older libq2.
type SymbolError struct {
	Path   string
	Symbol string
}

func (e *SymbolError) Error() string {
	if e.Symbol == symbolNames[symABIVersion] {
		return "not libq2: it has no " + e.Symbol
	}
	return "has no " + e.Symbol + ": it is older than this program"
}

// ABIError says that a library has another binary interface than the one that is called here.
type ABIError struct {
	Path  string
	Found uint32 // ABIWanted is what it must be
}

func (e *ABIError) Error() string {
	return fmt.Sprintf("has ABI version %d, must be %d", e.Found, ABIWanted)
}
