package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/native"
)

// kernelFindings list both copies of libq2, every backend, and the one that is chosen, with the reason. The error is why none
// is.
func kernelFindings() ([]finding, error) {
	const area = "kernel"
	shared := sharedFinding()
	list := []finding{compiledFinding(), shared}
	for _, b := range q2.Backends() {
		f := finding{Area: area, Name: b.Name + "/" + b.ISA, Value: "available", OK: b.Available}
		switch {
		case !b.Available && b.Name == "purego" && !shared.OK:
			f.Value = "not available: no shared library"
		case !b.Available:
			f.Value = "not available: " + b.Reason
		}
		list = append(list, f)
	}
	kernel, err := q2.Open(os.Getenv(q2.BackendVariable), os.Getenv(q2.ISAVariable))
	if err != nil {
		remedy := fmt.Sprintf("unset %s and %s, or name what is available above", q2.BackendVariable, q2.ISAVariable)
		return append(list, finding{area, "chosen", oneLine(err), false, remedy}), err
	}
	return append(list, finding{area, "chosen", kernel.String() + why(kernel.Backend()), true, ""}), nil
}

// compiledFinding is the libq2 inside this program, for backend cgo.
func compiledFinding() finding {
	f := finding{Area: "kernel", Name: "library", Value: "none compiled in: " + native.Cgo{}.Missing()}
	if version := (native.Cgo{}).Version(); version != "" {
		f.Value, f.OK = "libq2 "+version+", compiled in", true
	}
	return f
}

// sharedFinding is the libq2 that backend purego loads: its version and path, or where it was looked for. Only a program
// without cgo, and one that is told which file to load, has a need of it.
func sharedFinding() finding {
	f := finding{Area: "kernel", Name: "shared library"}
	library, err := native.OpenLibrary("")
	if err == nil {
		f.Value, f.OK = "libq2 "+library.Version()+", "+library.Path(), true
		return f
	}
	var failed *native.LibraryError
	if !errors.As(err, &failed) {
		f.Value = oneLine(err)
		return f
	}
	var tried []string
	for _, a := range failed.Tried {
		tried = append(tried, fmt.Sprintf("%s (%s): %v", a.Path, a.Source, a.Err))
	}
	f.Value = "none: " + strings.Join(tried, "; ")
	if (native.Cgo{}).Missing() != "" || os.Getenv(q2.LibraryVariable) != "" {
		f.Remedy = failed.Remedy()
	}
	return f
}

// why says who chose the kernel, and of the automatic choice, what would have come before it.
func why(chosen string) string {
	backend, isa := os.Getenv(q2.BackendVariable), os.Getenv(q2.ISAVariable)
	if backend != "" || isa != "" {
		return fmt.Sprintf(": as %s=%s %s=%s ask", q2.BackendVariable, backend, q2.ISAVariable, isa)
	}
	switch chosen {
	case "purego":
		return ": the best available, as cgo is missing"
	case "go":
		return ": the best available, as cgo and purego are missing"
	}
	return ": the best available"
}
