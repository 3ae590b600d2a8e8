package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/q2kernel/q2/tools/q2/internal/bench"
	"github.com/q2kernel/q2/tools/q2/internal/terminal"
)

type benchIndexCommand struct {
	JSON  bool `name:"json" help:"Print one JSON object a figure."`
	Check bool `xor:"trust" help:"Exit with status 1 if a figure is below its bar."`
	Quick bool `xor:"trust" help:"Few repeats and few codes: to see that it works. The figures are not to be relied upon."`
	Alone bool `help:"Measure no other libraries: no Python, and nothing is downloaded."`
	Core  int  `default:"-1" placeholder:"N" help:"Run on this core; by default on the last one."`
	Codes int  `placeholder:"N" help:"Search so many codes of 256 bytes instead of a million; at least 64."`
}

func (*benchIndexCommand) Help() string {
	return `Searches a million codes of 1024 dimensions for the ten nearest, on one core, by every ranking: one query at a time against the read bandwidth, measured by turns, and 64 at once. FAISS, usearch and NumKong search as many codes by Hamming distance in the same run; Python and its pip fetch them into the cache at the first use, some 150 MB. It takes a minute and 1.5 GiB of memory.

Examples:

    q2 bench index
    q2 bench index --check --json
    q2 bench index --alone`
}

func (c *benchIndexCommand) Run(s *streams) error {
	if c.Codes != 0 && c.Codes < 64 {
		return fmt.Errorf("%d codes to search: at least 64 are needed", c.Codes)
	}
	o := bench.SearchOptions{Quick: c.Quick, Core: c.Core, Codes: c.Codes, Alone: c.Alone}
	if terminal.Is(s.err) {
		o.Progress = func(what string) { fmt.Fprintf(s.err, "measuring: %s\n", what) }
	}
	report, err := bench.RunSearch(context.Background(), o)
	if err != nil {
		return err
	}
	report.Machine.CPU = cpuModel()
	if c.JSON {
		err = printBenchLines(s.out, report)
	} else {
		_, err = io.WriteString(s.out, searchScreen(terminal.For(s.out), report))
	}
	if err != nil || !c.Check {
		return err
	}
	return bench.Check(report.Bars)
}

func searchScreen(paint terminal.Paint, report bench.Report) string {
	var text strings.Builder
	describeMachine(&text, report.Machine)
	listBars(&text, paint, bench.SearchGroup, report.Bars)
	explain(&text, paint, report.Bars)
	return text.String()
}
