package cli

import (
	"fmt"
	"strings"

	"github.com/q2kernel/q2/tools/q2/internal/bench"
	"github.com/q2kernel/q2/tools/q2/internal/terminal"
)

// benchScreen is the report as tables.
func benchScreen(paint terminal.Paint, report bench.Report) string {
	var text strings.Builder
	describeMachine(&text, report.Machine)
	for _, group := range bench.Groups() {
		listBars(&text, paint, group, report.Bars)
	}
	if len(report.Speeds) > 0 {
		listSpeeds(&text, paint, report.Speeds)
	}
	explain(&text, paint, report.Bars)
	return text.String()
}

func describeMachine(text *strings.Builder, m bench.Machine) {
	fmt.Fprintf(text, "CPU       %s, %s\n", m.CPU, m.Platform)
	core := "not pinned: this system has no way to"
	if m.Core >= 0 {
		core = fmt.Sprintf("pinned to core %d", m.Core)
	}
	fmt.Fprintf(text, "core      %s\n", core)
	if m.Compiler != "" {
		fmt.Fprintf(text, "compiler  %s, %s; libq2 %s\n", m.Compiler, m.Flags, m.Library)
	}
	fmt.Fprintf(text, "Go        %s\n", m.Go)
	fmt.Fprintf(text, "kernels   %s\n", strings.Join(m.Kernels, " "))
	pages := "small pages"
	if m.HugePages {
		pages = "huge pages"
	}
	fmt.Fprintf(text, "memory    %d MiB streamed, %s; medians of %d rounds (least to greatest)\n", m.Bytes>>20, pages, m.Rounds)
	if m.Quick {
		text.WriteString("          a quick run: these figures are not to be relied upon\n")
	}
}

// listBars is the table of a group, if it has rows.
func listBars(text *strings.Builder, paint terminal.Paint, group string, bars []bench.Bar) {
	headed := false
	for _, b := range bars {
		if b.Group != group || b.Verdict == bench.NotMeasured {
			continue
		}
		if !headed {
			fmt.Fprintf(text, "\n%s\n", paint.Bold(bench.Title(group)))
			fmt.Fprintln(text, paint.Bold(fmt.Sprintf("%-26s %-24s %-11s", "", " median  (least to greatest)", "bar")))
			headed = true
		}
		fmt.Fprintf(text, "%-26s %-24s %-11s %s  %s\n", b.Name, benchFigure(b), benchBound(b), benchVerdict(paint, b), b.Detail)
	}
}

// benchFigure is a figure with its spread, shares in percent.
func benchFigure(b bench.Bar) string {
	if isShare(b) {
		return fmt.Sprintf("%6.1f%%  (%.1f to %.1f)", 100*b.Value, 100*b.Low, 100*b.High)
	}
	return fmt.Sprintf("%6.2fx  (%.2f to %.2f)", b.Value, b.Low, b.High)
}

func isShare(b bench.Bar) bool { return strings.HasPrefix(b.Unit, "of ") }

func benchBound(b bench.Bar) string {
	sign, unit, limit := "≥", "x", b.Limit
	switch {
	case b.Limit == 0:
		return ""
	case b.AtMost:
		sign = "≤"
	}
	if isShare(b) {
		unit, limit = "%", 100*limit
	}
	return fmt.Sprintf("%s %.3g%s", sign, limit, unit)
}

func benchVerdict(paint terminal.Paint, b bench.Bar) string {
	verdict := fmt.Sprintf("%-8s", b.Verdict)
	switch b.Verdict {
	case bench.Met:
		return paint.Good(verdict)
	case bench.Reported:
		return paint.Dim(verdict)
	}
	return paint.Bad(verdict)
}

// listSpeeds is the table of all backends: time per row, and beside it what the call itself costs.
func listSpeeds(text *strings.Builder, paint terminal.Paint, speeds []bench.Speed) {
	fmt.Fprintf(text, "\n%s\n", paint.Bold(bench.Title("backends")))
	fmt.Fprintln(text, paint.Bold(fmt.Sprintf("%-6s %-9s %-14s %10s %23s %7s %7s %6s", "n", "call", "kernel", "ns a row", "least to greatest", "GB/s", "allocs", "call")))
	for _, s := range speeds {
		call := s.Call
		if call == "rows" {
			call = fmt.Sprintf("%d rows", s.Rows)
		}
		t := s.Nanoseconds
		fmt.Fprintf(text, "%-6d %-9s %-14s %10.1f %23s %7.2f %7.1f %5.1f%%\n", s.N, call, s.Backend+"/"+s.ISA, t.Value,
			fmt.Sprintf("%.1f to %.1f", t.Low, t.High), s.GBps, s.Allocations, 100*s.CallShare)
	}
}

// explain says in a line each which bars are not met, or were not measured, and why. Neighbours of one reason share a line.
func explain(text *strings.Builder, paint terminal.Paint, bars []bench.Bar) {
	var lines []string
	before := ""
	for _, b := range bars {
		switch line := b.Explanation(); {
		case line == "":
			before = ""
		case b.Missing != "" && b.Missing == before:
			lines[len(lines)-1] = b.Name + ", " + lines[len(lines)-1]
		default:
			lines, before = append(lines, line), b.Missing
		}
	}
	if len(lines) > 0 {
		fmt.Fprintf(text, "\n%s\n", paint.Bold("Bars that are not met, and what was not measured"))
		fmt.Fprintln(text, strings.Join(lines, "\n"))
	}
}
