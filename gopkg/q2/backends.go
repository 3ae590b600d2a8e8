package q2

import (
	"runtime"
	"slices"
	"sync"

	"github.com/q2kernel/q2/native"
)

// Backend is one way to compute, on one instruction set.
type Backend struct {
	Name      string // for Open: cgo or go
	ISA       string // for Open: scalar, avx2, avx512, neon or go
	Available bool
	Reason    string // why it is not available, and the remedy; empty if it is
}

// Backends lists every backend with every instruction set that this architecture can have, whether this build and machine
// have it or not. Tests, q2 verify and q2 doctor go by it.
func Backends() []Backend { return slices.Clone(probed()) }

// probed asks once: what there is does not change while the process runs.
var probed = sync.OnceValue(func() []Backend {
	var found []Backend
	reason := native.Cgo{}.Missing()
	if reason == "" {
		found = probe()
	} else {
		for _, isa := range native.ISAs() {
			found = append(found, Backend{backendNames[doorCgo], isa, false, reason})
		}
	}
	return append(found, Backend{backendNames[doorGo], goISA, true, ""})
})

// probe tries each instruction set and puts the choice back. A call that falls in between gets the same result from
// another one.
func probe() (found []Backend) {
	choice.Lock()
	defer choice.Unlock()
	library := native.Cgo{}
	before := library.ISA()
	defer library.ForceISA(before)
	for _, isa := range native.ISAs() {
		b := Backend{Name: backendNames[doorCgo], ISA: isa, Available: true}
		if library.ForceISA(isa) != native.OK {
			b.Available, b.Reason = false, lacking(isa)
		}
		found = append(found, b)
	}
	return found
}

// lacking says why libq2 does not have an instruction set, in terms of what a user can do.
func lacking(isa string) string {
	if !slices.Contains(native.ISAs(), isa) {
		return "a program for " + runtime.GOARCH + " cannot have it; leave the instruction set empty for the best there is"
	}
	return "this CPU, its operating system or this build of libq2 lacks it; leave the instruction set empty for the best there is"
}
