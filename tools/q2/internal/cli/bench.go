package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/q2kernel/q2/tools/q2/internal/bench"
	"github.com/q2kernel/q2/tools/q2/internal/terminal"
)

type benchCommand struct {
	Kernel benchKernelCommand `cmd:"" default:"withargs" help:"Every kernel beside the read limit; what q2 bench does by itself."`
	Index  benchIndexCommand  `cmd:"" help:"Searching codes in memory: beside the read limit, and other libraries."`
}

type benchKernelCommand struct {
	JSON  bool     `name:"json" help:"Print one JSON object a figure."`
	Check bool     `xor:"trust" help:"Exit with status 1 if a figure is below its bar."`
	Quick bool     `xor:"trust" help:"Few repeats and little memory: to see that it works. The figures are not to be relied upon."`
	Only  []string `placeholder:"NAME" help:"Measure only these: quantise, dtypes, fallback, reference, memory, backends."`
	Core  int      `default:"-1" placeholder:"N" help:"Run on this core; by default on the last one."`
	Bytes int      `placeholder:"N" help:"Stream so many bytes from memory instead of 1 GiB; at least 134217728."`
}

func (*benchKernelCommand) Help() string {
	return `Measures the kernel against what this machine can do at best, on one core. What has a bar is a ratio of loops that ran by turns, so that a busy machine disturbs both sides alike; medians are shown, with the least and the greatest. It takes about a minute and a little more than 1 GiB of memory.

Examples:

    q2 bench
    q2 bench --only backends --json
    q2 bench --check --core 1`
}

func (c *benchKernelCommand) Run(s *streams) error {
	report, err := bench.Run(c.options(s))
	if err != nil {
		return err
	}
	report.Machine.CPU = cpuModel()
	if c.JSON {
		err = printBenchLines(s.out, report)
	} else {
		_, err = io.WriteString(s.out, benchScreen(terminal.For(s.out), report))
	}
	if err != nil || !c.Check {
		return err
	}
	return bench.Check(report.Bars)
}

func (c *benchKernelCommand) options(s *streams) bench.Options {
	o := bench.Options{Quick: c.Quick, Only: c.Only, Core: c.Core, Bytes: c.Bytes}
	if terminal.Is(s.err) {
		o.Progress = func(group string) { fmt.Fprintf(s.err, "measuring: %s\n", bench.Title(group)) }
	}
	return o
}

// printBenchLines prints the machine, then the figures.
func printBenchLines(w io.Writer, report bench.Report) error {
	err := printJSON(w, report.Machine)
	for _, b := range report.Bars {
		err = errors.Join(err, printJSON(w, b))
	}
	for _, s := range report.Speeds {
		err = errors.Join(err, printJSON(w, s))
	}
	return err
}
