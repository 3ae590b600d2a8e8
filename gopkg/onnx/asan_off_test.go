//go:build !asan

package onnx

const asanEnabled = false
