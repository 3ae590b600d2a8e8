package cli

import "github.com/q2kernel/q2/gopkg/q2"

// kernelFlags choose the backend and the instruction set; empty means the best there is.
type kernelFlags struct {
	Backend string `env:"Q2_BACKEND" placeholder:"NAME" help:"Use this backend: cgo, purego or go."`
	ISA     string `name:"isa" env:"Q2_ISA" placeholder:"NAME" help:"Use this instruction set: scalar, avx2, …"`
}

func (f kernelFlags) open() (*q2.Kernel, error) { return q2.Open(f.Backend, f.ISA) }
