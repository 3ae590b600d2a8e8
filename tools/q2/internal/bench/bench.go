// Package bench measures the kernel on this machine against what the machine can do at best. All figures that have a limit are
// ratios of loops that ran by turns in one process on one core, so that a noisy machine disturbs both sides alike.
package bench

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/native"
)

// Options say what is measured and how long.
type Options struct {
	Quick bool     // a fraction of the repeats and of the memory: to see that it works
	Only  []string // of Groups; empty means all
	Core  int      // to run on; below 0: the last one
	Bytes int      // of rows to stream from memory; 0: 1 GiB, or 8 MiB where it is quick
	// Progress, if not nil, is told what comes next.
	Progress func(group string)
}

// MinBytes is the least memory to stream: less would stay in a cache. It does not hold where it is quick.
const MinBytes = 128 << 20

const (
	fullBytes  = 1 << 30
	quickBytes = 8 << 20
)

// Report is all that was measured.
type Report struct {
	Machine Machine
	Bars    []Bar
	Speeds  []Speed
}

// Machine is what was measured on, and with what.
type Machine struct {
	Kind      string   `json:"kind"` // "machine"
	CPU       string   `json:"cpu"`
	Platform  string   `json:"platform"`
	Core      int      `json:"core"` // -1: not pinned
	Compiler  string   `json:"compiler,omitempty"`
	Flags     string   `json:"flags,omitempty"`
	Go        string   `json:"go"`
	Library   string   `json:"library,omitempty"`
	Kernels   []string `json:"kernels"` // backend/isa
	Bytes     int      `json:"bytes"`   // streamed from memory
	HugePages bool     `json:"huge_pages"`
	Rounds    int      `json:"rounds"`
	Quick     bool     `json:"quick"`
}

// group is a part of the benchmark that can be run by itself.
type group struct {
	name    string
	title   string
	measure func(*run) error
}

var groups = []group{
	{"quantise", "quantise + key of hot fp32 rows, against the best wide norm alone", (*run).quantiseGroup},
	{"dtypes", "quantise + key of hot rows by element type, n = 4096, against fp32", (*run).dtypesGroup},
	{"fallback", "Gaussian rows that go back to the pinned order", (*run).fallbackGroup},
	{"reference", "against plain Go, n = 4096", (*run).referenceGroup},
	{"memory", "rows and codes from memory, against the read bandwidth", (*run).memoryGroup},
	{"backends", "every backend and instruction set, through gopkg/q2", (*run).backendsGroup},
}

// Groups are the names that Options.Only takes.
func Groups() []string {
	var names []string
	for _, g := range groups {
		names = append(names, g.name)
	}
	return names
}

// Title is what a group measures, in words.
func Title(name string) string {
	for _, g := range groups {
		if g.name == name {
			return g.title
		}
	}
	if name == SearchGroup {
		return "the 10 nearest of codes of 1024 dimensions in memory, on one core"
	}
	return name
}

// run is one benchmark under way.
type run struct {
	Options
	report Report
	group  string
}

// Run measures. The instruction set in use is the best one again when it returns.
func Run(o Options) (Report, error) {
	if err := o.check(); err != nil {
		return Report{}, err
	}
	core, release, err := pin(o.Core)
	if err != nil {
		return Report{}, err
	}
	defer release()
	defer reopenBest()
	r := &run{Options: o}
	r.report.Machine = machine(core, o)
	for _, g := range groups {
		if len(o.Only) > 0 && !slices.Contains(o.Only, g.name) {
			continue
		}
		if o.Progress != nil {
			o.Progress(g.name)
		}
		r.group = g.name
		if err := g.measure(r); err != nil {
			return r.report, fmt.Errorf("%s: %w", g.name, err)
		}
	}
	return r.report, nil
}

func (o *Options) check() error {
	for _, name := range o.Only {
		if !slices.Contains(Groups(), name) {
			return fmt.Errorf("%q is no group of benchmarks: there are %s", name, strings.Join(Groups(), ", "))
		}
	}
	if o.Bytes != 0 && o.Bytes < 4*streamDim && o.Quick {
		return fmt.Errorf("%d bytes to stream from memory: at least %d are needed", o.Bytes, 4*streamDim)
	}
	if o.Bytes != 0 && o.Bytes < MinBytes && !o.Quick {
		return fmt.Errorf("%d bytes to stream from memory: less than %d may stay in a cache", o.Bytes, MinBytes)
	}
	if o.Bytes == 0 {
		o.Bytes = fullBytes
		if o.Quick {
			o.Bytes = quickBytes
		}
	}
	return nil
}

// reopenBest gives each backend back its choice of instruction set.
func reopenBest() {
	for _, b := range q2.Backends() {
		if b.Available {
			q2.Open(b.Name, "")
		}
	}
}

func machine(core int, o Options) Machine {
	m := Machine{Kind: "machine", CPU: "not known here", Platform: runtime.GOOS + "/" + runtime.GOARCH, Core: core, Go: runtime.Version(),
		Compiler: compiler(), Flags: compilerFlags, Library: native.Cgo{}.Version(), Kernels: []string{}, Bytes: o.Bytes, Rounds: o.rounds(), Quick: o.Quick}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "CGO_CFLAGS" && s.Value != "" {
				m.Flags = s.Value + " " + m.Flags
			}
		}
	}
	for _, b := range q2.Backends() {
		if b.Available {
			m.Kernels = append(m.Kernels, b.Name+"/"+b.ISA)
		}
	}
	return m
}

// rounds is how many repeats a median is taken over.
func (o Options) rounds() int {
	if o.Quick {
		return 2
	}
	return 11
}

// add judges a figure and keeps it.
func (r *run) add(b Bar) {
	b.Group = r.group
	r.report.Bars = append(r.report.Bars, b.judge())
}

// isas are the instruction sets of the cgo backend, each with the reason why it is missing, if it is.
func isas() map[string]string {
	missing := map[string]string{}
	for _, b := range q2.Backends() {
		if b.Name == "cgo" {
			missing[b.ISA] = b.Reason
		}
	}
	return missing
}

// lacking is why loops on an instruction set can't run; empty if they can.
func lacking(isa string) string {
	if noLoops != "" {
		return noLoops
	}
	reason, known := isas()[isa]
	if !known {
		return "a program for " + runtime.GOARCH + " has no " + isa
	}
	return reason
}

// use makes the loops in C run on an instruction set.
func use(isa string) error {
	_, err := q2.Open("cgo", isa)
	return err
}
