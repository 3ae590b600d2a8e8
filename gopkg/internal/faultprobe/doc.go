// Package faultprobe tells which code reads and writes a piece of memory, access by access. It is for tests, which use it to prove that
// an activation is written once, by ONNX Runtime, and read in place by the kernel.
//
// The memory is made inaccessible. Each access is then a fault: a signal handler notes the instruction and the address, opens the
// memory for that one instruction, single-stepped, and closes it again. That takes some microseconds an access, and Linux on amd64 with cgo.
package faultprobe
