package native

import "runtime"

// LibraryVariable is the environment variable that names libq2's file, by its absolute path.
const LibraryVariable = "Q2_LIBRARY"

// ABIWanted is the number of libq2's binary interface that this package calls.
const ABIWanted = 1

// Library is the door to a libq2 that is loaded at run time. Its methods are Cgo's. They allocate nothing; a buffer that lies
// on the caller's stack is copied on the way, and every other one is read and written where it is.
//
// Each file that is loaded has a choice of instruction set of its own, apart from the one that is compiled in. A Library stays
// loaded until the process ends, and may be used by many goroutines at once.
type Library struct {
	path    string
	address [symbolCount]uintptr
}

// symbol is an index into the table of what is looked up.
type symbol int

// The calls of libq2. Nothing checks their signatures at run time: library_calls.go writes them down as q2.h does, and the
// tests hold each against the copy that the compiler checked.
const (
	symABIVersion symbol = iota // looked up first
	symCodeDot
	symCodeDotNearest
	symCodeDotNearestMany
	symCodeDotScores
	symDot
	symDotNearest
	symDotNearestMany
	symDotQuery
	symDotScores
	symForceISA
	symISA
	symKey
	symL1Distance
	symL1Distances
	symL1Nearest
	symL1NearestMany
	symLeeDistance
	symLeeDistances
	symLeeNearest
	symLeeNearestMany
	symQuantise
	symQuantiseRows
	symStatusText
	symVersion
	symbolCount
)

var symbolNames = [symbolCount]string{
	symABIVersion:         "q2_abi_version",
	symCodeDot:            "q2_code_dot",
	symCodeDotNearest:     "q2_code_dot_nearest",
	symCodeDotNearestMany: "q2_code_dot_nearest_many",
	symCodeDotScores:      "q2_code_dot_scores",
	symDot:                "q2_dot",
	symDotNearest:         "q2_dot_nearest",
	symDotNearestMany:     "q2_dot_nearest_many",
	symDotQuery:           "q2_dot_query",
	symDotScores:          "q2_dot_scores",
	symForceISA:           "q2_force_isa",
	symISA:                "q2_isa",
	symKey:                "q2_key",
	symL1Distance:         "q2_l1_distance",
	symL1Distances:        "q2_l1_distances",
	symL1Nearest:          "q2_l1_nearest",
	symL1NearestMany:      "q2_l1_nearest_many",
	symLeeDistance:        "q2_lee_distance",
	symLeeDistances:       "q2_lee_distances",
	symLeeNearest:         "q2_lee_nearest",
	symLeeNearestMany:     "q2_lee_nearest_many",
	symQuantise:           "q2_quantise",
	symQuantiseRows:       "q2_quantise_rows",
	symStatusText:         "q2_status_text",
	symVersion:            "q2_version",
}

// OpenLibrary loads libq2 from path, which must be absolute. Where path is empty, the environment variable Q2_LIBRARY names
// it; where that is empty too, it is looked for beside the program's executable and then in the places of the system's
// loader, and never in the working directory. The error is a *LibraryError, which says what was tried.
func OpenLibrary(path string) (*Library, error) {
	failed := &LibraryError{}
	if noLoader != "" {
		failed.Tried = []Attempt{{"this program", runtime.GOOS + "/" + runtime.GOARCH, &LoadError{Reason: noLoader}}}
		return nil, failed
	}
	for _, p := range places(path) {
		library, err := load(p.path)
		if err == nil {
			return library, nil
		}
		failed.Tried = append(failed.Tried, Attempt{p.source, p.path, err})
	}
	return nil, failed
}

// load opens one file. The ABI number comes first: of another interface, nothing else may be called or even looked up.
func load(path string) (*Library, error) {
	handle, err := openFile(path)
	if err != nil {
		return nil, err
	}
	library := &Library{path: loadedFrom(handle, path)}
	if err := library.bind(handle); err != nil {
		closeFile(handle)
		return nil, err
	}
	return library, nil
}

func (l *Library) bind(handle uintptr) error {
	for s := range symbolCount {
		l.address[s] = lookUp(handle, symbolNames[s])
		if l.address[s] == 0 {
			return &SymbolError{l.path, symbolNames[s]}
		}
		if s != symABIVersion {
			continue
		}
		if found := l.ABIVersion(); found != ABIWanted {
			return &ABIError{l.path, found}
		}
	}
	return nil
}

// Path is where the library was loaded from: a path, or a bare name that the system's loader found.
func (l *Library) Path() string { return l.path }

// Missing is empty: a Library is there.
func (l *Library) Missing() string { return "" }
