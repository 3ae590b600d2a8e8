package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/q2kernel/q2/tools/q2/internal/terminal"
)

type doctorCommand struct {
	JSON bool `name:"json" help:"Print one JSON object a finding."`
}

func (*doctorCommand) Help() string {
	return `Looks at the CPU, the kernel's backends, ONNX Runtime, the model folder, the limit on locked memory and the build, and changes nothing. What is missing comes with the command or setting that mends it. The exit status is 1 only where no kernel can run.

Examples:

    q2 doctor
    q2 doctor --json`
}

// finding is one thing that the doctor looked at.
type finding struct {
	Area   string `json:"area"`
	Name   string `json:"name"`
	Value  string `json:"value"`
	OK     bool   `json:"ok"`
	Remedy string `json:"remedy,omitempty"`
}

func (c *doctorCommand) Run(s *streams) error {
	kernel, err := kernelFindings()
	var all []finding
	for _, area := range [][]finding{buildFindings(), cpuFindings(), kernel, runtimeFindings(), memoryFindings()} {
		all = append(all, area...)
	}
	if printErr := c.print(s.out, all); printErr != nil {
		return printErr
	}
	return err
}

func (c *doctorCommand) print(w io.Writer, all []finding) error {
	if !c.JSON {
		_, err := io.WriteString(w, diagnosis(terminal.For(w), all))
		return err
	}
	for _, f := range all {
		if err := printJSON(w, f); err != nil {
			return err
		}
	}
	return nil
}

// diagnosis is the report in words: a block an area, then what to do.
func diagnosis(paint terminal.Paint, all []finding) string {
	var text strings.Builder
	area, remedies := "", []string{}
	for _, f := range all {
		if f.Area != area {
			area = f.Area
			fmt.Fprintf(&text, "%s\n", paint.Bold(area))
		}
		mark := paint.Good("ok")
		if !f.OK {
			mark = paint.Bad("--")
		}
		fmt.Fprintf(&text, "  %s  %-16s %s\n", mark, f.Name, f.Value)
		if f.Remedy != "" {
			remedies = append(remedies, f.Name+": "+f.Remedy)
		}
	}
	if len(remedies) == 0 {
		fmt.Fprintf(&text, "%s\n", paint.Good("Nothing is missing."))
		return text.String()
	}
	fmt.Fprintf(&text, "%s\n", paint.Bold("What to do"))
	for _, remedy := range remedies {
		fmt.Fprintf(&text, "  %s\n", remedy)
	}
	return text.String()
}
