package q2

import (
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/q2kernel/q2/native"
)

// The environment variables that are read.
const (
	BackendVariable = "Q2_BACKEND"           // by Default: cgo, purego or go
	ISAVariable     = "Q2_ISA"               // by Default: scalar, avx2, avx512, neon or go
	LibraryVariable = native.LibraryVariable // Q2_LIBRARY, by the purego backend: the absolute path of libq2's file
)

// Options say which kernel is wanted. The zero Options want the best there is.
type Options struct {
	Backend string // cgo, purego or go; empty for the best there is, or for purego where Library is set
	ISA     string // scalar, avx2, avx512 or neon, or go for the go backend; empty for the best there is
	// Library is the absolute path of the file that the purego backend loads. Where it is empty, Q2_LIBRARY names the file;
	// where that is empty too, libq2.so.1 (libq2.1.dylib, libq2-1.dll) is looked for beside the program's executable, and then
	// in the places of the system's loader, and never in the working directory.
	Library string
}

// goISA is what the go backend calls its instruction set.
const goISA = "go"

// choice guards the process-wide choices of instruction set, so that a probe for what there is never shows.
var choice sync.Mutex

var backendNames = [...]string{doorGo: "go", doorCgo: "cgo", doorPurego: "purego"}

// preference is the order in which the best backend is looked for.
var preference = []door{doorCgo, doorPurego, doorGo}

// Open is OpenWith for a backend and an instruction set.
func Open(backend, isa string) (*Kernel, error) { return OpenWith(Options{Backend: backend, ISA: isa}) }

// OpenWith is the kernel that the options want. One that this build or machine lacks is an *UnsupportedError, which says why
// and what to do; a name that nobody knows is an *ArgumentError.
//
// Where neither a backend nor an instruction set is named, the kernel may use plain Go for a code so short that crossing into
// C takes longer than the work: by Key up to n = 16 and LeeDistance up to n = 512 with cgo, further up with purego. The
// results are the same.
//
// The choice of instruction set holds for the whole process: OpenWith changes it for every Kernel of that backend (of purego,
// for every Kernel of that file), the package-level functions included, an empty ISA back to the best. Tests and benchmarks
// do that; a server opens once.
func OpenWith(o Options) (*Kernel, error) {
	if !knownISA(o.ISA) {
		return nil, &ArgumentError{What: "instruction set", Value: o.ISA, Limit: "scalar, avx2, avx512, neon, go or empty"}
	}
	if o.Library != "" && o.Backend == "" {
		o.Backend = backendNames[doorPurego]
	}
	if o.Backend == "" {
		return openBest(o.ISA)
	}
	i := slices.Index(backendNames[:], o.Backend)
	if i < 0 {
		return nil, &ArgumentError{What: "backend", Value: o.Backend, Limit: "cgo, purego, go or empty"}
	}
	if o.Library != "" && door(i) != doorPurego {
		return nil, &ArgumentError{What: "library", Value: o.Library, Limit: "empty for backend " + o.Backend + ", which loads none"}
	}
	return open(door(i), o)
}

func knownISA(isa string) bool {
	return slices.Contains([]string{"", "scalar", "avx2", "avx512", "neon", goISA}, isa)
}

// openBest takes the first backend that is there. A forced instruction set must be that backend's, but for go, which only
// the go backend has.
func openBest(isa string) (*Kernel, error) {
	if isa == goISA {
		return open(doorGo, Options{ISA: isa})
	}
	var missing []string
	for _, d := range preference {
		k, err := open(d, Options{ISA: isa})
		unsupported, ok := err.(*UnsupportedError)
		if ok && unsupported.ISA == "" { // the whole backend
			missing = append(missing, unsupported.Reason)
			continue
		}
		if ok && len(missing) > 0 {
			unsupported.Reason += "; backends before it are missing: " + strings.Join(missing, "; ")
		}
		if err == nil && isa == "" {
			k.small = goUpTo[d]
		}
		return k, err
	}
	return &Kernel{door: doorGo}, nil
}

func open(d door, o Options) (*Kernel, error) {
	switch d {
	case doorCgo:
		if reason := (native.Cgo{}).Missing(); reason != "" {
			return nil, &UnsupportedError{Backend: backendNames[d], Reason: reason}
		}
		return openLibrary(&Kernel{door: d}, native.Cgo{}, o.ISA)
	case doorPurego:
		library, err := load(o.Library)
		if err != nil {
			return nil, &UnsupportedError{Backend: backendNames[d], Reason: err.Error(), Err: err}
		}
		return openLibrary(&Kernel{door: d, library: library}, library, o.ISA)
	}
	if o.ISA != "" && o.ISA != goISA {
		return nil, &UnsupportedError{Backend: backendNames[d], ISA: o.ISA, Reason: "plain Go has none; use backend cgo or purego, or leave the instruction set empty"}
	}
	return &Kernel{door: d}, nil
}

// settings is what a copy of libq2 lets choose.
type settings interface {
	ISA() string
	ForceISA(name string) native.Status
}

func openLibrary(k *Kernel, library settings, isa string) (*Kernel, error) {
	if isa == goISA {
		return nil, &UnsupportedError{Backend: k.Backend(), ISA: isa, Reason: "use backend go"}
	}
	choice.Lock()
	defer choice.Unlock()
	if status := library.ForceISA(isa); status != native.OK {
		return nil, &UnsupportedError{Backend: k.Backend(), ISA: isa, Reason: lacking(isa)}
	}
	return k, nil
}

// loaded holds the libraries that were opened, by what was asked for: an option, or the value of Q2_LIBRARY. What could not
// be opened is tried again the next time.
var loaded struct {
	sync.Mutex
	options, variables map[string]*native.Library
}

func load(option string) (*native.Library, error) {
	loaded.Lock()
	defer loaded.Unlock()
	known, request := &loaded.options, option
	if option == "" {
		known, request = &loaded.variables, os.Getenv(LibraryVariable)
	}
	if library := (*known)[request]; library != nil {
		return library, nil
	}
	library, err := native.OpenLibrary(option)
	if err != nil {
		return nil, err
	}
	if *known == nil {
		*known = map[string]*native.Library{}
	}
	(*known)[request] = library
	return library, nil
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
