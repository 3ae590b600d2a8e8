// Package q2 turns the hidden state of one token into a code of 2 bits a dimension and a 64-bit transition key, and
// compares codes by Lee distance. docs/SPEC.md says to the bit what is computed.
//
// A program that already runs a transformer hands over the memory in which the activation lies:
//
//	var packed [96]byte // q2.PackedLen(384)
//	key, err := q2.Quantise(packed[:], q2.Tensor{Data: activation, Dtype: q2.FP32, SeqLen: 12, N: 384})
//
// # Zero copies, no allocation
//
// The kernel gets the address of the caller's slice and reads the row there. Nothing is copied and nothing is kept after
// the call. Quantise, Key, LeeDistance, LeeDistances and LeeNearest allocate nothing, and buffers on the caller's stack
// stay there. Slices may lie anywhere and need no alignment; off-heap memory is as good as Go's.
//
// # Backends
//
// There are several implementations of the one kernel, and they give the same bytes. The package-level functions use the
// best one, or the one that the environment variables Q2_BACKEND and Q2_ISA force; see Open, Default and Backends.
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
