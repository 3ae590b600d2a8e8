// Package q2 turns the hidden state of one token into a code of 2 bits a dimension and a 64-bit transition key, and
// ranks codes: by Lee distance, by L1 distance, by the product of two codes' levels (CodeDot), and by the product of a query
// vector and a code's levels (DotQuery, Dot), which finds the most true neighbours. docs/SPEC.md says to the bit what is computed.
//
// A program that already runs a transformer hands over the memory in which the activation lies:
//
//	var packed [96]byte // q2.PackedLen(384)
//	key, err := q2.Quantise(packed[:], q2.Tensor{Data: activation, Dtype: q2.FP32, SeqLen: 12, N: 384})
//
// # Zero copies, no allocation
//
// The kernel gets the address of the caller's slice and reads the row there. Nothing is copied and nothing is kept after
// the call. Functions that succeed allocate nothing (QuantiseRows, when it refuses a row, may), and buffers on the caller's stack
// stay there. Slices may lie anywhere and need no alignment; off-heap memory is as good as Go's. One exception: a call of the
// purego backend passes addresses as plain numbers, which do not follow a stack that moves. It copies buffers that lie on the
// stack, and only those, to memory that it keeps for this; it allocates nothing either, once that has grown.
//
// # Backends
//
// There are several implementations of the one kernel, and they give the same bytes:
//
//   - cgo: libq2 compiled into the program, in every build that has cgo (the default with a C compiler);
//   - purego: libq2 loaded when the program runs, which needs no cgo; see Options.Library for where it is looked for;
//   - go: plain Go, which is always there.
//
// The package-level functions use the first of them that is there, on the best instruction set, or what the environment
// variables Q2_BACKEND and Q2_ISA force; see Open, Default and Backends.
//
// What is named is used for every call. Where nothing is named, plain Go does what is too small to be worth a call into C.
//
// On Linux a program built with CGO_ENABLED=0 that imports this package is linked dynamically, for the purego backend's sake:
// it needs glibc. With the build tag q2_nopurego it is static, and has the go backend alone.
//
// # Errors
//
// All arguments are checked before any work begins: lengths, strides, sizes that overflow. A call that fails writes
// nothing, QuantiseRows excepted, which goes on after a refused row. Errors match ErrArgument, ErrNotFinite or
// ErrUnsupported under errors.Is. Buffers longer than they need be are fine, and what lies beyond is not touched. Outputs
// must not overlap inputs or one another; that is not detected.
//
// All functions and methods may be called from many goroutines at once.
package q2
