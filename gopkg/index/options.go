package index

import (
	"fmt"
	"runtime"

	"github.com/q2kernel/q2/gopkg/q2"
)

// Limits.
const (
	MaxK          = 1 << 16   // hits of a search
	MaxQueries    = 1 << 12   // of one search
	MaxPlaces     = 1 << 20   // queries of one search times the hits of each: 24 MiB of candidates on each core
	MaxBatch      = 1 << 16   // items of a batch
	MaxBatchBytes = 256 << 20 // of a batch's codes, payloads and vectors together
	MaxPayload    = 64 << 20  // bytes
)

// Vectors says what is kept of an activation besides its code, for SearchOptions.Rescore.
type Vectors uint8

const (
	NoVectors   Vectors = iota
	Int8Vectors         // N bytes each: the elements scaled to 127 and rounded, half to even
	FP32Vectors         // 4N bytes each
)

var vectorsNames = [...]string{NoVectors: "none", Int8Vectors: "int8", FP32Vectors: "fp32"}

// String is none, int8 or fp32.
func (v Vectors) String() string {
	if int(v) < len(vectorsNames) {
		return vectorsNames[v]
	}
	return "unknown"
}

// ParseVectors is the inverse of String. Any other name is an *ArgumentError.
func ParseVectors(name string) (Vectors, error) {
	for v, known := range vectorsNames {
		if name == known {
			return Vectors(v), nil
		}
	}
	return 0, &ArgumentError{"vectors", name, "none, int8 or fp32"}
}

// Sync says when a write is acknowledged.
type Sync uint8

const (
	// Durable: when it is on the disk. One sync serves a whole batch, and batches that are written at the same time.
	Durable Sync = iota
	// Relaxed: when it is in memory. A crash can lose the last writes, the later ones first, and leaves no batch half-written. Flush makes all that was
	// written durable, and so does Close.
	Relaxed
)

// Options say what an index holds and how it is used. Opening a directory that holds an index needs none: N = 0 means what the directory says.
type Options struct {
	N       int      // dimensions of a code; needed for a new index
	Dtype   q2.Dtype // of activations; an activation of another type is refused. With q2.Q2 the index takes codes only
	Vectors Vectors

	Sync  Sync
	Cores int // goroutines that one search uses at most; 0 stands for GOMAXPROCS

	// Kernel does the arithmetic; nil stands for q2.Default. Results don't depend on it.
	Kernel *q2.Kernel

	// MustExist refuses a directory without an index, with ErrNotExist, even where N is given.
	MustExist bool

	tuning
}

// tuning is for tests.
type tuning struct {
	blockBytes, sealSlots int
	fs                    fileSystem
}

const (
	maxCores = 1024

	// A search looks at its context between blocks: half a MiB is read in some 30 µs.
	defaultBlockBytes = 512 << 10
	// Codes written since the array was last put down; so many are read again after a crash.
	defaultSealSlots = 1 << 16
	// Bytes of codes in memory before they are put down, where codes are long.
	sealBytes = 32 << 20
)

func (o Options) check() error {
	if o.N != 0 {
		if q2.PackedLen(o.N) == 0 {
			return &ArgumentError{"N", o.N, fmt.Sprintf("1 to %d", q2.MaxDim)}
		}
		if o.Dtype > q2.BF16 {
			return &ArgumentError{"dtype", uint32(o.Dtype), fmt.Sprintf("0 to %d", q2.BF16)}
		}
		if o.Dtype == q2.Q4 && o.N%2 != 0 {
			return &ArgumentError{"N", o.N, "even for q4"}
		}
	}
	if o.Vectors > FP32Vectors {
		return &ArgumentError{"vectors", uint8(o.Vectors), "none, int8 or fp32"}
	}
	if o.Vectors != NoVectors && o.Dtype == q2.Q2 {
		return &ArgumentError{"vectors", o.Vectors.String(), "none in an index of codes (dtype q2)"}
	}
	if o.Sync > Relaxed {
		return &ArgumentError{"sync", uint8(o.Sync), "Durable or Relaxed"}
	}
	if o.Cores < 0 || o.Cores > maxCores {
		return &ArgumentError{"cores", o.Cores, fmt.Sprintf("0 to %d", maxCores)}
	}
	return nil
}

// settled replaces zeros by what they stand for.
func (o Options) settled() Options {
	if o.Cores == 0 {
		o.Cores = min(runtime.GOMAXPROCS(0), maxCores)
	}
	if o.blockBytes == 0 {
		o.blockBytes = defaultBlockBytes
	}
	if o.sealSlots == 0 {
		o.sealSlots = defaultSealSlots
	}
	if o.fs == nil {
		o.fs = diskFiles
	}
	return o
}
