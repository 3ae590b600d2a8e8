package cli

import (
	"fmt"
	"io"

	"github.com/q2kernel/q2/tools/q2/internal/terminal"
)

// printVerdicts prints the table of `q2 verify`.
func printVerdicts(w io.Writer, paint terminal.Paint, verdicts []verdict) error {
	if _, err := fmt.Fprintln(w, paint.Bold(fmt.Sprintf("%-8s  %-8s  %-12s  %s", "backend", "isa", "cases", "time"))); err != nil {
		return err
	}
	for _, v := range verdicts {
		if _, err := fmt.Fprintf(w, "%-8s  %-8s  %s\n", v.Backend, v.ISA, outcome(paint, v)); err != nil {
			return err
		}
	}
	return nil
}

func outcome(paint terminal.Paint, v verdict) string {
	if !v.Available {
		return paint.Dim("not available: " + v.Reason)
	}
	count := fmt.Sprintf("%-12s", fmt.Sprintf("%d of %d", v.Passed, v.Cases))
	if v.Passed != v.Cases {
		return paint.Bad(count) + "  " + v.First
	}
	return fmt.Sprintf("%s  %.0f ms", paint.Good(count), v.Seconds*1000)
}
