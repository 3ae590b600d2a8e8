package q2

import (
	"runtime"
	"slices"
	"sync"

	"github.com/q2kernel/q2/native"
)

// Backend is one way to compute, on one instruction set.
type Backend struct {
	Name      string // for Open: cgo, purego or go
	ISA       string // for Open: scalar, avx2, avx512, neon or go
	Available bool
	Reason    string // why it is not available, and the remedy; empty if it is
}

// Backends lists every backend with every instruction set that this architecture can have, whether this build and machine
// have it or not. Tests, q2 verify and q2 doctor go by it. The library of the purego backend is the one that Q2_LIBRARY names,
// or that is found.
func Backends() []Backend { return slices.Clone(probed()) }

// probed asks once: what there is does not change while the process runs.
var probed = sync.OnceValue(func() []Backend {
	var found []Backend
	if reason := (native.Cgo{}).Missing(); reason == "" {
		found = probe(backendNames[doorCgo], native.Cgo{})
	} else {
		found = missing(backendNames[doorCgo], reason)
	}
	if library, err := load(""); err == nil {
		found = append(found, probe(backendNames[doorPurego], library)...)
	} else {
		found = append(found, missing(backendNames[doorPurego], err.Error())...)
	}
	return append(found, Backend{backendNames[doorGo], goISA, true, ""})
})

func missing(backend, reason string) (list []Backend) {
	for _, isa := range native.ISAs() {
		list = append(list, Backend{backend, isa, false, reason})
	}
	return list
}

// probe tries each instruction set and puts the choice back. A call that falls in between gets the same result from
// another one.
func probe(backend string, library settings) (found []Backend) {
	choice.Lock()
	defer choice.Unlock()
	before := library.ISA()
	defer library.ForceISA(before)
	for _, isa := range native.ISAs() {
		b := Backend{Name: backend, ISA: isa, Available: true}
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
