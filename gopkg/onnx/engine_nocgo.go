//go:build !cgo

package onnx

func newEngine(string) (engine, error) { return nil, ErrNoCgo }
