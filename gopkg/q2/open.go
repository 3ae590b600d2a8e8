package q2

import (
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/q2kernel/q2/native"
)

// The environment variables that Default reads.
const (
	BackendVariable = "Q2_BACKEND" // cgo or go
	ISAVariable     = "Q2_ISA"     // scalar, avx2, avx512, neon or go
)

// goISA is what the go backend calls its instruction set.
const goISA = "go"

// choice guards the process-wide choice of instruction set, so that a probe for what there is never shows.
var choice sync.Mutex

var backendNames = [...]string{doorGo: "go", doorCgo: "cgo"}

// preference is the order in which the best backend is looked for.
var preference = []door{doorCgo, doorGo}

// Open is the kernel of one backend (cgo or go) on one instruction set (scalar, avx2, avx512, neon; go for the go backend).
// An empty name means the best there is. One that this build or machine lacks is an *UnsupportedError, which says why and
// what to do; a name that nobody knows is an *ArgumentError.
//
// The choice of instruction set holds for the whole process: Open changes it for every Kernel of that backend, the
// package-level functions included, an empty isa back to the best. Tests and benchmarks do that; a server opens once.
func Open(backend, isa string) (*Kernel, error) {
	if !knownISA(isa) {
		return nil, &ArgumentError{What: "instruction set", Value: isa, Limit: "scalar, avx2, avx512, neon, go or empty"}
	}
	if backend == "" {
		return openBest(isa)
	}
	i := slices.Index(backendNames[:], backend)
	if i < 0 {
		return nil, &ArgumentError{What: "backend", Value: backend, Limit: "cgo, go or empty"}
	}
	return open(door(i), isa)
}

func knownISA(isa string) bool {
	return slices.Contains([]string{"", "scalar", "avx2", "avx512", "neon", goISA}, isa)
}

// openBest takes the first backend that is there. A forced instruction set must be that backend's, but for go, which only
// the go backend has.
func openBest(isa string) (*Kernel, error) {
	if isa == goISA {
		return open(doorGo, isa)
	}
	var missing []string
	for _, d := range preference {
		if reason := d.missing(); reason != "" {
			missing = append(missing, reason)
			continue
		}
		k, err := open(d, isa)
		if unsupported, ok := err.(*UnsupportedError); ok && len(missing) > 0 {
			unsupported.Reason += "; backends before it are missing: " + strings.Join(missing, "; ")
		}
		return k, err
	}
	return &Kernel{door: doorGo}, nil
}

func open(d door, isa string) (*Kernel, error) {
	if reason := d.missing(); reason != "" {
		return nil, &UnsupportedError{Backend: backendNames[d], Reason: reason}
	}
	if d == doorGo {
		if isa != "" && isa != goISA {
			return nil, &UnsupportedError{Backend: backendNames[d], ISA: isa, Reason: "plain Go has none; use backend cgo, or leave the instruction set empty"}
		}
		return &Kernel{door: d}, nil
	}
	if isa == goISA {
		return nil, &UnsupportedError{Backend: backendNames[d], ISA: isa, Reason: "use backend go"}
	}
	choice.Lock()
	defer choice.Unlock()
	if status := (native.Cgo{}).ForceISA(isa); status != native.OK {
		return nil, &UnsupportedError{Backend: backendNames[d], ISA: isa, Reason: lacking(isa)}
	}
	return &Kernel{door: d}, nil
}

// missing is why a backend is not there, with the remedy; empty if it is.
func (d door) missing() string {
	if d == doorCgo {
		return native.Cgo{}.Missing()
	}
	return ""
}

var defaultKernel atomic.Pointer[Kernel]

// Default is the kernel that the package-level functions use: the one that Q2_BACKEND and Q2_ISA name, the best where they
// are unset or empty. The variables are read at the first call that succeeds.
func Default() (*Kernel, error) {
	if k := defaultKernel.Load(); k != nil {
		return k, nil
	}
	return openDefault()
}

func openDefault() (*Kernel, error) {
	k, err := Open(os.Getenv(BackendVariable), os.Getenv(ISAVariable))
	if err != nil {
		return nil, &EnvironmentError{os.Getenv(BackendVariable), os.Getenv(ISAVariable), err}
	}
	// The first one stays, should several goroutines come at once.
	defaultKernel.CompareAndSwap(nil, k)
	return defaultKernel.Load(), nil
}
