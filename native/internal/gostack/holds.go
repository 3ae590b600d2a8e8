//go:build 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64

package gostack

import "unsafe"

// Holds says whether p points into the stack of the goroutine that calls it. The answer stays true when the stack moves, as
// p does then; memory elsewhere never comes to lie on a stack.
//
// It is in assembly because nothing may happen between the reading of p and that of the stack's bounds: assembly is not
// preempted, so that both are of the same moment. The bounds are the first two words of the runtime's g, which is fixed:
// runtime/cgo's C code reads them there (see runtime.g).
//
//go:noescape
func Holds(p unsafe.Pointer) bool
