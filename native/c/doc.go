//go:build q2_never_set

// Package c carries the C sources of libq2 along with the module: go mod vendor drops folders without Go files. It is never
// compiled; package native includes the sources through cgo.
package c
