package cli

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/q2kernel/q2/gopkg/golden"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/testdata"
	"github.com/q2kernel/q2/tools/q2/internal/terminal"
)

type verifyCommand struct {
	File string `arg:"" optional:"" help:"A golden file (.q2gv); without one, the command's own is used. - is stdin."`
	JSON bool   `name:"json" help:"Print one JSON object a backend and instruction set."`
}

func (*verifyCommand) Help() string {
	return `Runs every case of a golden file through every backend and instruction set, and compares codes, keys, transitions and refusals byte for byte. What this machine or build lacks is a row of its own.

Q2_REQUIRE lists what must be there, by name (Q2_REQUIRE=cgo,go,avx2): a name that no row here could check is an error.

Examples:

    q2 verify
    Q2_REQUIRE=cgo,go,scalar,avx2 q2 verify --json`
}

// verdict is a row of the table.
type verdict struct {
	Backend   string  `json:"backend"`
	ISA       string  `json:"isa"`
	Available bool    `json:"available"`
	Reason    string  `json:"reason,omitempty"`
	Cases     int     `json:"cases"`
	Passed    int     `json:"passed"`
	Seconds   float64 `json:"seconds"`
	First     string  `json:"first_difference,omitempty"`
}

func (c *verifyCommand) Run(s *streams) error {
	cases, err := c.cases(s)
	if err != nil {
		return err
	}
	var verdicts []verdict
	for _, backend := range q2.Backends() {
		v := judge(backend, cases)
		verdicts = append(verdicts, v)
		if c.JSON {
			if err := printJSON(s.out, v); err != nil {
				return err
			}
		}
	}
	if !c.JSON {
		if err := printVerdicts(s.out, terminal.For(s.out), verdicts); err != nil {
			return err
		}
	}
	return conclude(verdicts, os.Getenv("Q2_REQUIRE"))
}

func (c *verifyCommand) cases(s *streams) ([]golden.Case, error) {
	if c.File == "" {
		return golden.Parse(testdata.Golden)
	}
	in, err := s.openInput(c.File)
	if err != nil {
		return nil, err
	}
	defer in.close()
	content, err := readLimited(in, maxGolden)
	if err != nil {
		return nil, named(in.name, err)
	}
	cases, err := golden.Parse(content)
	if err == nil && len(cases) == 0 {
		err = fmt.Errorf("the golden file holds no case")
	}
	return cases, named(in.name, err)
}

// judge runs all cases on one backend and instruction set.
func judge(b q2.Backend, cases []golden.Case) verdict {
	v := verdict{Backend: b.Name, ISA: b.ISA, Available: b.Available, Reason: b.Reason}
	if !b.Available {
		return v
	}
	kernel, err := q2.Open(b.Name, b.ISA)
	if err != nil {
		v.Available, v.Reason = false, err.Error()
		return v
	}
	v.Cases = len(cases)
	begin := time.Now()
	for i, c := range cases {
		err := checkCase(kernel, c)
		if err == nil {
			v.Passed++
		} else if v.First == "" {
			v.First = fmt.Sprintf("case %d (%s, n %d, seq_len %d): %v", i, q2.Dtype(c.Dtype), c.N, c.SeqLen, err)
		}
	}
	v.Seconds = time.Since(begin).Seconds()
	return v
}

// conclude is an error when a row differs, or when Q2_REQUIRE names what no row could check.
func conclude(verdicts []verdict, required string) error {
	checked, known := map[string]bool{}, map[string]string{}
	ran := false
	for _, v := range verdicts {
		if v.Passed != v.Cases {
			return fmt.Errorf("%s/%s differs in %d of %d cases; the first is %s", v.Backend, v.ISA, v.Cases-v.Passed, v.Cases, v.First)
		}
		for _, name := range []string{v.Backend, v.ISA} {
			checked[name] = checked[name] || v.Available
			if !v.Available {
				known[name] = v.Reason
			}
		}
		ran = ran || v.Available
	}
	for name := range strings.SplitSeq(required, ",") {
		name = strings.TrimSpace(name)
		if name == "" || checked[name] {
			continue
		}
		if reason, ok := known[name]; ok {
			return fmt.Errorf("Q2_REQUIRE names %s, which is not available: %s", name, reason)
		}
		return fmt.Errorf("Q2_REQUIRE names %q, which this build doesn't know", name)
	}
	if !ran {
		return fmt.Errorf("no backend could be checked")
	}
	return nil
}
