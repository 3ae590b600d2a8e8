package cli

import (
	"fmt"
	"os"

	"github.com/q2kernel/q2/gopkg/q2"
)

// kernelFindings list every backend and the one that is chosen, with the reason. The error is why none is.
func kernelFindings() ([]finding, error) {
	const area = "kernel"
	list := []finding{{Area: area, Name: "library", Value: kernelVersion(), OK: true}}
	for _, b := range q2.Backends() {
		f := finding{Area: area, Name: b.Name + "/" + b.ISA, Value: "available", OK: b.Available}
		if !b.Available {
			f.Value = "not available: " + b.Reason
		}
		list = append(list, f)
	}
	kernel, err := q2.Open(os.Getenv(q2.BackendVariable), os.Getenv(q2.ISAVariable))
	if err != nil {
		remedy := fmt.Sprintf("unset %s and %s, or name what is available above", q2.BackendVariable, q2.ISAVariable)
		return append(list, finding{area, "chosen", oneLine(err), false, remedy}), err
	}
	return append(list, finding{area, "chosen", kernel.String() + why(), true, ""}), nil
}

// why says who chose the kernel.
func why() string {
	backend, isa := os.Getenv(q2.BackendVariable), os.Getenv(q2.ISAVariable)
	if backend == "" && isa == "" {
		return ": the best available"
	}
	return fmt.Sprintf(": as %s=%s %s=%s ask", q2.BackendVariable, backend, q2.ISAVariable, isa)
}
