//go:build !cgo

package cli

import "github.com/q2kernel/q2/gopkg/onnx"

// loadRuntime can't, without cgo.
func loadRuntime(string) (string, error) { return "", onnx.ErrNoCgo }
